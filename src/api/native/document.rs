//! What an OpenAPI document needs beyond what the framework writes. Operations on one path may come of several types and
//! are put together. Every path is served with and without a slash at its
//! end; the document shows each in the form the contract does. And the refusals that a facade's endpoints share are told
//! only of those that can meet them.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::{Map, Value, json};

use super::idempotency::LONGEST_KEY;

/// Reads the framework's text. A path that stands there more than once, because several types have operations on it, gets
/// all of them.
pub(in crate::api) fn read(text: &str) -> Value {
    match serde_json::from_str::<Document>(text) {
        Ok(Document { paths, mut rest }) => {
            rest.insert("paths".to_owned(), Value::Object(paths.0));
            Value::Object(rest)
        }
        Err(error) => {
            tracing::error!(%error, "the OpenAPI document is not what it should be");
            Value::Null
        }
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
pub(in crate::api) fn without_impossible_refusals(mut document: Value) -> Value {
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

/// Shows the `Idempotency-Key` that every POST takes.
pub(in crate::api) fn with_idempotency_keys(mut document: Value) -> Value {
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
    fn every_post_takes_a_key() {
        let document = json!({ "paths": { "/a": { "get": {}, "post": {} }, "/b": { "post": { "parameters": [1] } } } });
        let shown = with_idempotency_keys(document);
        assert_eq!(shown["paths"]["/a"]["post"]["parameters"][0]["name"], "Idempotency-Key");
        assert_eq!(shown["paths"]["/b"]["post"]["parameters"].as_array().unwrap().len(), 2);
        assert!(shown["paths"]["/a"]["get"].get("parameters").is_none());
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
    }
}
