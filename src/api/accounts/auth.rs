//! Who may come in. A handler that takes [`InTenant`] runs only for a caller with the right, and can reach rows only through
//! the scope it holds. The order is the contract's: credential (401), then right and tenant (403), and only then
//! parameters and body.

use std::marker::PhantomData;

use poem::Request;
use poem_openapi::registry::{MetaSecurityScheme, Registry};

use crate::api::native::caller::{Caller, secured};
use crate::api::native::refused::Refused;
use crate::domain::{Domain, Operation};
use crate::model::event::Api;
use crate::model::principal::TenantScope;

/// A kind of access, so that an endpoint's signature says what it needs.
pub(super) trait Access: Send + Sync + 'static {
    /// What it takes.
    const OPERATION: Operation;
}

/// Reading.
pub(super) struct Viewing;

/// Writing.
pub(super) struct Administering;

impl Access for Viewing {
    const OPERATION: Operation = Operation::AccountsRead;
}

impl Access for Administering {
    const OPERATION: Operation = Operation::AccountsWrite;
}

/// A caller with the right in the tenant that the credential is of, or that `X-Tenant-ID` names.
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
}

impl<A: Access> InTenant<A> {
    async fn admit(request: &Request) -> Result<Self, Refused> {
        let caller = Caller::identify(request, Api::Acct).await?;
        caller.demand(A::OPERATION)?;
        let scope = caller.addressed(request).await?;
        Ok(Self { caller, scope, access: PhantomData })
    }
}

const SCHEME: &str = "bearer";

fn register_scheme(registry: &mut Registry) {
    let scheme = MetaSecurityScheme {
        ty: "http",
        description: Some(
            "A bearer token. Reading takes the scope `groups:read` or one of the roles `Viewer`, `Auditor` and \
             `Administrator`; writing takes `groups:write` or `Administrator`. Wider rights (`admin:read`, `admin:write`, \
             `tenant_admin`, `partner_admin`, `super_admin`) do as well.",
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
