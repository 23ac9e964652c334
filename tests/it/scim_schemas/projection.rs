//! Projected: `attributes` and `excludedAttributes` with names, sub-attributes and URNs, by each attribute's `returned`.

use serde_json::{Value, json};

use super::{TYPES, URN, everything, made, site, visible};

fn places(parts: &[&str]) -> Value {
    let whole = everything()["places"].clone();
    let part = |place: &Value| {
        let members = place.as_object().unwrap().iter().filter(|(key, _)| parts.contains(&key.as_str()));
        Value::Object(members.map(|(key, value)| (key.clone(), value.clone())).collect())
    };
    whole.as_array().unwrap().iter().map(part).filter(|place| *place != json!({})).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn attributes_choose_by_name_and_urn() {
    let (_site, client) = site().await;
    // What is returned always is there whatever is named.
    let always = json!({ "place": { "shown": "w" }, "shown": "w" });
    for (endpoint, core, named) in TYPES {
        let path = made(&client, endpoint, "it", everything()).await;
        for (attributes, mut expected) in [
            (format!("{URN}:level"), json!({ "level": 42 })),
            ("LEVEL,Flag".to_owned(), json!({ "level": 42, "flag": true })),
            (format!("{URN}:places.value,{URN}:places.level"), json!({ "places": places(&["value", "level"]) })),
            (format!("{URN}:place.level"), json!({ "place": { "level": 3 } })),
            (format!("{URN}:asked"), json!({ "asked": "a" })),
            (format!("{URN}:place.asked"), json!({ "place": { "asked": "a" } })),
            (format!("{URN}:places.asked"), json!({ "places": places(&["asked"]) })),
            (format!("{URN}:secret,{URN}:hidden,{URN}:place.secret,{URN}:nothing"), json!({})),
            (URN.to_owned(), visible(everything())),
            (named.to_owned(), json!({})),
        ] {
            let shown = client.get(&format!("{path}?attributes={attributes}")).await.expect(200);
            expected["shown"] = always["shown"].clone();
            expected["place"]["shown"] = always["place"]["shown"].clone();
            assert_eq!(shown[URN], expected, "{attributes}");
            assert_eq!(shown["schemas"], json!([core, URN]), "{attributes}");
            assert_eq!(shown.get(named).is_some(), attributes == named, "{attributes}");
            let listed = client.get(&format!("{endpoint}?attributes={attributes}")).await.expect(200);
            assert_eq!(listed["Resources"][0][URN], expected, "{attributes}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn excluded_attributes_go_unless_they_are_always_there() {
    let (_site, client) = site().await;
    for (endpoint, core, named) in TYPES {
        let path = made(&client, endpoint, "it", everything()).await;
        let without = |paths: &[&str]| {
            let mut left = visible(everything());
            for path in paths {
                match path.split_once('.') {
                    Some((parent, sub)) => match &mut left[parent] {
                        Value::Array(elements) => elements.iter_mut().for_each(|one| {
                            one.as_object_mut().unwrap().remove(sub);
                        }),
                        single => drop(single.as_object_mut().unwrap().remove(sub)),
                    },
                    None => drop(left.as_object_mut().unwrap().remove(*path)),
                }
            }
            left
        };
        for (excluded, expected) in [
            (format!("{URN}:level,{URN}:texts"), without(&["level", "texts"])),
            ("Level".to_owned(), without(&["level"])),
            (format!("{URN}:place.level,{URN}:places.type"), without(&["place.level", "places.type"])),
            (format!("{URN}:shown,{URN}:place.shown"), without(&[])),
            (URN.to_owned(), json!({ "shown": "w" })),
        ] {
            let shown = client.get(&format!("{path}?excludedAttributes={excluded}")).await.expect(200);
            assert_eq!(shown[URN], expected, "{excluded}");
            assert_eq!((&shown["schemas"], &shown[named]), (&json!([core, URN]), &json!("it")), "{excluded}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_answers_with_what_was_asked_for() {
    let (_site, client) = site().await;
    for (endpoint, core, named) in TYPES {
        let path = made(&client, endpoint, "it", json!({ "level": 1 })).await;
        let put = json!({ "schemas": [core, URN], named: "it", URN: { "level": 2, "asked": "a", "text": "t" } });
        for (query, expected) in [
            ("", json!({ "text": "t", "level": 2, "asked": "a" })),
            ("?attributes=level", json!({ "level": 2 })),
            ("?attributes=asked", json!({ "asked": "a" })),
            ("?excludedAttributes=asked", json!({ "text": "t", "level": 2 })),
            ("?excludedAttributes=text", json!({ "level": 2, "asked": "a" })),
        ] {
            let answer = client.send("PUT", &format!("{path}{query}"), Some(&put)).await.expect(200);
            assert_eq!(answer[URN], expected, "{query}");
        }
    }
}
