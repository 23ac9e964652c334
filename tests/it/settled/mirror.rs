//! What is written in one API, read back through all five.

use serde_json::{Value, json};

use super::views::{Onlooker, SHOWN, View};
use super::writes::{Cast, Write};
use crate::support::TestServer;

/// A group, what it must be, and when it was last changed.
struct Mirror<'a> {
    server: &'a TestServer,
    tenant: String,
    id: String,
    number: String,
    expected: View,
}

impl<'a> Mirror<'a> {
    /// A group that was just created with these fields.
    async fn of(server: &'a TestServer, id: &str, fields: Value) -> Self {
        let tenant = server.tenant.id.to_string();
        let list = server.get(&format!("/auth/admin/group?tenant_id={tenant}")).await.expect(200);
        let numbered = list["groups"].as_array().unwrap().iter().find(|group| group["name"] == fields["name"]);
        let number = numbered.expect("every group has a number")["id"].to_string();
        let expected = View::from([
            ("id", json!(id)),
            ("number", number.parse().unwrap()),
            ("description", Value::Null),
            ("group_type", json!("SECURITY")),
            ("is_privileged", json!(false)),
            ("parent", Value::Null),
            ("parent_path", Value::Null),
            ("children", json!([])),
            ("users", json!([])),
            ("everybody", json!([])),
            ("custom_attributes", Value::Null),
            ("scopes", json!([])),
            ("scope_sets", json!([])),
            ("version", json!(0)),
        ]);
        let mut mirror = Self { server, tenant, id: id.to_owned(), number, expected };
        mirror.expect(fields);
        mirror
    }

    fn onlooker(&self) -> Onlooker<'_> {
        Onlooker { client: self.server, tenant: &self.tenant, id: &self.id, number: &self.number }
    }

    fn expect(&mut self, fields: Value) {
        let Value::Object(fields) = fields else { panic!("fields are an object") };
        for (name, value) in fields {
            let known = SHOWN.iter().flat_map(|(_, shown)| shown.iter()).find(|field| **field == name);
            self.expected.insert(known.expect("a field of the model"), value);
        }
        self.expected.insert("child_count", json!(self.expected["children"].as_array().map(Vec::len)));
    }

    /// Every API shows what is expected; they are at one about times and version, and the version is a later one.
    async fn check(&mut self, what: &str) {
        let views = self.onlooker().views().await;
        let last = views.last().expect("five views").clone();
        assert!(last["version"].as_i64() > self.expected["version"].as_i64(), "{what}: {last:?}");
        for field in ["created", "updated", "version"] {
            self.expected.insert(field, last[field].clone());
        }
        for ((api, _), view) in SHOWN.iter().zip(&views) {
            for (field, value) in view {
                let unchanged = *api == "directory" && *field == "updated" && value.is_null();
                let expected = if unchanged { &self.expected["created"] } else { &self.expected[field] };
                let shown = if unchanged { &last["updated"] } else { value };
                assert_eq!(shown, expected, "{what}: {field} in {api}");
            }
        }
    }

    /// Makes a write and looks at what came of it.
    async fn write(&mut self, write: Write) {
        let path = write.path.replace("{id}", &self.id).replace("{number}", &self.number);
        let method = write.method.parse().unwrap();
        let answer = self.server.send(method, &path, &[], write.body.as_ref()).await;
        let what = format!("{} {path}", write.method);
        assert!((200..300).contains(&answer.status), "{what}: {} {}", answer.status, answer.text);
        if write.deletes {
            assert_eq!(self.onlooker().statuses().await, [404; 5], "{what}");
        } else {
            self.expect(write.fields);
            self.check(&what).await;
        }
    }
}

/// Item 1: a group that is created in one API is the same group in all of them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_created_in_one_api_is_the_same_in_all() {
    let server = TestServer::start().await;
    let cast = Cast::gather(&server).await;
    for (write, id) in cast.creations() {
        let answer = server.post(&write.path, write.body.as_ref().unwrap()).await.expect(201);
        let id = match id {
            Some(pointer) => answer.pointer(pointer).and_then(Value::as_str).unwrap().to_owned(),
            // The Auth-Admin API knows numbers alone.
            None => {
                let list = server.get("/api/v1/groups?search=by-auth-admin").await.expect(200);
                list["groups"][0]["id"].as_str().unwrap().to_owned()
            }
        };
        let mut mirror = Mirror::of(&server, &id, write.fields).await;
        mirror.check(&write.path).await;
        // The number stays whatever the name is.
        let renamed = format!("{id} renamed");
        let body = json!({ "name": renamed });
        mirror.write(Write::new("PATCH", "/api/v1/admin/groups/{id}", Some(body.clone()), body)).await;
    }
}

/// Each write of each API is read back through all of them, by every field of the mapping.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_write_in_one_api_is_read_back_through_the_others() {
    let server = TestServer::start().await;
    let cast = Cast::gather(&server).await;
    let group = server.group("mirrored", &[]).await.to_string();
    let mut mirror = Mirror::of(&server, &group, json!({ "name": "mirrored" })).await;
    mirror.check("created").await;
    let restore = || Write::new("POST", "/api/v1/admin/groups/{id}/restore", None, json!({}));
    for write in cast.writes() {
        mirror.write(write).await;
    }
    let path = format!("/auth/admin/group/{{number}}?tenant_id={}", mirror.tenant);
    for path in
        ["/api/v1/admin/groups/{id}", &path, "/api/admin/groups/{id}", "/api/v1/groups/{id}", "/scim/v2/Groups/{id}"]
    {
        mirror.write(Write::deletion(path)).await;
        // What a restore brings back: the record, its members, its own parent edges; children are let go for good.
        let write = Write { fields: json!({ "children": [], "everybody": mirror.expected["users"] }), ..restore() };
        mirror.write(write).await;
    }
}
