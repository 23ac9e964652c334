//! From a stored user or group to the resource a client sees: its columns, its document, and what the server adds to it,
//! written as JSON where the layout wants them.

use std::borrow::Cow;
use std::fmt::Display;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::context::Call;
use super::plain;
use crate::domain::GROUP_EXTENSION;
use crate::model::attributes::{Attributes, Texts};
use crate::model::group::Group;
use crate::model::membership::UserGroup;
use crate::model::user::User;
use crate::model::version::Version;
use crate::schema::project::{Holder, Layout, Parts, is_assigned, member, push};
use crate::schema::registry::Registry;
use crate::schema::resource_type::ResourceType;

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

/// Writes a user with the groups it is in.
pub fn user(view: View<'_>, user: &User, groups: &[UserGroup], layout: &Layout, out: &mut Vec<u8>) {
    layout.write(&UserView { view, user, groups, held: Held::of(&user.record.attributes) }, out);
}

/// Writes a group without its members, up to the closing brace.
pub(super) fn open_group(view: View<'_>, group: &Group, layout: &Layout, out: &mut Vec<u8>) {
    layout.open(&GroupView { view, group, held: Held::of(&group.record.attributes) }, out);
}

/// The address of a resource.
pub(super) fn location(call: &Call, resource_type: &ResourceType, id: impl Display) -> String {
    format!("{}{}/{id}", call.base, resource_type.endpoint)
}

struct UserView<'a> {
    view: View<'a>,
    user: &'a User,
    groups: &'a [UserGroup],
    held: Held<'a>,
}

impl Holder for UserView<'_> {
    fn extends(&self, urn: &str) -> bool {
        self.held.extends(urn)
    }

    fn write(&self, extension: Option<&str>, attribute: &str, parts: &Parts, out: &mut Vec<u8>) {
        let User { id, record, created_at, updated_at, version } = self.user;
        match (extension, attribute) {
            (None, "id") => plain::id(id.uuid(), out),
            (None, "externalId") => optional(record.external_id.as_deref(), out),
            (None, "userName") => push(&record.user_name, out),
            (None, "displayName") => optional(record.display_name.as_deref(), out),
            (None, "active") => optional(record.active.as_ref(), out),
            (None, "groups") => memberships(self.view, self.groups, parts, out),
            (None, "meta") => {
                let resource_type = self.view.schemas.user();
                let meta = Meta { resource_type, id: id.uuid(), times: (*created_at, *updated_at), version: *version };
                meta.write(self.view, parts, out);
            }
            _ => self.held.write(extension, attribute, parts, out),
        }
    }
}

struct GroupView<'a> {
    view: View<'a>,
    group: &'a Group,
    held: Held<'a>,
}

impl Holder for GroupView<'_> {
    fn extends(&self, urn: &str) -> bool {
        let Group { record, parent, .. } = self.group;
        let native = || {
            let said = record.description.is_some() || record.group_type.is_some();
            said || record.is_privileged || parent.is_some()
        };
        (urn == GROUP_EXTENSION && native()) || self.held.extends(urn)
    }

    fn write(&self, extension: Option<&str>, attribute: &str, parts: &Parts, out: &mut Vec<u8>) {
        let Group { id, record, parent, created_at, updated_at, version, .. } = self.group;
        match (extension, attribute) {
            (None, "id") => plain::id(id.uuid(), out),
            (None, "externalId") => optional(record.external_id.as_deref(), out),
            (None, "displayName") => push(&record.name, out),
            (None, "meta") => {
                let resource_type = self.view.schemas.group();
                let meta = Meta { resource_type, id: id.uuid(), times: (*created_at, *updated_at), version: *version };
                meta.write(self.view, parts, out);
            }
            (Some(GROUP_EXTENSION), "description") => optional(record.description.as_deref(), out),
            (Some(GROUP_EXTENSION), "groupType") => optional(record.group_type.map(|sort| sort.as_str()), out),
            (Some(GROUP_EXTENSION), "isPrivileged") => optional(record.is_privileged.then_some(&true), out),
            (Some(GROUP_EXTENSION), "parentGroup") => {
                let Some(parent) = parent else { return };
                object(out, |out| {
                    part(parts, "value", out, |out| plain::id(parent.uuid(), out));
                    part(parts, "$ref", out, |out| plain::reference(self.view.base, "Groups", parent.uuid(), out));
                });
            }
            _ => self.held.write(extension, attribute, parts, out),
        }
    }
}

/// What the server says of every resource (RFC 7643 section 3.1).
struct Meta<'a> {
    resource_type: &'a ResourceType,
    id: Uuid,
    /// Of creation and of the last change.
    times: (DateTime<Utc>, DateTime<Utc>),
    version: Version,
}

impl Meta<'_> {
    fn write(&self, view: View<'_>, parts: &Parts, out: &mut Vec<u8>) {
        let (created, changed) = self.times;
        let endpoint = self.resource_type.endpoint.trim_start_matches('/');
        object(out, |out| {
            part(parts, "resourceType", out, |out| push(&self.resource_type.name, out));
            part(parts, "created", out, |out| plain::time(created, out));
            part(parts, "lastModified", out, |out| plain::time(changed, out));
            part(parts, "location", out, |out| plain::reference(view.base, endpoint, self.id, out));
            part(parts, "version", out, |out| plain::version(self.version, out));
        });
    }
}

fn memberships(view: View<'_>, groups: &[UserGroup], parts: &Parts, out: &mut Vec<u8>) {
    let before = out.len();
    for group in groups {
        let separator = if out.len() == before { b'[' } else { b',' };
        out.push(separator);
        object(out, |out| {
            part(parts, "value", out, |out| plain::id(group.group_id.uuid(), out));
            part(parts, "$ref", out, |out| plain::reference(view.base, "Groups", group.group_id.uuid(), out));
            part(parts, "display", out, |out| push(&group.name, out));
            part(parts, "type", out, |out| push(if group.direct { "direct" } else { "indirect" }, out));
        });
        if out.last() == Some(&separator) {
            out.pop();
        }
    }
    if out.len() > before {
        out.push(b']');
    }
}

/// An object, unless nothing gets into it.
fn object(out: &mut Vec<u8>, members: impl FnOnce(&mut Vec<u8>)) {
    out.push(b'{');
    members(out);
    match out.last() {
        Some(b'{') => drop(out.pop()),
        _ => out.push(b'}'),
    }
}

/// A sub-attribute, if it is shown.
fn part(parts: &Parts, name: &str, out: &mut Vec<u8>, value: impl FnOnce(&mut Vec<u8>)) {
    if parts.shows(name) {
        member(&[b"\"", name.as_bytes(), b"\":"], out, value);
    }
}

/// What a resource has in its document: its attributes, and those of each extension, as text.
struct Held<'a> {
    core: Texts<'a>,
    extensions: Vec<(Cow<'a, str>, Texts<'a>)>,
}

impl<'a> Held<'a> {
    fn of(attributes: &'a Attributes) -> Self {
        let core = attributes.texts();
        Self { extensions: core.extensions(), core }
    }

    fn extends(&self, urn: &str) -> bool {
        self.core.get(urn).is_some_and(is_assigned)
    }

    fn write(&self, extension: Option<&str>, name: &str, parts: &Parts, out: &mut Vec<u8>) {
        let holder = match extension {
            Some(urn) => self.extensions.iter().find(|(own, _)| own == urn).map(|(_, held)| held),
            None => Some(&self.core),
        };
        if let Some(text) = holder.and_then(|held| held.get(name)) {
            parts.write_text(text, out);
        }
    }
}

fn optional<T: serde::Serialize + ?Sized>(value: Option<&T>, out: &mut Vec<u8>) {
    if let Some(value) = value {
        push(value, out);
    }
}
