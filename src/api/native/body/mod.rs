//! JSON bodies. The type of a body is documented by its `Object` derivation; the same schema judges what is sent, and
//! names every fault at once, not only the first. A field that is `null` counts as left out unless its type tells the two
//! apart (`types::Clearable`, or the framework's `MaybeUndefined`).

mod judge;
mod shape;

use poem::http::header::CONTENT_TYPE;
use poem::{Request, RequestBody};
use poem_openapi::registry::{MetaMediaType, MetaRequest, Registry};
use poem_openapi::types::{ParseFromJSON, Type};
use poem_openapi::{ApiExtractor, ApiExtractorType, ExtractParamOptions};
use serde_json::Value;

pub(in crate::api) use shape::Shape;

use super::refused::{Fault, Refused};
use crate::api::Services;
use crate::api::context::{BodyFault, at_length, header, read_body};

/// A type that is sent as a body. Made with [`sent`].
pub(in crate::api) trait Body: Type + ParseFromJSON + Send {
    /// Its schema, worked out once.
    fn shape() -> &'static Shape;

    /// Faults of single fields that no schema tells of. The JSON may have faults of its own beside them.
    fn beyond(_: &Value) -> Vec<Fault> {
        Vec::new()
    }

    /// Faults that lie between fields, which no schema tells of either.
    fn between(&self) -> Vec<Fault> {
        Vec::new()
    }
}

/// Makes a body of an `Object`; with a function of its JSON after a semicolon, that one finds faults of single fields, with
/// one of it after a comma, that one finds the faults between fields.
macro_rules! sent {
    ($body:ty $(; $beyond:path)? $(, $between:path)?) => {
        impl $crate::api::native::body::Body for $body {
            fn shape() -> &'static $crate::api::native::body::Shape {
                static SHAPE: std::sync::LazyLock<$crate::api::native::body::Shape> =
                    std::sync::LazyLock::new($crate::api::native::body::Shape::of::<$body>);
                &SHAPE
            }
            $(
                fn beyond(value: &serde_json::Value) -> Vec<$crate::api::native::refused::Fault> {
                    $beyond(value)
                }
            )?
            $(
                fn between(&self) -> Vec<$crate::api::native::refused::Fault> {
                    $between(self)
                }
            )?
        }
    };
}
pub(in crate::api) use sent;

/// The body of a request.
pub(in crate::api) struct Sent<T>(pub(in crate::api) T);

impl<'a, T: Body> ApiExtractor<'a> for Sent<T> {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::RequestObject];
    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        T::register(registry);
    }

    fn request_meta() -> Option<MetaRequest> {
        let content = vec![MetaMediaType { content_type: "application/json", schema: T::schema_ref() }];
        Some(MetaRequest { description: None, content, required: true })
    }

    async fn from_request(
        request: &'a Request,
        body: &mut RequestBody,
        _: ExtractParamOptions<()>,
    ) -> poem::Result<Self> {
        Ok(Self(read(&json(request, body).await?)?))
    }
}

/// The body of a request as it was sent, for endpoints that must look into it before they judge it. It is documented as
/// what it has to be.
pub(in crate::api) struct Unread<T> {
    pub(in crate::api) json: Value,
    body: std::marker::PhantomData<fn() -> T>,
}

impl<T: Body> Unread<T> {
    /// Judges it.
    pub(in crate::api) fn read(&self) -> Result<T, Refused> {
        read(&self.json)
    }
}

impl<'a, T: Body> ApiExtractor<'a> for Unread<T> {
    const TYPES: &'static [ApiExtractorType] = Sent::<T>::TYPES;
    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        Sent::<T>::register(registry);
    }

    fn request_meta() -> Option<MetaRequest> {
        Sent::<T>::request_meta()
    }

    async fn from_request(
        request: &'a Request,
        body: &mut RequestBody,
        _: ExtractParamOptions<()>,
    ) -> poem::Result<Self> {
        Ok(Self { json: json(request, body).await?, body: std::marker::PhantomData })
    }
}

/// The body as JSON, whatever its shape; for APIs that must look into it before they know who may send it.
///
/// # Errors
/// [`Refused::MediaType`], [`Refused::Body`], [`Refused::NotJson`], or a fault when there is no body.
pub(in crate::api) async fn json(request: &Request, body: &mut RequestBody) -> Result<Value, Refused> {
    let found = json_if_any(request, body).await?;
    Ok(found.ok_or_else(|| Fault::new("body", [], "missing", "Field required: the request has no body"))?)
}

/// The same, where there need not be a body. One of blanks alone is none, whatever its media type.
///
/// # Errors
/// [`Refused::MediaType`], [`Refused::Body`], [`Refused::NotJson`].
pub(in crate::api) async fn json_if_any(request: &Request, body: &mut RequestBody) -> Result<Option<Value>, Refused> {
    let limit = request.data::<Services>().map_or(0, |services| services.options.max_body);
    let bytes = read_body(body.take().map_err(|_| BodyFault::Broken)?, limit).await?;
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Ok(None);
    }
    if let Some(other) = header(request.headers(), CONTENT_TYPE.as_str()).filter(|media| !is_json(media)) {
        return Err(Refused::MediaType(other.chars().take(80).collect()));
    }
    let parsed = at_length(bytes.len(), || serde_json::from_slice(&bytes));
    parsed.map(Some).map_err(|error| Refused::NotJson(error.to_string()))
}

/// Reads a body of its JSON.
///
/// # Errors
/// [`Refused::Faults`] with all of them.
pub(in crate::api) fn read<T: Body>(value: &Value) -> Result<T, Refused> {
    let mut faults = judge::faults(T::shape(), value);
    let beyond = T::beyond(value).into_iter().filter(|new| faults.iter().all(|known| known.loc != new.loc));
    faults.extend(beyond.collect::<Vec<_>>());
    if !faults.is_empty() {
        return Err(Refused::Faults(faults));
    }
    let body = T::parse_from_json(Some(value.clone()))
        .map_err(|error| Refused::from(Fault::new("body", [], "value_error", error.into_message())))?;
    match body.between() {
        faults if faults.is_empty() => Ok(body),
        faults => Err(Refused::Faults(faults)),
    }
}

fn is_json(media: &str) -> bool {
    let essence = media.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/json")
}

#[cfg(test)]
mod tests;
