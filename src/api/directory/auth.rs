//! Who may come in. A handler that takes [`InTenant`] or [`AsAdmin`] runs only for a caller with the right, and can reach
//! rows only through the scope it holds. The order is the contract's: credential (401), then right and tenant (403),
//! and only then parameters.

use std::collections::HashMap;
use std::marker::PhantomData;

use poem::http::header::AUTHORIZATION;
use poem::{Request, RequestBody};
use poem_openapi::registry::{MetaSecurityScheme, Registry};
use poem_openapi::{ApiExtractor, ApiExtractorType, ExtractParamOptions};

use super::error::Refusal;
use super::wire::Meta;
use crate::api::Services;
use crate::api::context::{RequestId, header};
use crate::auth::{Authenticated, Denied};
use crate::domain::{Domain, Operation, may};
use crate::model::event::Api;
use crate::model::ids::GroupId;
use crate::model::principal::{Reach, TenantScope};

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

/// Someone with a valid credential.
struct Caller {
    services: Services,
    who: Authenticated,
    request_id: String,
}

impl Caller {
    async fn identify(request: &Request) -> Result<Self, Refusal> {
        let services = request.data::<Services>().expect("the API is mounted with its services").clone();
        let request_id = request.data::<RequestId>().map_or_else(String::new, |id| id.0.clone());
        let who = services.authenticator.authenticate(header(request.headers(), AUTHORIZATION.as_str())).await?;
        Ok(Self { services, who, request_id })
    }

    fn demand(&self, operation: Operation) -> Result<(), Refusal> {
        if may(&self.who.principal, operation) {
            return Ok(());
        }
        let platform = self.who.principal.reach == Reach::Platform;
        Err(Refusal::forbidden(lacking(operation, platform)))
    }

    async fn scope(&self, tenant: Option<&str>) -> Result<TenantScope, Denied> {
        self.services.authenticator.scope(&self.who, tenant, Api::Dir, &self.request_id).await
    }

    fn meta(&self) -> Meta {
        Meta::new(&self.request_id, self.services.domain.clock().now())
    }
}

fn lacking(operation: Operation, platform: bool) -> String {
    if platform && operation != Operation::AdminWrite && operation != Operation::GroupsWrite {
        return "Platform token requires admin:read or admin:write scope".to_owned();
    }
    let scopes: Vec<&str> = operation.scopes().iter().map(|scope| scope.as_str()).collect();
    format!("this credential does not give the right to do this: it needs the scope {}", scopes.join(" or "))
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
        &self.caller.services.domain
    }

    /// What the answer says of the request.
    pub(super) fn meta(&self) -> Meta {
        self.caller.meta()
    }
}

impl<A: Access> InTenant<A> {
    async fn admit(request: &Request) -> Result<Self, Refusal> {
        let caller = Caller::identify(request).await?;
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
        &self.caller.services.domain
    }

    /// What the answer says of the request.
    pub(super) fn meta(&self) -> Meta {
        self.caller.meta()
    }

    /// The group that the path names, and the scope of its tenant. One that is out of reach is not there.
    pub(super) async fn reach(&self, group_id: &str) -> Result<(TenantScope, GroupId), Refusal> {
        let id: GroupId = group_id.parse().map_err(|_| Refusal::no_group())?;
        let tenant = match self.caller.who.principal.reach {
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
    async fn admit(request: &Request) -> Result<Self, Refusal> {
        let caller = Caller::identify(request).await?;
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

/// Makes an extractor of a type that admits callers; the document then says which scheme its endpoints want.
macro_rules! secured {
    ($admitted:ident) => {
        impl<'a, A: Access> ApiExtractor<'a> for $admitted<A> {
            const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::SecurityScheme];
            type ParamType = ();
            type ParamRawType = ();

            fn register(registry: &mut Registry) {
                register_scheme(registry);
            }

            fn security_schemes() -> Vec<&'static str> {
                vec![SCHEME]
            }

            async fn from_request(
                request: &'a Request,
                _: &mut RequestBody,
                _: ExtractParamOptions<()>,
            ) -> poem::Result<Self> {
                Ok(Self::admit(request).await?)
            }
        }
    };
}

secured!(InTenant);
secured!(AsAdmin);
