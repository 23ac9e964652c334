//! Creating, changing, deleting and restoring users. What is written is judged by the SCIM schema, whatever else an identity
//! provider wrote stays, and the provider sees the change.

use poem_openapi::OpenApi;
use poem_openapi::param::Path;

use super::show::body;
use super::wire::{UserCreate, UserResponse, UserUpdate};
use super::{refusal, user_id};
use crate::api::directory::Tag;
use crate::api::directory::answers::{Gone, Made, Shown};
use crate::api::directory::auth::InTenant;
use crate::api::directory::error::Refusal;
use crate::api::directory::rights::WritingUsers;
use crate::api::native::body::Sent;
use crate::api::native::conditional::IfMatch;

pub(in crate::api::directory) struct Write;

#[OpenApi]
impl Write {
    /// Create a user
    ///
    /// One whose `external_id` is that of a deleted user comes back under its old id, with what is sent and no old
    /// membership. Refused when the tenant's partner allows it no more users.
    #[oai(path = "/api/v1/tenants/:tenant_id/users", method = "post", operation_id = "create_user", tag = "Tag::Users")]
    async fn create(
        &self,
        caller: InTenant<WritingUsers>,
        /// The tenant's id or slug.
        #[oai(name = "tenant_id")]
        _tenant: Path<String>,
        Sent(sent): Sent<UserCreate>,
    ) -> Result<Made<UserResponse>, Refusal> {
        let (domain, scope) = (caller.domain(), &caller.scope);
        let user = domain.create_profile(scope, &sent.into()).await.map_err(refusal)?.resource;
        let location = format!("/api/v1/tenants/{}/users/{}", scope.tenant(), user.id);
        Ok(Made::new(body(domain, scope, &user).await?, caller.meta(), location, user.version))
    }

    /// Change a user
    ///
    /// What is left out stays; null takes a text away.
    #[oai(
        path = "/api/v1/tenants/:tenant_id/users/:user_id",
        method = "patch",
        operation_id = "update_user",
        tag = "Tag::Users"
    )]
    async fn update(
        &self,
        caller: InTenant<WritingUsers>,
        /// The tenant's id or slug.
        #[oai(name = "tenant_id")]
        _tenant: Path<String>,
        /// The user's id.
        Path(user_id): Path<String>,
        /// Entity tags; nothing is changed unless one is current.
        #[oai(name = "If-Match")]
        expected: IfMatch,
        Sent(sent): Sent<UserUpdate>,
    ) -> Result<Shown<UserResponse>, Refusal> {
        let (domain, scope, id) = (caller.domain(), &caller.scope, self::user_id(&user_id)?);
        let changed = domain.modify_profile(scope, id, expected.0.as_ref(), &sent.into()).await.map_err(refusal)?;
        Ok(Shown::new(body(domain, scope, &changed).await?, caller.meta(), changed.version))
    }

    /// Delete a user
    ///
    /// Its user name is free at once, its memberships and tokens end. It can be restored.
    #[oai(
        path = "/api/v1/tenants/:tenant_id/users/:user_id",
        method = "delete",
        operation_id = "delete_user",
        tag = "Tag::Users"
    )]
    async fn delete(
        &self,
        caller: InTenant<WritingUsers>,
        /// The tenant's id or slug.
        #[oai(name = "tenant_id")]
        _tenant: Path<String>,
        /// The user's id.
        Path(user_id): Path<String>,
        /// Entity tags; nothing is changed unless one is current.
        #[oai(name = "If-Match")]
        expected: IfMatch,
    ) -> Result<Gone, Refusal> {
        caller.domain().delete_user(&caller.scope, self::user_id(&user_id)?, expected.0.as_ref()).await?;
        Ok(Gone::Done)
    }

    /// Restore a user
    ///
    /// Brings a deleted user back as it was, with its memberships in groups that are still there. Refused when its user
    /// name is in use by now.
    #[oai(
        path = "/api/v1/tenants/:tenant_id/users/:user_id/restore",
        method = "post",
        operation_id = "restore_user",
        tag = "Tag::Users"
    )]
    async fn restore(
        &self,
        caller: InTenant<WritingUsers>,
        /// The tenant's id or slug.
        #[oai(name = "tenant_id")]
        _tenant: Path<String>,
        /// The user's id.
        Path(user_id): Path<String>,
    ) -> Result<Shown<UserResponse>, Refusal> {
        let (domain, scope) = (caller.domain(), &caller.scope);
        let user = domain.restore_user(scope, self::user_id(&user_id)?).await.map_err(refusal)?;
        Ok(Shown::new(body(domain, scope, &user).await?, caller.meta(), user.version))
    }
}
