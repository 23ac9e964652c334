//! The list of groups: searched, and read on by cursor.

use convoke::model::principal::Scope;
use serde_json::{Value, json};

use super::GROUPS;
use crate::support::{Answer, TestServer};

fn names(answer: &Value) -> Vec<&str> {
    answer["groups"].as_array().unwrap().iter().map(|group| group["name"].as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_is_sorted_by_name_and_searched() {
    let server = TestServer::start().await;
    for name in ["delta", "Alpha", "Storage 100%", "Bravo", "Échelon"] {
        server.group(name, &[]).await;
    }
    let all = ["Alpha", "Bravo", "delta", "Storage 100%", "Échelon"];
    let cases: [(&str, &[&str]); 7] = [
        ("", &all),
        ("?search=", &all),
        ("?search=%20%20", &all),
        ("?search=%20ALP", &["Alpha"]),
        ("?search=%C3%89CH", &["Échelon"]),
        ("?search=0%25", &["Storage 100%"]),
        ("?search=_", &[]),
    ];
    for (query, expected) in cases {
        let answer = server.get(&format!("{GROUPS}{query}")).await.expect(200);
        assert_eq!(names(&answer), expected, "{query}");
        let info = &answer["pageInfo"];
        assert_eq!(info["hasNextPage"], json!(false));
        assert_eq!(info["endCursor"].is_null(), expected.is_empty(), "set though nothing follows");
    }
    let first = &server.get(GROUPS).await.expect(200)["groups"][0];
    let expected = json!({
        "id": first["id"], "name": "Alpha", "description": null, "group_type": "security", "is_privileged": false,
        "member_count": 0, "created_at": first["created_at"], "updated_at": first["created_at"],
    });
    assert_eq!(*first, expected);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn limits_are_cut_or_refused() {
    let server = TestServer::start().await;
    let names: Vec<String> = (0..502).map(|number| format!("group {number:03}")).collect();
    for part in names.chunks(251) {
        let body = json!({ "tenant_id": server.tenant.id.to_string(), "groups": part });
        server.post("/auth/admin/group", &body).await.expect(201);
    }
    for (query, rows) in
        [("", 50), ("?limit=1", 1), ("?limit=500", 500), ("?limit=501", 500), ("?limit=99999999999999999999", 500)]
    {
        let page = server.get(&format!("{GROUPS}{query}")).await.expect(200);
        assert_eq!(page["groups"].as_array().unwrap().len(), rows, "{query}");
        assert_eq!(page["pageInfo"]["hasNextPage"], json!(true), "{query}");
    }
    for bad in ["limit=0", "limit=-1", "limit=x", "limit=", "limit=1.5", "after=", "after=nonsense", "after=%00"] {
        let answer = server.get(&format!("{GROUPS}?{bad}")).await;
        assert_eq!((answer.status, &answer.body["error"]["code"]), (400, &json!("VALIDATION_ERROR")), "{bad}");
        let field = bad.split('=').next().unwrap();
        assert_eq!(answer.body["error"]["details"]["fields"][0]["field"], json!(field), "{}", answer.text);
    }
    let long = format!("{GROUPS}?search={}", "a".repeat(257));
    assert_eq!(server.get(&long).await.status, 400);
}

async fn next(server: &TestServer, query: &str, page: &Value) -> Answer {
    let cursor = page["pageInfo"]["endCursor"].as_str().unwrap();
    server.get(&format!("{GROUPS}?{query}&after={cursor}")).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_walk_shows_what_stays_exactly_once() {
    let server = TestServer::start().await;
    let mut groups = Vec::new();
    for number in 0..30 {
        groups.push(server.group(&format!("group {number:02}"), &[]).await);
    }
    let mut page = server.get(&format!("{GROUPS}?limit=7")).await.expect(200);
    let mut seen: Vec<String> = names(&page).into_iter().map(str::to_owned).collect();
    let mut round = 0;
    while page["pageInfo"]["hasNextPage"] == json!(true) {
        // The last row shown goes, one that is to come goes, and one comes before the place.
        for gone in [seen.len() - 1, seen.len() + 2] {
            let gone = format!("group {gone:02}");
            if let Some(id) = server.get(&format!("{GROUPS}?search={}", gone.replace(' ', "%20"))).await.expect(200)["groups"][0]["id"].as_str() {
                server.delete(&format!("{GROUPS}/{id}")).await.expect(204);
            }
        }
        server.group(&format!("group 00 {round}"), &[]).await;
        round += 1;
        page = next(&server, "limit=7", &page).await.expect(200);
        seen.extend(names(&page).into_iter().map(str::to_owned));
    }
    let left = server.get(&format!("{GROUPS}?limit=500")).await.expect(200);
    for name in names(&left).into_iter().filter(|name| name.len() == "group 00".len()) {
        assert_eq!(seen.iter().filter(|one| *one == name).count(), 1, "{name}");
    }
    let mut once = seen.clone();
    once.dedup();
    assert_eq!(once, seen);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cursor_is_good_for_its_own_list_alone() {
    let server = TestServer::start().await;
    for name in ["alpha", "beta", "gamma"] {
        server.group(name, &[]).await;
    }
    let (_, foreign) = server.other_tenant("south").await;
    let page = server.get(&format!("{GROUPS}?search=a&limit=1")).await.expect(200);
    let cursor = page["pageInfo"]["endCursor"].as_str().unwrap().to_owned();
    let reader = server.client_with(&[Scope::GroupsRead], &[]).await;
    let on = reader.get(&format!("{GROUPS}?search=%20A%20&limit=2&after={cursor}")).await.expect(200);
    assert_eq!(names(&on), ["beta", "gamma"], "another limit, spelling and credential");
    let mut altered = cursor.clone();
    altered.replace_range(2..3, if &cursor[2..3] == "A" { "B" } else { "A" });
    for (client, query) in [
        (&*server, format!("after={cursor}")),
        (&*server, format!("search=al&after={cursor}")),
        (&foreign, format!("search=a&after={cursor}")),
        (&*server, format!("search=a&after={altered}")),
        (&*server, format!("search=a&after={}", &cursor[..cursor.len() - 1])),
    ] {
        let answer = client.get(&format!("{GROUPS}?{query}")).await;
        assert_eq!((answer.status, &answer.body["error"]["code"]), (400, &json!("VALIDATION_ERROR")), "{query}");
    }
}
