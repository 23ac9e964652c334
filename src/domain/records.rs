//! Between a SCIM document and the record that is stored: which attributes have a field of their own, and what is derived
//! from the rest. The only place outside the store's column map that knows these attributes by name.

use serde_json::{Map, Value, json};

use super::outcome::GroupDraft;
use super::{Domain, Error, Result};
use crate::model::grants::GrantChange;
use crate::model::group::{Group, GroupRecord, GroupType};
use crate::model::ids::GroupId;
use crate::model::user::UserRecord;
use crate::schema::Document;
use crate::schema::registry::Registry;
use crate::schema::search::search_document;

/// The group extension's URN.
pub const GROUP_EXTENSION: &str = "urn:ietf:params:scim:schemas:extension:convoke:2.0:Group";

/// The record of an accepted user document.
#[must_use]
pub fn user_record(schemas: &Registry, mut document: Document) -> UserRecord {
    let user_name = take_text(&mut document, "userName").unwrap_or_default();
    let external_id = take_text(&mut document, "externalId");
    let display_name = take_text(&mut document, "displayName");
    let active = document.shift_remove("active").and_then(|value| value.as_bool());
    UserRecord {
        user_name,
        external_id,
        display_name,
        active,
        email: primary_email(&document),
        search: search_document(schemas.user(), &document),
        attributes: document.into(),
    }
}

/// The document of a user: what a client may write of it.
#[must_use]
pub fn user_document(record: &UserRecord) -> Document {
    let mut document = Map::with_capacity(record.attributes.len() + 4);
    put_text(&mut document, "externalId", record.external_id.as_ref());
    put_text(&mut document, "userName", Some(&record.user_name));
    put_text(&mut document, "displayName", record.display_name.as_ref());
    if let Some(active) = record.active {
        document.insert("active".to_owned(), Value::Bool(active));
    }
    document.extend(record.attributes.clone().into_map());
    document
}

/// The wanted group of an accepted group document. What no document can carry stays as it is in `current`.
///
/// # Errors
/// [`Error::Invalid`] for a group type or parent that cannot be one.
pub fn group_draft(schemas: &Registry, mut document: Document, current: Option<&Group>) -> Result<GroupDraft> {
    let name = take_text(&mut document, "displayName").unwrap_or_default().trim().to_owned();
    let external_id = take_text(&mut document, "externalId");
    let (mut description, mut group_type, mut parent) = (None, None, None);
    let mut searched = document.clone();
    if let Some(Value::Object(extension)) = document.get_mut(GROUP_EXTENSION) {
        description = take_text(extension, "description");
        if let Some(word) = take_text(extension, "groupType") {
            let parsed = GroupType::parse(&word).ok_or_else(|| Error::Invalid {
                attribute: "groupType",
                reason: "must be SECURITY or DISTRIBUTION".to_owned(),
            })?;
            group_type = Some(parsed);
        }
        if let Some(value) = extension.shift_remove("parentGroup") {
            parent = Some(parent_id(&value)?);
        }
        if extension.is_empty() {
            document.shift_remove(GROUP_EXTENSION);
        }
    }
    if let Some(Value::Object(extension)) = searched.get_mut(GROUP_EXTENSION) {
        extension.shift_remove("parentGroup");
        // As answers show it, whatever spelling the client used.
        if let Some(group_type) = group_type {
            extension.insert("groupType".to_owned(), group_type.as_str().into());
        }
    }
    let record = GroupRecord {
        name,
        description,
        group_type,
        is_privileged: current.is_some_and(|group| group.record.is_privileged),
        external_id,
        custom_attributes: current.and_then(|group| group.record.custom_attributes.clone()),
        search: search_document(schemas.group(), &searched),
        attributes: document.into(),
    };
    Ok(GroupDraft { record, parent, grants: GrantChange::default() })
}

/// The document of a group without its members: what a client may write of it.
#[must_use]
pub fn group_document(group: &Group) -> Document {
    document_of(&group.record, group.parent)
}

fn document_of(record: &GroupRecord, parent: Option<GroupId>) -> Document {
    let mut document = Map::with_capacity(record.attributes.len() + 3);
    put_text(&mut document, "externalId", record.external_id.as_ref());
    put_text(&mut document, "displayName", Some(&record.name));
    document.extend(record.attributes.clone().into_map());
    let mut own = Map::new();
    put_text(&mut own, "description", record.description.as_ref());
    if let Some(group_type) = record.group_type {
        own.insert("groupType".to_owned(), group_type.as_str().into());
    }
    if let Some(parent) = parent {
        own.insert("parentGroup".to_owned(), json!({ "value": parent }));
    }
    if !own.is_empty() {
        extension(&mut document).extend(own);
    }
    document
}

/// What events tell of a group: its document, and what only the native APIs write.
#[must_use]
pub(super) fn group_facts(group: &Group) -> Document {
    let mut facts = group_document(group);
    if let Some(custom) = &group.record.custom_attributes {
        facts.insert("custom_attributes".to_owned(), Value::Object(custom.clone()));
    }
    if group.record.is_privileged {
        facts.insert("is_privileged".to_owned(), Value::Bool(true));
    }
    facts
}

impl Domain {
    /// A record read from the database, with its folded document made anew.
    pub(super) fn searchable_user(&self, record: &UserRecord) -> UserRecord {
        user_record(&self.schemas, user_document(record))
    }

    /// The same for a group.
    pub(super) fn searchable_group(&self, record: GroupRecord) -> GroupRecord {
        let search = search_document(self.schemas.group(), &document_of(&record, None));
        GroupRecord { search, ..record }
    }
}

/// The group extension's part of a document, made if need be.
fn extension(document: &mut Document) -> &mut Document {
    let part = document.entry(GROUP_EXTENSION).or_insert_with(|| json!({}));
    if !part.is_object() {
        *part = json!({});
    }
    part.as_object_mut().expect("it was made an object just now")
}

fn parent_id(value: &Value) -> Result<GroupId> {
    let id = value.get("value").and_then(Value::as_str).unwrap_or_default();
    id.parse().map_err(|_| Error::Invalid {
        attribute: "parentGroup",
        reason: format!("names no group: \"{}\" is not an id", id.chars().take(80).collect::<String>()),
    })
}

fn take_text(document: &mut Document, name: &str) -> Option<String> {
    match document.shift_remove(name) {
        Some(Value::String(text)) => Some(text),
        _ => None,
    }
}

fn put_text(document: &mut Document, name: &str, value: Option<&String>) {
    if let Some(value) = value {
        document.insert(name.to_owned(), Value::String(value.clone()));
    }
}

/// The primary address, else the first.
fn primary_email(document: &Document) -> Option<String> {
    let emails = document.get("emails")?.as_array()?;
    let value = |email: &Value| email.get("value").and_then(Value::as_str).map(str::to_owned);
    let primary = emails.iter().find(|email| email.get("primary") == Some(&Value::Bool(true)));
    primary.and_then(value).or_else(|| emails.iter().find_map(value))
}
