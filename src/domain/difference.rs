//! What changed between two documents: the delta an event records, replayable forwards (`after`) and backwards (`before`).

use serde_json::{Map, Value};

/// The top-level attributes that differ, as they were and as they are. What is absent on a side is `null` there.
#[must_use]
pub(super) fn difference(before: &Map<String, Value>, after: &Map<String, Value>) -> (Value, Value) {
    let (mut was, mut is) = (Map::new(), Map::new());
    let keys = before.keys().chain(after.keys().filter(|key| !before.contains_key(*key)));
    for key in keys {
        let (old, new) = (before.get(key), after.get(key));
        if old != new {
            was.insert(key.clone(), old.cloned().unwrap_or(Value::Null));
            is.insert(key.clone(), new.cloned().unwrap_or(Value::Null));
        }
    }
    (Value::Object(was), Value::Object(is))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_what_differs_is_recorded_both_ways() {
        let (Value::Object(old), Value::Object(new)) =
            (json!({"a": 1, "b": 2, "c": 3}), json!({"a": 1, "b": 9, "d": 4}))
        else {
            unreachable!()
        };
        let (was, is) = difference(&old, &new);
        assert_eq!(was, json!({"b": 2, "c": 3, "d": null}));
        assert_eq!(is, json!({"b": 9, "c": null, "d": 4}));
    }
}
