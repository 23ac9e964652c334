//! Ten tenants with equal data, all at once through every API: no byte of one in an answer for another. Every tenant's rows
//! carry a word of its own, and its ids are its own; both are looked for in all that the others get, headers included.

use convoke::model::principal::{Reach, Role, Scope};
use convoke::store::Remember;
use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, Client, Setup, TestServer};

const TENANTS: usize = 10;
const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// A tenant as its own client sees it, and what it has.
struct Flock {
    id: String,
    client: Client,
    /// A word that stands in its rows and in nobody else's.
    canary: String,
    user: String,
    group: String,
    number: String,
    /// Cursors and entity tags that it was given.
    cursors: Vec<String>,
}

impl Flock {
    async fn new(server: &TestServer, number: usize) -> Self {
        let canary = format!("canary{number}x{}", uuid::Uuid::from_u128(number as u128 * 7919).simple());
        let tenant = server.domain.create_tenant(&format!("t{number}"), None, None, false).await.unwrap();
        let client = server.client_for(Reach::Tenant(tenant.id), &Scope::ALL, &[Role::TenantAdmin]).await;
        let mut flock = Self {
            id: tenant.id.to_string(),
            client,
            canary,
            user: String::new(),
            group: String::new(),
            number: String::new(),
            cursors: Vec::new(),
        };
        flock.fill().await;
        flock
    }

    /// The same names everywhere; the canary where nothing is compared.
    async fn fill(&mut self) {
        let canary = &self.canary;
        for name in ["ada", "grace", "alan"] {
            let user =
                json!({ "userName": name, "externalId": format!("ext-{name}"), "title": canary, "nickName": canary });
            self.user = text(&self.client.post("/scim/v2/Users", &user).await.expect(201)["id"]);
        }
        for name in ["one", "two", "three"] {
            let group = json!({ "name": name, "description": canary, "custom_attributes": { "note": canary } });
            let path = format!("/api/v1/tenants/{}/groups", self.id);
            let group = text(&self.client.post(&path, &group).await.expect(201)["data"]["id"]);
            let members = json!({ "users_to_add": [self.user] });
            self.client.put(&format!("{path}/{group}/members"), &members).await.expect(200);
            self.group = group;
        }
        let numbered = self.client.get(&format!("/auth/admin/group?tenant_id={}", self.id)).await.expect(200);
        self.number = numbered["groups"][0]["id"].to_string();
        let launch = self.client.get("/api/admin/groups/?limit=1").await.expect(200);
        let accounts = self.client.get("/api/v1/groups?first=1").await.expect(200);
        let scim = self.client.get("/scim/v2/Users?cursor&count=1").await.expect(200);
        let found = [&launch["next_cursor"], &accounts["pageInfo"]["endCursor"], &scim["nextCursor"]];
        self.cursors = found.into_iter().map(|cursor| cursor.as_str().unwrap_or_default().to_owned()).collect();
    }

    /// Reads of everything it has, by ids, names and lists.
    fn reads(&self) -> Vec<String> {
        let Self { id, user, group, number, .. } = self;
        vec![
            "/scim/v2/Users".to_owned(),
            format!("/scim/v2/Users/{user}"),
            "/scim/v2/Users?filter=userName%20eq%20%22ada%22".to_owned(),
            "/scim/v2/Users?filter=externalId%20eq%20%22ext-ada%22".to_owned(),
            "/scim/v2/Groups?filter=displayName%20eq%20%22one%22".to_owned(),
            format!("/scim/v2/Groups/{group}"),
            format!("/tenants/{id}/scim/v2/Groups"),
            format!("/api/v1/tenants/{id}/groups/{group}?include=all"),
            format!("/api/v1/tenants/{id}/users?search=ada"),
            format!("/api/v1/tenants/{id}/tokens"),
            format!("/api/v1/tenants/{id}/events"),
            "/api/v1/admin/groups".to_owned(),
            format!("/api/v1/admin/groups/{group}/effective-members"),
            "/api/v1/admin/events".to_owned(),
            format!("/auth/admin/group?tenant_id={id}"),
            format!("/auth/admin/group/{number}?tenant_id={id}"),
            format!("/auth/admin/group/{number}/users?tenant_id={id}"),
            "/api/admin/groups/".to_owned(),
            format!("/api/admin/groups/{group}/users"),
            "/api/v1/groups".to_owned(),
            format!("/api/v1/groups/{group}/members"),
        ]
    }

    /// What another one asks of this one's things, by path, cursor and tag. Each is refused, or about nothing.
    fn intrusions(&self) -> Vec<(Method, String, Option<Value>)> {
        let Self { id, user, group, number, cursors, .. } = self;
        let rename =
            json!({ "schemas": [PATCH], "Operations": [{ "op": "replace", "path": "displayName", "value": "x" }] });
        let mut all: Vec<_> = self.reads().into_iter().map(|path| (Method::GET, path, None)).collect();
        all.extend([
            (Method::PATCH, format!("/scim/v2/Users/{user}"), Some(rename.clone())),
            (Method::PATCH, format!("/scim/v2/Groups/{group}"), Some(rename)),
            (Method::DELETE, format!("/scim/v2/Users/{user}"), None),
            (Method::DELETE, format!("/api/v1/admin/groups/{group}"), None),
            (Method::DELETE, format!("/api/admin/groups/{group}"), None),
            (Method::PUT, format!("/api/v1/groups/{group}"), Some(json!({ "name": "x" }))),
            (Method::PUT, format!("/auth/admin/group/{number}"), Some(json!({ "tenant_id": id, "name": "x" }))),
            (
                Method::POST,
                "/scim/v2/Groups".to_owned(),
                Some(json!({ "displayName": "y", "members": [{ "value": user }] })),
            ),
            (Method::GET, format!("/api/admin/groups/?limit=1&cursor={}", cursors[0]), None),
            (Method::GET, format!("/api/v1/groups?first=1&after={}", cursors[1]), None),
            (Method::GET, format!("/scim/v2/Users?count=1&cursor={}", cursors[2]), None),
        ]);
        all
    }

    /// Whether an answer has anything that is this one's.
    fn is_in(&self, answer: &Answer, asked: &str) -> Option<String> {
        let seen = format!("{:?}\n{}", answer.headers, answer.text);
        let own = [&self.canary, &self.id, &self.user, &self.group];
        let found = own.into_iter().find(|mark| seen.contains(mark.as_str()) && !asked.contains(mark.as_str()));
        found.map(|mark| format!("{asked}: {mark} in {seen}"))
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// What of the others is in an answer for one.
fn leaks(flocks: &[Flock], own: usize, answer: &Answer, asked: &str) -> Vec<String> {
    let others = flocks.iter().enumerate().filter(|(at, _)| *at != own);
    others.filter_map(|(_, other)| other.is_in(answer, asked)).collect()
}

/// One tenant's turn: its own reads and a write with a key that all use, and the others' things.
async fn turn(flocks: &[Flock], own: usize) -> Vec<String> {
    let (flock, mut found) = (&flocks[own], Vec::new());
    for path in flock.reads() {
        let answer = flock.client.send(Method::GET, &path, &[("if-none-match", "W/\"99\"")], None).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text);
        found.extend(leaks(flocks, own, &answer, &path));
    }
    let again = json!({ "name": "same", "description": flock.canary });
    for _ in 0..2 {
        let headers = [("idempotency-key", "one-key-for-all")];
        let answer = flock.client.send(Method::POST, "/api/admin/groups/", &headers, Some(&again)).await;
        assert!(answer.status == 201 && answer.text.contains(&flock.canary), "{}", answer.text);
        found.extend(leaks(flocks, own, &answer, "idempotency-key"));
    }
    let other = &flocks[(own + 1) % flocks.len()];
    for (method, path, body) in other.intrusions() {
        let answer = flock.client.send(method, &path, &[("if-match", "W/\"1\"")], body.as_ref()).await;
        let asked = format!("{path} {}", body.unwrap_or_default());
        found.extend(leaks(flocks, own, &answer, &asked));
        assert!(answer.status < 500, "{path}: {}", answer.text);
    }
    found
}

async fn ten(setup: Setup) {
    let server = TestServer::start_with(setup).await;
    let flocks = join_all((0..TENANTS).map(|number| Flock::new(&server, number))).await;
    for flock in &flocks {
        assert!(flock.cursors.iter().all(|cursor| !cursor.is_empty()), "{:?}", flock.cursors);
        let own = flock.client.get("/scim/v2/Users").await;
        assert!(own.text.contains(&flock.canary), "the canary would be seen: {}", own.text);
        let other = flocks.iter().find(|other| other.id != flock.id).unwrap();
        assert!(flock.is_in(&own, "").is_some() && other.is_in(&own, "").is_none());
    }
    for _ in 0..2 {
        let found = join_all((0..TENANTS).map(|own| turn(&flocks, own))).await.concat();
        assert!(found.is_empty(), "{}", found.join("\n"));
    }
    // Nobody has changed anything of anybody else.
    for flock in &flocks {
        let groups = flock.client.get("/scim/v2/Groups").await.expect(200);
        let mut names: Vec<&str> = groups["Resources"]
            .as_array()
            .unwrap()
            .iter()
            .map(|group| group["displayName"].as_str().unwrap())
            .collect();
        names.sort_unstable();
        assert_eq!(names, ["one", "same", "three", "two"]);
        assert_eq!(flock.client.get("/scim/v2/Users").await.expect(200)["totalResults"], 3);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_tenants_see_nothing_of_each_other() {
    ten(Setup::default()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nor_when_credentials_are_remembered_for_moments_alone() {
    ten(Setup { remember: Some(Remember::up_to(3)), ..Setup::default() }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nor_behind_the_second_wall() {
    ten(Setup { row_security: true, ..Setup::default() }).await;
}
