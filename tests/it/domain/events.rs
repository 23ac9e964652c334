//! Every change is told once, by a delta that can be replayed; what changes nothing is told to nobody.

use std::collections::BTreeMap;

use convoke::domain::{group_document, user_document};
use convoke::model::membership::MemberChange;
use serde_json::{Map, Value, json};

use super::Desk;

impl Desk {
    async fn events(&self) -> i64 {
        self.site.sql.value("SELECT count(*) FROM events", &[]).await
    }

    /// The events of a resource in their order: kind, before, after.
    async fn told(&self, resource: impl ToString) -> Vec<(String, Value, Value)> {
        let query = "SELECT kind, coalesce(before, 'null')::text, coalesce(after, 'null')::text FROM events
             WHERE resource = $1::text::uuid ORDER BY seq";
        let rows = self.site.sql.rows(query, &[&resource.to_string()]).await;
        let json = |text: String| serde_json::from_str::<Value>(&text).unwrap();
        rows.iter().map(|row| (row.get(0), json(row.get(1)), json(row.get(2)))).collect()
    }

    pub(super) async fn kinds(&self, resource: impl ToString) -> Vec<String> {
        self.told(resource).await.into_iter().map(|(kind, ..)| kind).collect()
    }
}

/// A record put together from its events: each delta set upon the one before, what is null taken away.
fn replay(events: &[(String, Value, Value)]) -> Map<String, Value> {
    let mut record = Map::new();
    for (kind, before, after) in events.iter().filter(|(kind, ..)| kind != "group.members_changed") {
        if kind.ends_with(".deleted") {
            assert_eq!(without_parent(before), without_parent(&Value::Object(record.clone())), "{kind} keeps what was");
            continue;
        }
        for (key, old) in before.as_object().into_iter().flatten() {
            let found = record.get(key).cloned().unwrap_or_default();
            assert_eq!(&found, old, "{kind}: before tells what was in {key}");
        }
        if kind.ends_with(".restored") && after.is_object() {
            record.clear();
        }
        for (key, new) in after.as_object().into_iter().flatten() {
            match new {
                Value::Null => record.remove(key),
                new => record.insert(key.clone(), new.clone()),
            };
        }
    }
    record
}

/// The primary parent is told as `parent_group_id` when it moves.
fn without_parent(record: &Value) -> BTreeMap<String, Value> {
    let mut record: BTreeMap<String, Value> = serde_json::from_value(record.clone()).unwrap();
    record.remove("parent_group_id");
    record
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_user_can_be_retold() {
    let desk = Desk::set_up(&[]).await;
    let document =
        json!({ "userName": "a", "externalId": "e", "title": "T", "emails": [{ "value": "a@x", "type": "work" }] });
    let id = desk.post_user(document).await.unwrap().0.id;
    desk.change_user(id, &json!({ "userName": "b", "title": null, "active": false })).await.unwrap();
    desk.change_user(id, &json!({ "emails": [{ "value": "b@x", "type": "work" }], "nickName": "N" })).await.unwrap();
    desk.delete_user(id).await;
    desk.domain().restore_user(&desk.scope, id).await.unwrap();
    desk.change_user(id, &json!({ "displayName": "D" })).await.unwrap();
    let stored = desk.domain().user(&desk.scope, id).await.unwrap();
    let events = desk.told(id).await;
    assert_eq!(replay(&events), user_document(&stored.record));
    let kinds: Vec<&str> = events.iter().map(|(kind, ..)| kind.as_str()).collect();
    let (changed, ends) = ("user.changed", ["user.deleted", "user.restored"]);
    assert_eq!(kinds, ["user.created", changed, changed, ends[0], ends[1], changed]);
    assert_eq!(stored.version.0, 6, "one version an event");
    assert_eq!(events[1].1, json!({ "userName": "a", "title": "T", "active": null }).sorted_like(&events[1].1));
}

trait SortedLike {
    fn sorted_like(self, other: &Value) -> Value;
}

impl SortedLike for Value {
    /// Objects are equal whatever their order; this makes that plain where a database has put it in its own.
    fn sorted_like(self, other: &Value) -> Value {
        let Value::Object(mut members) = self else { return self };
        other.as_object().unwrap().keys().filter_map(|key| members.remove_entry(key)).collect()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_user_that_is_posted_again_is_told_whole() {
    let desk = Desk::set_up(&[]).await;
    let id = desk.post_user(json!({ "userName": "a", "externalId": "e", "title": "T" })).await.unwrap().0.id;
    desk.delete_user(id).await;
    let (back, _) = desk.post_user(json!({ "userName": "b", "externalId": "e" })).await.unwrap();
    assert_eq!(replay(&desk.told(id).await), user_document(&back.record));
    assert_eq!(desk.kinds(id).await, ["user.created", "user.deleted", "user.restored"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_and_its_members_can_be_retold() {
    let desk = Desk::set_up(&[]).await;
    let mut users = Vec::new();
    for number in 0..4 {
        users.push(desk.user(&format!("user{number}")).await);
    }
    let ids: Vec<_> = users.iter().map(|user| user.uuid()).collect();
    let group = desk.post_group("group", None, &ids[..2]).await.unwrap().0.id;
    desk.change_group(group, &json!({ "displayName": "other" })).await.unwrap();
    desk.add(group, &ids[1..3]).await.unwrap();
    desk.remove(group, &ids[..1]).await.unwrap();
    desk.change_members(group, MemberChange::exactly(vec![ids[0], ids[3], ids[2]])).await.unwrap();
    desk.delete_user(users[2]).await;
    desk.change_group(group, &json!({ "externalId": null })).await.unwrap();
    desk.domain().restore_user(&desk.scope, users[2]).await.unwrap();
    let mut rows = Vec::new();
    for user in desk.members(group).await {
        rows.push(user.to_string());
    }
    assert_eq!(rows.len(), 3);
    assert_eq!(desk.site.sql.members_retold(&group.to_string()).await.into_iter().collect::<Vec<_>>(), rows);
    let stored = desk.find(group).await;
    let mut retold = Value::Object(replay(&desk.told(group).await));
    retold.as_object_mut().unwrap().sort_keys();
    let mut shown = Value::Object(group_document(&stored));
    shown.as_object_mut().unwrap().sort_keys();
    assert_eq!(retold, shown);
    let changes = desk.kinds(group).await.len() - 2;
    assert_eq!(stored.version.0, 1 + i64::try_from(changes).unwrap(), "created with its members is one version");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_changes_nothing_is_told_to_nobody() {
    let desk = Desk::set_up(&[]).await;
    let (user, stranger) = (desk.user("user").await, desk.user("stranger").await);
    let child = desk.group("child").await;
    let parent = desk.group("parent").await;
    let group = desk.group_below("group", parent).await;
    desk.add(group, &[user.uuid(), child.uuid()]).await.unwrap();
    let (user_before, group_before) = (desk.domain().user(&desk.scope, user).await.unwrap(), desk.find(group).await);
    let traces = desk.site.sql.traces().await;
    desk.change_user(user, &json!({ "userName": "user", "title": null })).await.unwrap();
    desk.change_group(group, &json!({ "displayName": "group" })).await.unwrap();
    desk.hang(group, Some(parent)).await.unwrap();
    desk.add(group, &[user.uuid()]).await.unwrap();
    desk.add(group, &[user.uuid(), child.uuid()]).await.unwrap();
    desk.remove(group, &[stranger.uuid(), parent.uuid(), uuid::Uuid::nil()]).await.unwrap();
    desk.add(group, &[]).await.unwrap();
    desk.change_members(group, MemberChange::exactly(vec![child.uuid(), user.uuid()])).await.unwrap();
    assert_eq!(desk.domain().user(&desk.scope, user).await.unwrap(), user_before);
    assert_eq!(desk.find(group).await, group_before);
    assert_eq!(desk.site.sql.traces().await, traces);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_refused_is_told_to_nobody() {
    let desk = Desk::set_up(&[]).await;
    let (user, group) = (desk.user("user").await, desk.group("group").await);
    desk.user("taken").await;
    desk.group("taken").await;
    let before = (desk.events().await, desk.site.sql.traces().await);
    assert!(desk.change_user(user, &json!({ "userName": "TAKEN", "title": "T" })).await.is_err());
    assert!(desk.change_group(group, &json!({ "displayName": "Taken" })).await.is_err());
    assert!(desk.add(group, &[user.uuid(), uuid::Uuid::nil()]).await.is_err());
    assert!(desk.post_group("new", None, &[user.uuid(), uuid::Uuid::nil()]).await.is_err());
    assert!(desk.post_user(json!({ "userName": " " })).await.is_err());
    assert_eq!((desk.events().await, desk.site.sql.traces().await), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_says_who_did_it_through_what() {
    let desk = Desk::set_up(&[]).await;
    let client = desk.site.client().await;
    let id = client.user("user").await;
    let query = "SELECT actor, api, request_id FROM events WHERE resource = $1::text::uuid";
    let rows = desk.site.sql.rows(query, &[&id]).await;
    let (actor, api, request): (String, String, String) = (rows[0].get(0), rows[0].get(1), rows[0].get(2));
    assert!(actor.starts_with("token:") && api == "scim" && !request.is_empty(), "{actor} {api} {request}");
    let request = client.request("DELETE", &format!("/Users/{id}")).header("x-request-id", "ticket-7");
    assert_eq!(request.send().await.unwrap().headers()["x-request-id"], "ticket-7");
    let asked: Vec<String> =
        desk.site.sql.column("SELECT request_id FROM events WHERE kind = 'user.deleted'", &[]).await;
    assert_eq!(asked, ["ticket-7"]);
}
