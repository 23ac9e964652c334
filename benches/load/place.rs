//! The tenant that is driven: its users and groups, made through the server.

use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::future::join_all;
use hyper::Method;
use indicatif::ProgressBar;
use serde_json::{Value, json};

use super::http::{Call, Connection};
use super::options::Options;
use super::site::Site;

const SEEDERS: usize = 8;
/// Members put into a group by one request.
const AT_ONCE: usize = 1_000;

/// Who and what is there.
pub(crate) struct Place {
    /// Ids of users, number 0 and on: `user0`, `ext-0`, `Person 0`.
    pub(crate) users: Vec<String>,
    /// Groups of ten.
    pub(crate) groups: Vec<String>,
    /// Groups of a hundred.
    pub(crate) hundreds: Vec<String>,
    /// The large group.
    pub(crate) large: String,
    /// A group that every connection changes.
    pub(crate) hot: String,
    /// A number nobody had yet, for names.
    pub(crate) next: AtomicUsize,
}

impl Place {
    /// Makes everything.
    pub(crate) async fn seed(site: &Site, options: &Options) -> Self {
        let users =
            make(site, "users", options.users, |number| Call::with(Method::POST, "/Users", &user(number))).await;
        let ten = |number: usize| members(&users, number * 10, 10);
        let groups = make(site, "groups of ten", options.groups, |number| {
            Call::with(
                Method::POST,
                "/Groups",
                &json!({ "displayName": format!("Ten {number}"), "members": ten(number) }),
            )
        })
        .await;
        let hundred = |number: usize| members(&users, number * 100, 100);
        let hundreds = make(site, "groups of a hundred", (options.groups / 10).max(1), |number| {
            let name = format!("Hundred {number}");
            Call::with(Method::POST, "/Groups", &json!({ "displayName": name, "members": hundred(number) }))
        })
        .await;
        let mut connection = site.connect().await;
        let large = group(&mut connection, "Large").await;
        fill(&mut connection, &large, &users[..options.large.min(users.len())]).await;
        let hot = group(&mut connection, "Hot").await;
        vacuum(site).await;
        Self { next: AtomicUsize::new(users.len()), users, groups, hundreds, large, hot }
    }

    /// A name nobody has.
    pub(crate) fn fresh(&self) -> usize {
        self.next.fetch_add(1, Ordering::Relaxed)
    }
}

/// A user as an identity provider sends one.
pub(crate) fn user(number: usize) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": format!("user{number}@example.com"),
        "externalId": format!("ext-{number}"),
        "displayName": format!("Person {number}"),
        "name": { "givenName": "Person", "familyName": format!("Number {number}") },
        "emails": [{ "value": format!("user{number}@example.com"), "type": "work", "primary": true }],
        "active": true,
    })
}

fn members(users: &[String], first: usize, count: usize) -> Value {
    (first..first + count).map(|number| json!({ "value": users[number % users.len()] })).collect()
}

/// Makes so many resources over several connections; their ids in order.
async fn make(site: &Site, what: &'static str, count: usize, call: impl Fn(usize) -> Call) -> Vec<String> {
    let bar = ProgressBar::new(u64::try_from(count).unwrap()).with_message(what);
    let (bar, call) = (&bar, &call);
    let seeders = (0..SEEDERS).map(|seeder| async move {
        let mut connection = site.connect().await;
        let mut ids = Vec::new();
        for number in (seeder..count).step_by(SEEDERS) {
            let made = connection.must(&call(number)).await;
            ids.push((number, made["id"].as_str().unwrap().to_owned()));
            bar.inc(1);
        }
        ids
    });
    let mut ids: Vec<(usize, String)> = join_all(seeders).await.into_iter().flatten().collect();
    bar.finish_and_clear();
    ids.sort();
    ids.into_iter().map(|(_, id)| id).collect()
}

async fn group(connection: &mut Connection, name: &str) -> String {
    let made = connection.must(&Call::with(Method::POST, "/Groups", &json!({ "displayName": name }))).await;
    made["id"].as_str().unwrap().to_owned()
}

async fn fill(connection: &mut Connection, group: &str, users: &[String]) {
    for users in users.chunks(AT_ONCE) {
        connection.must(&change(group, "add", users)).await;
    }
}

/// A PATCH of members.
pub(crate) fn change(group: &str, op: &str, users: &[String]) -> Call {
    let value: Value = users.iter().map(|id| json!({ "value": id })).collect();
    let body = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{ "op": op, "path": "members", "value": value }],
    });
    Call::with(Method::PATCH, format!("/Groups/{group}"), &body)
}

/// What autovacuum would have done by the next day.
async fn vacuum(site: &Site) {
    let (client, connection) = tokio_postgres::connect(&site.database_url, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    client.batch_execute("VACUUM ANALYZE").await.unwrap();
}
