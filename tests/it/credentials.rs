//! Credentials from the outside: what a person with `curl` does, what the database keeps of a secret, and what is told of one
//! that ends soon.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Client, Program, database, sql};

const FORM: &str = "application/x-www-form-urlencoded";

/// The lines of every table, as text.
async fn everything(url: &str) -> String {
    const TABLES: &str = "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'";
    let (client, mut all) = (sql(url).await, String::new());
    for table in client.query(TABLES, &[]).await.unwrap() {
        let table: String = table.get(0);
        for row in client.query(&format!("SELECT t::text FROM {table} t"), &[]).await.unwrap() {
            all.push_str(&row.get::<_, String>(0));
        }
    }
    all
}

/// A secret, the parts of it that matter, and how its bytes look in the database's own spelling.
fn spellings(secret: &str) -> Vec<String> {
    let hex = |bytes: &[u8]| data_encoding::HEXLOWER.encode(bytes);
    let (_, random) = secret.split_once('_').expect("a prefix");
    let mut all = vec![secret.to_owned(), random[random.len() - 40..].to_owned(), hex(secret.as_bytes())];
    let mut padded = random.to_uppercase();
    padded.push_str(&"=".repeat((8 - random.len() % 8) % 8));
    let bytes = data_encoding::BASE32.decode(padded.as_bytes()).expect("base32");
    all.push(hex(&bytes[bytes.len() - 32..]));
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_signs_in_as_by_curl_and_uses_every_api() {
    let database = database().await;
    let program = Program::on(&database.url);
    let tenant = program.done(&["tenant", "create", "acme"]);
    let scopes = ["scim", "admin:write", "groups:write", "users:write"];
    let mut create = vec!["client", "create", "--tenant", "acme"];
    create.extend(scopes.iter().flat_map(|scope| ["--scope", scope]));
    let made: Value = serde_json::from_str(&program.done(&create)).unwrap();
    let (id, secret) = (made["client_id"].as_str().unwrap(), made["client_secret"].as_str().unwrap());
    let served = program.serve(&[]);
    let anyone = Client::new(served.base_url(), None);
    // curl -u "$id:$secret" -d grant_type=client_credentials …/oauth/token
    let basic = format!("Basic {}", data_encoding::BASE64.encode(format!("{id}:{secret}").as_bytes()));
    let path = "/api/v1/auth/tenants/acme/oauth/token";
    let body = Some((FORM, b"grant_type=client_credentials".to_vec()));
    let token = anyone.send_bytes(Method::POST, path, &[("authorization", &basic)], body).await.expect(200);
    assert_eq!((&token["token_type"], &token["expires_in"]), (&json!("Bearer"), &json!(3600)));
    let api = anyone.with_token(token["access_token"].as_str().unwrap());
    let user = api.post("/scim/v2/Users", &json!({ "userName": "ada" })).await.expect(201);
    let directory = format!("/api/v1/tenants/{tenant}/groups");
    api.post(&directory, &json!({ "name": "one", "initial_members": [user["id"]] })).await.expect(201);
    api.post("/auth/admin/group", &json!({ "tenant_id": tenant, "groups": ["two"] })).await.expect(201);
    api.post("/api/admin/groups/", &json!({ "name": "three" })).await.expect(201);
    api.post("/api/v1/groups", &json!({ "name": "four" })).await.expect(201);
    assert_eq!(api.get("/scim/v2/Groups").await.expect(200)["totalResults"], 4);
    for path in [directory.as_str(), "/api/v1/admin/groups", "/api/admin/groups/", "/api/v1/groups"] {
        let list = api.get(path).await;
        assert!(list.status == 200 && ["one", "two", "three", "four"].iter().all(|name| list.text.contains(name)));
    }
    assert_eq!(anyone.send(Method::GET, &directory, &[("authorization", &basic)], None).await.status, 401);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn secrets_are_recognised_by_their_prefix_and_kept_by_hash_alone() {
    let database = database().await;
    let program = Program::on(&database.url);
    program.done(&["tenant", "create", "acme"]);
    let client: Value =
        serde_json::from_str(&program.done(&["client", "create", "--tenant", "acme", "--scope", "scim"])).unwrap();
    let secrets = [
        ("cvk_", program.done(&["token", "create", "--tenant", "acme", "--scope", "scim"])),
        ("cva_", program.done(&["token", "create", "--tenant", "acme", "--scope", "groups:read", "--api-key"])),
        ("cvp_", program.done(&["token", "create", "--platform", "--scope", "admin:read"])),
        ("cvs_", client["client_secret"].as_str().unwrap().to_owned()),
    ];
    let kept = everything(&database.url).await;
    assert!(kept.contains("acme"), "the tables are read");
    for (prefix, secret) in &secrets {
        assert!(secret.starts_with(prefix), "{prefix}");
        for spelling in spellings(secret) {
            assert!(!kept.contains(&spelling), "{prefix}: {spelling} is kept");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_live_at_once_and_one_that_ends_soon_is_told_of_in_the_log() {
    let database = database().await;
    let program = Program::on(&database.url);
    program.done(&["tenant", "create", "acme"]);
    let create = |ttl| program.done(&["token", "create", "--tenant", "acme", "--scope", "scim", "--ttl", ttl]);
    let (soon, later) = (create("3d"), create("90d"));
    let served = program.serve(&[]);
    for token in [&soon, &later, &soon] {
        let answer = Client::new(served.base_url(), Some(token)).get("/scim/v2/Users").await;
        assert_eq!(answer.status, 200);
    }
    let log = served.stderr();
    let told: Vec<&str> = log.lines().filter(|line| line.contains("a token in use expires soon")).collect();
    assert_eq!(told.len(), 1, "{log}");
    assert!(told[0].contains("token.id") && !log.contains(&soon) && !log.contains(&later), "{}", told[0]);
}
