//! The verbs themselves, on a real database, without HTTP: what is deleted and comes back, how groups hang together, what
//! events tell, and what a write costs.

mod cost;
mod events;
mod lifecycle;
mod members;
mod native;
mod nesting;
mod pages;
mod purge;
mod trees;

use std::collections::BTreeSet;

use convoke::domain::{Domain, Error, GroupDraft, Restored, Result, group_document, group_draft, user_record};
use convoke::model::group::{DeleteStrategy, Group};
use convoke::model::ids::{GroupId, UserId};
use convoke::model::membership::MemberChange;
use convoke::model::principal::TenantScope;
use convoke::model::user::User;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::scim::site::Site;

/// The verbs in the shortest words, for one tenant.
struct Desk {
    site: Site,
    scope: TenantScope,
}

impl Desk {
    async fn set_up(settings: &[&str]) -> Self {
        let site = Site::with(settings).await;
        let scope = site.scope();
        Self { site, scope }
    }

    fn domain(&self) -> &Domain {
        &self.site.server.domain
    }

    /// Creates a user of these attributes.
    async fn post_user(&self, document: Value) -> Result<(User, bool)> {
        let Value::Object(document) = document else { unreachable!("tests give objects") };
        let created = self.domain().create_user(&self.scope, user_record(self.domain().schemas(), document)).await?;
        Ok((created.resource, created.restored))
    }

    async fn user(&self, name: &str) -> UserId {
        self.post_user(json!({ "userName": name, "externalId": name })).await.unwrap().0.id
    }

    /// Sets or removes (`null`) attributes of a user.
    async fn change_user(&self, id: UserId, changes: &Value) -> Result<User> {
        let change = |user: &User| {
            let mut document = convoke::domain::user_document(&user.record);
            merge(&mut document, changes);
            Ok(user_record(self.domain().schemas(), document))
        };
        self.domain().modify_user(&self.scope, id, None, change).await
    }

    fn draft(&self, name: &str, parent: Option<GroupId>) -> GroupDraft {
        let Value::Object(document) = json!({ "displayName": name, "externalId": name }) else { unreachable!() };
        GroupDraft { parent, ..group_draft(self.domain().schemas(), document, None).unwrap() }
    }

    async fn post_group(&self, name: &str, parent: Option<GroupId>, members: &[Uuid]) -> Result<(Group, bool)> {
        let members = MemberChange { add: members.to_vec(), ..MemberChange::default() };
        let created = self.domain().create_group(&self.scope, &self.draft(name, parent), &members).await?;
        Ok((created.resource, created.restored))
    }

    async fn group(&self, name: &str) -> GroupId {
        self.post_group(name, None, &[]).await.unwrap().0.id
    }

    async fn group_below(&self, name: &str, parent: GroupId) -> GroupId {
        self.post_group(name, Some(parent), &[]).await.unwrap().0.id
    }

    /// Sets or removes (`null`) attributes of a group, its parent apart.
    async fn change_group(&self, id: GroupId, changes: &Value) -> Result<Group> {
        let change = |group: &Group| {
            let mut document = group_document(group);
            merge(&mut document, changes);
            group_draft(self.domain().schemas(), document, Some(group))
        };
        let members = MemberChange::default();
        Ok(self.domain().modify_group(&self.scope, id, None, change, &members).await?.0)
    }

    async fn hang(&self, id: GroupId, parent: Option<GroupId>) -> Result<Group> {
        let change = |group: &Group| Ok(GroupDraft { parent, ..GroupDraft::keeping(group) });
        Ok(self.domain().modify_group(&self.scope, id, None, change, &MemberChange::default()).await?.0)
    }

    async fn change_members(&self, id: GroupId, change: MemberChange) -> Result<Group> {
        Ok(self.domain().change_members(&self.scope, id, None, &change).await?.0)
    }

    async fn add(&self, id: GroupId, members: &[Uuid]) -> Result<Group> {
        self.change_members(id, MemberChange { add: members.to_vec(), ..MemberChange::default() }).await
    }

    async fn remove(&self, id: GroupId, members: &[Uuid]) -> Result<Group> {
        self.change_members(id, MemberChange { remove: members.to_vec(), ..MemberChange::default() }).await
    }

    async fn delete_user(&self, id: UserId) {
        self.domain().delete_user(&self.scope, id, None).await.unwrap();
    }

    async fn delete_group(&self, id: GroupId) {
        self.delete_as(id, DeleteStrategy::Orphan).await.unwrap();
    }

    async fn delete_as(&self, id: GroupId, strategy: DeleteStrategy) -> Result<()> {
        self.domain().delete_group(&self.scope, id, None, strategy).await
    }

    async fn restore(&self, id: GroupId) -> Result<Restored> {
        self.domain().restore_group(&self.scope, id, None, false).await
    }

    async fn restore_as_root(&self, id: GroupId) -> Result<Restored> {
        self.domain().restore_group(&self.scope, id, None, true).await
    }

    async fn find(&self, id: GroupId) -> Group {
        self.domain().group(&self.scope, id).await.unwrap()
    }

    /// Ids of the users in a group, by the rows.
    async fn members(&self, id: GroupId) -> Vec<UserId> {
        let query = "SELECT user_id::text FROM members WHERE group_id = $1::text::uuid ORDER BY user_id";
        let rows: Vec<String> = self.site.sql.column(query, &[&id.to_string()]).await;
        rows.iter().map(|id| id.parse().unwrap()).collect()
    }

    /// Child groups and whether the edge is the child's primary one, in order of creation.
    async fn children(&self, id: GroupId) -> Vec<(GroupId, bool)> {
        let query = "SELECT child_id::text, is_primary FROM edges WHERE parent_id = $1::text::uuid ORDER BY child_id";
        let rows = self.site.sql.rows(query, &[&id.to_string()]).await;
        rows.iter().map(|row| (row.get::<_, String>(0).parse().unwrap(), row.get(1))).collect()
    }

    /// Every counter counts what it says it does.
    async fn check_counters(&self) {
        let wrong: Vec<String> = self
            .site
            .sql
            .column(
                "SELECT g.name FROM groups g WHERE g.deleted_at IS NULL AND (
                    g.standing_members <> (SELECT count(*) FROM members m WHERE m.group_id = g.id)
                    OR NOT g.has_windows AND EXISTS (SELECT FROM members m WHERE m.group_id = g.id
                        AND (m.valid_from IS NOT NULL OR m.expires_at IS NOT NULL))
                    OR g.nested_groups <> (SELECT count(*) FROM edges e WHERE e.parent_id = g.id)
                    OR (g.parent_group_id IS NOT NULL AND NOT EXISTS (SELECT FROM edges e
                        WHERE e.parent_id = g.parent_group_id AND e.child_id = g.id AND e.is_primary))
                    OR (g.parent_group_id IS NULL AND EXISTS (SELECT FROM edges e
                        WHERE e.child_id = g.id AND e.is_primary)))
                 UNION ALL SELECT kind FROM (VALUES ('user', (SELECT count(*) FROM users WHERE deleted_at IS NULL)),
                    ('group', (SELECT count(*) FROM groups WHERE deleted_at IS NULL))) AS live (kind, rows)
                 WHERE rows <> (SELECT coalesce(sum(c.live), 0) FROM resource_counts c WHERE c.kind = live.kind)",
                &[],
            )
            .await;
        assert_eq!(wrong, Vec::<String>::new(), "counters of these are wrong");
    }
}

impl Desk {
    /// The events of every live group retell its members and its child groups, change by change.
    async fn check_history(&self) {
        let query = "SELECT g.id::text, g.name,
                ARRAY(SELECT user_id::text FROM members m WHERE m.group_id = g.id),
                ARRAY(SELECT child_id::text FROM edges e WHERE e.parent_id = g.id)
             FROM groups g WHERE g.deleted_at IS NULL";
        for row in self.site.sql.rows(query, &[]).await {
            let (id, name): (String, String) = (row.get(0), row.get(1));
            for (sort, index) in [("users", 2), ("groups", 3)] {
                let stored: BTreeSet<String> = row.get::<_, Vec<String>>(index).into_iter().collect();
                assert_eq!(self.retold(&id, sort).await, stored, "{sort} of {name}");
            }
        }
    }

    async fn retold(&self, group: &str, sort: &str) -> BTreeSet<String> {
        let query = "SELECT after::text FROM events
             WHERE resource = $1::text::uuid AND kind = 'group.members_changed' ORDER BY seq";
        let mut held = BTreeSet::new();
        for delta in self.site.sql.column::<String>(query, &[&group]).await {
            let delta: Value = serde_json::from_str(&delta).unwrap();
            let ids = |key: &str| -> Vec<String> {
                serde_json::from_value(delta[format!("{key}_{sort}")].clone()).unwrap_or_default()
            };
            for id in ids("removed") {
                assert!(held.remove(&id), "{id} leaves {group} without having come");
            }
            for id in ids("added") {
                assert!(held.insert(id), "somebody comes to {group} twice");
            }
        }
        held
    }
}

fn merge(document: &mut serde_json::Map<String, Value>, changes: &Value) {
    for (key, value) in changes.as_object().unwrap() {
        if value.is_null() {
            document.remove(key);
        } else {
            document.insert(key.clone(), value.clone());
        }
    }
}

/// What was refused, and why.
fn refusal<T: std::fmt::Debug>(outcome: Result<T>) -> (Error, String) {
    let error = outcome.unwrap_err();
    let text = error.to_string();
    (error, text)
}
