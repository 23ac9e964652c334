//! What the served OpenAPI documents say: which endpoints there are, what each takes, and what its answers look like.

use serde_json::Value;

use crate::support::Client;

/// The documents, by the names in their addresses.
pub(crate) const APIS: [&str; 4] = ["directory", "auth-admin", "launch", "accounts"];

/// The document of one API.
pub(crate) struct Document {
    /// The API's name.
    pub(crate) api: &'static str,
    pub(crate) root: Value,
}

impl Document {
    /// Reads what the server serves.
    pub(crate) async fn all(client: &Client) -> Vec<Self> {
        let mut all = Vec::new();
        for api in APIS {
            let root = client.anonymous().get(&format!("/openapi/{api}.json")).await.expect(200);
            all.push(Self { api, root });
        }
        all
    }

    /// Every endpoint as `METHOD path`.
    pub(crate) fn endpoints(&self) -> Vec<String> {
        let paths = self.root["paths"].as_object().expect("paths");
        let all = paths.iter().flat_map(|(path, operations)| {
            let methods = operations.as_object().expect("operations").keys();
            methods.map(move |method| format!("{} {path}", method.to_uppercase()))
        });
        all.collect()
    }

    /// What it says of an endpoint; null when it says nothing.
    pub(crate) fn operation(&self, endpoint: &str) -> &Value {
        let (method, path) = endpoint.split_once(' ').expect("a method and a path");
        &self.root["paths"][path][method.to_lowercase()]
    }

    /// The methods of a path in the order of an `Allow` header.
    pub(crate) fn methods(&self, path: &str) -> Vec<String> {
        let operations = self.root["paths"][path].as_object().expect("a documented path");
        let mut methods: Vec<String> = operations.keys().map(|method| method.to_uppercase()).collect();
        if methods.iter().any(|method| method == "GET") {
            methods.push("HEAD".to_owned());
        }
        methods.sort();
        methods
    }

    /// Whether the endpoint has such a parameter.
    pub(crate) fn takes(&self, endpoint: &str, is: impl Fn(&Value) -> bool) -> bool {
        self.operation(endpoint)["parameters"].as_array().into_iter().flatten().any(is)
    }

    /// What an answer has that the document does not allow; empty when it is as documented.
    pub(crate) fn contradictions(&self, endpoint: &str, status: u16, body: &Value) -> Vec<String> {
        let response = &self.operation(endpoint)["responses"][status.to_string()];
        if response.is_null() {
            return vec![format!("{status} is not documented")];
        }
        let schema = response["content"].as_object().and_then(|content| content.values().next());
        let mut faults = Vec::new();
        match schema {
            Some(content) => self.compare(&content["schema"], body, "", &mut faults),
            None if !body.is_null() => faults.push(format!("a body where none is documented: {body}")),
            None => {}
        }
        faults
    }

    fn resolve<'a>(&'a self, schema: &'a Value) -> &'a Value {
        match schema["$ref"].as_str().and_then(|reference| reference.strip_prefix('#')) {
            Some(pointer) => self.root.pointer(pointer).expect("a reference leads somewhere"),
            None => schema,
        }
    }

    fn compare(&self, schema: &Value, value: &Value, at: &str, faults: &mut Vec<String>) {
        let schema = self.resolve(schema);
        if value.is_null() && (schema["nullable"] == true || schema.as_object().is_some_and(|all| all.is_empty())) {
            return;
        }
        for part in schema["allOf"].as_array().into_iter().flatten() {
            self.compare(part, value, at, faults);
        }
        if let Some(choices) = schema["anyOf"].as_array() {
            let fits = |choice| {
                let mut own = Vec::new();
                self.compare(choice, value, at, &mut own);
                own.is_empty()
            };
            if !choices.iter().any(fits) {
                faults.push(format!("{at}: {value} is none of the choices"));
            }
        }
        if schema["enum"].as_array().is_some_and(|all| !all.contains(value)) {
            faults.push(format!("{at}: {value} is not in {}", schema["enum"]));
        }
        match schema["type"].as_str() {
            Some("object") => self.compare_object(schema, value, at, faults),
            Some("array") if value.is_array() => {
                for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                    self.compare(&schema["items"], item, &format!("{at}/{index}"), faults);
                }
            }
            Some(kind) if !is(kind, value) => faults.push(format!("{at}: {value} is no {kind}")),
            _ => {}
        }
    }

    fn compare_object(&self, schema: &Value, value: &Value, at: &str, faults: &mut Vec<String>) {
        let Some(fields) = value.as_object() else { return faults.push(format!("{at}: {value} is no object")) };
        for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            if !fields.contains_key(name) {
                faults.push(format!("{at}: {name} is missing"));
            }
        }
        for (name, field) in fields {
            match schema["properties"].get(name) {
                Some(known) => self.compare(known, field, &format!("{at}/{name}"), faults),
                None if schema["additionalProperties"].is_null() => faults.push(format!("{at}: {name} is unheard of")),
                None => {}
            }
        }
    }
}

fn is(kind: &str, value: &Value) -> bool {
    match kind {
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "array" => value.is_array(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_differs_from_the_document_is_named() {
        let schema = json!({
            "type": "object", "required": ["id"],
            "properties": {
                "id": { "type": "string" }, "at": { "type": "string", "nullable": true },
                "in": { "type": "array", "items": { "anyOf": [{ "type": "integer" }, { "enum": ["x"] }] } },
            },
        });
        let document = Document {
            api: "one",
            root: json!({ "paths": { "/a": { "get": { "responses": {
                "200": { "content": { "application/json": { "schema": schema } } }, "204": {},
            } } } } }),
        };
        let told = |status, body| document.contradictions("GET /a", status, &body).join("; ");
        assert_eq!(told(200, json!({ "id": "x", "at": null, "in": [1, "x"] })), "");
        assert_eq!(told(200, json!({})), ": id is missing");
        assert_eq!(told(200, json!({ "id": null })), "/id: null is no string");
        assert_eq!(told(200, json!({ "id": "x", "more": 1 })), ": more is unheard of");
        assert_eq!(told(200, json!({ "id": "x", "in": ["y"] })), "/in/0: \"y\" is none of the choices");
        assert_eq!(told(200, json!([])), ": [] is no object");
        assert_eq!(told(204, Value::Null), "");
        assert_eq!(told(204, json!({})), "a body where none is documented: {}");
        assert_eq!(told(404, json!({})), "404 is not documented");
    }
}
