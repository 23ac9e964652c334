//! The scenarios: what one request of each is. A scenario that changes memberships goes there and back, so that the
//! tenant is the same afterwards and each change is a real one.

use hyper::Method;
use rand::RngExt;
use serde_json::json;

use super::http::Call;
use super::place::{self, Place};

/// A kind of load.
pub(crate) struct Scenario {
    /// What it is called.
    pub(crate) name: &'static str,
    /// What is done.
    pub(crate) work: Work,
}

/// What is done over and over.
#[derive(Clone, Copy)]
pub(crate) enum Work {
    /// One request that can be made as often as one likes.
    Again(fn(&Place) -> Call),
    /// One request that makes a user nobody had yet.
    Create(fn(&Place) -> Call),
    /// Users go into a group and out again: so many at once, of the group chosen for a connection's turn.
    Members {
        /// How many at once.
        count: usize,
        /// The group of a connection's turn.
        group: fn(&Place, usize, usize) -> String,
    },
}

/// Every scenario, in the order they are run.
pub(crate) fn all() -> Vec<Scenario> {
    use Work::{Again, Create, Members};
    let scenario = |name, work| Scenario { name, work };
    vec![
        scenario("get user", Again(|place| Call::get(format!("/Users/{}", any(&place.users))))),
        scenario("user by userName", Again(|place| look_up("userName", &format!("user{}@example.com", number(place))))),
        scenario("user by externalId", Again(|place| look_up("externalId", &format!("ext-{}", number(place))))),
        scenario("user by displayName", Again(|place| look_up("displayName", &format!("Person {}", number(place))))),
        scenario("get group, no members", Again(|place| bare(&place.large))),
        scenario("get group of 10", Again(|place| Call::get(format!("/Groups/{}", any(&place.groups))))),
        scenario("get group of 100", Again(|place| Call::get(format!("/Groups/{}", any(&place.hundreds))))),
        scenario("get large group", Again(|place| Call::get(format!("/Groups/{}", place.large)))),
        scenario("list 100 users", Again(|_| Call::get("/Users?count=100"))),
        scenario("list 100 groups", Again(|_| Call::get("/Groups?count=100&excludedAttributes=members"))),
        scenario("add one member, many groups", Members { count: 1, group: own_group }),
        scenario("add one member, large group", Members { count: 1, group: |place, _, _| place.large.clone() }),
        scenario("add one member, hot group", Members { count: 1, group: |place, _, _| place.hot.clone() }),
        scenario("add 100 members", Members { count: 100, group: own_group }),
        scenario("create user", Create(|place| Call::with(Method::POST, "/Users", &place::user(place.fresh())))),
        scenario("patch user", Again(rename)),
    ]
}

/// Groups of ten in turn, another one for each connection.
fn own_group(place: &Place, connection: usize, turn: usize) -> String {
    let groups = place.groups.len();
    place.groups[(connection + turn * 31) % groups].clone()
}

fn any(ids: &[String]) -> &str {
    &ids[rand::rng().random_range(0..ids.len())]
}

fn number(place: &Place) -> usize {
    rand::rng().random_range(0..place.users.len())
}

fn look_up(attribute: &str, value: &str) -> Call {
    Call::get(format!("/Users?filter={attribute}+eq+%22{}%22", value.replace(' ', "+").replace('@', "%40")))
}

fn bare(group: &str) -> Call {
    Call::get(format!("/Groups/{group}?excludedAttributes=members"))
}

fn rename(place: &Place) -> Call {
    let title = format!("Title {}", place.fresh());
    let body = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{ "op": "replace", "path": "title", "value": title }],
    });
    Call::with(Method::PATCH, format!("/Users/{}", any(&place.users)), &body)
}
