//! Filters, windows and projections that cannot be read.

use super::{Row, Scene, row};

fn filter(sort: &str, text: &str) -> Row {
    let encoded: String = text.bytes().map(|byte| format!("%{byte:02X}")).collect();
    row("GET", format!("/{sort}?filter={encoded}"), 400, "invalidFilter")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn filters() {
    let deep = format!("{}userName pr{}", "(".repeat(500), ")".repeat(500));
    let negated = format!("{}userName pr{}", "not (".repeat(500), ")".repeat(500));
    let long = format!("userName eq \"{}\"", "x".repeat(20_000));
    let wide = vec!["userName eq \"x\""; 500].join(" or ");
    let mut rows: Vec<Row> = [
        "userName",
        "userName eq",
        "userName eq \"x",
        "userName eq \"x\" and",
        "eq \"x\"",
        "userName is \"x\"",
        "(userName eq \"x\"",
        "userName eq \"x\")",
        "emails[type eq \"work\"",
        "emails[]",
        "userName eq \"x\" userName eq \"y\"",
        "active gt true",
        "active co true",
        "meta.lastModified gt \"yesterday\"",
        "meta.created co \"2026\"",
        "userName gt null",
        "name eq \"x\"",
        "password pr",
        "active eq \"maybe\"",
        "stranger eq \"x\"",
        "urn:x:userName eq \"x\"",
        "emails[stranger eq \"x\"]",
        "name.stranger pr",
        "\u{0}",
        "💥",
    ]
    .into_iter()
    .map(|text| filter("Users", text))
    .collect();
    rows.extend([deep, negated, wide].iter().map(|text| filter("Users", text)));
    rows.push(filter("Groups", "active eq true").names("active"));
    rows.push(filter("Groups", "members[").names("members"));
    rows.push(Row { path: format!("/Users?filter={}", long.replace(' ', "%20")), ..filter("Users", "") });
    Scene::set().await.hold(rows).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn windows_and_projections() {
    let wrong = |query: &str| row("GET", format!("/Users?{query}"), 400, "invalidValue");
    Scene::set()
        .await
        .hold(vec![
            wrong("startIndex=one").names("startIndex").names("one"),
            wrong("count=many").names("count"),
            wrong("count=1.5").names("count"),
            wrong("sortBy=userName&sortOrder=up").names("sortOrder").names("up"),
            wrong("cursor=&startIndex=1").names("cursor").names("startIndex"),
            row("GET", "/Users?cursor=&count=many", 400, "invalidCount").names("count"),
            row("GET", "/Users?cursor=stranger", 400, "invalidCursor").names("cursor"),
            row("GET", "/Users?sortBy=stranger", 400, "invalidPath").names("sortBy").names("stranger"),
            row("GET", "/Users?sortBy=password", 400, "invalidPath").names("password"),
            wrong("attributes=userName&excludedAttributes=name").names("excludedAttributes"),
            row("GET", "/Users/{user}?attributes=userName&excludedAttributes=name", 400, "invalidValue"),
            row("POST", "/Users?attributes=userName&excludedAttributes=name", 400, "invalidValue")
                .body("{\"userName\":\"new\"}"),
            row("PATCH", "/Groups/{group}?attributes=id&excludedAttributes=members", 400, "invalidValue")
                .body(super::patch_body("{\"op\":\"remove\",\"path\":\"members\"}")),
            row("GET", "/Schemas?filter=id%20pr", 403, None).names("filter"),
        ])
        .await;
}

/// Queries that are strange and no error: answered, and never with an internal error.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_strange_and_allowed() {
    let scene = Scene::set().await;
    for query in [
        "attributes=%00",
        "attributes=stranger",
        "excludedAttributes=id,%20schemas",
        "filter=userName%20eq%20%22a%5Cu0000%22",
        "filter=externalId%20eq%20%22a%5Cu0000%22",
        "filter=title%20co%20%22%25_%5C%5C%22",
        "filter=emails%5Btype%20eq%20%22%5Cu0000%22%5D",
        "startIndex=99999999999999999999",
        "startIndex=9223372036854775807&count=1000",
        "x=%FF",
        "&&=&",
        "sortBy=&sortOrder=",
        "sortOrder=descending",
    ] {
        let answer = scene.ask(&row("GET", format!("/Users?{query}"), 200, None)).await;
        assert_eq!(crate::scim::rules::breaches(&answer, "GET"), Vec::<String>::new(), "{query}: {answer:?}");
        assert!(matches!(answer.status, 200 | 400), "{query}: {answer:?}");
    }
}
