//! The tenant that is driven: its users and groups, made through the server.

use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::future::join_all;
use http::Method;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};

use super::http::{Call, Connection};
use super::options::Options;
use super::site::Site;
use super::tree::{MEMBERSHIPS_EACH, Tree};

const SEEDERS: usize = 16;
/// Members put into a group by one request.
const AT_ONCE: usize = 1_000;
/// Users that are in no group of their own accord: those whom scenarios put in and take out.
const NEWCOMERS: usize = 8_000;

/// Who and what is there.
pub(crate) struct Place {
    /// Ids of users, number 0 and on: `user0`, `ext-0`, `Person 0`.
    pub(crate) users: Vec<String>,
    /// Users who are in no group.
    pub(crate) newcomers: Vec<String>,
    /// Groups of ten.
    pub(crate) groups: Vec<String>,
    /// Groups of a hundred.
    pub(crate) hundreds: Vec<String>,
    /// A group of a thousand.
    pub(crate) thousand: String,
    /// The large group.
    pub(crate) large: String,
    /// Two PUTs of the large group's members that differ in ten.
    pub(crate) replacements: [Call; 2],
    /// A group that every connection changes.
    pub(crate) hot: String,
    /// Groups of several sizes.
    pub(crate) sizes: Vec<(usize, String)>,
    /// Trees over several numbers of memberships.
    pub(crate) trees: Vec<Tree>,
    /// A number nobody had yet, for names.
    next: AtomicUsize,
}

impl Place {
    /// Makes everything.
    pub(crate) async fn seed(site: &Site, options: &Options) -> Self {
        let most = options.sizes.iter().copied().fold(options.users.max(options.large), usize::max);
        // Nobody else is in a tree: who is in many groups takes longer to read than others.
        let nested = options.trees.iter().copied().max().unwrap_or_default() / MEMBERSHIPS_EACH;
        let call = |number: usize| Call::with(Method::POST, "/Users", &user(number));
        let mut users = make(site, "users", most + NEWCOMERS + nested, call).await;
        let nested = users.split_off(most + NEWCOMERS);
        let newcomers = users.split_off(most);
        let groups = of_size(site, "Ten", 10, options.groups, &users).await;
        let hundreds = of_size(site, "Hundred", 100, (options.groups / 10).max(1), &users).await;
        let thousand = of_size(site, "Thousand", 1_000, 1, &users).await.remove(0);
        let large = filled(site, "Large", &users[..options.large]).await;
        let hot = filled(site, "Hot", &[]).await;
        let mut sizes = Vec::new();
        for &size in &options.sizes {
            sizes.push((size, filled(site, &format!("Size {size}"), &users[..size]).await));
        }
        let mut trees = Vec::new();
        for &memberships in &options.trees {
            trees.push(Tree::grow(site, memberships, &nested).await);
        }
        vacuum(site).await;
        for tree in &mut trees {
            tree.find_deep(site).await;
        }
        Self {
            next: AtomicUsize::new(users.len() + newcomers.len() + nested.len()),
            replacements: replacements(&large, &users[..options.large - 10], &newcomers[..20]),
            users,
            newcomers,
            groups,
            hundreds,
            thousand,
            large,
            hot,
            sizes,
            trees,
        }
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

/// A PATCH of members.
pub(crate) fn change(group: &str, op: &str, users: &[String]) -> Call {
    let body = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{ "op": op, "path": "members", "value": references(users) }],
    });
    Call::with(Method::PATCH, format!("/Groups/{group}"), &body)
}

/// Makes a group with these members.
pub(crate) async fn filled(site: &Site, name: &str, users: &[String]) -> String {
    let mut connection = site.connect().await;
    let id = group(&mut connection, &json!({ "displayName": name })).await;
    let bar = bar(name, users.len());
    for users in users.chunks(AT_ONCE) {
        connection.must(&change(&id, "add", users)).await;
        bar.inc(u64::try_from(users.len()).unwrap());
    }
    bar.finish_and_clear();
    id
}

/// Makes a group.
pub(crate) async fn group(connection: &mut Connection, body: &Value) -> String {
    let made = connection.must(&Call::with(Method::POST, "/Groups", body)).await;
    made["id"].as_str().unwrap().to_owned()
}

fn references(users: &[String]) -> Value {
    users.iter().map(|id| json!({ "value": id })).collect()
}

fn replacements(large: &str, staying: &[String], others: &[String]) -> [Call; 2] {
    let (one, two) = others.split_at(others.len() / 2);
    [one, two].map(|ten| {
        let members = references(&[staying, ten].concat());
        let path = format!("/Groups/{large}?attributes=displayName");
        Call::with(Method::PUT, path, &json!({ "displayName": "Large", "members": members }))
    })
}

/// Makes so many groups of one size.
async fn of_size(site: &Site, name: &str, size: usize, count: usize, users: &[String]) -> Vec<String> {
    let call = |number: usize| {
        let members: Vec<String> = (0..size).map(|at| users[(number * size + at) % users.len()].clone()).collect();
        let body = json!({ "displayName": format!("{name} {number}"), "members": references(&members) });
        Call::with(Method::POST, "/Groups", &body)
    };
    make(site, name, count, call).await
}

/// Makes so many resources over several connections; their ids in order.
async fn make(site: &Site, what: &str, count: usize, call: impl Fn(usize) -> Call) -> Vec<String> {
    let bar = bar(what, count);
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

fn bar(what: &str, count: usize) -> ProgressBar {
    let style = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len} {eta}").unwrap();
    ProgressBar::new(u64::try_from(count).unwrap()).with_style(style).with_message(what.to_owned())
}

/// What autovacuum and the checkpointer would have done by the next day, and not while something is measured.
async fn vacuum(site: &Site) {
    let sql = site.sql().await;
    sql.batch_execute("VACUUM ANALYZE").await.unwrap();
    sql.batch_execute("CHECKPOINT").await.unwrap();
}
