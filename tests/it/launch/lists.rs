//! The list of groups: filters, orders, cursors.

use reqwest::Method;
use serde_json::{Value, json};

use super::{GROUPS, faults, group, scope_set, user};
use crate::support::TestServer;

fn names(body: &Value) -> Vec<&str> {
    body["items"].as_array().unwrap().iter().map(|item| item["name"].as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_combine() {
    let server = TestServer::start().await;
    let ada = user(&server, "ada").await;
    let set = scope_set(&server, "Operator", &["forms:submit"]).await;
    group(&server, json!({ "name": "Prepress", "description": "Before", "scopes": ["a"], "users": [ada] })).await;
    group(&server, json!({ "name": "Press", "scope_sets": [set] })).await;
    group(&server, json!({ "name": "Straße 100%", "description": "before noon" })).await;
    let before = "created__lt=2000-01-01T00:00:00Z";
    let cases: [(&str, &[&str]); 22] = [
        ("", &["Prepress", "Press", "Straße 100%"]),
        ("name=press", &["Press"]),
        ("name__eq=PRESS", &["Press"]),
        ("name__ne=press", &["Prepress", "Straße 100%"]),
        ("name__contains=RE", &["Prepress", "Press"]),
        ("name__startswith=strasse", &["Straße 100%"]),
        ("name__endswith=0%25", &["Straße 100%"]),
        ("name__in=press,%20prepress", &["Prepress", "Press"]),
        ("description__contains=BEFORE", &["Prepress", "Straße 100%"]),
        ("description__isnull=true", &["Press"]),
        ("description__isnull=false", &["Prepress", "Straße 100%"]),
        ("user_count=1", &["Prepress"]),
        ("user_count__lt=1", &["Press", "Straße 100%"]),
        ("user_count__gte=0&user_count__lte=99", &["Prepress", "Press", "Straße 100%"]),
        ("scope=a", &["Prepress"]),
        ("scope=A", &[]),
        ("scope=forms:submit", &["Press"]),
        ("scope__in=a,forms:submit", &["Prepress", "Press"]),
        (before, &[]),
        ("created__gte=2000-01-01T00:00:00Z&updated__gt=2000-01-01T00:00:00Z&name=press", &["Press"]),
        ("user_id=nobody", &[]),
        ("name__contains=re&description__isnull=true", &["Press"]),
    ];
    for (filter, expected) in cases {
        let body = server.get(&format!("{GROUPS}?sort_by=name&sort_order=asc&{filter}")).await.expect(200);
        assert_eq!(names(&body), expected, "{filter}");
        assert_eq!(body["collection_total"], expected.len(), "{filter}");
    }
    let with_ada = server.get(&format!("{GROUPS}?user_id__in=x,{ada}")).await.expect(200);
    assert_eq!(names(&with_ada), ["Prepress"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_parameter_that_is_none_is_named() {
    let server = TestServer::start().await;
    let answer = server.get(&format!("{GROUPS}?name__foo=1&owner=x&created__gt=soon")).await.expect(422);
    let expected = [("created__gt", "datetime_parsing"), ("name__foo", "enum"), ("owner", "extra_forbidden")];
    assert_eq!(faults(&answer), expected.map(|(name, kind)| (json!(["query", name]), kind.to_owned())));
    for (query, name, kind) in [
        ("limit=0", "limit", "greater_than_equal"),
        ("limit=251", "limit", "less_than_equal"),
        ("limit=many", "limit", "int_parsing"),
        ("sort_by=scope", "sort_by", "enum"),
        ("sort_order=up", "sort_order", "enum"),
        ("hydrate=perhaps", "hydrate", "bool_parsing"),
    ] {
        let answer = server.get(&format!("{GROUPS}?{query}")).await.expect(422);
        assert_eq!(faults(&answer), [(json!(["query", name]), kind.to_owned())], "{query}");
    }
}

/// Reads a list to its end, two groups at a time.
async fn walk(server: &TestServer, query: &str) -> Vec<String> {
    let (mut all, mut cursor) = (Vec::new(), String::new());
    loop {
        let body = server.get(&format!("{GROUPS}?limit=2&{query}{cursor}")).await.expect(200);
        all.extend(names(&body).into_iter().map(str::to_owned));
        assert_eq!(body["next_page"], !body["next_cursor"].is_null());
        assert_eq!(body["limit"], 2);
        let Some(next) = body["next_cursor"].as_str() else { return all };
        cursor = format!("&cursor={next}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_order_is_walked_to_its_end() {
    let server = TestServer::start().await;
    let (ada, bob) = (user(&server, "ada").await, user(&server, "bob").await);
    for (name, users) in [("c", vec![&ada]), ("A", vec![]), ("e", vec![&ada, &bob]), ("B", vec![]), ("d", vec![&bob])] {
        group(&server, json!({ "name": name, "users": users })).await;
    }
    for (query, expected) in [
        ("", "d B e A c"),
        ("sort_order=asc", "c A e B d"),
        ("sort_by=name&sort_order=asc", "A B c d e"),
        ("sort_by=name", "e d c B A"),
        ("sort_by=user_count", "e d c B A"),
        ("sort_by=user_count&sort_order=asc", "A B c d e"),
        ("sort_by=id&sort_order=asc", "c A e B d"),
        ("sort_by=updated", "d B e A c"),
        ("user_count__gt=0&sort_by=name&sort_order=asc", "c d e"),
    ] {
        let seen = walk(&server, query).await.join(" ");
        // Those with equally many members go by id: c before d, A before B, as they were created, reversed downwards.
        assert_eq!(seen, expected, "{query}");
    }
    let counted = server.get(&format!("{GROUPS}?limit=2")).await.expect(200);
    assert_eq!(counted["collection_total"], 5);
    let uncounted = server.get(&format!("{GROUPS}?limit=2&include_total=false")).await.expect(200);
    assert_eq!(uncounted["collection_total"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cursor_survives_another_limit_and_nothing_else() {
    let server = TestServer::start().await;
    for name in ["a", "b", "c", "d"] {
        group(&server, json!({ "name": name })).await;
    }
    let query = "sort_by=name&sort_order=asc&name__ne=x";
    let first = server.get(&format!("{GROUPS}?limit=1&{query}")).await.expect(200);
    let cursor = first["next_cursor"].as_str().unwrap();
    let rest = server.get(&format!("{GROUPS}?limit=9&{query}&hydrate=false&cursor={cursor}")).await.expect(200);
    assert_eq!(names(&rest), ["b", "c", "d"]);
    let swapped = if cursor.starts_with('A') { "B" } else { "A" };
    let changed = format!("{swapped}{}", &cursor[1..]);
    let other = server.other_tenant("other").await.1;
    for (client, query) in [
        (&*server, format!("{query}&cursor={changed}")),
        (&*server, format!("{query}&cursor=x")),
        (&*server, format!("sort_by=name&sort_order=desc&name__ne=x&cursor={cursor}")),
        (&*server, format!("sort_by=id&sort_order=asc&name__ne=x&cursor={cursor}")),
        (&*server, format!("sort_by=name&sort_order=asc&name__ne=y&cursor={cursor}")),
        (&*server, format!("sort_by=name&sort_order=asc&cursor={cursor}")),
        (&other, format!("{query}&cursor={cursor}")),
    ] {
        let body = client.get(&format!("{GROUPS}?{query}")).await.expect(400);
        assert_eq!(body, json!({ "detail": "Cursor does not match this query" }), "{query}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_stays_is_seen_once_while_others_come_and_go() {
    let server = TestServer::start().await;
    let mut ids = Vec::new();
    for at in 0..30 {
        ids.push(group(&server, json!({ "name": format!("g{at:02}") })).await);
    }
    let (mut seen, mut cursor, mut round) = (Vec::new(), String::new(), 0);
    loop {
        let body = server.get(&format!("{GROUPS}?limit=4&sort_by=name&sort_order=asc{cursor}")).await.expect(200);
        seen.extend(names(&body).into_iter().map(str::to_owned));
        // Behind the cursor and before it, one goes and one comes; the cursor's own row goes as well.
        for gone in [round * 4 + 3, 29 - round] {
            let _ = server.send(Method::DELETE, &format!("{GROUPS}{}", ids[gone.min(29)]), &[], None).await;
        }
        group(&server, json!({ "name": format!("a{round}") })).await;
        round += 1;
        let Some(next) = body["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    let mut once = seen.clone();
    once.dedup();
    assert_eq!(seen, once);
    let left = walk(&server, "sort_by=name&sort_order=asc&name__startswith=g").await;
    assert!(left.iter().all(|name| seen.contains(name)), "{left:?} of {seen:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_filters_document_is_what_the_list_takes() {
    let server = TestServer::start().await;
    let body = server.get("/api/admin/groups/filters/").await.expect(200);
    assert_eq!(body["resource"], "group");
    assert_eq!(body["sort"]["default"], json!({ "sort_by": "created", "sort_order": "desc" }));
    assert_eq!(body["sort"]["fields"], json!(["created", "updated", "name", "user_count", "id"]));
    assert_eq!(
        body["fields"][1],
        json!({ "name": "description", "type": "string", "operators": ["eq", "contains", "isnull"], "sortable": false })
    );
    for field in body["fields"].as_array().unwrap() {
        let (name, kind) = (field["name"].as_str().unwrap(), field["type"].as_str().unwrap());
        for operator in field["operators"].as_array().unwrap() {
            let value = match (kind, operator.as_str().unwrap()) {
                (_, "isnull") => "true",
                ("integer", _) => "1",
                ("datetime", _) => "2026-05-17T12:20:42Z",
                _ => "x",
            };
            let query = format!("{name}__{}={value}", operator.as_str().unwrap());
            assert_eq!(server.get(&format!("{GROUPS}?{query}")).await.status, 200, "{query}");
        }
    }
}
