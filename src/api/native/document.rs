//! What an OpenAPI document needs beyond what the framework writes. Operations on one path may come of several types and
//! are put together. Every path is served with and without a slash at its end; the document shows each in the form the
//! contract does. What a body may leave out may be null in it. The refusals that a facade's endpoints share are told only
//! of those that can meet them, and that of the front door, which they do not know of, is told too.

use std::collections::BTreeSet;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::{Map, Value, json};

use super::idempotency::LONGEST_KEY;

/// The document that is shown, from the framework's text.
pub(in crate::api) fn shown(text: &str) -> Value {
    with_idempotency_keys(with_nulls(with_long_urls(without_impossible_refusals(read(text)))))
}

/// Reads the framework's text. A path that stands there more than once, because several types have operations on it, gets
/// all of them.
fn read(text: &str) -> Value {
    match serde_json::from_str::<Document>(text) {
        Ok(Document { paths, mut rest }) => {
            rest.insert("paths".to_owned(), Value::Object(paths.0));
            let mut document = Value::Object(rest);
            free_choices(&mut document);
            document
        }
        Err(error) => {
            tracing::error!(%error, "the OpenAPI document is not what it should be");
            Value::Null
        }
    }
}

/// A choice between schemas is an object to the framework, whatever there is to choose from: taken away, or no text could
/// be chosen.
fn free_choices(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            if fields.contains_key("anyOf") {
                fields.remove("type");
            }
            fields.values_mut().for_each(free_choices);
        }
        Value::Array(items) => items.iter_mut().for_each(free_choices),
        _ => {}
    }
}

#[derive(Deserialize)]
struct Document {
    paths: Paths,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

struct Paths(Map<String, Value>);

impl<'de> Deserialize<'de> for Paths {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Merging)
    }
}

struct Merging;

impl<'de> Visitor<'de> for Merging {
    type Value = Paths;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of paths")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Paths, A::Error> {
        let mut paths = Map::new();
        while let Some((path, operations)) = map.next_entry::<String, Map<String, Value>>()? {
            match paths.entry(path).or_insert_with(|| Value::Object(Map::new())) {
                Value::Object(known) => known.extend(operations),
                other => *other = Value::Object(operations),
            }
        }
        Ok(Paths(paths))
    }
}

/// Shows these paths, written without it, with a slash at the end.
pub(in crate::api) fn with_slashes(mut document: Value, paths: &[&str]) -> Value {
    if let Some(Value::Object(all)) = document.get_mut("paths") {
        *all = std::mem::take(all)
            .into_iter()
            .map(|(path, operations)| {
                let shown = if paths.contains(&path.as_str()) { format!("{path}/") } else { path };
                (shown, operations)
            })
            .collect();
    }
    document
}

/// Takes out of every operation the refusals it cannot meet: without a body, those of a body (408, 413, 415); when it only
/// reads, a conflict (409); without a precondition, a failed one (412).
fn without_impossible_refusals(mut document: Value) -> Value {
    let paths = document.get_mut("paths").and_then(Value::as_object_mut);
    for operations in paths.into_iter().flat_map(Map::values_mut).filter_map(Value::as_object_mut) {
        for (method, operation) in operations {
            let bodiless = operation.get("requestBody").is_none();
            let parameters = operation.get("parameters").and_then(Value::as_array);
            let conditional = parameters.into_iter().flatten().any(|parameter| parameter["name"] == "If-Match");
            let Some(Value::Object(responses)) = operation.get_mut("responses") else { continue };
            responses.retain(|status, _| match status.as_str() {
                "408" | "413" | "415" => !bodiless,
                "409" => method != "get",
                "412" => conditional,
                _ => true,
            });
        }
    }
    document
}

/// Says of every operation with a query that its URL can be too long (414). The body is as that of a defect: a text alone.
fn with_long_urls(mut document: Value) -> Value {
    let paths = document.get_mut("paths").and_then(Value::as_object_mut);
    let operations = paths.into_iter().flat_map(Map::values_mut).filter_map(Value::as_object_mut);
    for operation in operations.flat_map(Map::values_mut) {
        let mut parameters = operation["parameters"].as_array().into_iter().flatten();
        let asks = parameters.any(|parameter| parameter["in"] == "query");
        let Some(responses) = operation.get_mut("responses").and_then(Value::as_object_mut).filter(|_| asks) else {
            continue;
        };
        let description = "The URL is longer than the server takes.";
        responses
            .insert("414".to_owned(), json!({ "description": description, "content": responses["500"]["content"] }));
        responses.sort_keys();
    }
    document
}

/// Says of everything that a body may leave out that it may be null as well: both are taken alike, but in a change, where
/// null takes a value away.
fn with_nulls(mut document: Value) -> Value {
    let operations = document["paths"].as_object().into_iter().flat_map(Map::values).filter_map(Value::as_object);
    let bodies = operations.flat_map(Map::values).map(|operation| &operation["requestBody"]);
    let mut names = BTreeSet::new();
    bodies.for_each(|body| named_schemas(&document, body, &mut names));
    for name in names {
        let schema = &mut document["components"]["schemas"][name.as_str()];
        let required = schema["required"].as_array().cloned().unwrap_or_default();
        for (field, property) in schema.get_mut("properties").and_then(Value::as_object_mut).into_iter().flatten() {
            if !required.iter().any(|name| name == field) {
                property["nullable"] = Value::Bool(true);
            }
        }
    }
    document
}

/// Every schema that is referred to from there, directly or through others.
fn named_schemas(document: &Value, from: &Value, names: &mut BTreeSet<String>) {
    match from {
        Value::Object(fields) => {
            let reference = fields.get("$ref").and_then(Value::as_str);
            if let Some(name) = reference.and_then(|reference| reference.strip_prefix("#/components/schemas/"))
                && names.insert(name.to_owned())
            {
                named_schemas(document, &document["components"]["schemas"][name], names);
            }
            fields.values().for_each(|field| named_schemas(document, field, names));
        }
        Value::Array(items) => items.iter().for_each(|item| named_schemas(document, item, names)),
        _ => {}
    }
}

/// Takes the conflict (409) out of these endpoints, each a method and a path: no state of things refuses them.
pub(in crate::api) fn without_conflicts(mut document: Value, endpoints: &[(&str, &str)]) -> Value {
    for (method, path) in endpoints {
        if let Some(Value::Object(responses)) = document["paths"][path][method].get_mut("responses") {
            responses.remove("409");
        }
    }
    document
}

/// Shows the `Idempotency-Key` that every POST takes.
fn with_idempotency_keys(mut document: Value) -> Value {
    let paths = document.get_mut("paths").and_then(Value::as_object_mut);
    for post in paths.into_iter().flat_map(Map::values_mut).filter_map(|operations| operations.get_mut("post")) {
        let parameter = json!({
            "name": "Idempotency-Key",
            "in": "header",
            "required": false,
            "description": "A name for this request, made up by the client. A repeat with the same key and body within 24 \
                            hours gets the first answer again, with the header `Idempotency-Replayed: true`; with \
                            another body, or while the first one runs, it is 409.",
            "schema": { "type": "string", "minLength": 1, "maxLength": LONGEST_KEY },
        });
        match post.get_mut("parameters").and_then(Value::as_array_mut) {
            Some(parameters) => parameters.push(parameter),
            None => post["parameters"] = json!([parameter]),
        }
    }
    document
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_of_one_path_come_together() {
        let text = r#"{ "openapi": "3.0.0", "paths": { "/a": { "get": {} }, "/b": {}, "/a": { "put": {} } } }"#;
        let expected = json!({ "openapi": "3.0.0", "paths": { "/a": { "get": {}, "put": {} }, "/b": {} } });
        assert_eq!(read(text), expected);
        assert_eq!(read("{"), Value::Null);
    }

    #[test]
    fn a_choice_has_no_type_of_its_own() {
        let text = r#"{ "openapi": "3.0.0", "paths": {}, "components": { "schemas": {
            "Step": { "type": "object", "anyOf": [{ "type": "string" }, { "type": "integer" }] } } } }"#;
        let expected = json!({ "anyOf": [{ "type": "string" }, { "type": "integer" }] });
        assert_eq!(read(text)["components"]["schemas"]["Step"], expected);
    }

    #[test]
    fn what_a_body_may_leave_out_may_be_null() {
        let object = |more: Value| json!({ "required": ["id"], "properties": { "id": {}, "more": more } });
        let document = json!({
            "paths": { "/a": { "post": {
                "requestBody": { "schema": { "$ref": "#/components/schemas/Sent" } },
                "responses": { "200": { "schema": { "$ref": "#/components/schemas/Answered" } } },
            } } },
            "components": { "schemas": {
                "Sent": object(json!({ "allOf": [{ "$ref": "#/components/schemas/Inner" }] })),
                "Inner": object(json!({})), "Answered": object(json!({})),
            } },
        });
        let told = with_nulls(document);
        let nullable =
            |name: &str, field: &str| told["components"]["schemas"][name]["properties"][field]["nullable"].clone();
        assert_eq!([nullable("Sent", "more"), nullable("Inner", "more")], [json!(true), json!(true)]);
        assert_eq!([nullable("Sent", "id"), nullable("Answered", "more")], [Value::Null, Value::Null]);
    }

    #[test]
    fn every_post_takes_a_key() {
        let document = json!({ "paths": { "/a": { "get": {}, "post": {} }, "/b": { "post": { "parameters": [1] } } } });
        let shown = with_idempotency_keys(document);
        assert_eq!(shown["paths"]["/a"]["post"]["parameters"][0]["name"], "Idempotency-Key");
        assert_eq!(shown["paths"]["/b"]["post"]["parameters"].as_array().unwrap().len(), 2);
        assert!(shown["paths"]["/a"]["get"].get("parameters").is_none());
    }

    #[test]
    fn a_url_can_be_too_long_where_there_is_a_query() {
        let responses = json!({ "200": {}, "500": { "description": "x", "content": { "a": 1 } } });
        let document = json!({ "paths": { "/a": {
            "get": { "parameters": [{ "name": "limit", "in": "query" }], "responses": responses },
            "put": { "parameters": [{ "name": "id", "in": "path" }], "responses": responses },
            "post": { "responses": responses },
        } } });
        let told = with_long_urls(document);
        let of = |method: &str| &told["paths"]["/a"][method]["responses"];
        assert_eq!(of("get")["414"]["content"], json!({ "a": 1 }));
        assert_eq!(of("get").as_object().unwrap().keys().collect::<Vec<_>>(), ["200", "414", "500"]);
        assert_eq!([of("put"), of("post")], [&responses, &responses]);
    }

    #[test]
    fn only_the_paths_named_get_their_slash() {
        let document = json!({ "paths": { "/groups": { "get": {} }, "/groups/{id}": {} } });
        let shown = with_slashes(document, &["/groups"]);
        assert_eq!(shown, json!({ "paths": { "/groups/": { "get": {} }, "/groups/{id}": {} } }));
    }

    #[test]
    fn a_refusal_is_told_where_it_can_happen() {
        let all = json!({ "200": {}, "409": {}, "412": {}, "413": {}, "415": {}, "422": {} });
        let document = json!({ "paths": { "/groups": {
            "get": { "responses": all },
            "post": { "requestBody": {}, "responses": all },
            "delete": { "responses": all, "parameters": [{ "name": "id" }, { "name": "If-Match" }] },
        } } });
        let told = without_impossible_refusals(document);
        let statuses = |method: &str| -> Vec<String> {
            told["paths"]["/groups"][method]["responses"].as_object().unwrap().keys().cloned().collect()
        };
        assert_eq!(statuses("get"), ["200", "422"]);
        assert_eq!(statuses("post"), ["200", "409", "413", "415", "422"]);
        assert_eq!(statuses("delete"), ["200", "409", "412", "422"]);
        let told = without_conflicts(told, &[("delete", "/groups")]);
        assert_eq!(told["paths"]["/groups"]["delete"]["responses"].as_object().unwrap().len(), 3);
        assert_eq!(told["paths"]["/groups"]["post"]["responses"].as_object().unwrap().len(), 5);
    }
}
