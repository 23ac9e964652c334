//! Filters and pages.

use serde_json::{Value, json};

use super::{Line, done, hold, line, refused};
use crate::conformance::proves;
use crate::scim_strict::requests::{Request, bulk, filter, filter_at, get, patch, user_body};

fn filters() -> Vec<Line> {
    let found = |request: Request| done(request, 200).shows("/totalResults", 1);
    let invalid = |request: Request| refused(request, 400, "invalidFilter");
    vec![
        line(
            "eq and and are supported",
            [
                found(filter("userName eq \"ada\" and active eq true")).shows("/Resources/0/id", "{user}"),
                done(filter("userName eq \"ada\" and active eq false"), 200).shows("/totalResults", 0),
            ],
        ),
        line(
            "IPSIE: the filters of users",
            [
                found(filter("userName eq \"ada\"")),
                done(filter("externalId eq \"nobody\""), 200).shows("/totalResults", 0),
                found(filter("emails[value eq \"ada@work\"]")),
                found(filter("emails[type eq \"work\" and value eq \"ada@work\"]")),
                done(filter("emails[type eq \"work\" and value eq \"ada@home\"]"), 200).shows("/totalResults", 0),
            ],
        ),
        line(
            "IPSIE: the filters of groups, whose members are left out of the list",
            [
                found(filter_at("Groups", "displayName eq \"staff\"")),
                found(filter_at("Groups", "members[value eq \"{user}\"]")),
                found(get("/Groups?excludedAttributes=members&filter=displayName%20eq%20%22staff%22"))
                    .shows("/Resources/0/members", json!(null)),
            ],
        ),
        line(
            "an undefined attribute in a filter is invalidFilter, on each endpoint",
            [
                invalid(filter("shoeSize eq 42")),
                invalid(filter("name.shoeSize eq 42")),
                invalid(filter("emails[shoeSize eq 42]")),
                invalid(filter_at("Groups", "userName eq \"ada\"")),
                invalid(filter("department eq \"R&D\"")),
            ],
        ),
        line(
            "a filter in the URL goes with GET alone",
            [invalid(Request { path: "/Users/{user}?filter=userName%20pr".to_owned(), ..patch(&json!([])) })],
        ),
        line(
            "literals are JSON (RFC 7644 section 3.4.2.2)",
            [
                invalid(filter("userName eq 'ada'")),
                invalid(filter("userName eq ada")),
                invalid(filter("active eq \"true\"")),
                invalid(filter("active eq True")),
            ],
        ),
    ]
}

fn pages() -> Vec<Line> {
    let new = |at: i32| {
        json!({ "method": "POST", "bulkId": at.to_string(), "path": "/Users",
        "data": user_body(&json!({ "userName": format!("u{at:03}") })) })
    };
    let more = || done(bulk(&(0..118).map(new).collect::<Vec<_>>().into()), 200);
    let page = |query: &str| done(get(format!("/Users?{query}attributes=id")), 200).shows("/totalResults", 120);
    vec![
        line(
            "100 a page where no count is given, and where 100 is asked for",
            [
                more(),
                page("").shows("/itemsPerPage", 100),
                page("count=100&").shows("/itemsPerPage", 100),
                page("count=100&startIndex=101&").shows("/itemsPerPage", 20),
            ],
        ),
        line(
            "a count above the limit gives fewer, and is no error",
            [more(), page("count=5000&").shows("/itemsPerPage", 120)],
        ),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_found() {
    let _proof = proves(&["I-10", "I-11", "I-12", "S-11", "S-17"]);
    hold("filters", filters()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn how_much_is_shown() {
    let _proof = proves(&["I-14"]);
    hold("pages", pages()).await;
}

/// By cursor as well, to the end.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cursors_lead_to_the_end() {
    let _proof = proves(&["I-13"]);
    let server = crate::support::TestServer::start().await;
    let room = crate::scim_strict::tenant::Room::furnished(&server, "exact", true).await;
    let first = room.send_as_it_is(&get("/Users?cursor=&count=1&attributes=id")).await.expect(200);
    let next = first["nextCursor"].as_str().unwrap();
    let second = room.send_as_it_is(&get(format!("/Users?cursor={next}&count=1&attributes=id"))).await.expect(200);
    assert_eq!((&first["itemsPerPage"], &second["itemsPerPage"]), (&json!(1), &json!(1)));
    assert_eq!((second.get("nextCursor"), second["Resources"][0] == first["Resources"][0]), (None::<&Value>, false));
}
