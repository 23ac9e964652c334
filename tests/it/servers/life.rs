//! A whole life, each step of it on the server that did not make the one before: what one has acknowledged, the other
//! shows at once.

use std::cell::Cell;

use convoke::model::principal::{Reach, Role, Scope};
use serde_json::{Value, json};

use super::twins::Twins;
use crate::scale::{eventually, patch};
use crate::support::{Client, issue};

/// Writes go to the one and to the other in turn; reads to whichever was not written to last.
struct Alternating {
    clients: [Client; 2],
    turn: Cell<usize>,
}

impl Alternating {
    fn writer(&self) -> &Client {
        self.turn.set(self.turn.get() + 1);
        &self.clients[self.turn.get() % 2]
    }

    async fn read(&self, path: &str) -> Value {
        self.clients[(self.turn.get() + 1) % 2].get(path).await.expect(200)
    }

    async fn status(&self, path: &str) -> u16 {
        self.clients[(self.turn.get() + 1) % 2].get(path).await.status
    }

    async fn created(&self, path: &str, body: Value) -> String {
        let made = self.writer().post(path, &body).await.expect(201);
        let id = made.get("id").or_else(|| made["data"].get("id"));
        id.and_then(Value::as_str).unwrap_or_else(|| panic!("{made}")).to_owned()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_step_of_a_life_is_seen_by_the_other_server_at_once() {
    let twins = Twins::start().await;
    let both = Alternating { clients: twins.clients(), turn: Cell::new(0) };
    let tenant = twins.first.tenant.id;
    for round in 0..3 {
        let name = format!("ada{round}");
        let user = both.created("/scim/v2/Users", json!({ "userName": name, "externalId": name })).await;
        let path = format!("/scim/v2/Users/{user}");
        assert_eq!(both.read(&path).await["userName"], name);
        let group = both.created("/scim/v2/Groups", json!({ "displayName": format!("group{round}") })).await;
        let home = format!("/scim/v2/Groups/{group}");
        assert_eq!(both.read(&home).await["displayName"], format!("group{round}"));

        let add = patch(&json!([{ "op": "add", "path": "members", "value": [{ "value": user }] }]));
        both.writer().patch(&home, &add).await.expect(200);
        assert_eq!(both.read(&home).await["members"][0]["value"], user.as_str());
        assert_eq!(both.read(&path).await["groups"][0]["value"], group.as_str());
        let native = both.read(&format!("/api/v1/tenants/{tenant}/groups/{group}")).await;
        assert!(native.to_string().contains("\"member_count\":1"), "{native}");
        let everybody = both.read(&format!("/api/v1/groups/{group}/members")).await;
        assert!(everybody.to_string().contains(&user), "{everybody}");

        let rename = patch(&json!([{ "op": "replace", "path": "displayName", "value": "Ada" }]));
        both.writer().patch(&path, &rename).await.expect(200);
        assert_eq!(both.read(&path).await["displayName"], "Ada");
        let filter = format!("/scim/v2/Users?filter=externalId%20eq%20%22{name}%22");
        assert_eq!(both.read(&filter).await["totalResults"], 1);
        let listed = both.read(&format!("/api/v1/tenants/{tenant}/events?limit=1")).await;
        assert!(listed.to_string().contains(&user), "{listed}");

        both.writer().delete(&path).await.expect(204);
        assert_eq!(both.status(&path).await, 404);
        assert_eq!(both.read(&filter).await["totalResults"], 0);
        assert_eq!(both.read(&home).await["members"].as_array().map_or(0, Vec::len), 0);
        let restore = format!("/api/v1/tenants/{tenant}/users/{user}/restore");
        both.writer().post(&restore, &json!({})).await.expect(200);
        assert_eq!(both.read(&path).await["id"], user.as_str());
        assert_eq!(both.read(&home).await["members"][0]["value"], user.as_str());

        let remove = patch(&json!([{ "op": "remove", "path": format!("members[value eq \"{user}\"]") }]));
        both.writer().patch(&home, &remove).await.expect(200);
        assert_eq!(both.read(&home).await["members"].as_array().map_or(0, Vec::len), 0);
        both.writer().delete(&home).await.expect(204);
        assert_eq!(both.status(&home).await, 404);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_and_settings_of_one_server_hold_on_the_other() {
    let twins = Twins::start().await;
    let tenant = twins.first.tenant.id;
    let token = issue(&twins.first.domain, Reach::Tenant(tenant), &Scope::ALL, &[Role::TenantAdmin]).await;
    let admins = twins.clients().map(|client| client.with_token(&token));
    for round in 0..4 {
        let (here, there) = (&admins[round % 2], &admins[(round + 1) % 2]);
        let wanted = json!({ "name": "key", "scopes": ["scim"] });
        let made = here.post(&format!("/api/v1/tenants/{tenant}/tokens"), &wanted).await.expect(201);
        let (id, secret) = (made["data"]["id"].as_str().unwrap(), made["data"]["secret"].as_str().unwrap());
        let other = there.with_token(secret);
        for client in [&other, &here.with_token(secret)] {
            client.get("/scim/v2/Users").await.expect(200);
            client.get("/scim/v2/Users").await.expect(200);
        }
        here.delete(&format!("/api/v1/tenants/{tenant}/tokens/{id}")).await.expect(204);
        assert_eq!(here.with_token(secret).get("/scim/v2/Users").await.status, 401);
        // As soon as the database has told it, which takes no request.
        eventually("the other server refuses it", async || other.get("/scim/v2/Users").await.status == 401).await;

        let mode = if round % 2 == 0 { "strict" } else { "compat" };
        let change = json!({ "settings": { "scim.mode": mode } });
        here.patch(&format!("/api/v1/admin/tenants/{tenant}"), &change).await.expect(200);
        let shown = there.get(&format!("/api/v1/admin/tenants/{tenant}")).await.expect(200);
        assert!(shown.to_string().contains(&format!("\"scim.mode\":\"{mode}\"")), "{shown}");
        let search = async |client: &Client| client.post("/scim/v2/Users/.search", &json!({ "count": 0 })).await.status;
        let expected = if mode == "strict" { 400 } else { 200 };
        assert_eq!(search(here).await, expected);
        eventually("the other server is as strict", async || search(there).await == expected).await;
    }
}
