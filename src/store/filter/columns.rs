//! The column map: which attribute has a column or rows of its own, and how it is compared there. It is an allow-list:
//! what stands neither here nor in the folded document matches nothing.

use crate::model::filter::{Field, native};

/// Where an attribute's value lies. The text is SQL over the row of the table the map belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// A `uuid` column; text that is no UUID equals none.
    Id(&'static str),
    /// A text column that already holds the key to compare with, folded where case does not matter.
    Key(&'static str),
    /// A boolean column.
    Boolean(&'static str),
    /// A `timestamptz` column.
    Instant(&'static str),
    /// A `bigint`.
    Integer(&'static str),
    /// Texts of which any one may match: SQL that is true of a row when it has the text that goes between the two parts.
    AnyOf(&'static str, &'static str),
    /// The same text for every row.
    Constant(&'static str),
    /// The URNs of the schemas a row uses: this one always, and those of its extensions.
    Schemas(&'static str),
    /// Rows that refer to this one by an id, and whether there are any at all.
    Rows { having: &'static [Part], any: &'static str },
}

/// A part of the SQL of [`Place::Rows`]: text, or a value known only when the filter is compiled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Sql(&'static str),
    Tenant,
    Id,
}

/// One attribute and its place.
pub(crate) struct Column {
    extension: Option<&'static str>,
    attribute: &'static str,
    sub: Option<&'static str>,
    place: Place,
}

/// The columns of one table, and where its folded document and its id lie.
pub(crate) struct ColumnMap {
    pub(super) id: &'static str,
    pub(super) document: &'static str,
    columns: &'static [Column],
}

const fn core(attribute: &'static str, sub: Option<&'static str>, place: Place) -> Column {
    Column { extension: None, attribute, sub, place }
}

/// An attribute of the group extension.
const fn extension(attribute: &'static str, sub: Option<&'static str>, place: Place) -> Column {
    Column { extension: Some("urn:ietf:params:scim:schemas:extension:convoke:2.0:Group"), attribute, sub, place }
}

/// Memberships whose window holds now; `m` is the members row.
const USERS_IN_GROUP: &[Part] = &[
    Part::Sql("users.id IN (SELECT m.user_id FROM members m WHERE m.tenant_id = "),
    Part::Tenant,
    Part::Sql(" AND m.group_id = "),
    Part::Id,
    Part::Sql(
        " AND (m.valid_from IS NULL OR m.valid_from <= now()) AND (m.expires_at IS NULL OR m.expires_at > now()) \
         AND EXISTS (SELECT FROM groups g WHERE g.tenant_id = m.tenant_id AND g.id = m.group_id \
         AND g.deleted_at IS NULL))",
    ),
];

const GROUPS_WITH_MEMBER: &[Part] = &[
    Part::Sql("groups.id IN (SELECT m.group_id FROM members m WHERE m.tenant_id = "),
    Part::Tenant,
    Part::Sql(" AND m.user_id = "),
    Part::Id,
    Part::Sql(
        " AND (m.valid_from IS NULL OR m.valid_from <= now()) AND (m.expires_at IS NULL OR m.expires_at > now()) \
         UNION ALL SELECT e.parent_id FROM edges e WHERE e.tenant_id = ",
    ),
    Part::Tenant,
    Part::Sql(" AND e.child_id = "),
    Part::Id,
    Part::Sql(")"),
];

const MEMBER_COUNT: &str = "(groups.standing_members + (SELECT count(*) FROM members w \
    WHERE w.tenant_id = groups.tenant_id AND w.group_id = groups.id \
    AND (w.valid_from IS NOT NULL OR w.expires_at IS NOT NULL) \
    AND (w.valid_from IS NULL OR w.valid_from <= now()) AND (w.expires_at IS NULL OR w.expires_at > now())))";

/// Users.
pub(crate) const USERS: ColumnMap = ColumnMap {
    id: "users.id",
    document: "users.search",
    columns: &[
        core("schemas", None, Place::Schemas("urn:ietf:params:scim:schemas:core:2.0:user")),
        core("id", None, Place::Id("users.id")),
        core("externalId", None, Place::Key("users.external_id")),
        core("userName", None, Place::Key("users.user_name_key")),
        core("displayName", None, Place::Key("users.display_name_key")),
        core("active", None, Place::Boolean("users.active")),
        core("meta", Some("resourceType"), Place::Constant("User")),
        core("meta", Some("created"), Place::Instant("users.created_at")),
        core("meta", Some("lastModified"), Place::Instant("users.updated_at")),
        core("meta", Some("version"), Place::Key("('W/\"' || users.version || '\"')")),
        core(
            "groups",
            Some("value"),
            Place::Rows {
                having: USERS_IN_GROUP,
                any: "EXISTS (SELECT FROM members m JOIN groups g ON g.tenant_id = m.tenant_id AND g.id = m.group_id \
                      AND g.deleted_at IS NULL WHERE m.tenant_id = users.tenant_id AND m.user_id = users.id)",
            },
        ),
    ],
};

/// Groups.
pub(crate) const GROUPS: ColumnMap = ColumnMap {
    id: "groups.id",
    document: "groups.search",
    columns: &[
        core("schemas", None, Place::Schemas("urn:ietf:params:scim:schemas:core:2.0:group")),
        core("id", None, Place::Id("groups.id")),
        core("externalId", None, Place::Key("groups.external_id")),
        core("displayName", None, Place::Key("groups.name_key")),
        core("meta", Some("resourceType"), Place::Constant("Group")),
        core("meta", Some("created"), Place::Instant("groups.created_at")),
        core("meta", Some("lastModified"), Place::Instant("groups.updated_at")),
        core("meta", Some("version"), Place::Key("('W/\"' || groups.version || '\"')")),
        core(
            "members",
            Some("value"),
            Place::Rows {
                having: GROUPS_WITH_MEMBER,
                any: "(groups.standing_members > 0 OR groups.nested_groups > 0)",
            },
        ),
        // What only native lists ask for; no schema has these names.
        core(native::USER_COUNT, None, Place::Integer(MEMBER_COUNT)),
        core(
            native::SCOPE,
            None,
            Place::AnyOf(
                "(groups.scopes @> ARRAY[",
                "] OR EXISTS (SELECT FROM group_scope_sets h JOIN scope_sets s ON s.tenant_id = h.tenant_id \
                 AND s.id = h.scope_set_id WHERE h.tenant_id = groups.tenant_id AND h.group_id = groups.id \
                 AND s.scopes @> ARRAY[",
            ),
        ),
        extension("isPrivileged", None, Place::Boolean("groups.is_privileged")),
        extension("parentGroup", Some("value"), Place::Id("groups.parent_group_id")),
    ],
};

/// The place of a field, if it has one of its own.
pub(super) fn place(map: &ColumnMap, field: &Field) -> Option<Place> {
    map.columns
        .iter()
        .find(|column| {
            column.attribute == field.attribute
                && column.sub == field.sub.as_deref()
                && column.extension == field.extension.as_deref()
        })
        .map(|column| column.place)
}

/// Whether values of the field's attribute are rows of their own, whichever of its sub-attributes is meant.
pub(super) fn has_rows(map: &ColumnMap, field: &Field) -> bool {
    let same = |column: &&Column| column.attribute == field.attribute && column.extension == field.extension.as_deref();
    map.columns.iter().filter(same).any(|column| matches!(column.place, Place::Rows { .. }))
}
