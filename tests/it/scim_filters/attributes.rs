//! What is shown can be asked for: groups of users with those above them, members by every sub-attribute, addresses in
//! every spelling, everything in `meta`, long text, lists within attributes. What has no answer is refused.

use serde_json::{Value, json};

use super::{GROUP, USER, found, probe, search};
use crate::support::{Setup, TestServer, sql};

/// `ada` is in `staff`, `bob` in `dev`, `eve` in none; `dev` is in `staff`, `staff` in `root`.
struct Office {
    server: TestServer,
    people: [String; 3],
    groups: [String; 3],
}

impl Office {
    async fn open() -> Self {
        let folder = probe::folder();
        let server =
            TestServer::start_with(Setup { schema_dir: Some(folder.path().to_owned()), ..Setup::default() }).await;
        let ada = create(&server, "/Users", json!({ "schemas": [USER], "userName": "ada" })).await;
        let bob =
            create(&server, "/Users", json!({ "schemas": [USER], "userName": "bob", "displayName": "Bobby" })).await;
        let eve = create(&server, "/Users", json!({ "schemas": [USER], "userName": "eve" })).await;
        let dev = group(&server, "dev", &[&bob]).await;
        let staff = group(&server, "Staff", &[&ada, &dev]).await;
        let root = group(&server, "root", &[&staff]).await;
        Self { server, people: [ada, bob, eve], groups: [dev, staff, root] }
    }

    /// The names of those found, in the order they were made.
    async fn names(&self, at: &str, filter: &str) -> String {
        let list = search(&self.server, at, json!({ "filter": filter })).await;
        assert_eq!(list.status, 200, "{filter}: {}", list.text);
        let name = |one: &Value| one.get("userName").unwrap_or(&one["displayName"]).as_str().unwrap().to_owned();
        list.body["Resources"].as_array().unwrap().iter().map(name).collect::<Vec<_>>().join(" ")
    }

    async fn hold(&self, at: &str, expectations: &[(&str, &str)]) {
        let [ada, bob, eve] = &self.people;
        let [dev, staff, root] = &self.groups;
        let words = [("ADA", ada), ("BOB", bob), ("EVE", eve), ("DEV", dev), ("STAFF", staff), ("ROOT", root)];
        for (filter, expected) in expectations {
            let filled =
                words.iter().fold((*filter).to_owned(), |text, (word, id)| text.replace(&format!("<{word}>"), id));
            let filled = filled.replace("<BASE>", &format!("{}/scim/v2", self.server.base_url));
            let filled = filled.replace("<ORIGIN>", &self.server.base_url).replace('\'', "\"");
            assert_eq!(self.names(at, &filled).await, *expected, "{at} {filled}");
        }
    }

    async fn refused(&self, at: &str, filter: &str) -> String {
        let answer = search(&self.server, at, json!({ "filter": filter })).await;
        assert_eq!(
            (answer.status, answer.body["scimType"].as_str()),
            (400, Some("invalidFilter")),
            "{filter}: {}",
            answer.text
        );
        answer.body["detail"].as_str().unwrap().to_owned()
    }
}

async fn create(server: &TestServer, at: &str, body: Value) -> String {
    super::id_of(&server.post(&format!("/scim/v2{at}"), &body).await.expect(201))
}

async fn group(server: &TestServer, name: &str, members: &[&str]) -> String {
    let members: Vec<Value> = members.iter().map(|id| json!({ "value": id })).collect();
    create(server, "/Groups", json!({ "schemas": [GROUP], "displayName": name, "members": members })).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn users_by_their_groups() {
    let office = Office::open().await;
    office
        .hold(
            "/Users",
            &[
                ("groups.value eq '<DEV>'", "bob"),
                ("groups.value eq '<STAFF>'", "ada bob"),
                ("groups eq '<ROOT>'", "ada bob"),
                ("groups[value eq '<ROOT>']", "ada bob"),
                ("groups.value eq '<EVE>'", ""),
                ("groups.value eq 'x'", ""),
                ("groups.value sw '0'", "ada bob"),
                ("groups.display eq 'STAFF'", "ada bob"),
                ("groups.display co 'ev'", "bob"),
                ("groups[display eq 'staff' and type eq 'direct']", "ada"),
                ("groups[display eq 'staff' and type eq 'INDIRECT']", "bob"),
                ("groups[display eq 'staff' and not (type eq 'direct')]", "bob"),
                ("groups[value eq '<ROOT>' and type eq 'direct']", ""),
                ("groups.value eq '<ROOT>' and groups.type eq 'direct'", "ada bob"),
                ("groups.type eq 'direct'", "ada bob"),
                ("groups.type ne 'direct'", "ada bob eve"),
                ("not (groups.type eq 'direct')", "eve"),
                ("groups.display ne 'dev'", "ada bob eve"),
                ("groups[display ne 'dev']", "ada bob"),
                ("groups[display eq 'dev'].type eq 'direct'", "bob"),
                ("groups[display eq 'root'].type ne 'indirect'", "eve"),
                ("groups.$ref eq '<BASE>/Groups/<DEV>'", "bob"),
                ("groups.$ref eq '../Groups/<DEV>'", "bob"),
                ("groups[$ref eq 'Groups/<STAFF>' and type eq 'direct']", "ada"),
                ("groups.$ref eq '<BASE>/Users/<DEV>'", ""),
                ("groups.$ref eq 'https://elsewhere.example/scim/v2/Groups/<DEV>'", ""),
                ("groups.$ref ew '<DEV>'", "bob"),
                ("groups.$ref co '/Groups/'", "ada bob"),
                ("groups pr", "ada bob"),
                ("groups.display pr", "ada bob"),
                ("not (groups pr)", "eve"),
                ("groups eq null", "eve"),
            ],
        )
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn groups_by_their_members() {
    let office = Office::open().await;
    office
        .hold(
            "/Groups",
            &[
                ("members eq '<ADA>'", "Staff"),
                ("members[value eq '<DEV>']", "Staff"),
                ("members.type eq 'GROUP'", "Staff root"),
                ("members.type eq 'User'", "dev Staff"),
                ("members.type ne 'User'", "Staff root"),
                ("not (members.type eq 'User')", "root"),
                ("members[type eq 'User' and value eq '<ADA>']", "Staff"),
                ("members[type eq 'Group' and value eq '<ADA>']", ""),
                ("members[type eq 'Group' or value eq '<BOB>']", "dev Staff root"),
                ("members.type eq 'Group' and members.value eq '<ADA>'", "Staff"),
                ("members.display eq 'DEV'", "Staff"),
                ("members.display eq 'bobby'", "dev"),
                ("members.display eq 'bob'", ""),
                ("members[display sw 'a' and type eq 'User']", "Staff"),
                ("members[display sw 's'].type eq 'Group'", "root"),
                ("members.$ref eq '<BASE>/Users/<BOB>'", "dev"),
                ("members.$ref eq '/scim/v2/Users/<BOB>'", "dev"),
                ("members[$ref eq 'Groups/<DEV>']", "Staff"),
                ("members.$ref eq '<BASE>/Groups/<BOB>'", ""),
                ("members.$ref co '/Groups/'", "Staff root"),
                ("members.value ew 'x' or members.display eq 'ada'", "Staff"),
                ("members pr", "dev Staff root"),
            ],
        )
        .await;
    let capitals = office.people[0].to_uppercase();
    assert_eq!(office.names("/Groups", &format!("members.value eq \"{capitals}\"")).await, "", "ids are caseExact");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn memberships_count_while_they_hold() {
    let office = Office::open().await;
    let tables = sql(office.server.database_url()).await;
    let window = "INSERT INTO members (tenant_id, group_id, user_id, added_at, added_by, source, valid_from, expires_at)
        SELECT tenant_id, id, $1::text::uuid, now(), 'test', 'native', now() - interval '2 days', now() + $2::text::interval
        FROM groups WHERE name = 'dev' ON CONFLICT (tenant_id, group_id, user_id)
        DO UPDATE SET expires_at = excluded.expires_at";
    let eve = &office.people[2];
    for (end, holds) in [("1 day", true), ("-1 day", false)] {
        tables.execute(window, &[eve, &end]).await.unwrap();
        tables.execute("UPDATE groups SET has_windows = true WHERE name = 'dev'", &[]).await.unwrap();
        let held = office.names("/Users", "groups.display eq \"root\" and userName eq \"eve\"").await;
        assert_eq!(held == "eve", holds, "{end}");
        assert_eq!(office.names("/Users", "groups pr and userName eq \"eve\"").await == "eve", holds, "{end}");
        assert_eq!(office.names("/Groups", &format!("members.value eq \"{eve}\"")).await == "dev", holds, "{end}");
    }
    let bob = &office.people[1];
    let dev = &office.groups[0];
    let remove = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [
        { "op": "remove", "path": format!("members[value eq \"{bob}\"]") }] });
    office.server.patch(&format!("/scim/v2/Groups/{dev}"), &remove).await.expect(200);
    assert_eq!(office.names("/Groups", "members pr").await, "Staff root", "nobody is in dev any more");
    tables.execute(window, &[eve, &"1 day"]).await.unwrap();
    assert_eq!(office.names("/Groups", "members pr").await, "dev Staff root", "somebody is, for a while");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_server_says_of_a_resource() {
    let office = Office::open().await;
    office
        .hold(
            "",
            &[
                ("meta.location eq '<BASE>/Users/<ADA>'", "ada"),
                ("meta.location eq '/Users/<ADA>'", "ada"),
                ("meta.location eq '<ORIGIN>/tenants/acme/scim/v2/Users/<ADA>'", ""),
                ("meta.location eq 'Groups/<DEV>'", "dev"),
                ("meta.location ne '<BASE>/Users/<ADA>' and userName pr", "bob eve"),
                ("meta.location sw '<BASE>/Groups'", "dev Staff root"),
                ("meta.location ew '<EVE>'", "eve"),
                ("meta.location gt '<BASE>/T'", "ada bob eve"),
                ("meta.location pr and meta pr and userName sw 'a'", "ada"),
                ("meta.version eq 'W/\\'1\\'' and userName pr", "ada bob eve"),
                ("meta.version co '1' and meta.resourceType eq 'User'", "ada bob eve"),
                ("meta.resourceType eq 'user'", ""),
                ("meta.resourceType sw 'Gr'", "dev Staff root"),
                ("meta[resourceType eq 'Group' and version sw 'W/']", "dev Staff root"),
                ("meta.created gt '2020-01-01T00:00:00Z' and meta.lastModified lt '2020-01-01T00:00:00Z'", ""),
                ("schemas eq 'urn:ietf:params:scim:schemas:core:2.0:GROUP'", "dev Staff root"),
                ("schemas ew ':User'", "ada bob eve"),
                ("schemas[value co 'enterprise']", ""),
            ],
        )
        .await;
    let shown = office.server.get(&format!("/scim/v2/Users/{}", office.people[0])).await.expect(200);
    let created = shown["meta"]["created"].as_str().unwrap();
    for (operator, holds) in [("eq", true), ("ge", true), ("le", true), ("ne", false), ("gt", false), ("lt", false)] {
        let filter = format!("userName eq \"ada\" and meta.created {operator} \"{created}\"");
        assert_eq!(office.names("/Users", &filter).await == "ada", holds, "{filter}");
        // Between two values the database can hold.
        let beyond = created.replace('Z', "0001Z");
        let filter = format!("userName eq \"ada\" and meta.created {operator} \"{beyond}\"");
        assert_eq!(office.names("/Users", &filter).await == "ada", ["ne", "lt", "le"].contains(&operator), "{filter}");
    }
}

/// The tenant can be reached by its name as well, and then answers show that address; all of them mean one resource.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_is_the_same_under_every_base() {
    let office = Office::open().await;
    let (ada, origin) = (&office.people[0], &office.server.base_url);
    for base in ["/scim/v2", "/tenants/acme/scim/v2", "/api/v1/tenants/acme/scim/v2"] {
        for address in [
            format!("{origin}/scim/v2/Users/{ada}"),
            format!("{origin}{base}/Users/{ada}"),
            format!("{base}/Users/{ada}"),
        ] {
            let filter = format!("meta.location eq \"{address}\"").replace(' ', "+").replace('"', "%22");
            let list = office.server.get(&format!("{base}/Users?filter={filter}")).await.expect(200);
            assert_eq!(super::ids(&list), std::slice::from_ref(ada), "{base} {address}");
            assert_eq!(list["Resources"][0]["meta"]["location"], format!("{origin}{base}/Users/{ada}"));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn text_is_found_whatever_its_length() {
    let office = Office::open().await;
    let long = "x".repeat(5_000);
    let of = |end: &str| json!({ "schemas": [USER], "userName": format!("long{end}"), "title": format!("{long}{end}"), "externalId": format!("e{end}") });
    for end in ["A", "B"] {
        create(&office.server, "/Users", of(end)).await;
    }
    for (filter, expected) in [
        (format!("title eq \"{long}a\""), "longA"),
        (format!("title eq \"{long}\""), ""),
        (format!("title sw \"{long}\""), "longA longB"),
        ("title ew \"xB\"".to_owned(), "longB"),
        (format!("title gt \"{long}a\""), "longB"),
        (format!("title ne \"{long}b\" and title pr"), "longA"),
    ] {
        assert_eq!(office.names("/Users", &filter).await, expected, "{}", &filter[..20]);
    }
    let too_long = "x".repeat(8_200);
    assert!(office.refused("/Users", &format!("title eq \"{too_long}\"")).await.contains("8192"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lists_within_an_attribute() {
    let office = Office::open().await;
    let urn = probe::urn("User");
    for (name, badge) in
        [("one", json!({ "plains": ["Red", "blue"], "counts": [1, 2] })), ("two", json!({ "plains": ["green"] }))]
    {
        let body = json!({ "schemas": [USER, urn], "userName": name, &urn: { "badge": badge, "badges": [badge] } });
        create(&office.server, "/Users", body).await;
    }
    for owner in ["badge", "badges"] {
        for (filter, expected) in [
            ("<>.plains eq \"RED\"", "one"),
            ("<>.plains co \"e\"", "one two"),
            ("<>.plains ne \"green\" and <> pr", "one"),
            ("<>.counts gt 1", "one"),
            ("<>.counts gt 2", ""),
            ("<>[plains eq \"red\" and counts eq 2]", "one"),
            ("<>[plains eq \"red\" and plains eq \"blue\"]", "one"),
            ("<>[plains sw \"g\"].counts pr", ""),
            ("<>.counts eq null and userName co \"o\" and <> pr", "two"),
        ] {
            let filter = filter.replace("<>", owner);
            assert_eq!(office.names("/Users", &filter).await, expected, "{filter}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_has_no_answer_is_refused() {
    let office = Office::open().await;
    for filter in ["userName eq {}", "userName eq []", "userName eq {\"a\": 1}", "active eq [true]"] {
        assert!(office.refused("/Users", filter).await.contains("a value"), "{filter}");
    }
    for (at, filter, named) in [
        ("/Users", "groups.owner eq \"x\"", "owner"),
        ("/Users", "groups[owner pr]", "owner"),
        ("/Users", "groups.value gt true or groups.value gt null", "null"),
        ("/Groups", "members.owner pr", "owner"),
        ("/Groups", "urn:ietf:params:scim:schemas:extension:convoke:2.0:Group:parentGroup.display pr", "display"),
        ("/Users", "meta.colour eq \"red\"", "colour"),
        ("/Users", "meta eq \"x\"", "meta"),
        ("/Users", "meta.created co \"2026\"", "co"),
        ("", "strange pr or userName pr", "strange"),
    ] {
        assert!(office.refused(at, filter).await.contains(named), "{filter}");
    }
    assert_eq!(found(&office.server, "/Users", "groups[type eq \"robot\"]").await, Vec::<String>::new());
}
