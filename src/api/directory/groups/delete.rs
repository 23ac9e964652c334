//! `DELETE /api/v1/admin/groups/{group_id}` and `DELETE /api/v1/tenants/{tenant_id}/groups/{group_id}`: deletes a group
//! softly. A tenant's program says what becomes of child groups; for an administrator they go one level up.

use poem_openapi::OpenApi;
use poem_openapi::param::Path;
use poem_openapi::registry::MetaSchema;
use serde_json::json;

use crate::api::directory::Tag;
use crate::api::directory::answers::Gone;
use crate::api::directory::auth::{AsAdmin, InTenant, Writing};
use crate::api::directory::error::Refusal;
use crate::api::native::conditional::IfMatch;
use crate::api::native::parameters::{Asked, Parameter, Unfit, unfit};
use crate::model::group::DeleteStrategy;

pub(in crate::api::directory) struct Delete;

/// What becomes of child groups; in any case of letters.
#[derive(Debug, Default, PartialEq, Eq)]
struct Strategy(DeleteStrategy);

impl Parameter for Strategy {
    fn schema() -> MetaSchema {
        MetaSchema {
            enum_items: DeleteStrategy::WORDS.iter().map(|(word, _)| json!(word)).collect(),
            default: Some(json!("BLOCK")),
            ..MetaSchema::new("string")
        }
    }

    fn read(text: &str) -> Result<Self, Unfit> {
        match DeleteStrategy::parse(text) {
            Some(strategy) => Ok(Self(strategy)),
            None => unfit("enum", "Input should be 'BLOCK', 'ORPHAN' or 'CASCADE'", text),
        }
    }
}

#[OpenApi]
impl Delete {
    /// Delete a group
    ///
    /// Child groups whose primary parent it is go to its own primary parent, or become roots.
    #[oai(
        path = "/api/v1/admin/groups/:group_id",
        method = "delete",
        operation_id = "delete_group",
        tag = "Tag::Administration"
    )]
    async fn administration(
        &self,
        caller: AsAdmin<Writing>,
        /// The group's id.
        Path(group_id): Path<String>,
        /// Entity tags; the group must have one of these versions.
        #[oai(name = "If-Match")]
        IfMatch(precondition): IfMatch,
    ) -> Result<Gone, Refusal> {
        let (scope, id) = caller.reach(&group_id).await?;
        caller.domain().delete_group(&scope, id, precondition.as_ref(), DeleteStrategy::Orphan).await?;
        Ok(Gone::Done)
    }

    /// Delete a tenant's group
    ///
    /// By default only one without members and child groups is deleted.
    #[oai(
        path = "/api/v1/tenants/:tenant_id/groups/:group_id",
        method = "delete",
        operation_id = "delete_tenant_group",
        tag = "Tag::Tenant"
    )]
    async fn tenant(
        &self,
        caller: InTenant<Writing>,
        /// The tenant's id or slug.
        #[oai(name = "tenant_id")]
        _tenant: Path<String>,
        /// The group's id.
        Path(group_id): Path<String>,
        /// `BLOCK` refuses to delete a group that has members or child groups. `ORPHAN` moves the children whose primary
        /// parent it is to its own primary parent, or makes them roots. `CASCADE` deletes them too, and those below them.
        /// Groups that hang below by another edge are only taken out.
        Asked(strategy): Asked<Strategy>,
        /// Entity tags; the group must have one of these versions.
        #[oai(name = "If-Match")]
        IfMatch(precondition): IfMatch,
    ) -> Result<Gone, Refusal> {
        let id = group_id.parse().map_err(|_| Refusal::no_group())?;
        caller.domain().delete_group(&caller.scope, id, precondition.as_ref(), strategy.0).await?;
        Ok(Gone::Done)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strategies_are_words_in_any_case() {
        assert_eq!(Strategy::read("cascade"), Ok(Strategy(DeleteStrategy::Cascade)));
        assert_eq!(Strategy::read(" Orphan "), Ok(Strategy(DeleteStrategy::Orphan)));
        assert_eq!(Strategy::default(), Strategy(DeleteStrategy::Block));
        assert!(Strategy::read("").is_err() && Strategy::read("DELETE").is_err());
    }
}
