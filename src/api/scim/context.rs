//! What a handler knows of its request.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::str::FromStr;
use std::sync::{Mutex, PoisonError};

use poem::Request;
use poem::http::HeaderMap;
use serde_json::Value;

use super::error::{Error, MEDIA_TYPE};
use super::patch::{self, Patch};
use super::query::Query;
use crate::api::Services;
use crate::api::context::{at_length, header, read_body};
use crate::domain::Domain;
use crate::model::ids::UserId;
use crate::model::principal::TenantScope;
use crate::model::version::EntityTags;
use crate::schema::accept::{self, Received};
use crate::schema::address::Addresses;
use crate::schema::input::Input;
use crate::schema::leniency::{Leniency, Stance};
use crate::schema::project::Projection;
use crate::schema::resource_type::ResourceType;
use crate::schema::{Document, Mode};

/// How every base URL of the facade ends.
const VERSION: &str = "/scim/v2";

/// A request whose sender is known and may send it.
pub(super) struct Call {
    services: Services,
    /// The tenant it acts in.
    pub(super) scope: TenantScope,
    /// The absolute base URL, without a slash at the end.
    pub(super) base: String,
    /// The query string.
    pub(super) query: Query,
    /// The user the credential belongs to, if it belongs to one.
    pub(super) user: Option<UserId>,
    headers: HeaderMap,
    /// What had to be forgiven so far.
    used: Mutex<BTreeSet<Leniency>>,
}

impl Call {
    /// Takes the request's headers.
    pub(super) fn new(
        services: Services,
        scope: TenantScope,
        base: String,
        request: &mut Request,
    ) -> Result<Self, Error> {
        let mut stance = Stance::new(scope.settings().scim_mode);
        let query = Query::of(request, &mut stance)?;
        let used = Mutex::new(stance.into_used().into_iter().collect());
        let headers = std::mem::take(request.headers_mut());
        Ok(Self { services, scope, base, query, user: None, headers, used })
    }

    /// The same call, made by this user.
    pub(super) fn by(self, user: Option<UserId>) -> Self {
        Self { user, ..self }
    }

    /// The addresses of the tenant's resources: under the base of this request, which answers show, and under the others
    /// that lead to the same tenant.
    pub(super) fn addresses(&self) -> Addresses {
        let root = self.base.strip_suffix(VERSION).unwrap_or(&self.base);
        let (origin, name) = match root.rsplit_once("/tenants/") {
            Some((origin, name)) => (origin.strip_suffix("/api/v1").unwrap_or(origin), Some(name)),
            None => (root, None),
        };
        let id = self.scope.tenant().to_string();
        let of_tenant =
            |name: &str| ["", "/api/v1"].map(|prefix| format!("{origin}{prefix}/tenants/{name}{VERSION}")).into_iter();
        let named = of_tenant(&id).chain(name.into_iter().flat_map(of_tenant));
        let bases = [self.base.clone(), format!("{origin}{VERSION}")].into_iter().chain(named);
        let schemas = self.domain().schemas();
        Addresses::new(bases.collect(), [schemas.user().as_ref(), schemas.group().as_ref()])
    }

    /// Bytes a body may have.
    pub(super) fn max_body(&self) -> usize {
        self.services.options.max_body
    }

    pub(super) fn domain(&self) -> &Domain {
        &self.services.domain
    }

    /// How the tenant wants requests judged.
    pub(super) fn mode(&self) -> Mode {
        self.scope.settings().scim_mode
    }

    /// The id a client wrote. What is none of ours names nobody: Okta's own suite sends one that is no UUID and wants 404.
    pub(super) fn id<T: FromStr + Display>(&self, resource_type: &str, text: &str) -> Result<T, Error> {
        let id: T = text.parse().map_err(|_| Error::no_such_resource(resource_type, text))?;
        let spelled = id.to_string();
        if spelled != text {
            self.tolerate(Leniency::IdSpelling, || Error::misspelt_id(resource_type, text, &spelled))?;
        }
        Ok(id)
    }

    /// What the answer shows, by `attributes` and `excludedAttributes`.
    pub(super) fn projection(&self, resource_type: &ResourceType) -> Result<Projection, Error> {
        self.query.projection(resource_type)
    }

    /// The precondition of a write (RFC 7644 section 3.14).
    pub(super) fn if_match(&self) -> Result<Option<EntityTags>, Error> {
        self.entity_tags("if-match")
    }

    /// The precondition of a read.
    pub(super) fn if_none_match(&self) -> Result<Option<EntityTags>, Error> {
        self.entity_tags("if-none-match")
    }

    fn entity_tags(&self, name: &str) -> Result<Option<EntityTags>, Error> {
        let Some(sent) = header(&self.headers, name) else { return Ok(None) };
        if !EntityTags::is_well_formed(sent) {
            self.tolerate(Leniency::UnquotedEntityTag, || Error::malformed_version(name, sent))?;
        }
        Ok(Some(EntityTags::parse(sent)))
    }

    /// The bytes of the body.
    async fn body(&self, request: &mut Request) -> Result<Vec<u8>, Error> {
        self.check_content_type()?;
        Ok(read_body(request.take_body(), self.max_body()).await?)
    }

    /// The body as a JSON object.
    pub(super) async fn object(&self, request: &mut Request) -> Result<Document, Error> {
        let body = self.body(request).await?;
        match at_length(body.len(), || Input::parse(&body)?.into_value())? {
            Value::Object(object) => Ok(object),
            _ => Err(Error::syntax("the body must be a JSON object")),
        }
    }

    /// The body of a POST or PUT. The bytes are gone when this returns.
    pub(super) async fn received(&self, request: &mut Request, of: &ResourceType) -> Result<Received, Error> {
        let body = self.body(request).await?;
        at_length(body.len(), || self.accept(Input::parse(&body)?, of))
    }

    /// A resource as a client wrote it.
    pub(super) fn accept(&self, body: Input<'_>, of: &ResourceType) -> Result<Received, Error> {
        let received = accept::read(of, body, self.mode())?;
        self.note(&received.leniencies);
        Ok(received)
    }

    /// The body of a PATCH. The bytes are gone when this returns.
    pub(super) async fn received_patch(&self, request: &mut Request, of: &ResourceType) -> Result<Patch, Error> {
        let body = self.body(request).await?;
        at_length(body.len(), || self.patch(Input::parse(&body)?, of))
    }

    /// A PATCH as a client wrote it.
    pub(super) fn patch(&self, body: Input<'_>, of: &ResourceType) -> Result<Patch, Error> {
        let patch = patch::parse(body, of, self.mode())?;
        self.note(&patch.leniencies);
        Ok(patch)
    }

    fn check_content_type(&self) -> Result<(), Error> {
        let found = header(&self.headers, "content-type").unwrap_or_default();
        let media_type = found.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let refusal = || Error::unsupported_media_type(found, self.mode());
        match media_type.as_str() {
            MEDIA_TYPE => Ok(()),
            "" => self.tolerate(Leniency::MissingMediaType, refusal),
            "application/json" | "text/json" => self.tolerate(Leniency::JsonMediaType, refusal),
            _ => Err(refusal()),
        }
    }

    /// Notes what had to be forgiven in the request.
    pub(super) fn note(&self, leniencies: &[Leniency]) {
        self.used.lock().unwrap_or_else(PoisonError::into_inner).extend(leniencies);
    }

    /// Notes a deviation in compat mode, refuses it in strict mode.
    pub(super) fn tolerate(&self, leniency: Leniency, refusal: impl FnOnce() -> Error) -> Result<(), Error> {
        match self.mode() {
            Mode::Strict => Err(refusal()),
            Mode::Compat => {
                self.note(&[leniency]);
                Ok(())
            }
        }
    }

    /// Counts what had to be forgiven, whatever came of the request afterwards.
    pub(super) fn settle(&self) {
        let used = std::mem::take(&mut *self.used.lock().unwrap_or_else(PoisonError::into_inner));
        for leniency in &used {
            self.services.metrics.forgiven(leniency.name());
            tracing::debug!(tenant.id = %self.scope.tenant(), scim.leniency = leniency.name(), "forgiven");
        }
        if !used.is_empty() {
            self.domain().count_leniencies(&self.scope, used);
        }
    }
}
