//! What the answer says of one operation (RFC 7644 section 3.7.3; the `status` is the flat text of its examples).

use serde_json::Value;

use crate::api::scim::error::Error;
use crate::model::version::Version;
use crate::schema::Document;

/// What became of an operation.
#[derive(Debug, Default)]
pub(super) struct Report {
    /// The method, as far as there was one.
    pub(super) method: Option<String>,
    /// The client's name for the operation.
    pub(super) bulk_id: Option<String>,
    /// The address of the resource; a POST that created nothing has none.
    pub(super) location: Option<String>,
    /// The version the operation left.
    pub(super) version: Option<Version>,
    /// The status, when it went well.
    pub(super) status: u16,
    /// Why it did not go well.
    pub(super) error: Option<Error>,
}

impl Report {
    /// One element of the answer's `Operations`.
    pub(super) fn into_json(self) -> Value {
        let status = self.error.as_ref().map_or(self.status, |error| error.status().as_u16());
        let mut json = Document::new();
        let mut put = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                json.insert(name.to_owned(), value);
            }
        };
        put("method", self.method.map(Value::from));
        put("bulkId", self.bulk_id.map(Value::from));
        put("version", self.version.map(|version| version.etag().into()));
        put("location", self.location.map(Value::from));
        put("status", Some(status.to_string().into()));
        put("response", self.error.map(|error| error.body()));
        Value::Object(json)
    }
}
