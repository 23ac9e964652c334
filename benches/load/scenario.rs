//! The scenarios: what one request of each is. A scenario that changes memberships goes there and back, so that the
//! tenant is the same afterwards and each change is a real one.

use http::Method;
use rand::RngExt;
use serde_json::{Value, json};

use super::http::Call;
use super::place::{Place, user};

/// A kind of load.
pub(crate) struct Scenario {
    /// What it is called.
    pub(crate) name: String,
    /// What is done.
    pub(crate) work: Work,
    /// Connections, where it is not for the caller to say.
    pub(crate) clients: Option<usize>,
    /// Whether they are made by the socket in the file system.
    pub(crate) locally: bool,
    /// What it is held against.
    pub(crate) against: Against,
}

/// What a scenario is held against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Against {
    /// The same statements by pgbench.
    Statements,
    /// The large group's members by COPY.
    Copy,
    /// Nothing: its requests depend on each other's answers.
    Nothing,
}

type Of<T> = Box<dyn Fn(&Place) -> T>;
/// The group of a connection's turn.
type GroupOf = Box<dyn Fn(&Place, usize, usize) -> String>;

/// What is done over and over.
pub(crate) enum Work {
    /// One request that can be made as often as one likes.
    Again(Of<Call>),
    /// One request that makes a user nobody had yet.
    Create(Of<Call>),
    /// Requests in turn, each undoing the one before.
    Turns(Of<Vec<Call>>),
    /// Users go into a group and out again: so many at once.
    Members { count: usize, group: GroupOf },
    /// A list is read to its end by cursors, and again.
    Walk(&'static str),
    /// What Entra ID does in the life of one user.
    Life,
}

/// Every scenario, in the order they are run.
pub(crate) fn all(place: &Place) -> Vec<Scenario> {
    [reads(), near(), crowded(), lists(), changes(), large(), growth(place), trees(place)]
        .into_iter()
        .flatten()
        .collect()
}

fn scenario(name: impl Into<String>, work: Work) -> Scenario {
    Scenario { name: name.into(), work, clients: None, locally: false, against: Against::Statements }
}

fn again(name: impl Into<String>, call: impl Fn(&Place) -> Call + 'static) -> Scenario {
    scenario(name, Work::Again(Box::new(call)))
}

fn members(
    name: impl Into<String>,
    count: usize,
    group: impl Fn(&Place, usize, usize) -> String + 'static,
) -> Scenario {
    scenario(name, Work::Members { count, group: Box::new(group) })
}

impl Scenario {
    fn alone(self) -> Self {
        Self { clients: Some(1), ..self }
    }

    fn against(self, against: Against) -> Self {
        Self { against, ..self }
    }
}

fn reads() -> Vec<Scenario> {
    vec![
        again("get user", |place| Call::get(format!("/Users/{}", any(&place.users)))),
        again("user by userName", |place| look_up("userName", &format!("user{}@example.com", number(place)))),
        again("user by externalId", |place| look_up("externalId", &format!("ext-{}", number(place)))),
        again("user by displayName", |place| look_up("displayName", &format!("Person {}", number(place)))),
        again("get group, no members", |place| bare(any(&place.groups))),
        again("get large group, no members", |place| bare(&place.large)),
        again("get group of 10", |place| Call::get(format!("/Groups/{}", any(&place.groups)))),
        again("get group of 100", |place| Call::get(format!("/Groups/{}", any(&place.hundreds)))),
        again("get group of 1,000", |place| Call::get(format!("/Groups/{}", place.thousand))),
    ]
}

/// Look-ups again, by the socket in the file system: as short a way to the server as pgbench has to the database.
fn near() -> Vec<Scenario> {
    let near =
        |scenario: Scenario| Scenario { name: format!("{}, Unix socket", scenario.name), locally: true, ..scenario };
    reads().into_iter().take(8).map(near).collect()
}

/// Look-ups again, from more connections: the more come at once, the more share a query.
fn crowded() -> Vec<Scenario> {
    const CROWD: usize = 32;
    let many = |scenario: Scenario| Scenario {
        name: format!("{}, {CROWD} connections", scenario.name),
        clients: Some(CROWD),
        ..scenario
    };
    reads().into_iter().take(6).map(many).collect()
}

fn lists() -> Vec<Scenario> {
    vec![
        again("list 100 users", |_| Call::get("/Users?count=100")),
        again("list 100 users, each another page", |_| Call::get(differing("/Users?count=100"))),
        again("list 100 groups", |_| Call::get("/Groups?count=100&excludedAttributes=members")),
        again("list 100 groups, each another page", |_| {
            Call::get(differing("/Groups?count=100&excludedAttributes=members"))
        }),
        again("list 100 groups, Directory", |_| Call::native("/api/v1/admin/groups?per_page=100".to_owned())),
        scenario("walk all users by cursor, pages", Work::Walk("/Users?count=100&attributes=userName"))
            .against(Against::Nothing),
    ]
}

fn changes() -> Vec<Scenario> {
    let create = |place: &Place| Call::with(Method::POST, "/Users", &user(place.fresh()));
    vec![
        members("add one member, many groups", 1, own_group),
        members("add one member, hot group", 1, |place, _, _| place.hot.clone()),
        members("add 100 members", 100, own_group),
        scenario("create user", Work::Create(Box::new(create))),
        again("patch user", rename),
        scenario("life of a user as Entra ID sends it", Work::Life).against(Against::Nothing),
        again("Bulk of 1,000 users", bulk).against(Against::Nothing).alone(),
    ]
}

fn large() -> Vec<Scenario> {
    vec![
        again("get large group", |place| Call::get(format!("/Groups/{}", place.large))).alone().against(Against::Copy),
        scenario("PUT of the large group, ten changes", Work::Turns(Box::new(|place| place.replacements.to_vec())))
            .alone()
            .against(Against::Nothing),
    ]
}

/// The same change in groups of every size.
fn growth(place: &Place) -> Vec<Scenario> {
    let of_size = |(at, (size, _)): (usize, &(usize, String))| {
        members(format!("add one member, group of {size}"), 1, move |place, _, _| place.sizes[at].1.clone()).alone()
    };
    place.sizes.iter().enumerate().map(of_size).collect()
}

/// The same pages over trees of every size.
fn trees(place: &Place) -> Vec<Scenario> {
    let of_size = |at: usize| {
        let memberships = place.trees[at].memberships;
        let first = again(format!("effective members, first page of {memberships}"), move |place| {
            Call::native(place.trees[at].page())
        });
        let deep = again(format!("effective members, deep page of {memberships}"), move |place| {
            let tree = &place.trees[at];
            Call::native(format!("{}&after={}", tree.page(), tree.deep))
        });
        [first, deep]
    };
    (0..place.trees.len()).flat_map(of_size).collect()
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

/// A page that hardly anybody else asks for at the same time, and that costs as much as the first one.
fn differing(list: &str) -> String {
    format!("{list}&startIndex={}", rand::rng().random_range(2..=100))
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

fn bulk(place: &Place) -> Call {
    let operation = |at: usize| {
        let number = place.fresh();
        json!({ "method": "POST", "path": "/Users", "bulkId": at.to_string(), "data": user(number) })
    };
    let operations: Value = (0..1_000).map(operation).collect();
    let body = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": operations });
    Call::with(Method::POST, "/Bulk", &body)
}
