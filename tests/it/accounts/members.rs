//! Everybody in a group at any depth.

use convoke::domain::UserChange;
use convoke::model::ids::{GroupId, UserId};
use convoke::model::membership::Validity;
use serde_json::{Value, json};

use super::GROUPS;
use crate::support::TestServer;

fn at(group: GroupId) -> String {
    format!("{GROUPS}/{group}/members")
}

/// Each member's user name, membership type, and names of groups it is in through.
fn told(answer: &Value) -> Vec<(String, String, Vec<String>)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let via = |member: &Value| match member.get("via") {
        Some(via) => via.as_array().unwrap().iter().map(|group| text(&group["name"])).collect(),
        None => Vec::new(),
    };
    let member = |member: &Value| (text(&member["name"]), text(&member["membership_type"]), via(member));
    answer["members"].as_array().unwrap().iter().map(member).collect()
}

fn direct(name: &str) -> (String, String, Vec<String>) {
    (name.to_owned(), "direct".to_owned(), Vec::new())
}

fn indirect(name: &str, via: &[&str]) -> (String, String, Vec<String>) {
    (name.to_owned(), "indirect".to_owned(), via.iter().map(|group| (*group).to_owned()).collect())
}

/// Top holds ada; below it Left (ben, ada) and Right (cy); Deep (dan, cy, ben) below both.
struct Diamond {
    server: TestServer,
    top: GroupId,
    left: GroupId,
    deep: GroupId,
    users: [UserId; 4],
}

impl Diamond {
    async fn set_up() -> Self {
        let server = TestServer::start().await;
        let [ada, ben, cy, dan] =
            [server.user("ada").await, server.user("ben").await, server.user("cy").await, server.user("dan").await];
        let deep = server.group("Deep", &[dan, cy, ben]).await;
        let left = server.group("Left", &[ben, ada]).await;
        let right = server.group("Right", &[cy]).await;
        let top = server.group("Top", &[ada]).await;
        server.nest(left, &[deep]).await;
        server.nest(right, &[deep]).await;
        server.nest(top, &[left, right]).await;
        Self { server, top, left, deep, users: [ada, ben, cy, dan] }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_comes_once_and_direct_wins() {
    let Diamond { server, top, users: [ada, ben, ..], .. } = Diamond::set_up().await;
    let all = server.get(&at(top)).await.expect(200);
    let expected = [
        direct("ada"),
        indirect("ben", &["Left", "Deep"]),
        indirect("cy", &["Right", "Deep"]),
        indirect("dan", &["Deep"]),
    ];
    assert_eq!((told(&all), &all["count"], all.get("pageInfo")), (expected.to_vec(), &json!(4), None));
    let first = &all["members"][0];
    let expected = json!({
        "id": ada.to_string(), "name": "ada", "email": "ada@example.com", "membership_type": "direct",
        "added_date": first["added_date"], "status": "active",
    });
    assert_eq!(*first, expected);
    assert_eq!(all["members"][1]["id"], json!(ben.to_string()), "by id");
    let shown = server.get(&format!("{GROUPS}/{top}")).await.expect(200);
    assert_eq!(
        (&shown["member_count"], &shown["direct_member_count"], &shown["nested_group_count"]),
        (&json!(4), &json!(1), &json!(2))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_date_is_that_of_the_nearest_membership_and_the_earliest_of_equals() {
    let Diamond { server, top, left, deep, users: [_, ben, ..] } = Diamond::set_up().await;
    let sql = crate::support::sql(server.database_url()).await;
    let date = async |group: GroupId, days: i32| {
        sql.execute(
            "UPDATE members SET added_at = '2024-01-10T00:00:00Z'::timestamptz + $3 * interval '1 day'
             WHERE group_id = $1::text::uuid AND user_id = $2::text::uuid",
            &[&group.to_string(), &ben.to_string(), &f64::from(days)],
        )
        .await
        .unwrap();
    };
    let dated = async || server.get(&at(top)).await.expect(200)["members"][1]["added_date"].clone();
    date(deep, 0).await;
    date(left, 5).await;
    assert_eq!(dated().await, json!("2024-01-15T00:00:00.000Z"), "the nearest");
    let other = server.group("Other", &[ben]).await;
    server.nest(top, &[other]).await;
    date(other, 3).await;
    assert_eq!(dated().await, json!("2024-01-13T00:00:00.000Z"), "the earliest of two as near");
    let page = server.get(&format!("{}?limit=2", at(top))).await.expect(200);
    assert_eq!(page["members"][1]["added_date"], json!("2024-01-13T00:00:00.000Z"), "on a page as well");
    let names: Vec<&Value> = page["members"][1]["via"].as_array().unwrap().iter().map(|group| &group["name"]).collect();
    assert_eq!(names, ["Other", "Left", "Deep"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_kind_can_be_asked_for_and_the_count_is_of_all() {
    let Diamond { server, top, .. } = Diamond::set_up().await;
    let inherited =
        vec![indirect("ben", &["Left", "Deep"]), indirect("cy", &["Right", "Deep"]), indirect("dan", &["Deep"])];
    for (kind, expected) in [("direct", vec![direct("ada")]), ("INDIRECT", inherited)] {
        let all = server.get(&format!("{}?membership_type={kind}", at(top))).await.expect(200);
        assert_eq!((told(&all), &all["count"]), (expected.clone(), &json!(4)), "{kind}");
        let page = server.get(&format!("{}?membership_type={kind}&limit=500", at(top))).await.expect(200);
        assert_eq!((told(&page), &page["count"]), (expected, &json!(4)), "{kind}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn members_are_read_on_by_cursor() {
    let Diamond { server, top, deep, .. } = Diamond::set_up().await;
    let (mut names, mut after) = (Vec::new(), String::new());
    loop {
        let page = server.get(&format!("{}?limit=1{after}", at(top))).await.expect(200);
        assert_eq!(page["count"], json!(4));
        names.extend(told(&page).into_iter().map(|(name, _, _)| name));
        let info = &page["pageInfo"];
        after = format!("&after={}", info["endCursor"].as_str().unwrap());
        if info["hasNextPage"] == json!(false) {
            break;
        }
    }
    assert_eq!(names, ["ada", "ben", "cy", "dan"]);
    let past = server.get(&format!("{}?limit=5{after}", at(top))).await.expect(200);
    let expected = json!({ "members": [], "count": 4, "pageInfo": { "hasNextPage": false, "endCursor": null } });
    assert_eq!(past, expected);
    let cursor = after.trim_start_matches("&after=");
    let rest = server.get(&format!("{}?after={cursor}", at(top))).await.expect(200);
    assert_eq!(rest, expected, "the limit may be left out");
    for other in [format!("{}?after={cursor}", at(deep)), format!("{}?after={cursor}&membership_type=direct", at(top))]
    {
        let answer = server.get(&other).await;
        assert_eq!((answer.status, &answer.body["error"]["code"]), (400, &json!("VALIDATION_ERROR")), "{other}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_inactive_stays_and_who_is_deleted_or_late_does_not() {
    let Diamond { server, top, deep, users: [ada, ben, cy, dan], .. } = Diamond::set_up().await;
    let disable = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{ "op": "replace", "path": "active", "value": false }],
    });
    server.patch(&format!("/scim/v2/Users/{ben}"), &disable).await.expect(200);
    server.domain.delete_user(&server.scope(), cy, None).await.unwrap();
    server.leave(deep, &[dan]).await;
    let later = server.domain.clock().now() + chrono::TimeDelta::hours(1);
    for validity in [Validity { from: Some(later), until: None }, Validity { from: None, until: Some(later) }] {
        let change = UserChange { add: vec![dan], validity, ..UserChange::default() };
        server.domain.change_users(&server.scope(), deep, None, &change).await.unwrap();
        let all = server.get(&at(top)).await.expect(200);
        let names: Vec<String> = told(&all).into_iter().map(|(name, _, _)| name).collect();
        let expected = if validity.from.is_some() { vec!["ada", "ben"] } else { vec!["ada", "ben", "dan"] };
        assert_eq!(
            (names, &all["count"]),
            (expected.iter().map(ToString::to_string).collect(), &json!(expected.len()))
        );
        assert_eq!(all["members"][1]["status"], json!("inactive"));
        let shown = server.get(&format!("{GROUPS}/{top}")).await.expect(200);
        assert_eq!(shown["member_count"], json!(expected.len()));
    }
    let none = server.group("Empty", &[]).await;
    assert_eq!(server.get(&at(none)).await.expect(200), json!({ "members": [], "count": 0 }));
    let _ = ada;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_most_ten_groups_are_named() {
    let server = TestServer::start().await;
    let ada = server.user("ada").await;
    let top = server.group("Top", &[]).await;
    let mut below = Vec::new();
    for number in 0..12 {
        below.push(server.group(&format!("below {number}"), &[ada]).await);
    }
    server.nest(top, &below).await;
    for path in [at(top), format!("{}?limit=5", at(top))] {
        let answer = server.get(&path).await.expect(200);
        assert_eq!(answer["members"][0]["via"].as_array().unwrap().len(), 10, "{path}");
        assert_eq!((answer["members"].as_array().unwrap().len(), &answer["count"]), (1, &json!(1)));
    }
}
