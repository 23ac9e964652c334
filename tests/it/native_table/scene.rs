//! The things that a row names, made for one case when it first names them, so that no case sees what another did.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use crate::support::Client;

/// An id that nothing has.
const NOBODY: &str = "01890a5d-ac96-774b-bcce-b302099a8057";
/// A number that no group has.
const NO_NUMBER: &str = "2147483647";

/// A tenant, and who makes things in it.
#[derive(Clone)]
pub(super) struct Land {
    pub(super) tenant: String,
    /// A client of the tenant.
    pub(super) client: Client,
    /// A client of the platform.
    pub(super) root: Client,
    /// What every name in it begins with.
    pub(super) mark: &'static str,
}

/// The things of one case in one tenant.
pub(super) struct Scene<'a> {
    land: &'a Land,
    things: BTreeMap<String, String>,
}

impl<'a> Scene<'a> {
    pub(super) fn of(land: &'a Land) -> Self {
        Self { land, things: BTreeMap::new() }
    }

    /// The text with every `{thing}` put in.
    pub(super) async fn fill(&mut self, text: &str) -> String {
        let mut filled = String::new();
        let mut rest = text;
        while let Some((before, name, after)) = next_thing(rest) {
            filled.push_str(before);
            filled.push_str(&self.id(name).await);
            rest = after;
        }
        filled + rest
    }

    /// Puts another id in the place of a thing.
    pub(super) fn replace(&mut self, thing: &str, id: String) {
        self.things.insert(thing.to_owned(), id);
    }

    /// An id of the thing's sort that nothing has.
    pub(super) fn nobody(thing: &str) -> String {
        if thing.ends_with("number") { NO_NUMBER } else { NOBODY }.to_owned()
    }

    /// The thing, made when it is first named.
    pub(super) async fn id(&mut self, name: &str) -> String {
        if !self.things.contains_key(name) {
            Box::pin(self.make(name)).await;
        }
        self.things.get(name).unwrap_or_else(|| panic!("nobody knows what {name} is")).clone()
    }

    async fn make(&mut self, name: &str) {
        match name {
            "tenant" => self.keep(name, self.land.tenant.clone()),
            "fresh" => self.keep(name, self.name()),
            "user" | "gone-user" | "replaced-user" => self.user(name).await,
            "member" | "child" => self.group("group").await,
            "number-member" => self.numbered().await,
            "number" => self.numbered().await,
            "managed" | "managed-member" | "managed-child" => self.managed().await,
            "managed-number" => self.managed_number().await,
            "group" | "other" | "taken" | "gone" | "replaced" | "crowded" => self.group(name).await,
            "crowded-number" => self.number_of("crowded", name).await,
            "token" | "client" => self.credential(name, &format!("tenants/{}", self.land.tenant)).await,
            "high-token" | "high-client" => self.credential(name, "admin").await,
            "user-name" => self.user(name).await,
            "partner-slug" => self.partner(name).await,
            "tenant-slug" => self.tenant(name).await,
            "partner" | "owner" | "lost-partner" | "replaced-partner" => self.partner(name).await,
            "victim" | "lost-tenant" | "replaced-tenant" => self.tenant(name).await,
            _ => {}
        }
    }

    fn keep(&mut self, name: &str, id: String) {
        self.things.insert(name.to_owned(), id);
    }

    fn name(&self) -> String {
        format!("{}-{}", self.land.mark, next())
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        let answer = self.land.client.post(path, &body).await;
        assert!(answer.status < 300, "{path}: {}", answer.text);
        answer.body
    }

    async fn above(&self, path: &str, body: Value) -> String {
        let answer = self.land.root.post(path, &body).await.expect(201);
        answer["data"]["id"].as_str().expect("an id").to_owned()
    }

    async fn make_user(&self, user_name: &str) -> String {
        let path = format!("/api/v1/tenants/{}/users", self.land.tenant);
        let made = self.post(&path, json!({ "user_name": user_name })).await;
        made["data"]["id"].as_str().expect("an id").to_owned()
    }

    async fn make_group(&self, body: Value) -> String {
        let path = format!("/api/v1/tenants/{}/groups", self.land.tenant);
        self.post(&path, body).await["data"]["id"].as_str().expect("an id").to_owned()
    }

    async fn user(&mut self, name: &str) {
        let user_name = self.name();
        let id = self.make_user(&user_name).await;
        if name == "user-name" {
            return self.keep(name, user_name);
        }
        if name != "user" {
            self.land.client.delete(&format!("/api/v1/tenants/{}/users/{id}", self.land.tenant)).await.expect(204);
        }
        if name == "replaced-user" {
            self.make_user(&user_name).await;
        }
        self.keep(name, id);
    }

    async fn group(&mut self, name: &str) {
        let group_name = self.name();
        if name == "crowded" {
            return self.crowded(&group_name).await;
        }
        if name != "group" {
            let id = self.make_group(json!({ "name": group_name })).await;
            return self.lesser(name, id, group_name).await;
        }
        let member = self.make_user(&self.name()).await;
        let id = self.make_group(json!({ "name": group_name, "initial_members": [member] })).await;
        let child = self.make_group(json!({ "name": self.name() })).await;
        self.post(&format!("/api/v1/admin/groups/{id}/nested-groups"), json!({ "group_ids": [child] })).await;
        self.keep("group", id);
        self.keep("member", member);
        self.keep("child", child);
    }

    /// A group without members: kept as it is, known by its name alone, or deleted, its name taken by another or not.
    async fn lesser(&mut self, name: &str, id: String, group_name: String) {
        match name {
            "taken" => return self.keep(name, group_name),
            "gone" | "replaced" => {
                self.land.client.delete(&format!("/api/v1/admin/groups/{id}")).await.expect(204);
            }
            _ => {}
        }
        if name == "replaced" {
            self.make_group(json!({ "name": group_name })).await;
        }
        self.keep(name, id);
    }

    /// A group whose child has the name of a group without a parent, so that it cannot be orphaned.
    async fn crowded(&mut self, group_name: &str) {
        let id = self.make_group(json!({ "name": group_name })).await;
        let child = self.name();
        self.make_group(json!({ "name": child })).await;
        self.make_group(json!({ "name": child, "parent_group_id": id })).await;
        self.keep("crowded", id);
    }

    /// A group made by the Auth-Admin API, with a member.
    async fn numbered(&mut self) {
        let (tenant, member) = (self.land.tenant.clone(), self.make_user(&self.name()).await);
        let made = self.post("/auth/admin/group", json!({ "tenant_id": tenant, "groups": [self.name()] })).await;
        let number = made["groups"][0]["id"].to_string();
        let body = json!({ "tenant_id": tenant, "user_ids": [member] });
        self.post(&format!("/auth/admin/group/{number}/users"), body).await;
        self.keep("number", number);
        self.keep("number-member", member);
    }

    /// A group that a provider manages, with a member and a child.
    async fn managed(&mut self) {
        let member = self.make_user(&self.name()).await;
        let child = self.make_group(json!({ "name": self.name() })).await;
        let members = json!([{ "value": member }, { "value": child }]);
        let made = self.post("/scim/v2/Groups", json!({ "displayName": self.name(), "members": members })).await;
        self.keep("managed", made["id"].as_str().expect("an id").to_owned());
        self.keep("managed-member", member);
        self.keep("managed-child", child);
    }

    async fn managed_number(&mut self) {
        self.number_of("managed", "managed-number").await;
    }

    /// The number of a group that is known by its id, found by its name.
    async fn number_of(&mut self, thing: &str, name: &str) {
        let id = self.id(thing).await;
        let group = self.land.client.get(&format!("/api/v1/admin/groups/{id}")).await.expect(200);
        let list = format!("/auth/admin/group?tenant_id={}", self.land.tenant);
        let list = self.land.client.get(&list).await.expect(200);
        let all = list["groups"].as_array().expect("groups");
        let found = all.iter().find(|one| one["name"] == group["data"]["name"]).expect("the same group");
        self.keep(name, found["id"].to_string());
    }

    async fn credential(&mut self, name: &str, place: &str) {
        let kind = if name.ends_with("token") { "tokens" } else { "clients" };
        let id = self.above(&format!("/api/v1/{place}/{kind}"), json!({ "scopes": ["groups:read"] })).await;
        self.keep(name, id);
    }

    async fn partner(&mut self, name: &str) {
        let slug = self.slug();
        let id = self.above("/api/v1/admin/partners", json!({ "slug": slug })).await;
        if name == "owner" {
            self.above("/api/v1/admin/tenants", json!({ "slug": self.slug(), "partner_id": id })).await;
        }
        self.lost(name, "/api/v1/admin/partners", &id, &slug).await;
    }

    async fn tenant(&mut self, name: &str) {
        let slug = self.slug();
        let id = self.above("/api/v1/admin/tenants", json!({ "slug": slug })).await;
        self.lost(name, "/api/v1/admin/tenants", &id, &slug).await;
    }

    async fn lost(&mut self, name: &str, list: &str, id: &str, slug: &str) {
        if name.starts_with("lost") || name.starts_with("replaced") {
            self.land.root.delete(&format!("{list}/{id}")).await.expect(204);
        }
        if name.starts_with("replaced") {
            self.above(list, json!({ "slug": slug })).await;
        }
        self.keep(name, if name.ends_with("slug") { slug } else { id }.to_owned());
    }

    fn slug(&self) -> String {
        format!("s{}", next())
    }
}

/// A number that no other name has.
pub(super) fn next() -> usize {
    static LAST: AtomicUsize = AtomicUsize::new(0);
    LAST.fetch_add(1, Ordering::Relaxed)
}

/// The text before the first `{thing}`, its name, and the text after it. Braces of JSON hold no plain word.
fn next_thing(text: &str) -> Option<(&str, &str, &str)> {
    text.match_indices('{').find_map(|(start, _)| {
        let (name, after) = text[start + 1..].split_once('}')?;
        let plain = !name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase() || c == '-');
        plain.then(|| (&text[..start], name, after))
    })
}

/// The things that a text names.
pub(super) fn things(text: &str) -> Vec<&str> {
    let (mut names, mut rest) = (Vec::new(), text);
    while let Some((_, name, after)) = next_thing(rest) {
        names.push(name);
        rest = after;
    }
    names.dedup();
    names
}
