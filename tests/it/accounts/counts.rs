//! How many are in a group at any depth: right after whatever changes it, and counted once for every state.

use convoke::domain::UserChange;
use convoke::model::group::DeleteStrategy;
use convoke::model::ids::{GroupId, UserId};
use convoke::model::membership::Validity;
use serde_json::json;

use super::GROUPS;
use crate::support::{Setup, TestServer, sql};

/// Top over Middle over Bottom; three users, one in each.
struct Chain {
    server: TestServer,
    sql: tokio_postgres::Client,
    top: GroupId,
    middle: GroupId,
    bottom: GroupId,
    users: [UserId; 3],
}

impl Chain {
    async fn set_up(settings: &'static [&'static str]) -> Self {
        let server = TestServer::start_with(Setup { settings, ..Setup::default() }).await;
        let users = [server.user("ada").await, server.user("ben").await, server.user("cy").await];
        let bottom = server.group("Bottom", &[users[2]]).await;
        let middle = server.group("Middle", &[users[1]]).await;
        let top = server.group("Top", &[users[0]]).await;
        server.nest(middle, &[bottom]).await;
        server.nest(top, &[middle]).await;
        let sql = sql(server.database_url()).await;
        // Each count leaves a line.
        sql.batch_execute(
            "CREATE TABLE counted (group_id uuid);
             CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS
                 'BEGIN INSERT INTO counted VALUES (NEW.group_id); RETURN NULL; END';
             CREATE TRIGGER note AFTER UPDATE ON effective_counts FOR EACH ROW EXECUTE FUNCTION note()",
        )
        .await
        .unwrap();
        Self { server, sql, top, middle, bottom, users }
    }

    /// How many a group has, as its own page, the list, and the length of its members say.
    async fn count(&self, group: GroupId) -> i64 {
        let at = format!("{GROUPS}/{group}");
        let shown = self.server.get(&at).await.expect(200)["member_count"].as_i64().unwrap();
        let list = self.server.get(GROUPS).await.expect(200);
        let id = json!(group.to_string());
        let listed = list["groups"].as_array().unwrap().iter().find(|one| one["id"] == id).unwrap();
        let members = self.server.get(&format!("{at}/members")).await.expect(200);
        let page = self.server.get(&format!("{at}/members?limit=1")).await.expect(200);
        assert_eq!(listed["member_count"], json!(shown), "in the list");
        assert_eq!((&members["count"], &page["count"]), (&json!(shown), &json!(shown)), "among its members");
        assert_eq!(members["members"].as_array().unwrap().len(), usize::try_from(shown).unwrap());
        shown
    }

    /// Counts made since the last time this was asked.
    async fn counted(&self) -> i64 {
        let rows = self.sql.query("DELETE FROM counted RETURNING group_id", &[]).await.unwrap();
        i64::try_from(rows.len()).unwrap()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_changes_below_is_counted_once_again() {
    let chain = Chain::set_up(&[]).await;
    let (server, [ada, _, cy]) = (&chain.server, chain.users);
    assert_eq!((chain.count(chain.top).await, chain.counted().await), (3, 2), "Top and Middle, in the list");
    assert_eq!((chain.count(chain.top).await, chain.counted().await), (3, 0), "nothing has changed");
    assert_eq!((chain.count(chain.middle).await, chain.counted().await), (2, 0));
    assert_eq!((chain.count(chain.bottom).await, chain.counted().await), (1, 0), "there is nothing below to count");

    server.join(chain.bottom, &[ada]).await;
    assert_eq!((chain.count(chain.top).await, chain.count(chain.middle).await), (3, 3), "a user twice in is one");
    assert_eq!(chain.counted().await, 2);
    let dan = server.user("dan").await;
    server.join(chain.bottom, &[dan]).await;
    assert_eq!((chain.count(chain.top).await, chain.counted().await), (4, 2));
    server.leave(chain.bottom, &[dan, ada]).await;
    assert_eq!((chain.count(chain.top).await, chain.counted().await), (3, 2));

    server.domain.delete_user(&server.scope(), cy, None).await.unwrap();
    assert_eq!((chain.count(chain.top).await, chain.counted().await), (2, 2), "a user was deleted");
    server.domain.restore_user(&server.scope(), cy).await.unwrap();
    assert_eq!((chain.count(chain.top).await, chain.counted().await), (3, 2), "and restored");

    let orphan = DeleteStrategy::Orphan;
    server.domain.delete_group(&server.scope(), chain.bottom, None, orphan).await.unwrap();
    assert_eq!((chain.count(chain.top).await, chain.counted().await), (2, 1), "Middle has nothing below any more");
    server.domain.restore_group(&server.scope(), chain.bottom, None, false).await.unwrap();
    assert_eq!((chain.count(chain.top).await, chain.counted().await), (3, 2));

    let other = server.group("Other", &[dan]).await;
    server.nest(chain.top, &[other]).await;
    assert_eq!((chain.count(chain.top).await, chain.counted().await), (4, 1), "Middle is as it was");
    server.put(&format!("{GROUPS}/{other}"), &json!({ "description": "is no member" })).await.expect(200);
    assert_eq!(chain.count(chain.top).await, 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn primary_edges_confer_membership_only_where_the_tenant_says_so() {
    let chain = Chain::set_up(&["groups.primary_edge_confers_membership=false"]).await;
    let (server, scope) = (&chain.server, chain.server.scope());
    assert_eq!(chain.count(chain.top).await, 3, "its edges are not primary");
    let below =
        |parent| convoke::domain::GroupChange { parent: Some(parent), ..convoke::domain::GroupChange::default() };
    server.domain.change_group(&scope, chain.bottom, None, &below(Some(chain.middle))).await.unwrap();
    assert_eq!((chain.count(chain.top).await, chain.count(chain.middle).await), (2, 1), "one of them is now");
    let settings = server.tenant.settings.with("groups.primary_edge_confers_membership=true").unwrap();
    server.domain.set_settings(&server.tenant, &settings).await.unwrap();
    assert_eq!((chain.count(chain.top).await, chain.count(chain.middle).await), (3, 2), "and counts again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_count_ends_when_a_membership_begins_or_ends() {
    let chain = Chain::set_up(&[]).await;
    let (server, dan) = (&chain.server, chain.server.user("dan").await);
    let (now, hours) = (server.domain.clock().now(), chrono::TimeDelta::hours);
    let validity = Validity { from: Some(now + hours(2)), until: Some(now + hours(4)) };
    let change = UserChange { add: vec![dan], validity, ..UserChange::default() };
    server.domain.change_users(&server.scope(), chain.bottom, None, &change).await.unwrap();
    // Time goes on: everything that is to come is nearer. No version moves with it.
    let three_hours_pass = async || {
        let back = "UPDATE members SET valid_from = valid_from - interval '3 hours',
                        expires_at = expires_at - interval '3 hours';
                    ALTER TABLE effective_counts DISABLE TRIGGER note;
                    UPDATE effective_counts SET valid_until = valid_until - interval '3 hours';
                    ALTER TABLE effective_counts ENABLE TRIGGER note";
        chain.sql.batch_execute(back).await.unwrap();
    };
    assert_eq!((chain.count(chain.top).await, chain.counted().await), (3, 2), "it has not begun");
    assert_eq!((chain.count(chain.top).await, chain.counted().await), (3, 0));
    three_hours_pass().await;
    assert_eq!((chain.count(chain.top).await, chain.counted().await), (4, 2), "it has begun");
    assert_eq!((chain.count(chain.top).await, chain.counted().await), (4, 0));
    three_hours_pass().await;
    assert_eq!((chain.count(chain.top).await, chain.counted().await), (3, 2), "it is over");
    three_hours_pass().await;
    assert_eq!((chain.count(chain.top).await, chain.counted().await), (3, 0), "nothing else is to come");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn those_who_ask_at_once_wait_for_one_count() {
    let chain = Chain::set_up(&[]).await;
    let at = format!("{GROUPS}/{}", chain.top);
    for round in 0..5 {
        let user = chain.server.user(&format!("late {round}")).await;
        chain.server.join(chain.bottom, &[user]).await;
        let asked: Vec<_> = (0..12)
            .map(|_| {
                let (client, at) = ((*chain.server).clone(), at.clone());
                tokio::spawn(async move { client.get(&at).await.expect(200)["member_count"].clone() })
            })
            .collect();
        for answer in asked {
            assert_eq!(answer.await.unwrap(), json!(4 + round));
        }
        assert_eq!(chain.counted().await, 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn servers_count_once_between_them() {
    let chain = Chain::set_up(&[]).await;
    // Another server has the turn and has not finished.
    let mut elsewhere = sql(chain.server.database_url()).await;
    assert_eq!((chain.count(chain.top).await, chain.counted().await), (3, 2));
    chain.server.join(chain.bottom, &[chain.users[0]]).await;
    let turn = elsewhere.transaction().await.unwrap();
    turn.query(
        "SELECT FROM effective_counts WHERE group_id = $1::text::uuid FOR NO KEY UPDATE",
        &[&chain.top.to_string()],
    )
    .await
    .unwrap();
    let (client, at) = ((*chain.server).clone(), format!("{GROUPS}/{}", chain.top));
    let asked = tokio::spawn(async move { client.get(&at).await.expect(200)["member_count"].clone() });
    let waiting =
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()";
    while chain.sql.query_one(waiting, &[]).await.unwrap().get::<_, i64>(0) == 0 {
        assert!(!asked.is_finished(), "it does not wait");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert_eq!(chain.counted().await, 0);
    turn.rollback().await.unwrap();
    assert_eq!((asked.await.unwrap(), chain.counted().await), (json!(3), 1), "what was left undone is done");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_directory_shows_the_same_number() {
    let chain = Chain::set_up(&[]).await;
    let admin = format!("/api/v1/admin/groups/{}", chain.top);
    let shown = chain.server.get(&admin).await.expect(200);
    assert_eq!((&shown["data"]["effective_member_count"], chain.counted().await), (&json!(3), 1));
    let listed = chain.server.get(&format!("{admin}/effective-members?per_page=1")).await.expect(200);
    assert_eq!((&listed["pagination"]["total_items"], chain.counted().await), (&json!(3), 0));
}
