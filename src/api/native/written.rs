//! Answers that become JSON without a tree in between: what the framework makes of a documented type is a map for every row
//! of a list, with the names of its fields copied into each.

use poem::{IntoResponse, Response, web};
use poem_openapi::payload::{Json, Payload};
use poem_openapi::registry::{MetaSchemaRef, Registry};
use poem_openapi::types::Type;
use serde::Serialize;

/// An answer whose fields are spelled alike for the document and for what writes it; a test of each type says so.
pub(in crate::api) struct Written<T>(pub(in crate::api) T);

impl<T: Type> Payload for Written<T> {
    const CONTENT_TYPE: &'static str = Json::<T>::CONTENT_TYPE;

    fn schema_ref() -> MetaSchemaRef {
        T::schema_ref()
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
    }
}

impl<T: Serialize + Send> IntoResponse for Written<T> {
    fn into_response(self) -> Response {
        web::Json(self.0).into_response()
    }
}

/// That a type's example is spelled alike both ways.
#[cfg(test)]
pub(in crate::api) fn assert_spelled_alike<
    T: poem_openapi::types::Example + poem_openapi::types::ToJSON + Serialize,
>() {
    let example = T::example();
    assert_eq!(serde_json::to_value(&example).ok(), example.to_json(), "{}", std::any::type_name::<T>());
}
