//! Breaking a ring of references (RFC 7644 section 3.7.1): what a body says of resources that are not there yet is taken
//! out of it, and said again afterwards by a PATCH. Of a multi-valued attribute the elements concerned are taken out, of
//! any other the whole value.

use serde_json::{Value, json};

use super::references::visit;
use crate::schema::Document;
use crate::schema::resource_type::ResourceType;

/// Takes out what refers to a bulkId that `absent` knows. The answer is the PATCH that puts it back, if there is any.
pub(super) fn set_aside(
    data: &mut Document,
    resource_type: &ResourceType,
    absent: &dyn Fn(&str) -> bool,
) -> Option<Value> {
    let mut operations = Vec::new();
    for (key, value) in data.iter_mut() {
        match value {
            Value::Object(held) if resource_type.extension(key).is_some() => {
                held.iter_mut()
                    .for_each(|(name, value)| take(&format!("{key}:{name}"), value, absent, &mut operations));
            }
            value => take(key, value, absent, &mut operations),
        }
    }
    (!operations.is_empty()).then(|| {
        json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": operations,
        })
    })
}

fn take(path: &str, value: &mut Value, absent: &dyn Fn(&str) -> bool, operations: &mut Vec<Value>) {
    let taken = match value {
        Value::Array(elements) => {
            let all = std::mem::take(elements);
            let (gone, kept): (Vec<_>, Vec<_>) = all.into_iter().partition(|element| mentions(element, absent));
            *elements = kept;
            Some(Value::Array(gone)).filter(|gone| *gone != json!([]))
        }
        // Null is as good as left out (RFC 7643 section 2.5).
        single => mentions(single, absent).then(|| std::mem::take(single)),
    };
    if let Some(value) = taken {
        operations.push(json!({ "op": "add", "path": path, "value": value }));
    }
}

fn mentions(value: &Value, absent: &dyn Fn(&str) -> bool) -> bool {
    let mut found = false;
    visit(&mut value.clone(), &mut |name| {
        found |= absent(name);
        None
    });
    found
}
