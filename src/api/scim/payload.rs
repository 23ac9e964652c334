//! From a stored user or group to the resource a client sees: the document, and what the server adds to it.

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

use super::context::Call;
use crate::domain::{group_document, user_document};
use crate::model::group::Group;
use crate::model::membership::UserGroup;
use crate::model::user::User;
use crate::model::version::Version;
use crate::schema::Document;
use crate::schema::project::Projection;
use crate::schema::registry::Registry;
use crate::schema::resource_type::ResourceType;

const GROUP_EXTENSION: &str = "urn:ietf:params:scim:schemas:extension:convoke:2.0:Group";

/// All that a resource's look depends on beside itself.
#[derive(Debug, Clone, Copy)]
pub struct View<'v> {
    /// The absolute base URL, without a slash at the end.
    pub base: &'v str,
    /// What is known of resources.
    pub schemas: &'v Registry,
}

impl<'v> From<&'v Call> for View<'v> {
    fn from(call: &'v Call) -> Self {
        Self { base: &call.base, schemas: call.domain().schemas() }
    }
}

/// A user as the projection shows it.
pub fn user<'v>(view: impl Into<View<'v>>, user: &User, groups: &[UserGroup], projection: &Projection) -> Document {
    let view = view.into();
    let mut resource = user_document(&user.record);
    let held: Vec<Value> = groups.iter().map(|group| membership(view, group)).collect();
    if !held.is_empty() {
        resource.insert("groups".to_owned(), Value::Array(held));
    }
    let resource_type = view.schemas.user();
    let id = user.id.to_string();
    let times = (user.created_at, user.updated_at, user.version);
    finish(view, resource, resource_type, &id, times, projection)
}

/// A group without its members, as the projection shows it.
pub(super) fn group(view: View<'_>, group: &Group, projection: &Projection) -> Document {
    let mut resource = group_document(group);
    if group.record.is_privileged || group.parent.is_some() {
        let extension = resource.entry(GROUP_EXTENSION).or_insert_with(|| json!({}));
        if group.record.is_privileged {
            extension["isPrivileged"] = true.into();
        }
        if let Some(parent) = group.parent {
            let reference = format!("{}/Groups/{parent}", view.base);
            extension["parentGroup"] = json!({ "value": parent, "$ref": reference });
        }
    }
    let resource_type = view.schemas.group();
    let times = (group.created_at, group.updated_at, group.version);
    finish(view, resource, resource_type, &group.id.to_string(), times, projection)
}

/// The address of a resource.
pub(super) fn location<'v>(view: impl Into<View<'v>>, resource_type: &ResourceType, id: &str) -> String {
    format!("{}{}/{id}", view.into().base, resource_type.endpoint)
}

fn finish(
    view: View<'_>,
    mut resource: Document,
    resource_type: &ResourceType,
    id: &str,
    (created, changed, version): (DateTime<Utc>, DateTime<Utc>, Version),
    projection: &Projection,
) -> Document {
    let schemas: Vec<Value> = resource_type.schemas_of(&resource).into_iter().map(Value::from).collect();
    resource.insert("schemas".to_owned(), Value::Array(schemas));
    resource.insert("id".to_owned(), id.into());
    let meta = json!({
        "resourceType": resource_type.name,
        "created": time(created),
        "lastModified": time(changed),
        "location": location(view, resource_type, id),
        "version": version.etag(),
    });
    resource.insert("meta".to_owned(), meta);
    projection.apply(resource_type, &mut resource);
    resource
}

fn membership(view: View<'_>, group: &UserGroup) -> Value {
    json!({
        "value": group.group_id,
        "$ref": format!("{}/Groups/{}", view.base, group.group_id),
        "display": group.name,
        "type": if group.direct { "direct" } else { "indirect" },
    })
}

fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}
