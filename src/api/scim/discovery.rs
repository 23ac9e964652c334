//! What the server says of itself (RFC 7644 section 4, RFC 7643 sections 5 to 7). It says what is so: the limits come from
//! the code that enforces them, the schemas from the files that drive everything else.

use poem::Response;
use serde_json::{Value, json};

use super::bulk;
use super::context::Call;
use super::cursor::TIMEOUT_SECONDS;
use super::error::Error;
use super::query::{DEFAULT_COUNT, MAX_COUNT};
use super::{list, respond};
use crate::schema::definition::Schema;
use crate::schema::{Mode, names};

/// `/ServiceProviderConfig`: one object, never a list.
pub(super) fn service_provider_config(call: &Call) -> Result<Response, Error> {
    check_no_filter(call)?;
    let unsupported = || json!({ "supported": false });
    let mut config = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
        "patch": { "supported": true },
        "bulk": {
            "supported": true,
            "maxOperations": bulk::MAX_OPERATIONS,
            "maxPayloadSize": call.max_body(),
        },
        "filter": { "supported": true, "maxResults": MAX_COUNT },
        "changePassword": unsupported(),
        "sort": { "supported": true },
        "etag": { "supported": true },
        "pagination": {
            "cursor": true,
            "index": true,
            "defaultPaginationMethod": "index",
            "defaultPageSize": DEFAULT_COUNT,
            "maxPageSize": MAX_COUNT,
            "cursorTimeout": TIMEOUT_SECONDS,
        },
        "authenticationSchemes": [{
            "type": "oauthbearertoken",
            "name": "Bearer token",
            "description": "A token of the tenant, sent as Authorization: Bearer <token> (RFC 6750)",
            "specUri": "https://www.rfc-editor.org/info/rfc6750",
            "primary": true,
        }],
        "meta": {
            "resourceType": "ServiceProviderConfig",
            "location": format!("{}/ServiceProviderConfig", call.base),
        },
    });
    // Left out rather than false: clients that know the RFC's attributes alone (scim2-models) refuse the document.
    if is_conformant(call) {
        config["interopProfileConformant"] = true.into();
    }
    Ok(respond::document(&config))
}

/// Whether the tenant gets what the interoperability profile demands of a server: it is strict, and no schema of the
/// operator's falls short.
fn is_conformant(call: &Call) -> bool {
    call.mode() == Mode::Strict && call.domain().schemas().types_are_canonical()
}

/// `/ResourceTypes` and `/ResourceTypes/{name}`.
pub(super) fn resource_types(call: &Call, name: Option<&str>) -> Result<Response, Error> {
    check_no_filter(call)?;
    let registry = call.domain().schemas();
    match name {
        Some(name) => {
            let found = registry.resource_type(name).ok_or_else(|| Error::no_such_resource("ResourceType", name))?;
            Ok(respond::document(&located(call, found.json(), "ResourceTypes", &found.name, "ResourceType")))
        }
        None => {
            let types = registry.resource_types();
            let all = types.iter().map(|t| located(call, t.json(), "ResourceTypes", &t.name, "ResourceType"));
            Ok(list::of_documents(&all.collect::<Vec<_>>()))
        }
    }
}

/// `/Schemas` and `/Schemas/{urn}`.
pub(super) fn schemas(call: &Call, urn: Option<&str>) -> Result<Response, Error> {
    check_no_filter(call)?;
    let registry = call.domain().schemas();
    match urn {
        Some(urn) => {
            let found = registry.schema(urn).ok_or_else(|| Error::no_such_resource("Schema", urn))?;
            Ok(respond::document(&schema(call, found)))
        }
        None => {
            let all = registry.schemas().iter().map(|known| schema(call, known));
            Ok(list::of_documents(&all.collect::<Vec<_>>()))
        }
    }
}

/// A schema as its file has it. The profile has a strict tenant list exactly what is supported, and IPSIE forbids
/// passwords: what compat takes and drops is not in there.
fn schema(call: &Call, schema: &Schema) -> Value {
    let mut json = located(call, schema.json(), "Schemas", &schema.id, "Schema");
    if let (Mode::Strict, Some(Value::Array(attributes))) = (call.mode(), json.get_mut("attributes")) {
        attributes.retain(|attribute| attribute["name"] != names::PASSWORD);
    }
    json
}

/// Paging and sorting are ignored here, a filter is refused (RFC 7644 section 4).
fn check_no_filter(call: &Call) -> Result<(), Error> {
    match call.query.get("filter") {
        Some(_) => Err(Error::filter_on_discovery()),
        None => Ok(()),
    }
}

/// The file's JSON with the address under which it is read here.
fn located(call: &Call, json: &Value, endpoint: &str, id: &str, resource_type: &str) -> Value {
    let mut json = json.clone();
    json["meta"] = json!({ "resourceType": resource_type, "location": format!("{}/{endpoint}/{id}", call.base) });
    json
}
