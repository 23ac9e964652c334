//! Users by the groups they are in, directly or through nesting. Where the filter as a whole depends on a certain group, its
//! users are fetched and everything else is asked of them alone; elsewhere each user is asked for its groups. Look-ups
//! stand behind `OFFSET 0`: the database cannot know how far a recursion goes, and would read whole tables to be safe.

use super::columns::{ColumnMap, HELD_DIRECTLY, HELD_INDIRECTLY};
use super::compile::Compiler;
use super::condition::Piece;
use super::relation::{NOW, asks_for, is_never, settled};
use crate::model::filter::Filter;

/// How a group is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Depth {
    Direct,
    Indirect,
    Any,
}

impl Depth {
    const fn map(self) -> &'static ColumnMap {
        match self {
            // For any depth, no filter asks which.
            Self::Direct | Self::Any => &HELD_DIRECTLY,
            Self::Indirect => &HELD_INDIRECTLY,
        }
    }
}

/// The groups that satisfy the filter; `target` is one of them, `id` the same or one below it.
const GROUPS: &str = "SELECT g.id FROM groups g WHERE g.deleted_at IS NULL AND g.tenant_id = ";
const PAIRS: &str = "SELECT g.id, e.child_id FROM groups g \
     JOIN edges e ON e.tenant_id = g.tenant_id AND e.parent_id = g.id WHERE g.deleted_at IS NULL AND g.tenant_id = ";
const GROUPS_BELOW: &str = " UNION SELECT d.child_id FROM below b CROSS JOIN LATERAL \
     (SELECT e.child_id FROM edges e WHERE e.parent_id = b.id AND e.tenant_id = ";
const PAIRS_BELOW: &str = " UNION SELECT b.target, d.child_id FROM below b CROSS JOIN LATERAL \
     (SELECT e.child_id FROM edges e WHERE e.parent_id = b.id AND e.tenant_id = ";

/// Who is a member of a group itself does not hold it indirectly.
const NOT_DIRECTLY: &str = " AND NOT EXISTS (SELECT FROM members d WHERE d.tenant_id = m.tenant_id \
     AND d.group_id = b.target AND d.user_id = m.user_id \
     AND (d.valid_from IS NULL OR d.valid_from <= now()) AND (d.expires_at IS NULL OR d.expires_at > now()))";

impl Compiler<'_> {
    /// One of a user's groups satisfies `inner`, whose fields name sub-attributes.
    pub(super) fn holders(&self, inner: &Filter, out: &mut Vec<Piece>) {
        if !mentions(inner, "type") {
            return self.held(Depth::Any, inner, out);
        }
        let kinds = [Depth::Direct, Depth::Indirect].map(|depth| (depth, settled(depth.map(), inner)));
        let possible: Vec<_> = kinds.iter().filter(|(_, inner)| !is_never(inner)).collect();
        match possible.as_slice() {
            [] => out.push(Piece::Sql("false")),
            [(depth, inner)] => self.held(*depth, inner, out),
            several => {
                for (position, (depth, inner)) in several.iter().enumerate() {
                    out.push(Piece::Sql(if position == 0 { "(" } else { " OR " }));
                    self.aside().held(*depth, inner, out);
                }
                out.push(Piece::Sql(")"));
            }
        }
    }

    fn held(&self, depth: Depth, inner: &Filter, out: &mut Vec<Piece>) {
        if self.decides && asks_for(inner, &["value", "$ref", "display"]) {
            self.users_of(depth, inner, out);
        } else {
            self.user_is_in(depth, inner, out);
        }
    }

    /// The users of these groups, as a set.
    fn users_of(&self, depth: Depth, inner: &Filter, out: &mut Vec<Piece>) {
        out.push(Piece::Sql("users.id = ANY (ARRAY("));
        self.below(depth, inner, out);
        out.push(Piece::Sql(
            " SELECT m.user_id FROM below b CROSS JOIN LATERAL \
             (SELECT m.tenant_id, m.user_id FROM members m WHERE m.group_id = b.id AND m.tenant_id = ",
        ));
        out.extend([Piece::Uuid(self.given.tenant), Piece::Sql(NOW), Piece::Sql(" OFFSET 0) m WHERE true")]);
        out.push(Piece::Sql(if depth == Depth::Indirect { NOT_DIRECTLY } else { "" }));
        out.push(Piece::Sql("))"));
    }

    /// The user at hand is in one of these groups. They are put together once, however many users are asked.
    fn user_is_in(&self, depth: Depth, inner: &Filter, out: &mut Vec<Piece>) {
        if depth == Depth::Indirect {
            return self.user_is_below(inner, out);
        }
        out.push(Piece::Sql(
            "EXISTS (SELECT FROM members m WHERE m.tenant_id = users.tenant_id AND m.user_id = users.id",
        ));
        out.extend([Piece::Sql(NOW), Piece::Sql(" AND (m.group_id IN (")]);
        self.below(depth, inner, out);
        out.push(Piece::Sql(" SELECT id FROM below)) IS TRUE)"));
    }

    /// The user at hand is in a group below one of these, and not in that one: asked from the user's own groups upward.
    fn user_is_below(&self, inner: &Filter, out: &mut Vec<Piece>) {
        out.push(Piece::Sql(
            "EXISTS (WITH RECURSIVE held (id, direct) AS (SELECT m.group_id, true FROM members m \
             WHERE m.tenant_id = users.tenant_id AND m.user_id = users.id",
        ));
        out.push(Piece::Sql(NOW));
        out.push(Piece::Sql(
            " UNION SELECT p.parent_id, false FROM held h CROSS JOIN LATERAL \
             (SELECT e.parent_id FROM edges e WHERE e.child_id = h.id AND e.tenant_id = ",
        ));
        out.push(Piece::Uuid(self.given.tenant));
        self.counted_edges(out);
        out.push(Piece::Sql(
            " OFFSET 0) p) SELECT FROM held h CROSS JOIN LATERAL \
             (SELECT FROM groups g WHERE g.id = h.id AND g.deleted_at IS NULL AND g.tenant_id = ",
        ));
        out.extend([Piece::Uuid(self.given.tenant), Piece::Sql(" AND ")]);
        self.on(&HELD_INDIRECTLY).filter(inner, out);
        out.push(Piece::Sql(
            " OFFSET 0) g WHERE NOT h.direct AND NOT EXISTS (SELECT FROM held d WHERE d.id = h.id AND d.direct))",
        ));
    }

    /// The common table expression `below`: the groups that satisfy the filter and those below them, as the depth wants.
    fn below(&self, depth: Depth, inner: &Filter, out: &mut Vec<Piece>) {
        let pairs = depth == Depth::Indirect;
        let head = if pairs { "WITH RECURSIVE below (target, id) AS (" } else { "WITH RECURSIVE below (id) AS (" };
        out.extend([Piece::Sql(head), Piece::Sql(if pairs { PAIRS } else { GROUPS }), Piece::Uuid(self.given.tenant)]);
        if pairs {
            self.counted_edges(out);
        }
        out.push(Piece::Sql(" AND "));
        self.on(depth.map()).filter(inner, out);
        if depth != Depth::Direct {
            let step = if pairs { PAIRS_BELOW } else { GROUPS_BELOW };
            out.extend([Piece::Sql(step), Piece::Uuid(self.given.tenant)]);
            self.counted_edges(out);
            out.push(Piece::Sql(" OFFSET 0) d"));
        }
        out.push(Piece::Sql(")"));
    }

    /// Whether an edge confers membership is for the tenant to say, where it is a primary one.
    fn counted_edges(&self, out: &mut Vec<Piece>) {
        if !self.given.primary_edges {
            out.push(Piece::Sql(" AND NOT e.is_primary"));
        }
    }
}

fn mentions(filter: &Filter, sub: &str) -> bool {
    match filter {
        Filter::And(terms) | Filter::Or(terms) => terms.iter().any(|term| mentions(term, sub)),
        Filter::Not(inner) | Filter::Element(_, inner) => mentions(inner, sub),
        Filter::Compare(field, ..) | Filter::Present(field) => field.sub.as_deref() == Some(sub),
    }
}
