//! The column map: which attribute has a column or rows of its own, and how it is compared there. It is an allow-list: an
//! attribute that stands here is answered from here, with the sub-attributes that stand here and no others; all the rest
//! are in the folded document.

use super::super::groups::windowed;
use super::relation::Relation;
use crate::model::filter::{Field, native};

/// Where an attribute's value lies. The text is SQL over the row of the table the map belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// A `uuid` column; text in any other form than the one shown equals none.
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
    /// The address of the resource whose id is in a `uuid` column: the base, an endpoint, the id.
    Address { endpoint: &'static str, id: &'static str },
    /// Nothing to compare with, only something that is there under this condition.
    Whole(&'static str),
    /// Values that are rows of their own, or derived from some.
    Rows(Relation),
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

/// A sub-attribute of one value of a [`Relation`]; `None` for a value that is simple.
const fn part(sub: Option<&'static str>, place: Place) -> Column {
    core("", sub, place)
}

const GROUP_EXTENSION: &str = "urn:ietf:params:scim:schemas:extension:convoke:2.0:Group";

/// An attribute of the group extension.
const fn extension(attribute: &'static str, sub: Option<&'static str>, place: Place) -> Column {
    Column { extension: Some(GROUP_EXTENSION), attribute, sub, place }
}

const MEMBER_COUNT: &str = concat!("(groups.standing_members + ", windowed!("groups"), ")");

/// Users.
pub(crate) const USERS: ColumnMap = ColumnMap {
    id: "users.id",
    document: "users.search",
    columns: &[
        core("schemas", None, Place::Rows(Relation::SchemasOfUser)),
        core("id", None, Place::Id("users.id")),
        core("externalId", None, Place::Key("users.external_id")),
        core("userName", None, Place::Key("users.user_name_key")),
        core("displayName", None, Place::Key("users.display_name_key")),
        core("active", None, Place::Boolean("users.active")),
        core("meta", None, Place::Whole("true")),
        core("meta", Some("resourceType"), Place::Constant("User")),
        core("meta", Some("created"), Place::Instant("users.created_at")),
        core("meta", Some("lastModified"), Place::Instant("users.updated_at")),
        core("meta", Some("location"), Place::Address { endpoint: "/Users/", id: "users.id" }),
        core("meta", Some("version"), Place::Key("('W/\"' || users.version || '\"')")),
        core("groups", None, Place::Rows(Relation::GroupsOfUser)),
    ],
};

/// Groups.
pub(crate) const GROUPS: ColumnMap = ColumnMap {
    id: "groups.id",
    document: "groups.search",
    columns: &[
        core("schemas", None, Place::Rows(Relation::SchemasOfGroup)),
        core("id", None, Place::Id("groups.id")),
        core("externalId", None, Place::Key("groups.external_id")),
        core("displayName", None, Place::Key("groups.name_key")),
        core("meta", None, Place::Whole("true")),
        core("meta", Some("resourceType"), Place::Constant("Group")),
        core("meta", Some("created"), Place::Instant("groups.created_at")),
        core("meta", Some("lastModified"), Place::Instant("groups.updated_at")),
        core("meta", Some("location"), Place::Address { endpoint: "/Groups/", id: "groups.id" }),
        core("meta", Some("version"), Place::Key("('W/\"' || groups.version || '\"')")),
        core("members", None, Place::Rows(Relation::MembersOfGroup)),
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
        Column {
            extension: Some(GROUP_EXTENSION),
            attribute: "",
            sub: None,
            place: Place::Whole(
                "(groups.is_privileged OR groups.parent_group_id IS NOT NULL OR groups.search \
                 -> 'urn:ietf:params:scim:schemas:extension:convoke:2.0:Group' IS NOT NULL)",
            ),
        },
        // Answers show it when it is true; otherwise the attribute has no value.
        extension("isPrivileged", None, Place::Boolean("nullif(groups.is_privileged, false)")),
        extension("parentGroup", None, Place::Whole("(groups.parent_group_id IS NOT NULL)")),
        extension("parentGroup", Some("value"), Place::Id("groups.parent_group_id")),
        extension("parentGroup", Some("$ref"), Place::Address { endpoint: "/Groups/", id: "groups.parent_group_id" }),
    ],
};

/// The values of `schemas`; `k.urn` is one of them.
pub(super) const URNS: ColumnMap = ColumnMap { id: "k.urn", document: "", columns: &[part(None, Place::Key("k.urn"))] };

/// A user as a member; `m` is its row in `members`.
pub(super) const USER_MEMBERS: ColumnMap = ColumnMap {
    id: "m.user_id",
    document: "",
    columns: &[
        part(Some("value"), Place::Id("m.user_id")),
        part(Some("$ref"), Place::Address { endpoint: "/Users/", id: "m.user_id" }),
        part(Some("type"), Place::Constant("User")),
        part(
            Some("display"),
            Place::Key(
                "(SELECT coalesce(u.display_name_key, u.user_name_key) FROM users u \
                 WHERE u.tenant_id = m.tenant_id AND u.id = m.user_id)",
            ),
        ),
    ],
};

/// A group as a member; `e` is its row in `edges`.
pub(super) const GROUP_MEMBERS: ColumnMap = ColumnMap {
    id: "e.child_id",
    document: "",
    columns: &[
        part(Some("value"), Place::Id("e.child_id")),
        part(Some("$ref"), Place::Address { endpoint: "/Groups/", id: "e.child_id" }),
        part(Some("type"), Place::Constant("Group")),
        part(
            Some("display"),
            Place::Key("(SELECT c.name_key FROM groups c WHERE c.tenant_id = e.tenant_id AND c.id = e.child_id)"),
        ),
    ],
};

const fn held(kind: &'static str) -> [Column; 4] {
    [
        part(Some("value"), Place::Id("g.id")),
        part(Some("$ref"), Place::Address { endpoint: "/Groups/", id: "g.id" }),
        part(Some("type"), Place::Constant(kind)),
        part(Some("display"), Place::Key("g.name_key")),
    ]
}

/// A group that a user is a member of; `g` is its row in `groups`.
pub(super) const HELD_DIRECTLY: ColumnMap = ColumnMap { id: "g.id", document: "", columns: &held("direct") };

/// A group above one that a user is a member of.
pub(super) const HELD_INDIRECTLY: ColumnMap = ColumnMap { id: "g.id", document: "", columns: &held("indirect") };

impl ColumnMap {
    fn find(&self, extension: Option<&str>, attribute: &str, sub: Option<&str>) -> Option<Place> {
        let same =
            |column: &&Column| column.attribute == attribute && column.sub == sub && column.extension == extension;
        self.columns.iter().find(same).map(|column| column.place)
    }

    /// The place of a field, if it has one of its own.
    pub(super) fn place(&self, field: &Field) -> Option<Place> {
        self.find(field.extension.as_deref(), &field.attribute, field.sub.as_deref())
    }

    /// The rows that are the values of the field's attribute, whichever of its sub-attributes is meant.
    pub(super) fn relation(&self, field: &Field) -> Option<Relation> {
        match self.find(field.extension.as_deref(), &field.attribute, None) {
            Some(Place::Rows(relation)) => Some(relation),
            _ => None,
        }
    }

    /// Whether the field's attribute is answered from here rather than from the document.
    pub(super) fn has(&self, field: &Field) -> bool {
        self.columns
            .iter()
            .any(|column| column.attribute == field.attribute && column.extension == field.extension.as_deref())
    }
}
