//! The SCIM error body (RFC 7644 section 3.12) and the one place where refusals get their status and `scimType`; `layers`
//! does so for what other rooms refuse. `status` is a string: clients read it as one. A detail is written for the
//! administrator who reads it in a provisioning log: which attribute or parameter, which value, and what to do.

mod layers;

use poem::Response;
use poem::http::{HeaderName, Method, StatusCode, header};
use serde_json::{Value, json};

use crate::api::context::insufficient_scope;
use crate::domain::Operation;
use crate::model::redact::redact;
use crate::schema::Mode;

/// The media type of every SCIM body (RFC 7644 section 8.1).
pub(super) const MEDIA_TYPE: &str = "application/scim+json";

/// A refusal on its way out.
#[derive(Debug)]
pub(super) struct Error {
    status: StatusCode,
    scim_type: Option<&'static str>,
    detail: String,
    header: Option<(HeaderName, String)>,
}

impl Error {
    fn new(status: StatusCode, scim_type: Option<&'static str>, detail: impl Into<String>) -> Self {
        Self { status, scim_type, detail: detail.into(), header: None }
    }

    fn with_header(self, name: HeaderName, value: impl Into<String>) -> Self {
        Self { header: Some((name, value.into())), ..self }
    }

    /// 400 `invalidSyntax`.
    pub(super) fn syntax(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, Some("invalidSyntax"), detail)
    }

    /// 400 `invalidValue`.
    pub(super) fn value(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, Some("invalidValue"), detail)
    }

    /// 400 `invalidCursor` (RFC 9865 section 2.1).
    pub(super) fn cursor(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, Some("invalidCursor"), detail)
    }

    /// 400 `expiredCursor` (RFC 9865 section 2.1).
    pub(super) fn expired_cursor(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, Some("expiredCursor"), detail)
    }

    /// 400 `invalidCount` (RFC 9865 section 2.1).
    pub(super) fn count(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, Some("invalidCount"), detail)
    }

    /// 404 for an id that names nothing, of whatever shape.
    pub(super) fn no_such_resource(resource_type: &str, id: &str) -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            None,
            format!("{resource_type} \"{}\" not found; look it up by a list", shown(id)),
        )
    }

    /// 404 for an id that is ours in another spelling. It does not say whether there is such a resource.
    pub(super) fn misspelt_id(resource_type: &str, id: &str, spelled: &str) -> Self {
        let detail = format!(
            "{resource_type} \"{}\" not found: ids have case and no prefix (RFC 7643 section 3.1); write {spelled}",
            shown(id)
        );
        Self::new(StatusCode::NOT_FOUND, None, detail)
    }

    /// 414.
    pub(super) fn url_too_long(limit: usize) -> Self {
        let detail = format!("the URL is longer than {limit} bytes; send the query in the body of a POST to /.search");
        Self::new(StatusCode::URI_TOO_LONG, None, detail)
    }

    /// 404 for a path with a slash at its end or two at its beginning.
    pub(super) fn needless_slash(path: &str) -> Self {
        let detail = format!("there is no endpoint \"{}\"; leave the needless slash out", shown(path));
        Self::new(StatusCode::NOT_FOUND, None, detail)
    }

    /// 400 for a filter where nothing is selected by it.
    pub(super) fn filter_on_write(method: &Method) -> Self {
        let detail = format!(
            "a filter in the URL means nothing to {method}; leave \"filter\" out and name the resource by its id"
        );
        Self::new(StatusCode::BAD_REQUEST, Some("invalidFilter"), detail)
    }

    /// 400 for a version that is no entity tag.
    pub(super) fn malformed_version(name: &str, sent: &str) -> Self {
        Self::value(format!("{name} is \"{}\"; write the version in quotes, as in W/\"3\"", shown(sent)))
    }

    /// 404 for a path that names no endpoint.
    pub(super) fn no_such_endpoint(segments: &[&str]) -> Self {
        let path = shown(&segments.join("/"));
        Self::new(
            StatusCode::NOT_FOUND,
            None,
            format!(
                "there is no endpoint \"/{path}\"; there are /Users, /Groups, /Bulk, /Me, /ServiceProviderConfig, \
                 /ResourceTypes and /Schemas"
            ),
        )
    }

    /// 400 `invalidVers` (RFC 7644 section 3.13).
    pub(super) fn unknown_version(version: &str) -> Self {
        let detail = format!("SCIM version \"{}\" is not supported: the base path is /scim/v2", shown(version));
        Self::new(StatusCode::BAD_REQUEST, Some("invalidVers"), detail)
    }

    pub(super) fn method_not_allowed(method: &Method, allowed: &[&str]) -> Self {
        let allowed = allowed.join(", ");
        Self::new(StatusCode::METHOD_NOT_ALLOWED, None, format!("{method} is not allowed here; allowed: {allowed}"))
            .with_header(header::ALLOW, allowed)
    }

    pub(super) fn not_implemented(what: &str) -> Self {
        Self::new(StatusCode::NOT_IMPLEMENTED, None, format!("{what} is not supported by this server"))
    }

    /// 501 for `/Me` with a credential that stands for nobody.
    pub(super) fn nobody() -> Self {
        let detail = "/Me stands for the user a token belongs to, and this token belongs to none; name the user, as in \
                      /Users/{id}, or use a token that was created for a user";
        Self::new(StatusCode::NOT_IMPLEMENTED, None, detail)
    }

    /// 409 for what the outcome of another operation stands in the way of.
    pub(super) fn conflict(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, None, detail)
    }

    /// 413 with the limit that was exceeded (RFC 7644 section 3.7.4).
    pub(super) fn too_large(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, None, detail)
    }

    /// 415 with the media types that would have done.
    pub(super) fn unsupported_media_type(found: &str, mode: Mode) -> Self {
        let taken = match mode {
            Mode::Compat => format!("{MEDIA_TYPE} or application/json"),
            Mode::Strict => MEDIA_TYPE.to_owned(),
        };
        let detail = match found {
            "" => format!("the body has no Content-Type: send {taken}"),
            found => format!("Content-Type \"{}\" is not supported: send {taken}", shown(found)),
        };
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, None, detail)
    }

    /// 403 with the scope that would have done (RFC 6750 section 3.1).
    pub(super) fn missing_scope(operation: Operation) -> Self {
        let scope = operation.scopes().first().map(ToString::to_string).unwrap_or_default();
        Self::new(StatusCode::FORBIDDEN, None, format!("the token lacks the scope \"{scope}\"; use one that has it"))
            .with_header(header::WWW_AUTHENTICATE, insufficient_scope(operation))
    }

    /// 403 for a filter on an endpoint that takes none (RFC 7644 section 4).
    pub(super) fn filter_on_discovery() -> Self {
        Self::new(StatusCode::FORBIDDEN, None, "discovery endpoints take no filter; leave \"filter\" out")
    }

    /// 500 that says nothing of its cause.
    pub(super) fn internal() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, None, "internal error; the server's log has the cause")
    }

    fn busy() -> Self {
        // Okta reads Retry-After only as whole seconds.
        Self::new(StatusCode::SERVICE_UNAVAILABLE, None, "the server is busy; try again")
            .with_header(header::RETRY_AFTER, "1")
    }

    /// The same refusal in other words.
    pub(super) fn with_detail(&self, detail: String) -> Self {
        Self { detail, header: None, ..*self }
    }

    pub(super) const fn status(&self) -> StatusCode {
        self.status
    }

    pub(super) fn detail(&self) -> &str {
        &self.detail
    }

    pub(super) fn body(&self) -> Value {
        let mut body = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
            "status": self.status.as_u16().to_string(),
            "detail": self.detail,
        });
        if let Some(scim_type) = self.scim_type {
            body["scimType"] = scim_type.into();
        }
        body
    }

    pub(super) fn into_response(self) -> Response {
        let body = self.body();
        let mut response = Response::builder().status(self.status).header(header::CONTENT_TYPE, MEDIA_TYPE);
        if let Some((name, value)) = self.header {
            response = response.header(name, value);
        }
        response.body(body.to_string())
    }
}

/// A stranger's text as a detail may show it: not for ever, and without what would upset a terminal or a log.
fn shown(text: &str) -> String {
    redact(text).chars().take(80).map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c }).collect()
}
