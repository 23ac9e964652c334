//! A broken file in the operator's folder stops the start of the real program, with file, JSON path and reason. Every
//! rule has its case beside the code that reads the files.

use serde_json::{Value, json};

use crate::support::Program;

fn attribute(attribute: Value) -> Value {
    json!({ "id": "urn:example:params:scim:schemas:broken:2.0:User", "name": "Broken", "attributes": [{ "name": "a" }, attribute] })
}

#[test]
fn a_broken_file_stops_the_start() {
    let binding = json!({ "name": "Device", "endpoint": "/Devices", "schema": "urn:example:Device" });
    for (file, text, path, reason) in [
        ("broken.json", "{ \"id\": ".to_owned(), "$", "is not JSON: EOF"),
        (
            "broken.json",
            attribute(json!({ "name": "b", "type": "money" })).to_string(),
            "$.attributes[1].type",
            "unknown variant `money`",
        ),
        ("broken.json", attribute(json!({ "name": "A" })).to_string(), "$.attributes[1].name", "twice"),
        (
            "broken.json",
            attribute(json!({ "name": "b", "mutability": "writeOnly", "returned": "always" })).to_string(),
            "$.attributes[1].returned",
            "never returned",
        ),
        ("resource-types/Device.json", binding.to_string(), "$.name", "only the resource types"),
    ] {
        let program = Program::private();
        let place = program.dir().join("schemas").join(file);
        std::fs::create_dir_all(place.parent().unwrap()).unwrap();
        std::fs::write(&place, text).unwrap();
        let ran = program.run(&["serve", "--listen", "127.0.0.1:0", "--schema-dir", "schemas"]);
        assert_eq!(ran.code, 1, "{ran:?}");
        for part in [&format!("schemas/{file}: {path}: "), reason] {
            assert!(ran.stderr.contains(part), "{part} is not in {}", ran.stderr);
        }
        assert!(!program.dir().join("data").join("pg").exists(), "no database is made for a start that cannot be");
    }
}
