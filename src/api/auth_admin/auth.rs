//! Who may come in, and into which tenant. That one is named in the query or in the body, so the body is read as JSON before
//! anything is granted; what its fields may be is judged after. The order is the contract's: credential (401), the tenant
//! as it is named (400), right and tenant (403), then path, query and fields.

use std::marker::PhantomData;

use poem::{Request, RequestBody};
use poem_openapi::registry::{
    MetaMediaType, MetaParamIn, MetaRequest, MetaSchema, MetaSchemaRef, MetaSecurityScheme, Registry,
};
use poem_openapi::types::Type;
use poem_openapi::{ApiExtractor, ApiExtractorType, ExtractParamOptions};
use serde_json::Value;

use super::error::Refusal;
use crate::api::native::body::{self, Body};
use crate::api::native::caller::Caller;
use crate::api::native::refused::Fault;
use crate::domain::{Domain, Operation};
use crate::model::event::Api;
use crate::model::group::Group;
use crate::model::ids::{GroupNumber, TenantId};
use crate::model::principal::{Reach, TenantScope};

/// A kind of access, so that an endpoint's signature says what it needs.
pub(super) trait Access: Send + Sync + 'static {
    /// What it takes.
    const OPERATION: Operation;
    /// Whether a credential of one tenant may leave the tenant out.
    const OWN_BY_DEFAULT: bool;
}

/// Reading.
pub(super) struct Reading;

/// Writing, with the tenant named.
pub(super) struct Writing;

/// Writing where the documentation does not ask for the tenant.
pub(super) struct Changing;

impl Access for Reading {
    const OPERATION: Operation = Operation::GroupsRead;
    const OWN_BY_DEFAULT: bool = false;
}

impl Access for Writing {
    const OPERATION: Operation = Operation::GroupsWrite;
    const OWN_BY_DEFAULT: bool = false;
}

impl Access for Changing {
    const OPERATION: Operation = Operation::GroupsWrite;
    const OWN_BY_DEFAULT: bool = true;
}

/// What an endpoint documents of its body.
pub(super) trait Takes: Send + Sync + 'static {
    /// Tells of the body.
    fn request() -> Option<MetaRequest> {
        None
    }

    /// Puts its types into the document.
    fn register(_: &mut Registry) {}
}

/// No body.
pub(super) struct Nothing;

impl Takes for Nothing {}

/// A body.
pub(super) struct Json<T>(PhantomData<fn() -> T>);

impl<T: Body + 'static> Takes for Json<T> {
    fn request() -> Option<MetaRequest> {
        let content = vec![MetaMediaType { content_type: "application/json", schema: <T as Type>::schema_ref() }];
        Some(MetaRequest { description: None, content, required: true })
    }

    fn register(registry: &mut Registry) {
        <T as Type>::register(registry);
    }
}

/// A body that may be left out.
pub(super) struct Maybe<T>(PhantomData<fn() -> T>);

impl<T: Body + 'static> Takes for Maybe<T> {
    fn request() -> Option<MetaRequest> {
        Json::<T>::request().map(|request| MetaRequest { required: false, ..request })
    }

    fn register(registry: &mut Registry) {
        <T as Type>::register(registry);
    }
}

/// A caller with the right in the tenant that the request names.
pub(super) struct InTenant<A, B = Nothing> {
    caller: Caller,
    body: Option<Value>,
    /// Proof of the right.
    pub(super) scope: TenantScope,
    kind: PhantomData<fn() -> (A, B)>,
}

impl<A, B> InTenant<A, B> {
    /// The verbs.
    pub(super) fn domain(&self) -> &Domain {
        self.caller.domain()
    }

    /// The group that a path names.
    pub(super) async fn group(&self, id: &str) -> Result<Group, Refusal> {
        let number = id.parse().ok().filter(|number| *number > 0).ok_or_else(Refusal::bad_group_id)?;
        Ok(self.domain().group_numbered(&self.scope, GroupNumber(number)).await?)
    }
}

impl<A, T: Body> InTenant<A, Json<T>> {
    /// The body.
    pub(super) fn body(&self) -> Result<T, Refusal> {
        match &self.body {
            Some(body) => Ok(body::read(body)?),
            None => Err(Fault::new("body", [], "missing", "Field required: the request has no body").into()),
        }
    }
}

impl<A, T: Body> InTenant<A, Maybe<T>> {
    /// The body, if there is one.
    pub(super) fn body(&self) -> Result<Option<T>, Refusal> {
        Ok(self.body.as_ref().map(body::read).transpose()?)
    }
}

impl<A: Access, B> InTenant<A, B> {
    async fn admit(request: &Request, body: &mut RequestBody) -> Result<Self, Refusal> {
        let caller = Caller::identify(request, Api::Auth).await?;
        let body = body::json_if_any(request, body).await?;
        let named = named(request, body.as_ref())?;
        let tenant = match (named, caller.principal().reach) {
            (Some(named), _) => named,
            (None, Reach::Tenant(own)) if A::OWN_BY_DEFAULT => own,
            (None, _) => return Err(Refusal::bad_tenant("tenant_id is required")),
        };
        caller.demand(A::OPERATION)?;
        let scope = caller.scope(Some(&tenant.to_string())).await?;
        Ok(Self { caller, body, scope, kind: PhantomData })
    }
}

/// The tenant that the request names, in whichever place.
fn named(request: &Request, body: Option<&Value>) -> Result<Option<TenantId>, Refusal> {
    let all: Vec<(String, String)> = request.params().unwrap_or_default();
    let in_query = all.iter().rfind(|(name, _)| name == "tenant_id").map(|(_, text)| id(text)).transpose()?;
    let in_body = match body.and_then(|body| body.get("tenant_id")) {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) => Some(id(text)?),
        Some(_) => return Err(Refusal::bad_tenant("tenant_id must be a string")),
    };
    match (in_query, in_body) {
        (Some(one), Some(other)) if one != other => {
            Err(Refusal::bad_tenant(format!("the query names {one} and the body {other}")))
        }
        (one, other) => Ok(one.or(other)),
    }
}

fn id(text: &str) -> Result<TenantId, Refusal> {
    text.trim().parse().map_err(|error| Refusal::bad_tenant(format!("tenant_id: {error}")))
}

/// The query's `tenant_id` as the document has it. What it says was read when the caller came in.
pub(super) struct InQuery<const REQUIRED: bool>;

impl<'a, const REQUIRED: bool> ApiExtractor<'a> for InQuery<REQUIRED> {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::Parameter];
    const PARAM_IS_REQUIRED: bool = REQUIRED;
    type ParamType = ();
    type ParamRawType = ();

    fn param_in() -> Option<MetaParamIn> {
        Some(MetaParamIn::Query)
    }

    fn param_schema_ref() -> Option<MetaSchemaRef> {
        Some(MetaSchemaRef::Inline(Box::new(MetaSchema::new("string"))))
    }

    async fn from_request(_: &'a Request, _: &mut RequestBody, _: ExtractParamOptions<()>) -> poem::Result<Self> {
        Ok(Self)
    }
}

/// The path's integer id of a group, as it was sent: what is none is refused after the rights are looked at.
pub(super) struct InPath(pub(super) String);

impl<'a> ApiExtractor<'a> for InPath {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::Parameter];
    const PARAM_IS_REQUIRED: bool = true;
    type ParamType = ();
    type ParamRawType = ();

    fn param_in() -> Option<MetaParamIn> {
        Some(MetaParamIn::Path)
    }

    fn param_schema_ref() -> Option<MetaSchemaRef> {
        let schema = MetaSchema { minimum: Some(1.0), ..MetaSchema::new_with_format("integer", "int64") };
        Some(MetaSchemaRef::Inline(Box::new(schema)))
    }

    async fn from_request(request: &'a Request, _: &mut RequestBody, _: ExtractParamOptions<()>) -> poem::Result<Self> {
        // The framework numbers a path's parameters; the id is the only one on every path of this API.
        Ok(Self(request.raw_path_param("param0").unwrap_or_default().to_owned()))
    }
}

const SCHEME: &str = "bearer";

impl<'a, A: Access, B: Takes> ApiExtractor<'a> for InTenant<A, B> {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::SecurityScheme, ApiExtractorType::RequestObject];
    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        B::register(registry);
        let scheme = MetaSecurityScheme {
            ty: "http",
            description: Some(
                "A bearer token with the scope `groups:read` or `groups:write` of the tenant, or with a wider right: \
                 `admin:read`, `admin:write`, or an administrator's role.",
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

    fn security_schemes() -> Vec<&'static str> {
        vec![SCHEME]
    }

    fn request_meta() -> Option<MetaRequest> {
        B::request()
    }

    async fn from_request(
        request: &'a Request,
        body: &mut RequestBody,
        _: ExtractParamOptions<()>,
    ) -> poem::Result<Self> {
        Ok(Self::admit(request, body).await?)
    }
}
