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
use crate::schema::resource_type::ResourceType;

const GROUP_EXTENSION: &str = "urn:ietf:params:scim:schemas:extension:convoke:2.0:Group";

/// A user as the projection shows it.
pub(super) fn user(call: &Call, user: &User, groups: &[UserGroup], projection: &Projection) -> Document {
    let mut resource = user_document(&user.record);
    let held: Vec<Value> = groups.iter().map(|group| membership(call, group)).collect();
    if !held.is_empty() {
        resource.insert("groups".to_owned(), Value::Array(held));
    }
    let resource_type = call.domain().schemas().user();
    let id = user.id.to_string();
    let times = (user.created_at, user.updated_at, user.version);
    finish(call, resource, resource_type, &id, times, projection)
}

/// A group without its members, as the projection shows it.
pub(super) fn group(call: &Call, group: &Group, projection: &Projection) -> Document {
    let mut resource = group_document(group);
    if group.record.is_privileged || group.parent.is_some() {
        let extension = resource.entry(GROUP_EXTENSION).or_insert_with(|| json!({}));
        if group.record.is_privileged {
            extension["isPrivileged"] = true.into();
        }
        if let Some(parent) = group.parent {
            let reference = format!("{}/Groups/{parent}", call.base);
            extension["parentGroup"] = json!({ "value": parent, "$ref": reference });
        }
    }
    let resource_type = call.domain().schemas().group();
    let times = (group.created_at, group.updated_at, group.version);
    finish(call, resource, resource_type, &group.id.to_string(), times, projection)
}

/// The address of a resource.
pub(super) fn location(call: &Call, resource_type: &ResourceType, id: &str) -> String {
    format!("{}{}/{id}", call.base, resource_type.endpoint)
}

fn finish(
    call: &Call,
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
        "location": location(call, resource_type, id),
        "version": version.etag(),
    });
    resource.insert("meta".to_owned(), meta);
    projection.apply(resource_type, &mut resource);
    resource
}

fn membership(call: &Call, group: &UserGroup) -> Value {
    json!({
        "value": group.group_id,
        "$ref": format!("{}/Groups/{}", call.base, group.group_id),
        "display": group.name,
        "type": if group.direct { "direct" } else { "indirect" },
    })
}

fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}
