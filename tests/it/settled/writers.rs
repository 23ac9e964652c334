//! Sixty-four writers at once on one group, mixing all five APIs.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::views::{Onlooker, SHOWN, View};
use crate::support::{Client, Setup, TestServer};

/// Writers of members; five more write the record, each a field of its own.
const WRITERS: usize = 59;
const ROUNDS: usize = 10;

/// One writer with users of its own, and what must be in the group when it is done.
struct Writer {
    client: Client,
    seed: usize,
    tenant: String,
    group: String,
    number: String,
    own: [String; 3],
    inside: BTreeSet<String>,
    changes: i64,
}

fn patch(operation: &Value) -> Value {
    json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [operation] })
}

async fn done(client: &Client, method: &str, path: &str, body: Option<Value>) {
    let answer = client.send(method.parse().unwrap(), path, &[], body.as_ref()).await;
    assert!((200..300).contains(&answer.status), "{method} {path}: {} {}", answer.status, answer.text);
}

impl Writer {
    /// Puts users in or takes them out, each round through another API.
    async fn work(mut self) -> Self {
        for round in 0..ROUNDS {
            let user = self.own[(self.seed + round / 2) % 3].clone();
            let comes = !self.inside.contains(&user);
            self.change((self.seed + round) % 5, &user, comes).await;
            self.changes += 1;
            if comes {
                self.inside.insert(user);
            } else {
                self.inside.remove(&user);
            }
        }
        self
    }

    async fn change(&self, way: usize, user: &str, comes: bool) {
        let (group, client) = (&self.group, &self.client);
        let verb = if comes { "POST" } else { "DELETE" };
        match way {
            0 => {
                let members = format!("/api/v1/admin/groups/{group}/members");
                match comes {
                    true => done(client, "POST", &members, Some(json!({ "user_ids": [user] }))).await,
                    false => done(client, "DELETE", &format!("{members}/{user}"), None).await,
                }
            }
            1 => {
                let body = json!({ (if comes { "users_to_add" } else { "users_to_remove" }): [user] });
                done(client, "PUT", &format!("/api/v1/tenants/acme/groups/{group}/members"), Some(body)).await;
            }
            2 => {
                let body = json!({ "tenant_id": self.tenant, "user_ids": [user] });
                done(client, verb, &format!("/auth/admin/group/{}/users", self.number), Some(body)).await;
            }
            3 => done(client, verb, &format!("/api/admin/groups/{group}/users/{user}"), None).await,
            _ => {
                let operation = match comes {
                    true => json!({ "op": "add", "path": "members", "value": [{ "value": user }] }),
                    false => json!({ "op": "remove", "path": format!("members[value eq \"{user}\"]") }),
                };
                done(client, "PATCH", &format!("/scim/v2/Groups/{group}"), Some(patch(&operation))).await;
            }
        }
    }
}

/// Writes one field over and over through one API; what it ends as, in the words of the model.
async fn record(client: Client, group: String, number: String, tenant: String, api: usize) -> (&'static str, Value) {
    let mut last = ("", Value::Null);
    for round in 1..=ROUNDS {
        let text = format!("{api}.{round}");
        let (method, path, body, field) = match api {
            0 => (
                "PATCH",
                format!("/api/v1/admin/groups/{group}"),
                json!({ "custom_attributes": { "round": text } }),
                "custom_attributes",
            ),
            1 => (
                "PUT",
                format!("/auth/admin/group/{number}"),
                json!({ "tenant_id": tenant, "description": text }),
                "description",
            ),
            2 => ("PATCH", format!("/api/admin/groups/{group}"), json!({ "scopes": [text] }), "scopes"),
            3 => {
                ("PUT", format!("/api/v1/groups/{group}"), json!({ "is_privileged": round % 2 == 1 }), "is_privileged")
            }
            _ => (
                "PATCH",
                format!("/scim/v2/Groups/{group}"),
                patch(&json!({ "op": "replace", "path": "displayName", "value": text })),
                "name",
            ),
        };
        let value = if api > 3 { json!(text) } else { body[field].clone() };
        done(&client, method, &path, Some(body)).await;
        last = (field, value);
    }
    last
}

/// Item 5: what 64 writers leave is exactly what each of them left, in every API; no change is lost, none counted twice.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixty_four_writers_through_five_apis() {
    let server = TestServer::start_with(Setup { connections: Some(16), ..Setup::default() }).await;
    let tenant = server.tenant.id.to_string();
    let made = server.post("/auth/admin/group", &json!({ "tenant_id": tenant, "groups": ["busy"] })).await.expect(201);
    let number = made["groups"][0]["id"].to_string();
    let group =
        server.get("/api/v1/groups?search=busy").await.expect(200)["groups"][0]["id"].as_str().unwrap().to_owned();

    let (mut work, mut records) = (JoinSet::new(), JoinSet::new());
    for seed in 0..WRITERS {
        let mut own = Vec::new();
        for user in 0..3 {
            own.push(server.user(&format!("user{seed}-{user}")).await.to_string());
        }
        let writer = Writer {
            client: (*server).clone(),
            seed,
            tenant: tenant.clone(),
            group: group.clone(),
            number: number.clone(),
            own: own.try_into().unwrap(),
            inside: BTreeSet::new(),
            changes: 0,
        };
        work.spawn(writer.work());
    }
    for api in 0..64 - WRITERS {
        records.spawn(record((*server).clone(), group.clone(), number.clone(), tenant.clone(), api));
    }
    let (mut inside, mut changes) = (BTreeSet::new(), 0);
    for writer in work.join_all().await {
        inside.extend(writer.inside);
        changes += writer.changes;
    }
    let mut expected: View = records.join_all().await.into_iter().collect();
    changes += i64::try_from((64 - WRITERS) * ROUNDS).unwrap();
    expected.insert("users", json!(inside));
    expected.insert("everybody", json!(inside));
    expected.insert("version", json!(1 + changes));

    let onlooker = Onlooker { client: &server, tenant: &tenant, id: &group, number: &number };
    for ((api, _), view) in SHOWN.iter().zip(onlooker.views().await) {
        for (field, value) in view {
            assert!(expected.get(field).is_none_or(|wanted| *wanted == value), "{field} in {api}: {value}");
        }
    }
}
