//! An extension with an attribute of every type: single, many, within a complex attribute, and within many of those.

use serde_json::{Value, json};
use tempfile::TempDir;

/// The extension's URN on a resource type.
pub(super) fn urn(resource_type: &str) -> String {
    format!("urn:example:params:scim:schemas:extension:probe:2.0:{resource_type}")
}

/// A folder with the extension for users and for groups.
pub(super) fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for resource_type in ["User", "Group"] {
        let path = folder.path().join(format!("Probe{resource_type}.json"));
        std::fs::write(path, schema(resource_type).to_string()).unwrap();
    }
    folder
}

fn schema(resource_type: &str) -> Value {
    let mut attributes = simple("", false);
    attributes.extend(simple("s", true));
    attributes.push(complex("badge", false));
    attributes.push(complex("badges", true));
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Schema"],
        "id": urn(resource_type),
        "name": format!("Probe{resource_type}"),
        "description": "An attribute of every type",
        "attributes": attributes,
    })
}

fn simple(ending: &str, many: bool) -> Vec<Value> {
    let attribute = |name: &str, kind: &str, exact: bool| json!({ "name": format!("{name}{ending}"), "type": kind, "multiValued": many, "caseExact": exact });
    vec![
        attribute("plain", "string", false),
        attribute("exact", "string", true),
        attribute("flag", "boolean", false),
        attribute("ratio", "decimal", false),
        attribute("count", "integer", false),
        attribute("moment", "dateTime", false),
        attribute("blob", "binary", true),
        attribute("link", "reference", true),
    ]
}

fn complex(name: &str, many: bool) -> Value {
    let mut subs = simple("", false);
    subs.extend(simple("s", true));
    for (sub, kind) in [("value", "string"), ("type", "string"), ("primary", "boolean")] {
        subs.push(json!({ "name": sub, "type": kind, "multiValued": false }));
    }
    json!({ "name": name, "type": "complex", "multiValued": many, "subAttributes": subs })
}
