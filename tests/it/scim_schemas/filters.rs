//! Filtered and sorted: every operator an attribute's type has, `invalidFilter` for every other, lists, sub-attributes and
//! elements, all on attributes the server knows only from a file.

use serde_json::json;

use super::{BADGE, TYPES, URN, made, site};
use crate::scim::client::Client;

const SEARCH: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";
const OPERATORS: [&str; 9] = ["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"];

/// Three resources: `low`, `high`, and `none` without any value.
async fn cast(client: &Client, endpoint: &str) {
    let low = json!({ "text": "Apple", "code": "Apple", "flag": false, "ratio": -1.5, "level": 2, "moment": "2026-01-01T00:00:00Z",
        "blob": "AAAA", "link": "urn:a:Low" });
    let high = json!({ "text": "pear", "code": "pear", "flag": true, "ratio": 1e3, "level": 10, "moment": "2026-01-01T01:00:00.5Z",
        "blob": "QUJD", "link": "urn:b:High" });
    for (name, values) in [("low", low), ("high", high)] {
        let mut extension = json!({ "place": values });
        for (attribute, value) in values.as_object().unwrap() {
            extension[attribute] = value.clone();
            extension[format!("{attribute}s")] = json!([value]);
        }
        extension["places"] = json!([{ "value": name, "level": values["level"], "flag": values["flag"] },
            { "value": "both", "level": 5, "primary": true }]);
        made(client, endpoint, name, extension).await;
    }
    made(client, endpoint, "none", json!(null)).await;
}

async fn found(client: &Client, endpoint: &str, filter: &str) -> Vec<String> {
    let (_, _, named) = TYPES.into_iter().find(|(path, ..)| *path == endpoint).unwrap();
    let search = json!({ "schemas": [SEARCH], "filter": filter, "sortBy": named });
    let answer = client.send("POST", &format!("{endpoint}/.search"), Some(&search)).await;
    assert_eq!(answer.status, 200, "{filter}: {}", answer.text);
    let body = answer.body;
    let resources = body["Resources"].as_array().cloned().unwrap_or_default();
    resources.iter().map(|resource| resource[named].as_str().unwrap().to_owned()).collect()
}

async fn refused(client: &Client, endpoint: &str, filter: &str) {
    let search = json!({ "schemas": [SEARCH], "filter": filter });
    let answer = client.send("POST", &format!("{endpoint}/.search"), Some(&search)).await;
    let (status, body) = (answer.status, answer.body);
    assert_eq!((status, &body["scimType"]), (400, &json!("invalidFilter")), "{filter}: {body}");
    assert!(body["detail"].as_str().is_some_and(|detail| detail.len() > 20), "{body}");
}

/// Attribute, literal, and per operator who is found; an operator that is not there does not fit the type.
type Row = (&'static str, &'static str, &'static [(&'static str, &'static [&'static str])]);

const TABLE: [Row; 8] = [
    (
        "text",
        "\"APPLE\"",
        &[
            ("eq", &["low"]),
            ("ne", &["high", "none"]),
            ("co", &["low"]),
            ("sw", &["low"]),
            ("ew", &["low"]),
            ("gt", &["high"]),
            ("ge", &["high", "low"]),
            ("lt", &[]),
            ("le", &["low"]),
        ],
    ),
    (
        "code",
        "\"Apple\"",
        &[
            ("eq", &["low"]),
            ("ne", &["high", "none"]),
            ("co", &["low"]),
            ("sw", &["low"]),
            ("ew", &["low"]),
            ("gt", &["high"]),
            ("ge", &["high", "low"]),
            ("lt", &[]),
            ("le", &["low"]),
        ],
    ),
    (
        "link",
        "\"urn:a:Low\"",
        &[
            ("eq", &["low"]),
            ("ne", &["high", "none"]),
            ("co", &["low"]),
            ("sw", &["low"]),
            ("ew", &["low"]),
            ("gt", &["high"]),
            ("ge", &["high", "low"]),
            ("lt", &[]),
            ("le", &["low"]),
        ],
    ),
    ("flag", "true", &[("eq", &["high"]), ("ne", &["low", "none"])]),
    (
        "ratio",
        "1000",
        &[
            ("eq", &["high"]),
            ("ne", &["low", "none"]),
            ("gt", &[]),
            ("ge", &["high"]),
            ("lt", &["low"]),
            ("le", &["high", "low"]),
        ],
    ),
    (
        "level",
        "2",
        &[
            ("eq", &["low"]),
            ("ne", &["high", "none"]),
            ("gt", &["high"]),
            ("ge", &["high", "low"]),
            ("lt", &[]),
            ("le", &["low"]),
        ],
    ),
    (
        "moment",
        "\"2026-01-01T01:00:00+01:00\"",
        &[
            ("eq", &["low"]),
            ("ne", &["high", "none"]),
            ("gt", &["high"]),
            ("ge", &["high", "low"]),
            ("lt", &[]),
            ("le", &["low"]),
        ],
    ),
    ("blob", "\"QUJD\"", &[("eq", &["high"]), ("ne", &["low", "none"])]),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_operator_of_a_type_works_and_every_other_is_refused() {
    let (_site, client) = site().await;
    for (endpoint, ..) in TYPES {
        cast(&client, endpoint).await;
        for (attribute, literal, expected) in TABLE {
            for path in
                [format!("{URN}:{attribute}"), format!("{URN}:{attribute}s"), format!("{URN}:place.{attribute}")]
            {
                for operator in OPERATORS {
                    let filter = format!("{path} {operator} {literal}");
                    match expected.iter().find(|(known, _)| *known == operator) {
                        Some((_, names)) => assert_eq!(found(&client, endpoint, &filter).await, *names, "{filter}"),
                        None => refused(&client, endpoint, &filter).await,
                    }
                }
                assert_eq!(found(&client, endpoint, &format!("{path} pr")).await, ["high", "low"], "{path} pr");
                assert_eq!(found(&client, endpoint, &format!("not ({path} pr)")).await, ["none"], "not {path} pr");
                assert_eq!(found(&client, endpoint, &format!("{path} eq null")).await, ["none"], "{path} eq null");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn case_counts_where_the_schema_says_so() {
    let (_site, client) = site().await;
    for (endpoint, ..) in TYPES {
        cast(&client, endpoint).await;
        for (attribute, names) in [
            ("text", &["low"][..]),
            ("code", &[]),
            ("link", &[]),
            ("texts", &["low"]),
            ("codes", &[]),
            ("place.text", &["low"]),
            ("place.code", &[]),
        ] {
            let literal = if attribute == "link" { "URN:A:LOW" } else { "aPPLE" };
            assert_eq!(
                found(&client, endpoint, &format!("{URN}:{attribute} eq \"{literal}\"")).await,
                names,
                "{attribute}"
            );
            assert_eq!(
                found(&client, endpoint, &format!("{URN}:{attribute} sw \"{}\"", &literal[..3])).await,
                names,
                "{attribute}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn names_literals_and_elements_in_every_spelling() {
    let (_site, client) = site().await;
    for (endpoint, ..) in TYPES {
        cast(&client, endpoint).await;
        for (filter, names) in [
            (format!("{}:LEVEL EQ 10", URN.to_uppercase()), &["high"][..]),
            ("level eq 10".to_owned(), &["high"]),
            ("place.level gt 2 and flag eq true".to_owned(), &["high"]),
            (format!("{URN}:places[value eq \"both\" and level eq 5]"), &["high", "low"]),
            (format!("{URN}:places[value eq \"both\" and level eq 10]"), &[]),
            (format!("{URN}:places.value eq \"both\" and {URN}:places.level eq 10"), &["high"]),
            (format!("{URN}:places[value eq \"HIGH\"].level eq 10"), &["high"]),
            (format!("{URN}:places eq \"high\""), &["high"]),
            (format!("{URN}:places[not (flag pr)].primary eq true"), &["high", "low"]),
            (format!("{URN}:texts[value sw \"p\"]"), &["high"]),
            (format!("{URN} pr"), &["high", "low"]),
            (format!("schemas eq \"{URN}\""), &["high", "low"]),
        ] {
            assert_eq!(found(&client, endpoint, &filter).await, names, "{filter}");
        }
        for filter in [
            format!("{URN}:level eq \"ten\""),
            format!("{URN}:moment gt \"yesterday\""),
            format!("{URN}:flag eq 1"),
            format!("{URN}:blob eq 3"),
            format!("{URN}:place eq \"x\""),
            format!("{URN}:nothing eq 1"),
            format!("{URN}:place.nothing pr"),
            format!("{URN}:places[nothing eq 1]"),
            format!("{URN}:text[value eq \"x\"]"),
            format!("{URN} eq \"x\""),
            format!("{URN}:secret eq \"x\""),
            format!("{URN}:hidden pr"),
            format!("{URN}:place.hidden pr"),
            format!("{URN}:level gt null"),
        ] {
            refused(&client, endpoint, &filter).await;
        }
    }
    let user = json!({ "userName": "badged", BADGE: { "badge": "B-7" } });
    client.send("POST", "/Users", Some(&user)).await.expect(201);
    assert_eq!(found(&client, "/Users", &format!("{BADGE}:badge eq \"b-7\"")).await, ["badged"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lists_are_sorted_by_every_type() {
    let (_site, client) = site().await;
    for (endpoint, _, named) in TYPES {
        cast(&client, endpoint).await;
        for attribute in ["text", "code", "flag", "ratio", "level", "moment", "link"] {
            for path in
                [format!("{URN}:{attribute}"), format!("{URN}:{attribute}s"), format!("{URN}:place.{attribute}")]
            {
                for (order, expected) in
                    [("ascending", ["low", "high", "none"]), ("descending", ["none", "high", "low"])]
                {
                    let answer = client.get(&format!("{endpoint}?sortBy={path}&sortOrder={order}")).await.expect(200);
                    let names: Vec<_> = answer["Resources"]
                        .as_array()
                        .unwrap()
                        .iter()
                        .map(|one| one[named].as_str().unwrap())
                        .collect();
                    assert_eq!(names, expected, "{path} {order}");
                }
            }
        }
        for path in ["blob", "place", "secret", "hidden", "nothing"] {
            assert_eq!(client.get(&format!("{endpoint}?sortBy={URN}:{path}")).await.status, 400, "{path}");
        }
    }
}
