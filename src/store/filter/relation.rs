//! Attributes whose values are rows: the members of a group, the groups of a user, the schemas of both. A filter over
//! them asks for one value that satisfies it. Each kind of value (a user or a group as member, a group held directly or
//! through nesting) is asked in its own rows, so that what is constant there, such as `type`, is never looked up.

use super::columns::{ColumnMap, GROUP_MEMBERS, HELD_DIRECTLY, HELD_INDIRECTLY, Place, URNS, USER_MEMBERS};
use super::compile::Compiler;
use super::condition::Piece;
use super::scalar;
use crate::model::filter::{Field, Filter, Literal, Operator};

/// An attribute whose values are rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Relation {
    /// `schemas` of a user.
    SchemasOfUser,
    /// `schemas` of a group.
    SchemasOfGroup,
    /// `members` of a group: users and child groups.
    MembersOfGroup,
    /// `groups` of a user: those it is a member of, and those above them (RFC 7643 section 4.1.2).
    GroupsOfUser,
}

impl Relation {
    /// The condition under which the row has any value.
    pub(super) const fn any(self) -> &'static str {
        match self {
            Self::SchemasOfUser | Self::SchemasOfGroup => "true",
            Self::MembersOfGroup => {
                "(groups.standing_members > 0 OR groups.nested_groups > 0 OR groups.has_windows AND EXISTS (SELECT FROM members m \
                 WHERE m.tenant_id = groups.tenant_id AND m.group_id = groups.id \
                 AND (m.valid_from IS NOT NULL OR m.expires_at IS NOT NULL) \
                 AND (m.valid_from IS NULL OR m.valid_from <= now()) AND (m.expires_at IS NULL OR m.expires_at > now())))"
            }
            Self::GroupsOfUser => {
                "EXISTS (SELECT FROM members m JOIN groups g ON g.tenant_id = m.tenant_id AND g.id = m.group_id \
                 AND g.deleted_at IS NULL WHERE m.tenant_id = users.tenant_id AND m.user_id = users.id \
                 AND (m.valid_from IS NULL OR m.valid_from <= now()) AND (m.expires_at IS NULL OR m.expires_at > now()))"
            }
        }
    }

    /// What one value looks like, in each of its kinds.
    pub(super) const fn kinds(self) -> &'static [&'static ColumnMap] {
        match self {
            Self::SchemasOfUser | Self::SchemasOfGroup => &[&URNS],
            Self::MembersOfGroup => &[&USER_MEMBERS, &GROUP_MEMBERS],
            Self::GroupsOfUser => &[&HELD_DIRECTLY, &HELD_INDIRECTLY],
        }
    }
}

/// Memberships that hold now; `m` is the row in `members`.
pub(super) const NOW: &str =
    " AND (m.valid_from IS NULL OR m.valid_from <= now()) AND (m.expires_at IS NULL OR m.expires_at > now())";

/// The URNs of a row's extensions are keys of its document, and the only ones with a colon. URNs are ASCII, so `lower`
/// folds them whatever the locale.
const URNS_OF_USER: &str = "EXISTS (SELECT FROM (SELECT 'urn:ietf:params:scim:schemas:core:2.0:user' UNION ALL \
     SELECT lower(d.key) FROM jsonb_object_keys(users.search) AS d(key) WHERE strpos(d.key, ':') > 0) AS k(urn) WHERE ";
/// What an administrator sets makes the group extension present too.
const URNS_OF_GROUP: &str = "EXISTS (SELECT FROM (SELECT 'urn:ietf:params:scim:schemas:core:2.0:group' UNION ALL \
     SELECT lower(d.key) FROM jsonb_object_keys(groups.search) AS d(key) WHERE strpos(d.key, ':') > 0 UNION ALL \
     SELECT 'urn:ietf:params:scim:schemas:extension:convoke:2.0:group' \
     WHERE groups.is_privileged OR groups.parent_group_id IS NOT NULL) AS k(urn) WHERE ";

impl Compiler<'_> {
    /// One value of the relation satisfies `inner`, whose fields name sub-attributes.
    pub(super) fn related(&self, relation: Relation, inner: &Filter, out: &mut Vec<Piece>) {
        match relation {
            Relation::SchemasOfUser => self.urns(URNS_OF_USER, inner, out),
            Relation::SchemasOfGroup => self.urns(URNS_OF_GROUP, inner, out),
            Relation::MembersOfGroup => self.members(inner, out),
            Relation::GroupsOfUser => self.holders(inner, out),
        }
    }

    fn urns(&self, of_row: &'static str, inner: &Filter, out: &mut Vec<Piece>) {
        out.push(Piece::Sql(of_row));
        self.on(&URNS).filter(inner, out);
        out.push(Piece::Sql(")"));
    }

    /// Who is looked for by id is found by id, and the groups from there. Otherwise each group is asked for its members,
    /// until one fits: never is a set made of all members there are.
    fn members(&self, inner: &Filter, out: &mut Vec<Piece>) {
        let (users, groups) = (settled(&USER_MEMBERS, inner), settled(&GROUP_MEMBERS, inner));
        let by_id = asks_for(inner, &["value", "$ref"]);
        let user_rows = if by_id {
            "SELECT m.group_id FROM members m WHERE m.tenant_id = "
        } else {
            "EXISTS (SELECT FROM members m WHERE m.group_id = groups.id AND m.tenant_id = "
        };
        let group_rows = if by_id {
            "SELECT e.parent_id FROM edges e WHERE e.tenant_id = "
        } else {
            "EXISTS (SELECT FROM edges e WHERE e.parent_id = groups.id AND e.tenant_id = "
        };
        let (open, between, close) = if by_id { ("groups.id IN (", " UNION ALL ", ")") } else { ("(", " OR ", ")") };
        let kinds = [(user_rows, NOW, &USER_MEMBERS, users), (group_rows, "", &GROUP_MEMBERS, groups)];
        let possible = kinds.into_iter().filter(|(.., filter)| !is_never(filter));
        let mut separator = open;
        for (rows, now, map, filter) in possible {
            out.extend([Piece::Sql(separator), Piece::Sql(rows), Piece::Uuid(self.given.tenant), Piece::Sql(now)]);
            out.push(Piece::Sql(" AND "));
            self.on(map).filter(&filter, out);
            out.push(Piece::Sql(if by_id { "" } else { ")" }));
            separator = between;
        }
        out.push(Piece::Sql(if separator == open { "false" } else { close }));
    }
}

/// Whether the filter can only hold for a value that has one of these sub-attributes equal to something.
pub(super) fn asks_for(inner: &Filter, subs: &[&str]) -> bool {
    match inner {
        Filter::And(terms) => terms.iter().any(|term| asks_for(term, subs)),
        Filter::Compare(field, Operator::Eq, _) => field.sub.as_deref().is_some_and(|sub| subs.contains(&sub)),
        _ => false,
    }
}

pub(super) fn is_never(filter: &Filter) -> bool {
    matches!(filter, Filter::Or(terms) if terms.is_empty())
}

fn is_always(filter: &Filter) -> bool {
    matches!(filter, Filter::And(terms) if terms.is_empty())
}

/// The filter with what is the same for every row of the map decided.
pub(super) fn settled(map: &ColumnMap, filter: &Filter) -> Filter {
    let always = || Filter::And(Vec::new());
    let never = || Filter::Or(Vec::new());
    match filter {
        Filter::And(terms) => {
            let terms: Vec<Filter> =
                terms.iter().map(|term| settled(map, term)).filter(|term| !is_always(term)).collect();
            if terms.iter().any(is_never) { never() } else { Filter::And(terms) }
        }
        Filter::Or(terms) => {
            let terms: Vec<Filter> =
                terms.iter().map(|term| settled(map, term)).filter(|term| !is_never(term)).collect();
            if terms.iter().any(is_always) { always() } else { Filter::Or(terms) }
        }
        Filter::Not(inner) => match settled(map, inner) {
            inner if is_always(&inner) => never(),
            inner if is_never(&inner) => always(),
            inner => Filter::Not(Box::new(inner)),
        },
        Filter::Compare(field, operator, Literal::Text(text)) => match constant(map, field) {
            Some(value) if scalar::holds(*operator, field, value, text) => always(),
            Some(_) => never(),
            None => filter.clone(),
        },
        other => other.clone(),
    }
}

fn constant(map: &ColumnMap, field: &Field) -> Option<&'static str> {
    match map.place(field) {
        Some(Place::Constant(value)) => Some(value),
        _ => None,
    }
}
