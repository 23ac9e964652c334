//! Who may come in. A handler that takes [`Allowed`] runs only for a caller with the right, in the one tenant that the
//! request is about. API keys are taken where groups are read, and elsewhere only if the tenant wants that.

use std::marker::PhantomData;

use poem::Request;
use poem_openapi::registry::{MetaSecurityScheme, Registry};

use crate::api::native::caller::{Caller, secured};
use crate::api::native::refused::Refused;
use crate::auth::Denied;
use crate::domain::{Domain, Operation};
use crate::model::event::Api;
use crate::model::principal::TenantScope;

/// A kind of access, so that an endpoint's signature says what it needs.
pub(super) trait Access: Send + Sync + 'static {
    /// What it takes.
    const OPERATION: Operation;
    /// Whether an API key gives it too.
    const BY_KEY: bool;
}

/// Reading.
pub(super) struct Reading;

/// Reading, with an API key if need be.
pub(super) struct ReadingByKey;

/// Writing.
pub(super) struct Writing;

impl Access for Reading {
    const OPERATION: Operation = Operation::LaunchRead;
    const BY_KEY: bool = false;
}

impl Access for ReadingByKey {
    const OPERATION: Operation = Operation::LaunchRead;
    const BY_KEY: bool = true;
}

impl Access for Writing {
    const OPERATION: Operation = Operation::LaunchWrite;
    const BY_KEY: bool = false;
}

/// A caller with the right.
pub(super) struct Allowed<A> {
    caller: Caller,
    /// Proof of it, in the tenant at hand.
    pub(super) scope: TenantScope,
    access: PhantomData<A>,
}

impl<A> Allowed<A> {
    /// The verbs.
    pub(super) fn domain(&self) -> &Domain {
        self.caller.domain()
    }
}

impl<A: Access> Allowed<A> {
    async fn admit(request: &Request) -> Result<Self, Refused> {
        let caller = Caller::identify_with_key(request, Api::Launch).await?;
        // An API key is of one tenant, and where it is not taken it is no credential, whatever it would open.
        if caller.principal().api_key && !A::BY_KEY && !caller.scope(None).await?.settings().api_key_everywhere {
            return Err(Denied::ApiKey.into());
        }
        caller.demand(A::OPERATION)?;
        let scope = caller.addressed(request).await?;
        Ok(Self { caller, scope, access: PhantomData })
    }
}

const BEARER: &str = "bearer";
const KEY: &str = "api_key";

fn register_bearer(registry: &mut Registry) {
    let scheme = MetaSecurityScheme {
        ty: "http",
        description: Some(
            "A bearer token with the scope `groups:read` or `groups:write`, or with `admin`, which gives both.",
        ),
        name: None,
        key_in: None,
        scheme: Some("bearer"),
        bearer_format: None,
        flows: None,
        openid_connect_url: None,
    };
    registry.create_security_scheme(BEARER, scheme);
}

fn register_both(registry: &mut Registry) {
    register_bearer(registry);
    let scheme = MetaSecurityScheme {
        ty: "apiKey",
        description: Some("An API key of the tenant with the scope `groups:read` or `admin`."),
        name: Some("X-API-Key"),
        key_in: Some("header"),
        scheme: None,
        bearer_format: None,
        flows: None,
        openid_connect_url: None,
    };
    registry.create_security_scheme(KEY, scheme);
}

type ByKey = Allowed<ReadingByKey>;
type ToRead = Allowed<Reading>;
type ToWrite = Allowed<Writing>;

secured!(ByKey, register_both, [BEARER, KEY]);
secured!(ToRead, register_bearer, [BEARER]);
secured!(ToWrite, register_bearer, [BEARER]);
