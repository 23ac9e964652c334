//! One group as each of the five APIs shows it, told in the same words: the mapping of the contract, section 1.8.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::support::{Answer, Client};

/// Fields of a group by their names in the model.
pub(super) type View = BTreeMap<&'static str, Value>;

/// The APIs, and what each shows of a group. `updated` is null in the Directory API until something changes.
pub(super) const SHOWN: [(&str, &[&str]); 5] = [
    (
        "directory",
        &[
            "id",
            "name",
            "description",
            "group_type",
            "parent",
            "parent_path",
            "children",
            "users",
            "custom_attributes",
            "created",
            "updated",
            "version",
        ],
    ),
    ("auth-admin", &["number", "name", "description", "users", "created", "updated", "version"]),
    ("launch", &["id", "name", "description", "scopes", "scope_sets", "users", "created", "updated", "version"]),
    (
        "accounts",
        &[
            "id",
            "name",
            "description",
            "group_type",
            "is_privileged",
            "parent",
            "child_count",
            "users",
            "everybody",
            "created",
            "updated",
            "version",
        ],
    ),
    (
        "scim",
        &[
            "id",
            "name",
            "description",
            "group_type",
            "is_privileged",
            "parent",
            "children",
            "users",
            "created",
            "updated",
            "version",
        ],
    ),
];

const EXTENSION: &str = "urn:ietf:params:scim:schemas:extension:convoke:2.0:Group";

/// Which group is looked at, and by whom.
pub(super) struct Onlooker<'a> {
    pub(super) client: &'a Client,
    pub(super) tenant: &'a str,
    pub(super) id: &'a str,
    pub(super) number: &'a str,
}

impl Onlooker<'_> {
    /// The group in every API, in the order of [`SHOWN`].
    pub(super) async fn views(&self) -> Vec<View> {
        let views = vec![
            self.directory().await,
            self.auth_admin().await,
            self.launch().await,
            self.accounts().await,
            self.scim().await,
        ];
        for ((api, shown), view) in SHOWN.iter().zip(&views) {
            let (shown, told): (BTreeSet<_>, BTreeSet<_>) = (shown.iter().collect(), view.keys().collect());
            assert_eq!(told, shown, "{api}");
        }
        views
    }

    /// What each API answers to a request for the group.
    pub(super) async fn statuses(&self) -> Vec<u16> {
        let paths = [
            format!("/api/v1/admin/groups/{}", self.id),
            format!("/auth/admin/group/{}?tenant_id={}", self.number, self.tenant),
            format!("/api/admin/groups/{}", self.id),
            format!("/api/v1/groups/{}", self.id),
            format!("/scim/v2/Groups/{}", self.id),
        ];
        let mut statuses = Vec::new();
        for path in paths {
            statuses.push(self.client.get(&path).await.status);
        }
        statuses
    }

    async fn get(&self, path: &str) -> Answer {
        let answer = self.client.get(path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text);
        answer
    }

    async fn directory(&self) -> View {
        let path = format!("/api/v1/admin/groups/{}", self.id);
        let answer = self.get(&path).await;
        let group = &answer.body["data"];
        let members = self.get(&format!("{path}/members?per_page=500")).await.body;
        let children = self.get(&format!("{path}/nested-groups?per_page=500")).await.body;
        assert_eq!(members["pagination"]["total_items"], group["member_count"]);
        assert_eq!(children["pagination"]["total_items"], group["nested_group_count"]);
        View::from([
            ("id", group["id"].clone()),
            ("name", group["name"].clone()),
            ("description", group["description"].clone()),
            ("group_type", group["group_type"].clone()),
            ("parent", group["parent_group_id"].clone()),
            ("parent_path", group["parent_group_path"].clone()),
            ("children", sorted(&children["data"], "group_id")),
            ("users", sorted(&members["data"], "user_id")),
            ("custom_attributes", group["custom_attributes"].clone()),
            ("created", group["created_at"].clone()),
            ("updated", group["updated_at"].clone()),
            ("version", version(&answer)),
        ])
    }

    async fn auth_admin(&self) -> View {
        let path = |rest| format!("/auth/admin/group/{}{rest}?tenant_id={}", self.number, self.tenant);
        let answer = self.get(&path("")).await;
        let (group, users) = (&answer.body, self.get(&path("/users")).await.body);
        assert_eq!(group["tenant_id"], json!(self.tenant));
        assert_eq!((&users["group_id"], &users["group_name"]), (&group["id"], &group["name"]));
        View::from([
            ("number", group["id"].clone()),
            ("name", group["name"].clone()),
            // The API has an empty text where there is none.
            ("description", Some(&group["description"]).filter(|text| **text != "").cloned().unwrap_or_default()),
            ("users", sorted(&users["users"], "id")),
            ("created", group["created_at"].clone()),
            ("updated", group["updated_at"].clone()),
            ("version", version(&answer)),
        ])
    }

    async fn launch(&self) -> View {
        let path = format!("/api/admin/groups/{}", self.id);
        let answer = self.get(&path).await;
        let (group, users) = (&answer.body, self.get(&format!("{path}/users")).await.body);
        assert_eq!(group["user_count"], json!(users.as_array().map(Vec::len)));
        View::from([
            ("id", group["id"].clone()),
            ("name", group["name"].clone()),
            ("description", group["description"].clone()),
            ("scopes", group["scopes"].clone()),
            ("scope_sets", sorted(&group["scope_sets"], "id")),
            ("users", sorted(&users, "id")),
            ("created", group["created"].clone()),
            ("updated", group["updated"].clone()),
            ("version", version(&answer)),
        ])
    }

    async fn accounts(&self) -> View {
        let path = format!("/api/v1/groups/{}", self.id);
        let answer = self.get(&path).await;
        let (group, everybody) = (&answer.body, self.get(&format!("{path}/members")).await.body);
        assert_eq!((&group["member_count"], &group["source"]), (&everybody["count"], &group["source"]));
        let all = everybody["members"].as_array().expect("members");
        let direct: Value = all.iter().filter(|member| member["membership_type"] == "direct").cloned().collect();
        assert_eq!(group["direct_member_count"], json!(direct.as_array().map(Vec::len)));
        View::from([
            ("id", group["id"].clone()),
            ("name", group["name"].clone()),
            ("description", group["description"].clone()),
            ("group_type", json!(group["group_type"].as_str().expect("a type").to_uppercase())),
            ("is_privileged", group["is_privileged"].clone()),
            ("parent", group["parent_group_id"].clone()),
            ("child_count", group["nested_group_count"].clone()),
            ("users", sorted(&direct, "id")),
            ("everybody", sorted(&everybody["members"], "id")),
            ("created", group["created_at"].clone()),
            ("updated", group["updated_at"].clone()),
            ("version", version(&answer)),
        ])
    }

    async fn scim(&self) -> View {
        let answer = self.get(&format!("/scim/v2/Groups/{}", self.id)).await;
        let (group, extension, meta) = (&answer.body, &answer.body[EXTENSION], &answer.body["meta"]);
        assert_eq!(meta["version"], json!(answer.header("etag")));
        let all = group["members"].as_array().cloned().unwrap_or_default();
        let of = |kind| sorted(&all.iter().filter(|member| member["type"] == kind).cloned().collect(), "value");
        View::from([
            ("id", group["id"].clone()),
            ("name", group["displayName"].clone()),
            ("description", extension["description"].clone()),
            // SCIM leaves out what nobody set; the default holds.
            ("group_type", or(&extension["groupType"], "SECURITY")),
            ("is_privileged", or(&extension["isPrivileged"], false)),
            ("parent", extension["parentGroup"]["value"].clone()),
            ("children", of("Group")),
            ("users", of("User")),
            ("created", meta["created"].clone()),
            ("updated", meta["lastModified"].clone()),
            ("version", version(&answer)),
        ])
    }
}

/// This field of each row, sorted.
fn sorted(rows: &Value, field: &str) -> Value {
    let rows = rows.as_array().expect("a list");
    let texts: BTreeSet<&str> = rows.iter().map(|row| row[field].as_str().expect("a text")).collect();
    assert_eq!(texts.len(), rows.len(), "nobody twice");
    json!(texts)
}

fn or(value: &Value, default: impl Into<Value>) -> Value {
    if value.is_null() { default.into() } else { value.clone() }
}

fn version(answer: &Answer) -> Value {
    let version = answer.header("etag").trim_start_matches("W/").trim_matches('"');
    json!(version.parse::<i64>().expect("a version"))
}
