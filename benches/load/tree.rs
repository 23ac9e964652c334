//! Nested groups: a root, ten levels, two hundred groups in all, and so many memberships spread over them.

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::http::Call;
use super::place::filled;
use super::site::Site;

const GROUPS: usize = 200;
const LEVELS: usize = 10;
const PAGE: usize = 100;
/// Memberships of a user in a tree.
pub(crate) const MEMBERSHIPS_EACH: usize = 20;
/// Users between two neighbours in a group: a prime, so that nobody comes twice before everybody came once.
const STRIDE: usize = 7_919;

/// A tree of groups.
pub(crate) struct Tree {
    /// Memberships in all of its groups.
    pub(crate) memberships: usize,
    /// Where the list of its last members is read on.
    pub(crate) deep: String,
    root: String,
}

impl Tree {
    /// Makes one. Level by level from below, each group over its share of the level under it. As many of these users as it
    /// takes are in it, each in equally many of its groups, and each group has some of all of them.
    pub(crate) async fn grow(site: &Site, memberships: usize, users: &[String]) -> Self {
        let users = &users[..memberships / MEMBERSHIPS_EACH];
        let each = memberships / GROUPS;
        let mut connection = site.connect().await;
        let wide = (GROUPS - 1).div_ceil(LEVELS - 1);
        let mut below: Vec<String> = Vec::new();
        let mut made = 0;
        while made < GROUPS {
            let count = if GROUPS - made == 1 { 1 } else { wide.min(GROUPS - 1 - made) };
            let leaves = (0..count).map(|at| {
                let own = (0..each).map(|place| ((made + at) * each + place) * STRIDE % users.len());
                let own: Vec<String> = own.map(|user| users[user].clone()).collect();
                async move { filled(site, &format!("Tree {memberships} {}", made + at), &own).await }
            });
            let level = join_all(leaves).await;
            for (at, id) in level.iter().enumerate() {
                let children = below.iter().skip(at).step_by(count);
                let nested: Value = children.map(|id| json!({ "value": id, "type": "Group" })).collect();
                if nested.as_array().is_some_and(|nested| !nested.is_empty()) {
                    let body = json!({
                        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
                        "Operations": [{ "op": "add", "path": "members", "value": nested }],
                    });
                    connection.must(&Call::with(http::Method::PATCH, format!("/Groups/{id}"), &body)).await;
                }
            }
            made += count;
            below = level;
        }
        Self { memberships, deep: String::new(), root: below.remove(0) }
    }

    /// Finds the cursor of a page near the end.
    pub(crate) async fn find_deep(&mut self, site: &Site) {
        let mut connection = site.connect().await;
        let first = connection.must(&Call::native(self.page())).await;
        let total = first["pagination"]["total_pages"].as_u64().unwrap();
        let page = Call::native(format!("{}&page={}", self.page(), total.saturating_sub(1).max(1)));
        let last = connection.must(&page).await;
        let cursor = last["pagination"]["next_cursor"].as_str();
        self.deep = cursor.expect("a page before the last leads on").to_owned();
    }

    /// Path of the first page.
    pub(crate) fn page(&self) -> String {
        format!("/api/v1/admin/groups/{}/effective-members?per_page={PAGE}", self.root)
    }
}
