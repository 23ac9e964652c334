//! What an OpenAPI document needs beyond what the framework writes. Every path is served with and without a slash at its
//! end; the document shows each in the form the contract does. And the refusals that a facade's endpoints share are told
//! only of those that can meet them.

use serde_json::{Map, Value};

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

/// Takes out of every operation the refusals it cannot meet: without a body, those of a body (413, 415); when it only
/// reads, those of a changed state (409, 412).
pub(in crate::api) fn without_impossible_refusals(mut document: Value) -> Value {
    let paths = document.get_mut("paths").and_then(Value::as_object_mut);
    for operations in paths.into_iter().flat_map(Map::values_mut).filter_map(Value::as_object_mut) {
        for (method, operation) in operations {
            let bodiless = operation.get("requestBody").is_none();
            let Some(Value::Object(responses)) = operation.get_mut("responses") else { continue };
            responses.retain(|status, _| match status.as_str() {
                "413" | "415" => !bodiless,
                "409" | "412" => method != "get",
                _ => true,
            });
        }
    }
    document
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

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
            "delete": { "responses": all },
        } } });
        let told = without_impossible_refusals(document);
        let statuses = |method: &str| -> Vec<String> {
            told["paths"]["/groups"][method]["responses"].as_object().unwrap().keys().cloned().collect()
        };
        assert_eq!(statuses("get"), ["200", "422"]);
        assert_eq!(statuses("post"), ["200", "409", "412", "413", "415", "422"]);
        assert_eq!(statuses("delete"), ["200", "409", "412", "422"]);
    }
}
