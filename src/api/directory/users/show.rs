//! `GET /api/v1/tenants/{tenant_id}/users/{user_id}`: one user with the groups it is in.

use poem_openapi::OpenApi;
use poem_openapi::param::Path;

use super::user_id;
use super::wire::UserResponse;
use crate::api::directory::Tag;
use crate::api::directory::answers::Shown;
use crate::api::directory::auth::InTenant;
use crate::api::directory::error::Refusal;
use crate::api::directory::rights::ReadingUsers;
use crate::api::directory::wire::Ids;
use crate::domain::Domain;
use crate::model::principal::TenantScope;
use crate::model::user::User;

pub(in crate::api::directory) struct Show;

#[OpenApi]
impl Show {
    /// Get a user
    ///
    /// With the groups it is in.
    #[oai(
        path = "/api/v1/tenants/:tenant_id/users/:user_id",
        method = "get",
        operation_id = "get_user",
        tag = "Tag::Users"
    )]
    async fn show(
        &self,
        caller: InTenant<ReadingUsers>,
        /// The tenant's id or slug.
        #[oai(name = "tenant_id")]
        _tenant: Path<String>,
        /// The user's id.
        Path(user_id): Path<String>,
    ) -> Result<Shown<UserResponse>, Refusal> {
        let user = caller.domain().user(&caller.scope, self::user_id(&user_id)?).await?;
        let version = user.version;
        Ok(Shown::new(body(caller.domain(), &caller.scope, &user).await?, caller.meta(), version))
    }
}

/// The user with its groups.
pub(super) async fn body(domain: &Domain, scope: &TenantScope, user: &User) -> Result<UserResponse, Refusal> {
    let groups = domain.groups_of_users(scope, &[user.id]).await?;
    Ok(UserResponse::new(Ids(scope.settings().id_style), scope.tenant(), user, groups))
}
