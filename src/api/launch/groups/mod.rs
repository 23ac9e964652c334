//! Groups: one file an operation, each telling its whole story.

mod filters;
mod list;
mod show;
mod write;

pub(super) use filters::Filters;
pub(super) use list::{List, Yes};
pub(super) use show::Show;
pub(super) use write::Write;

use poem_openapi::ApiResponse;
use poem_openapi::payload::Json;

use super::auth::Allowed;
use super::error::Refusal;
use super::wire::GroupRead;
use crate::model::group::Group;

/// A group after a change.
#[derive(ApiResponse)]
enum Changed {
    /// The group as it is now.
    #[oai(status = 200)]
    Group(
        Json<GroupRead>,
        /// Its version.
        #[oai(header = "ETag")]
        String,
    ),
}

/// The group with what it grants.
async fn read<A>(caller: &Allowed<A>, group: Group, hydrate: bool) -> Result<GroupRead, Refusal> {
    let mut grants = caller.domain().grants(&caller.scope, &[group.id]).await?;
    let own = grants.remove(&group.id).unwrap_or_default();
    Ok(GroupRead::new(group, own, hydrate))
}
