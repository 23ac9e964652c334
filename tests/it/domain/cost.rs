//! What a write costs: as many rows as it changes, whatever the size of the group.

use serde_json::json;

use super::Desk;

impl Desk {
    /// Users and a group with them in it, straight into the tables.
    async fn crowd(&self, name: &str, size: i32) -> String {
        let group = self.group(name).await.to_string();
        self.site
            .sql
            .rows(
                "WITH made AS (
                    INSERT INTO users (tenant_id, id, user_name, user_name_key, created_at, updated_at)
                    SELECT t.id, gen_random_uuid(), $1 || n, $1 || n, now(), now()
                    FROM tenants t, generate_series(1, $2::int) AS n RETURNING tenant_id, id
                 ), placed AS (
                    INSERT INTO members (tenant_id, group_id, user_id, added_at, added_by, source)
                    SELECT tenant_id, $3::text::uuid, id, now(), 'test', 'native' FROM made
                 ), counted AS (
                    INSERT INTO resource_counts (tenant_id, kind, shard, live) SELECT id, 'user', 99, $2::int FROM tenants
                    ON CONFLICT (tenant_id, kind, shard) DO UPDATE SET live = resource_counts.live + excluded.live
                 )
                 UPDATE groups SET standing_members = $2::int WHERE id = $3::text::uuid",
                &[&name, &size, &group],
            )
            .await;
        group
    }

    /// Rows of every table written by the transaction that wrote the group's row last. Each row knows its own.
    async fn rows_written_with(&self, group: &str) -> Vec<i64> {
        let last = "(SELECT xmin FROM groups WHERE id = $1::text::uuid)";
        let tables = ["users", "groups", "members", "edges", "events", "resource_counts", "dormant_members"];
        let counts = tables.map(|table| format!("(SELECT count(*) FROM {table} WHERE xmin = {last})")).join(", ");
        self.site.sql.value(&format!("SELECT ARRAY[{counts}]"), &[&group]).await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn adding_one_member_writes_three_rows_in_a_group_of_any_size() {
    let desk = Desk::set_up(&[]).await;
    let client = desk.site.client().await;
    let user = desk.user("user").await.to_string();
    for (name, size) in [("small", 10), ("large", 20_000)] {
        let group = desk.crowd(name, size).await;
        let path = format!("/Groups/{group}");
        let add = json!([{ "op": "add", "path": "members", "value": [{ "value": user }] }]);
        client.patch(&path, add).await.expect(200);
        assert_eq!(desk.rows_written_with(&group).await, [0, 1, 1, 0, 1, 0, 0], "{name}: group, member, event");
        let remove = json!([{ "op": "remove", "path": format!("members[value eq \"{user}\"]") }]);
        client.patch(&path, remove).await.expect(200);
        assert_eq!(desk.rows_written_with(&group).await, [0, 1, 0, 0, 1, 0, 0], "{name}: group, event");
        let rename = json!([{ "op": "replace", "path": "displayName", "value": format!("{name} renamed") }]);
        client.patch(&path, rename).await.expect(200);
        assert_eq!(desk.rows_written_with(&group).await, [0, 1, 0, 0, 1, 0, 0], "{name}: group, event");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_whole_list_writes_the_difference_and_no_more() {
    let desk = Desk::set_up(&[]).await;
    let client = desk.site.client().await;
    let group = desk.crowd("group", 5_000).await;
    let (user, path) = (desk.user("user").await.to_string(), format!("/Groups/{group}"));
    let mut members = client.members(&group).await;
    assert_eq!(members.len(), 5_000);
    let gone = members.pop().unwrap();
    members.push(user.clone());
    let list: serde_json::Value = members.iter().map(|id| json!({ "value": id })).collect();
    let replace = json!([{ "op": "replace", "path": "members", "value": list }]);
    let answer = client.patch(&path, replace).await.expect(200);
    assert!(answer.get("members").is_none(), "a large group is not echoed");
    assert_eq!(desk.rows_written_with(&group).await, [0, 1, 1, 0, 1, 0, 0]);
    let told: String = desk
        .site
        .sql
        .value("SELECT after::text FROM events WHERE resource = $1::text::uuid ORDER BY seq DESC LIMIT 1", &[&group])
        .await;
    let told: serde_json::Value = serde_json::from_str(&told).unwrap();
    assert_eq!(told, json!({ "added_users": [user], "removed_users": [gone] }));
    desk.check_counters().await;
}
