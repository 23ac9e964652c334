//! Who may come in. A handler that takes [`InTenant`] or [`AsAdmin`] runs only for a caller with the right, and can reach
//! rows only through the scope it holds. The order is the contract's: credential (401), then right and tenant (403),
//! and only then parameters.

use std::collections::HashMap;
use std::marker::PhantomData;

use chrono::{DateTime, Utc};
use poem::Request;
use poem_openapi::registry::{MetaSecurityScheme, Registry};

use super::error::Refusal;
use super::wire::Meta;
use crate::api::native::caller::{Caller, secured};
use crate::api::native::refused::Refused;
use crate::auth::Denied;
use crate::domain::{Domain, Operation};
use crate::model::event::Api;
use crate::model::ids::GroupId;
use crate::model::principal::{AdminScope, Principal, Reach, TenantScope};

/// A kind of access, so that an endpoint's signature says what it needs.
pub(super) trait Access: Send + Sync + 'static {
    /// What it takes on a tenant's paths.
    const IN_TENANT: Operation;
    /// What it takes on the administration paths.
    const AS_ADMIN: Operation;
}

/// Reading.
pub(super) struct Reading;

impl Access for Reading {
    const IN_TENANT: Operation = Operation::GroupsRead;
    const AS_ADMIN: Operation = Operation::AdminRead;
}

/// Writing.
pub(super) struct Writing;

impl Access for Writing {
    const IN_TENANT: Operation = Operation::GroupsWrite;
    const AS_ADMIN: Operation = Operation::AdminWrite;
}

/// A caller with the right in the tenant that the path names.
pub(super) struct InTenant<A> {
    caller: Caller,
    /// Proof of it.
    pub(super) scope: TenantScope,
    access: PhantomData<A>,
}

impl<A> InTenant<A> {
    /// The verbs.
    pub(super) fn domain(&self) -> &Domain {
        self.caller.domain()
    }

    /// The time.
    pub(super) fn now(&self) -> DateTime<Utc> {
        self.caller.now()
    }

    /// What the answer says of the request.
    pub(super) fn meta(&self) -> Meta {
        Meta::new(self.caller.request_id(), self.caller.now())
    }
}

impl<A> InTenant<A> {
    /// Who asks.
    pub(super) fn principal(&self) -> &Principal {
        self.caller.principal()
    }
}

impl<A: Access> InTenant<A> {
    async fn admit(request: &Request) -> Result<Self, Refused> {
        let caller = Caller::identify(request, Api::Dir).await?;
        caller.demand(A::IN_TENANT)?;
        // The framework numbers a path's parameters; the tenant is the first one on every path of this kind.
        let named = request.path_params::<HashMap<String, String>>().ok().and_then(|mut all| all.remove("param0"));
        let scope = caller.scope(Some(named.as_deref().unwrap_or_default())).await?;
        Ok(Self { caller, scope, access: PhantomData })
    }
}

/// A caller with the right on the administration paths. In which tenant is known when the group is.
pub(super) struct AsAdmin<A> {
    caller: Caller,
    access: PhantomData<A>,
}

impl<A> AsAdmin<A> {
    /// The verbs.
    pub(super) fn domain(&self) -> &Domain {
        self.caller.domain()
    }

    /// The time.
    pub(super) fn now(&self) -> DateTime<Utc> {
        self.caller.now()
    }

    /// What the answer says of the request.
    pub(super) fn meta(&self) -> Meta {
        Meta::new(self.caller.request_id(), self.caller.now())
    }

    /// Who asks.
    pub(super) fn principal(&self) -> &Principal {
        self.caller.principal()
    }

    /// Proof of what may be done above tenants.
    pub(super) fn above(&self) -> AdminScope {
        self.caller.admin_scope()
    }

    /// The scope of the tenant of this id or slug, else of the credential's own.
    pub(super) async fn within(&self, tenant: Option<&str>) -> Result<TenantScope, Denied> {
        self.caller.scope(tenant).await
    }

    /// The group that the path names, and the scope of its tenant. One that is out of reach is not there.
    pub(super) async fn reach(&self, group_id: &str) -> Result<(TenantScope, GroupId), Refusal> {
        let id: GroupId = group_id.parse().map_err(|_| Refusal::no_group())?;
        let tenant = match self.caller.principal().reach {
            Reach::Tenant(own) => own,
            Reach::Platform | Reach::Partner(_) => {
                self.domain().find_group_tenant(id).await?.ok_or_else(Refusal::no_group)?
            }
        };
        match self.caller.scope(Some(&tenant.to_string())).await {
            Ok(scope) => Ok((scope, id)),
            Err(Denied::Foreign | Denied::NoSuchTenant) => Err(Refusal::no_group()),
            Err(denied) => Err(denied.into()),
        }
    }
}

impl<A: Access> AsAdmin<A> {
    async fn admit(request: &Request) -> Result<Self, Refused> {
        let caller = Caller::identify(request, Api::Dir).await?;
        caller.demand(A::AS_ADMIN)?;
        Ok(Self { caller, access: PhantomData })
    }
}

const SCHEME: &str = "bearer";

fn register_scheme(registry: &mut Registry) {
    let scheme = MetaSecurityScheme {
        ty: "http",
        description: Some(
            "A bearer token. A tenant's paths take the scopes `groups:read` or `groups:write` of that tenant; the \
             administration paths take `admin:read` or `admin:write`, or an administrator's role. A token of one tenant \
             works within it alone.",
        ),
        name: None,
        key_in: None,
        scheme: Some("bearer"),
        bearer_format: None,
        flows: None,
        openid_connect_url: None,
    };
    registry.create_security_scheme(SCHEME, scheme);
}

secured!(InTenant<A: Access>, register_scheme, [SCHEME]);
secured!(AsAdmin<A: Access>, register_scheme, [SCHEME]);
