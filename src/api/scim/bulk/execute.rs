//! Does what one operation says, by the functions that serve the single requests.

use serde_json::Value;

use super::operation::{Verb, Work};
use super::path::Collection;
use crate::api::scim::context::Call;
use crate::api::scim::error::Error;
use crate::api::scim::{groups, users};
use crate::model::user::UserRecord;
use crate::model::version::Version;
use crate::schema::resource_type::ResourceType;

/// What a write left: an id, and a version unless it was a deletion.
pub(super) type Left = (String, Option<Version>);

/// The resource type of a collection.
pub(super) fn resource_type(call: &Call, collection: Collection) -> &ResourceType {
    match collection {
        Collection::Users => call.domain().schemas().user(),
        Collection::Groups => call.domain().schemas().group(),
    }
}

/// The user that a POST without references asks for.
pub(super) fn posted(call: &Call, data: Value) -> Result<UserRecord, Error> {
    users::posted(call, &call.accept(data.into(), resource_type(call, Collection::Users))?)
}

/// Creates users in their order.
pub(super) async fn create_users(call: &Call, records: Vec<UserRecord>) -> Vec<Result<Left, Error>> {
    let created = users::apply_posts(call, records).await;
    created.into_iter().map(|user| user.map(|user| (user.id.to_string(), Some(user.version)))).collect()
}

/// Does the work. Its references have been put in place.
pub(super) async fn execute(call: &Call, work: Work) -> Result<Left, Error> {
    let id = work.target.id.unwrap_or_default();
    let version = work.version.as_ref();
    match (work.target.collection, work.verb) {
        (Collection::Users, Verb::Delete) => users::apply_delete(call, &id, version).await.map(|()| (id, None)),
        (Collection::Groups, Verb::Delete) => groups::apply_delete(call, &id, version).await.map(|()| (id, None)),
        (Collection::Users, verb) => {
            let of = resource_type(call, Collection::Users);
            let user = match verb {
                Verb::Post => users::apply_post(call, &call.accept(work.data.into(), of)?).await,
                Verb::Put => users::apply_put(call, &id, version, &call.accept(work.data.into(), of)?).await,
                _ => users::apply_patch(call, &id, version, &call.patch(work.data.into(), of)?).await,
            }?;
            Ok((user.id.to_string(), Some(user.version)))
        }
        (Collection::Groups, verb) => {
            let of = resource_type(call, Collection::Groups);
            let group = match verb {
                Verb::Post => groups::apply_post(call, call.accept(work.data.into(), of)?).await,
                Verb::Put => groups::apply_put(call, &id, version, call.accept(work.data.into(), of)?).await,
                _ => {
                    let patch = call.patch(work.data.into(), of)?;
                    groups::apply_patch(call, &id, version, patch, 0).await.map(|(group, _)| group)
                }
            }?;
            Ok((group.id.to_string(), Some(group.version)))
        }
    }
}
