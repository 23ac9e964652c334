//! Who is calling. A facade's own extractors admit a [`Caller`] for the rights its endpoints take, always in the
//! contract's order: the credential (401), then the right and the tenant (403), and only then parameters and body.

use chrono::{DateTime, Utc};
use poem::Request;
use poem::http::header::AUTHORIZATION;

use super::refused::Refused;
use crate::api::Services;
use crate::api::context::{RequestId, header};
use crate::api::gate::{API_KEY, Credential, HostTenant, Turned};
use crate::auth::{Authenticated, Denied};
use crate::domain::{Domain, Operation, may};
use crate::model::event::Api;
use crate::model::principal::{AdminScope, Principal, Reach, TenantScope};

const TENANT: &str = "x-tenant-id";

/// Someone with a valid credential.
pub(in crate::api) struct Caller {
    services: Services,
    who: Authenticated,
    api: Api,
    request_id: String,
    host: Option<HostTenant>,
}

/// Goes with a request whose credential has been judged already.
#[derive(Clone)]
pub(super) struct Admitted(pub(super) Authenticated);

impl Caller {
    /// Judges the request's bearer token. What the caller then does is told of as done through `api`.
    pub(in crate::api) async fn identify(request: &Request, api: Api) -> Result<Self, Refused> {
        let services = request.data::<Services>().expect("the API is mounted with its services").clone();
        let who = match request.data::<Admitted>() {
            Some(Admitted(who)) => who.clone(),
            None => services.admit(request).await?,
        };
        Self::known(services, who, request, api).await
    }

    /// The same, where an API key (`X-API-Key`) is taken as well. A bearer token beside it wins.
    pub(in crate::api) async fn identify_with_key(request: &Request, api: Api) -> Result<Self, Refused> {
        let services = request.data::<Services>().expect("the API is mounted with its services").clone();
        let who = match request.data::<Admitted>() {
            Some(Admitted(who)) => who.clone(),
            None => admit_with_key(&services, request).await?,
        };
        Self::known(services, who, request, api).await
    }

    async fn known(services: Services, who: Authenticated, request: &Request, api: Api) -> Result<Self, Refused> {
        let request_id = request.data::<RequestId>().map_or_else(String::new, |id| id.0.clone());
        let host = request.data::<HostTenant>().cloned();
        services.check_host(&who, host.as_ref(), (api, &request_id)).await?;
        Ok(Self { services, who, api, request_id, host })
    }

    /// Refuses whoever has not the right.
    pub(in crate::api) fn demand(&self, operation: Operation) -> Result<(), Refused> {
        if may(self.principal(), operation) {
            return Ok(());
        }
        Err(Refused::Lacking { operation, platform: self.principal().reach == Reach::Platform })
    }

    /// The scope of the tenant of this id or slug, else of the credential's own.
    pub(in crate::api) async fn scope(&self, tenant: Option<&str>) -> Result<TenantScope, Denied> {
        self.services.scope(&self.who, tenant, self.host.as_ref(), (self.api, &self.request_id)).await
    }

    /// The scope of the tenant that `X-Tenant-ID` names, by id or slug, else of the credential's own. A credential of one
    /// tenant may name no other; one of several must name one.
    pub(in crate::api) async fn addressed(&self, request: &Request) -> Result<TenantScope, Denied> {
        self.scope(header(request.headers(), TENANT).map(str::trim)).await
    }

    /// The scope above tenants, within the credential's reach.
    pub(in crate::api) fn admin_scope(&self) -> AdminScope {
        self.services.authenticator.admin_scope(&self.who, self.api, &self.request_id)
    }

    /// Who it is.
    pub(in crate::api) fn principal(&self) -> &Principal {
        &self.who.principal
    }

    /// The verbs.
    pub(in crate::api) fn domain(&self) -> &Domain {
        &self.services.domain
    }

    /// The request's id.
    pub(in crate::api) fn request_id(&self) -> &str {
        &self.request_id
    }

    /// The time.
    pub(in crate::api) fn now(&self) -> DateTime<Utc> {
        self.domain().clock().now()
    }
}

/// Lets a request in by its bearer token or its API key.
pub(in crate::api) async fn admit_with_key(services: &Services, request: &Request) -> Result<Authenticated, Turned> {
    let by_token = request.headers().contains_key(AUTHORIZATION);
    match header(request.headers(), API_KEY).filter(|_| !by_token) {
        Some(key) => services.admit_by(request, Credential::Key(key)).await,
        None => services.admit(request).await,
    }
}

/// Makes an extractor of a type that admits callers (`async fn admit(&Request) -> Result<Self, Refused>`); the document
/// then says which schemes its endpoints take. `$register` puts them into the document under the names `$schemes`.
macro_rules! secured {
    ($admitted:ident $(<$access:ident: $bound:ident>)?, $register:path, $schemes:expr) => {
        impl<'a $(, $access: $bound)?> poem_openapi::ApiExtractor<'a> for $admitted $(<$access>)? {
            const TYPES: &'static [poem_openapi::ApiExtractorType] = &[poem_openapi::ApiExtractorType::SecurityScheme];
            type ParamType = ();
            type ParamRawType = ();

            fn register(registry: &mut poem_openapi::registry::Registry) {
                $register(registry);
            }

            fn security_schemes() -> Vec<&'static str> {
                $schemes.to_vec()
            }

            async fn from_request(
                request: &'a poem::Request,
                _: &mut poem::RequestBody,
                _: poem_openapi::ExtractParamOptions<()>,
            ) -> poem::Result<Self> {
                Ok(Self::admit(request).await?)
            }
        }
    };
}
pub(in crate::api) use secured;
