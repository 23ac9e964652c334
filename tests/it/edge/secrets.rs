//! A server that logs all it can, and meets every kind of secret, right and wrong, in every place where one can be: none
//! of them is in a line of it, nor in an event.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, Client, Program, database, sql};

const KEY: &str = "c2VjcmV0IHNlY3JldCBzZWNyZXQgc2VjcmV0IHNlYyE=";
const PASSWORD: &str = "t1meMa$heen-forever";

/// Everything that must not be seen.
struct Secrets {
    tokens: Vec<String>,
    client: (String, String),
    assertion: String,
    access_token: String,
}

impl Secrets {
    /// Those that can be told by their looks, wherever they are.
    fn own(&self) -> Vec<String> {
        let secret = &self.client.1;
        let others = [secret.clone(), wrong(secret), self.assertion.clone(), self.access_token.clone()];
        self.tokens.iter().flat_map(|token| [token.clone(), wrong(token)]).chain(others).collect()
    }

    /// And those that are known by their place alone.
    fn all(&self) -> Vec<String> {
        let others = [self.basic(), KEY.to_owned(), PASSWORD.to_owned()];
        self.own().into_iter().chain(others).collect()
    }

    fn basic(&self) -> String {
        let (id, secret) = &self.client;
        data_encoding::BASE64.encode(format!("{id}:{secret}").as_bytes())
    }
}

/// The same secret with other letters near its end, as it is logged when it is taken for something else.
fn wrong(secret: &str) -> String {
    let (start, end) = secret.split_at(secret.len() - 9);
    format!("{start}aaaa{}", &end[4..])
}

async fn form(client: &Client, pairs: &[(&str, &str)], headers: &[(&str, &str)]) -> Answer {
    let mut url: reqwest::Url = "x:/".parse().unwrap();
    url.query_pairs_mut().extend_pairs(pairs);
    let body = Some(("application/x-www-form-urlencoded", url.query().unwrap_or_default().as_bytes().to_vec()));
    client.send_bytes(Method::POST, "/api/v1/auth/tenants/acme/oauth/token", headers, body).await
}

const GRANT: (&str, &str) = ("grant_type", "client_credentials");

/// Makes one of each kind, and uses the client's.
async fn make(program: &Program, client: &Client) -> Secrets {
    program.done(&["tenant", "create", "acme"]);
    let tokens = vec![
        program.done(&["token", "create", "--tenant", "acme"]),
        program.done(&["token", "create", "--platform", "--role", "super_admin"]),
        program.done(&["token", "create", "--tenant", "acme", "--api-key"]),
    ];
    let line = program.done(&["client", "create", "--tenant", "acme", "--scope", "groups:read", "--scope", "scim"]);
    let made: Value = serde_json::from_str(&line).unwrap();
    let text = |name: &str| made[name].as_str().unwrap().to_owned();
    let (id, secret) = (text("client_id"), text("client_secret"));
    let answer = form(client, &[GRANT, ("client_id", &id), ("client_secret", &secret)], &[]).await.expect(200);
    let access_token = answer["access_token"].as_str().unwrap().to_owned();
    let assertion = format!("{}c2lnbmF0dXJl", &access_token[..access_token.rfind('.').unwrap() + 1]);
    Secrets { tokens, client: (id, secret), assertion, access_token }
}

/// Puts a secret wherever a client can put one.
async fn use_everywhere(client: &Client, secret: &str) {
    let bearer = client.with_token(secret);
    for path in ["/scim/v2/Users", "/api/v1/tenants/acme/groups", "/api/admin/groups", "/api/v1/groups"] {
        bearer.get(path).await;
    }
    let headers = [
        ("X-API-Key", secret),
        ("X-Request-ID", secret),
        ("User-Agent", secret),
        ("Idempotency-Key", secret),
        ("If-Match", secret),
        ("X-Tenant-ID", secret),
        ("Cookie", secret),
    ];
    bearer.send(Method::POST, "/api/admin/groups", &headers, Some(&json!({ "name": 3 }))).await;
    for path in [
        format!("/scim/v2/Users?access_token={secret}"),
        format!("/scim/v2/{secret}/x"),
        format!("/tenants/{secret}/scim/v2/Users"),
        format!("/api/v1/tenants/{secret}/groups?token={secret}"),
        format!("/api/v1/auth/tenants/{secret}/oauth/token"),
        format!("/{secret}"),
    ] {
        bearer.get(&path).await;
        client.anonymous().get(&path).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_secret_gets_into_a_log_line_or_an_event() {
    let database = database().await;
    let program = Program::on(&database.url);
    let config = format!("encryption_key = '{KEY}'\nlog = 'trace'\n");
    std::fs::write(program.dir().join("convoke.toml"), config).unwrap();
    let served = program.serve(&[]);
    let client = Client::new(served.base_url(), None);
    let secrets = make(&program, &client).await;
    let (id, secret) = &secrets.client;
    for secret in secrets.own() {
        use_everywhere(&client, &secret).await;
    }
    form(&client, &[GRANT, ("client_id", id), ("client_secret", &wrong(secret))], &[]).await.expect(401);
    let basic = format!("Basic {}", secrets.basic());
    form(&client, &[GRANT], &[("Authorization", &basic)]).await.expect(200);
    let kind = ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
    form(&client, &[GRANT, kind, ("client_assertion", &secrets.assertion)], &[]).await.expect(401);
    let api = client.with_token(&secrets.tokens[0]);
    let named = [("X-Request-ID", secrets.tokens[1].as_str())];
    let user = json!({ "userName": "ada", "password": PASSWORD });
    let made = api.send(Method::POST, "/scim/v2/Users", &named, Some(&user)).await.expect(201);
    let patch = json!({ "Operations": [{ "op": "replace", "path": "password", "value": PASSWORD }] });
    api.patch(&format!("/scim/v2/Users/{}", made["id"].as_str().unwrap()), &patch).await;
    let rotated = client.with_token(&secrets.tokens[1]);
    let token = json!({ "name": "new", "scopes": ["scim"] });
    let issued = rotated.post("/api/v1/tenants/acme/tokens", &token).await.expect(201);
    let log = served.stderr();
    assert!(log.contains("DEBUG") && log.contains("[redacted]"), "it logs all it can");
    let row = sql(&database.url).await;
    let row =
        row.query_one("SELECT coalesce(string_agg(e::text, ' '), ''), count(*) FROM events e", &[]).await.unwrap();
    let (events, count): (String, i64) = (row.get(0), row.get(1));
    assert!(count > 0);
    let issued = issued["data"]["secret"].as_str().expect("it is shown once").to_owned();
    for secret in secrets.all().into_iter().chain([issued]) {
        let line = log.lines().find(|line| line.contains(&secret));
        assert_eq!(line, None, "{secret}");
        assert!(!events.contains(&secret), "{secret}: {events}");
    }
    assert_eq!(served.stop(), 0);
}
