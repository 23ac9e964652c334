//! What a handler knows of its request.

use poem::Request;
use poem::http::HeaderMap;
use serde_json::Value;

use super::error::Error;
use super::patch::{self, Patch};
use super::query::Query;
use crate::api::Services;
use crate::api::context::{header, read_body};
use crate::domain::Domain;
use crate::model::ids::UserId;
use crate::model::principal::TenantScope;
use crate::model::settings::ScimMode;
use crate::model::version::EntityTags;
use crate::schema::accept::{self, Received};
use crate::schema::input::Input;
use crate::schema::leniency::Leniency;
use crate::schema::project::Projection;
use crate::schema::resource_type::ResourceType;
use crate::schema::{Document, Mode};

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
}

impl Call {
    pub(super) fn new(services: Services, scope: TenantScope, base: String, request: &Request) -> Result<Self, Error> {
        let query = Query::of(request)?;
        Ok(Self { services, scope, base, query, user: None, headers: request.headers().clone() })
    }

    /// The same call, made by this user.
    pub(super) fn by(self, user: Option<UserId>) -> Self {
        Self { user, ..self }
    }

    /// Bytes a body may have.
    pub(super) fn max_body(&self) -> usize {
        self.services.options.max_body
    }

    pub(super) const fn domain(&self) -> &Domain {
        &self.services.domain
    }

    /// How the tenant wants requests judged.
    pub(super) fn mode(&self) -> Mode {
        match self.scope.settings().scim_mode {
            ScimMode::Compat => Mode::Compat,
            ScimMode::Strict => Mode::Strict,
        }
    }

    /// What the answer shows, by `attributes` and `excludedAttributes`.
    pub(super) fn projection(&self, resource_type: &ResourceType) -> Result<Projection, Error> {
        self.query.projection(resource_type)
    }

    /// The precondition of a write (RFC 7644 section 3.14).
    pub(super) fn if_match(&self) -> Option<EntityTags> {
        header(&self.headers, "if-match").map(EntityTags::parse)
    }

    /// The precondition of a read.
    pub(super) fn if_none_match(&self) -> Option<EntityTags> {
        header(&self.headers, "if-none-match").map(EntityTags::parse)
    }

    /// The bytes of the body. A missing Content-Type counts as JSON; clients leave it out.
    async fn body(&self, request: &mut Request) -> Result<Vec<u8>, Error> {
        self.check_content_type()?;
        Ok(read_body(request.take_body(), self.max_body()).await?)
    }

    /// The body as a JSON object.
    pub(super) async fn object(&self, request: &mut Request) -> Result<Document, Error> {
        let body = self.body(request).await?;
        match Input::parse(&body)?.into_value()? {
            Value::Object(object) => Ok(object),
            _ => Err(Error::syntax("the body must be a JSON object")),
        }
    }

    /// The body of a POST or PUT. The bytes are gone when this returns.
    pub(super) async fn received(&self, request: &mut Request, of: &ResourceType) -> Result<Received, Error> {
        let body = self.body(request).await?;
        self.accept(Input::parse(&body)?, of)
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
        self.patch(Input::parse(&body)?, of)
    }

    /// A PATCH as a client wrote it.
    pub(super) fn patch(&self, body: Input<'_>, of: &ResourceType) -> Result<Patch, Error> {
        let patch = patch::parse(body, of, self.mode())?;
        self.note(&patch.leniencies);
        Ok(patch)
    }

    fn check_content_type(&self) -> Result<(), Error> {
        let Some(found) = header(&self.headers, "content-type") else { return Ok(()) };
        let media_type = found.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        match media_type.as_str() {
            "" | "application/scim+json" | "application/json" | "text/json" => Ok(()),
            _ => Err(Error::unsupported_media_type(found)),
        }
    }

    /// Notes what had to be forgiven in the request.
    pub(super) fn note(&self, leniencies: &[Leniency]) {
        for leniency in leniencies {
            tracing::debug!(tenant.id = %self.scope.tenant(), scim.leniency = leniency.name(), "forgiven");
        }
    }
}
