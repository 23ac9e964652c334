//! The users and groups that every server is asked to make: the same for all.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use futures_util::future::join_all;
use http::Method;
use serde_json::{Value, json};

use super::contestant::Running;
use super::crowd::CROWD;
use super::http::Call;
use super::measure::CHANGES;
use super::options::Options;

/// Members put into a group by one request, where not all can come with the group.
const AT_ONCE: usize = 1_000;

/// Numbers of users nobody had yet.
#[derive(Default)]
pub(crate) struct Numbers(AtomicUsize);

impl Numbers {
    pub(crate) fn next(&self) -> usize {
        self.0.fetch_add(1, Ordering::Relaxed)
    }
}

/// What every server understands of a user.
pub(crate) fn user(number: usize) -> Call {
    let body = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": name(number),
        "externalId": format!("ext-{number}"),
        "displayName": format!("Person {number}"),
        "name": {
            "formatted": format!("Person Number {number}"),
            "givenName": "Person",
            "familyName": format!("Number {number}"),
        },
        "emails": [{ "value": name(number) }],
        "active": true,
    });
    Call::with(Method::POST, "/Users", &body)
}

/// The user name of a number.
pub(crate) fn name(number: usize) -> String {
    format!("user{number}@example.com")
}

/// A PATCH that puts users into a group.
pub(crate) fn add(group: &str, users: &[String]) -> Call {
    let body = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{ "op": "add", "path": "members", "value": references(users) }],
    });
    Call::with(Method::PATCH, format!("/Groups/{group}"), &body)
}

fn references(users: &[String]) -> Value {
    users.iter().map(|id| json!({ "value": id })).collect()
}

/// How many users are in no group, to be put into some: a round may go on once more than it should.
pub(crate) fn newcomers(options: &Options) -> usize {
    ((options.rounds + 1) * CHANGES + options.requests).max(CROWD)
}

/// Makes as many users as are wanted, or as can be made in time; their ids, number 0 and on.
///
/// # Errors
/// The server refuses one.
pub(crate) async fn make(running: &Running<'_>, options: &Options, numbers: &Numbers) -> Result<Vec<String>, String> {
    let count = options.sizes.iter().copied().max().unwrap_or_default() + newcomers(options);
    let begun = Instant::now();
    let seeders = (0..options.clients).map(|_| async {
        let mut link = running.link();
        let mut made = Vec::new();
        loop {
            let number = numbers.next();
            if number >= count || begun.elapsed() > options.seeding() {
                return Ok(made);
            }
            let answer = link.ask(&user(number)).await?;
            made.push((number, id(&answer).ok_or("a user without an id")?));
        }
    });
    let made: Result<Vec<Vec<(usize, String)>>, String> = join_all(seeders).await.into_iter().collect();
    let mut made: Vec<(usize, String)> = made?.into_iter().flatten().collect();
    made.sort();
    Ok(made.into_iter().map(|(_, id)| id).collect())
}

/// Makes a group of these users, and makes sure that they are in it.
///
/// # Errors
/// The server refuses it, or loses some.
pub(crate) async fn group(running: &Running<'_>, name: &str, users: &[String]) -> Result<String, String> {
    let mut link = running.link();
    let body = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
        "displayName": name,
        "members": references(users),
    });
    let made = link.ask(&Call::with(Method::POST, "/Groups", &body)).await?;
    let group = id(&made).ok_or("a group without an id")?;
    if members(&link.ask(&Call::get(format!("/Groups/{group}"))).await?).len() != users.len() {
        // Members of a new group are not listened to by all.
        for users in users.chunks(AT_ONCE) {
            link.send(&add(&group, users)).await?;
        }
        let there = members(&link.ask(&Call::get(format!("/Groups/{group}"))).await?).len();
        if there != users.len() {
            return Err(format!("{there} of {} members are in a new group", users.len()));
        }
    }
    Ok(group)
}

/// The ids of a group's members.
pub(crate) fn members(group: &Value) -> Vec<&str> {
    group["members"].as_array().into_iter().flatten().filter_map(|member| member["value"].as_str()).collect()
}

fn id(resource: &Value) -> Option<String> {
    resource["id"].as_str().map(str::to_owned)
}
