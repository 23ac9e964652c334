//! Section 5: filters, each with whom it finds.

use serde_json::{Value, json};

use super::badge::{self, BADGE};
use super::{ENTERPRISE, SEARCH, USER, names, refused, start, start_strict};
use crate::conformance::proves;
use crate::scim::client::Client;

/// Ada, Bob and Cid, who differ in everything a filter asks for.
async fn cast(client: &Client) -> [String; 3] {
    let ada = json!({
        "userName": "Ada@Example.com", "externalId": "Xa", "displayName": "Ada \"the\" Countess", "title": "Countess",
        "name": { "familyName": "Lovelace", "givenName": "Ada" }, "active": true, "userType": "a+b",
        "emails": [{ "value": "ada@work.example", "type": "work", "primary": true }, { "value": "Ada@home.example", "type": "home" }],
        "profileUrl": "https://X/Ada", "x509Certificates": [{ "value": "QUJD" }],
        ENTERPRISE: { "department": "R&D", "employeeNumber": "10" },
    });
    let bob = json!({
        "userName": "bob", "externalId": "xa", "displayName": "Bob\\Ross", "active": false,
        "emails": [{ "value": "bob@home.example", "type": "work" }, { "value": "bob@work.example", "type": "home" }],
        "roles": [{ "value": "painter" }], ENTERPRISE: { "manager": { "value": "ada" }, "employeeNumber": "9" },
    });
    let cid = json!({ "userName": "Cid", "title": "Mr", "name": { "givenName": "CID" } });
    [client.created("/Users", ada).await, client.created("/Users", bob).await, client.created("/Users", cid).await]
}

const EVERYBODY: &str = "Ada@Example.com bob Cid";

/// Holds each filter to the user names it finds, by GET as the client would encode it and by `.search`.
async fn hold(client: &Client, rows: &[(&str, &str)]) {
    for (filter, expected) in rows {
        let encoded: String = filter.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let found = client.get(&format!("/Users?filter={encoded}")).await.expect(200);
        assert_eq!(names(&found).join(" "), *expected, "{filter}");
        assert_eq!(found["totalResults"], names(&found).len(), "{filter}");
        let search = json!({ "schemas": [SEARCH], "filter": filter });
        assert_eq!(client.post("/Users/.search", &search).await.expect(200), found, "{filter}");
    }
}

/// Holds each filter to `invalidFilter` naming a part of it.
async fn refuse(client: &Client, rows: &[(&str, &str)]) {
    for (filter, part) in rows {
        let encoded: String = filter.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let answer = client.get(&format!("/Users?filter={encoded}")).await;
        refused(answer, 400, "invalidFilter", &[part]);
        let search = json!({ "schemas": [SEARCH], "filter": filter });
        refused(client.post("/Users/.search", &search).await, 400, "invalidFilter", &[part]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connectives() {
    let _proof = proves(&["5.1", "5.2", "5.3", "5.28"]);
    let (_site, client) = start().await;
    cast(&client).await;
    let rows = [
        ("userName eq \"bob\" or userName eq \"cid\" and title eq \"none\"", "bob"),
        ("(userName eq \"bob\" or userName eq \"cid\") and title eq \"none\"", ""),
        ("title eq \"none\" and userName eq \"cid\" or userName eq \"bob\"", "bob"),
        ("not (userName eq \"bob\") and active eq true", "Ada@Example.com Cid"),
        ("not (userName eq \"bob\" and active eq true)", EVERYBODY),
        ("not (userName eq \"bob\") or active eq false", EVERYBODY),
        ("not(title pr)", "bob"),
        ("not  (title pr)", "bob"),
        ("NOT (title PR) OR userName Eq \"cid\" AND active EQ TRUE", "bob Cid"),
        ("not (not (title pr))", "Ada@Example.com Cid"),
        ("((userName sw \"a\"))", "Ada@Example.com"),
        ("not (title eq \"Mr\")", "Ada@Example.com bob"),
        ("not (emails.type eq \"work\")", "Cid"),
        ("not (name.familyName eq \"Lovelace\")", "bob Cid"),
    ];
    hold(&client, &rows).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn names_of_attributes() {
    let _proof = proves(&["5.4", "5.5", "5.6", "5.8"]);
    let (_site, client) = start().await;
    cast(&client).await;
    let core = |rest: &str| format!("{USER}:{rest}");
    let own = |rest: &str| format!("{ENTERPRISE}:{rest}");
    let rows = [
        (core("userName eq \"BOB\""), "bob"),
        (core("name.givenName eq \"cid\""), "Cid"),
        (core("emails[type eq \"home\"].value ew \"home.example\""), "Ada@Example.com"),
        (core("USERNAME eq \"bob\"").to_uppercase(), "bob"),
        (own("department eq \"r&d\""), "Ada@Example.com"),
        (own("manager.value eq \"ada\""), "bob"),
        (own("manager eq \"ada\""), "bob"),
        (format!("{ENTERPRISE} pr"), "Ada@Example.com bob"),
        (format!("not ({ENTERPRISE} pr)"), "Cid"),
    ];
    hold(&client, &rows.iter().map(|(filter, found)| (filter.as_str(), *found)).collect::<Vec<_>>()).await;
    hold(&client, &[("department eq \"R&D\"", "Ada@Example.com"), ("manager.value pr", "bob")]).await;
    let (_site, client) = start_strict().await;
    refuse(&client, &[("department eq \"x\"", "department"), ("manager pr", "manager")]).await;
    hold(&client, &[(&own("department eq \"x\""), "")]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_of_many_values_or_the_same_one() {
    let _proof = proves(&["5.7", "5.24", "5.26", "5.37"]);
    let (_site, client) = start().await;
    let [ada, bob, _] = cast(&client).await;
    let inner = json!({ "displayName": "inner", "members": [{ "value": ada }] });
    let inner = client.created("/Groups", inner).await;
    let outer = json!({ "displayName": "outer", "members": [{ "value": bob }, { "value": inner }] });
    let outer = client.created("/Groups", outer).await;
    let rows = [
        ("emails[type eq \"work\"].value eq \"ADA@work.example\"", "Ada@Example.com"),
        ("emails[type eq \"home\"].value eq \"ada@work.example\"", ""),
        ("emails[primary eq true].value co \"work\"", "Ada@Example.com"),
        ("emails co \"home.example\"", "Ada@Example.com bob"),
        ("emails eq \"bob@home.example\"", "bob"),
        ("emails.value eq \"bob@home.example\"", "bob"),
        ("emails.type eq \"work\" and emails.value ew \"@home.example\"", "Ada@Example.com bob"),
        ("emails[type eq \"work\" and value ew \"@home.example\"]", "bob"),
        ("emails[not (type eq \"work\") and value sw \"ada\"]", "Ada@Example.com"),
        (&format!("groups.value eq \"{inner}\""), "Ada@Example.com"),
        (&format!("groups eq \"{outer}\""), "Ada@Example.com bob"),
        ("groups pr", "Ada@Example.com bob"),
        // A value that does not say that it is the primary one is not.
        ("emails[primary eq false and value co \"work\"]", "bob"),
        ("emails.primary eq false", "Ada@Example.com bob"),
        ("emails.primary ne true", EVERYBODY),
        ("emails[primary ne false]", "Ada@Example.com"),
        ("emails.primary ne false", "Ada@Example.com Cid"),
        ("emails[type eq \"work\"].primary eq false", "bob"),
        ("emails[type eq \"work\"].primary ne true", "bob Cid"),
    ];
    hold(&client, &rows).await;
    for (filter, expected) in [
        (format!("members.value eq \"{bob}\""), "outer"),
        (format!("members[value eq \"{inner}\"]"), "outer"),
        (format!("members eq \"{ada}\" and displayName sw \"in\""), "inner"),
        ("members.value eq \"nobody\"".to_owned(), ""),
        ("not (members pr)".to_owned(), ""),
    ] {
        let found = client.get(&format!("/Groups?filter={filter}")).await.expect(200);
        assert_eq!(names(&found).join(" "), expected, "{filter}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn literals_and_their_encoding() {
    let _proof = proves(&["5.9", "5.10", "5.11", "5.12"]);
    let (_site, client) = start().await;
    cast(&client).await;
    let rows = [
        (r#"displayName eq "ada \"the\" countess""#, "Ada@Example.com"),
        (r#"displayName eq "Bob\\Ross""#, "bob"),
        (r#"displayName eq "\u0041da \u0022the\u0022 Countess""#, "Ada@Example.com"),
        (r#"displayName co "\\""#, "bob"),
        ("userType eq \"a+b\"", "Ada@Example.com"),
    ];
    hold(&client, &rows).await;
    let slips = [
        ("userName eq\"bob\"", "bob"),
        ("emails[value eq\"bob@home.example\"]", "bob"),
        ("meta.resourceType eq User", EVERYBODY),
        ("userName eq 'bob'", "bob"),
    ];
    hold(&client, &slips).await;
    for query in ["userName+eq+%22bob%22", "userName%20eq%20%22bob%22", "userName%20eq+%22b%6Fb%22"] {
        assert_eq!(names(&client.get(&format!("/Users?filter={query}")).await.expect(200)), ["bob"], "{query}");
    }
    for (query, total) in [("userType+eq+%22a%2Bb%22", 1), ("userType+eq+%22a+b%22", 0)] {
        assert_eq!(client.get(&format!("/Users?filter={query}")).await.expect(200)["totalResults"], total, "{query}");
    }
    let (_site, client) = start_strict().await;
    refuse(&client, &[("meta.resourceType eq User", "User"), ("userName eq 'bob'", "'bob'")]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn operators_on_text() {
    let _proof = proves(&["5.14", "5.15", "5.22", "3.17"]);
    let (_site, client) = start().await;
    cast(&client).await;
    let rows = [
        ("userName eq \"ADA@example.COM\"", "Ada@Example.com"),
        ("userName ne \"BOB\"", "Ada@Example.com Cid"),
        ("userName co \"EXAMPLE\"", "Ada@Example.com"),
        ("userName sw \"C\"", "Cid"),
        ("userName ew \"OB\"", "bob"),
        ("title co \"%\"", ""),
        ("title co \"_\"", ""),
        ("externalId eq \"Xa\"", "Ada@Example.com"),
        ("externalId eq \"xa\"", "bob"),
        ("externalId co \"X\"", "Ada@Example.com"),
        ("externalId ne \"Xa\"", "bob Cid"),
        ("userName gt \"ada@example.com\"", "bob Cid"),
        ("userName ge \"BOB\"", "bob Cid"),
        ("userName lt \"Bob\"", "Ada@Example.com"),
        ("userName le \"bob\"", "Ada@Example.com bob"),
        ("externalId gt \"Xa\"", "bob"),
        ("externalId lt \"xa\"", "Ada@Example.com"),
        (&format!("{ENTERPRISE}:employeeNumber lt \"9\""), "Ada@Example.com"),
        ("profileUrl eq \"https://X/Ada\"", "Ada@Example.com"),
        ("profileUrl eq \"https://x/ada\"", ""),
        ("profileUrl sw \"https://X\"", "Ada@Example.com"),
    ];
    hold(&client, &rows).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn operators_on_other_types() {
    let _proof = proves(&["5.16", "5.17", "5.18", "5.19", "5.20", "5.21", "5.23", "3.24"]);
    let (_site, client) = badge::start(&[]).await;
    for (name, more) in [
        (
            "one",
            json!({ "level": 9, "ratio": 0.5, "trained": true, "issuedAt": "2026-01-01T12:00:00+02:00", "photo": "QUJD" }),
        ),
        (
            "two",
            json!({ "level": 10, "ratio": -2, "trained": false, "issuedAt": "2026-01-01T11:30:00.5Z", "photo": "qujd" }),
        ),
        ("none", json!({})),
    ] {
        client.created("/Users", badge::user(name, &more)).await;
    }
    let rows = [
        ("level gt 9", "two"),
        ("level ge 9", "one two"),
        ("level lt 10", "one"),
        ("level eq 9.0", "one"),
        ("level ne 9", "two none"),
        ("ratio lt 0", "two"),
        ("ratio eq 5e-1", "one"),
        ("trained eq true", "one"),
        ("trained ne true", "two none"),
        ("trained eq false", "two"),
        ("issuedAt eq \"2026-01-01T10:00:00Z\"", "one"),
        ("issuedAt gt \"2026-01-01T11:00:00+01:00\"", "two"),
        ("issuedAt le \"2026-01-01T05:00:00-05:00\"", "one"),
        ("issuedAt eq \"2026-01-01T12:30:00.500+01:00\"", "two"),
        ("photo eq \"QUJD\"", "one"),
        ("photo ne \"QUJD\"", "two none"),
    ];
    let qualified: Vec<_> = rows.iter().map(|(filter, found)| (format!("{BADGE}:{filter}"), *found)).collect();
    hold(&client, &qualified.iter().map(|(filter, found)| (filter.as_str(), *found)).collect::<Vec<_>>()).await;
    hold(&client, &[("active eq true and not (active eq false)", "one two none"), ("active ne true", "")]).await;
    let mut wrong = vec!["active gt true".to_owned(), "active le false".to_owned(), "name eq \"x\"".to_owned()];
    wrong.extend(["name gt \"x\"", "addresses eq \"x\"", "meta eq \"x\""].map(str::to_owned));
    for operator in ["co", "sw", "ew"] {
        for (attribute, literal) in
            [("trained", "true"), ("level", "1"), ("ratio", "1"), ("issuedAt", "\"2026\""), ("photo", "\"Q\"")]
        {
            wrong.push(format!("{BADGE}:{attribute} {operator} {literal}"));
        }
    }
    wrong.extend(["gt", "ge", "lt", "le"].map(|operator| format!("{BADGE}:photo {operator} \"QUJD\"")));
    wrong.extend(
        ["level eq \"many\"", "issuedAt gt \"soon\"", "trained eq \"maybe\"", "seat eq \"B\""]
            .map(|f| format!("{BADGE}:{f}")),
    );
    for filter in &wrong {
        let attribute = filter.split(' ').next().unwrap().rsplit(':').next().unwrap();
        refuse(&client, &[(filter, attribute)]).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn presence_and_absence() {
    let _proof = proves(&["5.25", "5.27", "5.34"]);
    let (_site, client) = start().await;
    cast(&client).await;
    let rows = [
        ("title pr", "Ada@Example.com Cid"),
        ("name pr", "Ada@Example.com Cid"),
        ("name.familyName pr", "Ada@Example.com"),
        ("emails pr", "Ada@Example.com bob"),
        ("emails.primary pr", "Ada@Example.com"),
        ("roles pr", "bob"),
        ("active pr", EVERYBODY),
        ("addresses pr", ""),
        ("meta.created pr", EVERYBODY),
        ("title ne \"Mr\"", "Ada@Example.com bob"),
        ("title eq null", "bob"),
        ("title ne null", "Ada@Example.com Cid"),
        ("emails eq null", "Cid"),
        ("name.familyName ne \"Lovelace\"", "bob Cid"),
        ("externalId eq null", "Cid"),
        // Cid was created without saying so.
        ("active eq true", "Ada@Example.com Cid"),
        ("active eq false", "bob"),
    ];
    hold(&client, &rows).await;
    refuse(&client, &[("title gt null", "null"), ("userName co null", "null")]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_asked() {
    let _proof = proves(&["5.13", "5.29", "5.31", "5.32"]);
    let (_site, client) = start().await;
    cast(&client).await;
    let deep = format!("{}title pr{}", "(".repeat(11), ")".repeat(11));
    let long = format!("title eq \"{}\"", "x".repeat(9_000));
    let wide = vec!["title pr"; 101].join(" or ");
    let rows = [
        (deep.as_str(), "10 levels"),
        (&long, "8192"),
        (&wide, "100"),
        ("stranger eq \"x\"", "stranger"),
        ("members pr", "members"),
        ("name.stranger pr", "stranger"),
        ("emails[stranger eq \"x\"]", "stranger"),
        ("urn:x:y:User:z pr", "urn:x:y:User:z"),
        ("userName eq \"bob\" or stranger pr", "stranger"),
        ("password eq \"x\"", "password"),
        ("password pr", "password"),
        ("not (password sw \"a\")", "password"),
        ("userName is \"bob\"", "operator"),
        ("userName", "ends too early"),
        ("userName eq", "ends too early"),
        ("userName eq \"bob", "character"),
        ("userName eq \"bob\" userName pr", "character 19"),
        ("(userName pr", "ends too early"),
        ("userName pr)", "character 12"),
        ("emails[type eq \"work\"", "ends too early"),
        ("and", "ends too early"),
        ("not userName pr", "character"),
    ];
    refuse(&client, &rows).await;
    let most = vec!["title pr"; 100].join(" or ");
    hold(
        &client,
        &[
            (&format!("{}title pr{}", "(".repeat(10), ")".repeat(10)), "Ada@Example.com Cid"),
            (&most, "Ada@Example.com Cid"),
        ],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_clients_ask() {
    let _proof = proves(&["5.33", "5.35", "5.36"]);
    let (_site, client) = start().await;
    let [ada, bob, cid] = cast(&client).await;
    let meta = client.get(&format!("/Users/{bob}")).await.expect(200)["meta"].clone();
    let created = meta["created"].as_str().unwrap();
    let rows = [
        ("userName eq \"bob\"".to_owned(), "bob"),
        ("externalId eq \"Xa\"".to_owned(), "Ada@Example.com"),
        (format!("id eq \"{cid}\""), "Cid"),
        (format!("id eq \"{ada}\" and manager eq \"x\""), ""),
        (format!("manager eq \"ada\" and id eq \"{bob}\""), "bob"),
        ("emails[type eq \"work\"].value eq \"ada@work.example\"".to_owned(), "Ada@Example.com"),
        ("emails.value eq \"ada@home.example\"".to_owned(), "Ada@Example.com"),
        ("displayName eq \"bob\\\\ross\"".to_owned(), "bob"),
        ("active eq true and userName sw \"ada\"".to_owned(), "Ada@Example.com"),
        ("meta.resourceType eq \"User\"".to_owned(), EVERYBODY),
        ("meta.resourceType eq \"Group\"".to_owned(), ""),
        ("meta.created gt \"1999-01-01T00:00:00Z\"".to_owned(), EVERYBODY),
        ("meta.lastModified lt \"1999-01-01T00:00:00Z\"".to_owned(), ""),
        (format!("meta.created ge \"{created}\" and userName eq \"bob\""), "bob"),
        (format!("meta.lastModified le \"{}\" and userName eq \"bob\"", created.replace('Z', "+00:00")), "bob"),
    ];
    hold(&client, &rows.iter().map(|(filter, found)| (filter.as_str(), *found)).collect::<Vec<_>>()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn over_all_types_what_another_type_has_is_absent() {
    let _proof = proves(&["5.30", "10.3"]);
    let (_site, client) = start().await;
    let [ada, ..] = cast(&client).await;
    let group = json!({ "displayName": "Ada", "members": [{ "value": ada }] });
    client.created("/Groups", group).await;
    for (filter, expected) in [
        ("userName sw \"ada\"", "Ada@Example.com"),
        ("members pr", "Ada"),
        ("not (userName pr)", "Ada"),
        ("userName eq \"ada\" or members pr", "Ada"),
        ("displayName sw \"ada\"", "Ada@Example.com Ada"),
        ("displayName sw \"ada\" and meta.resourceType eq \"Group\"", "Ada"),
        ("meta.resourceType eq \"User\"", EVERYBODY),
    ] {
        let found = client.get(&format!("/?filter={filter}")).await.expect(200);
        assert_eq!(names(&found).join(" "), expected, "{filter}");
        let search = json!({ "schemas": [SEARCH], "filter": filter });
        assert_eq!(client.post("/.search", &search).await.expect(200)["Resources"], found["Resources"], "{filter}");
    }
    let nobody: Value = client.get("/?filter=stranger pr").await.expect(400);
    assert_eq!(nobody["scimType"], "invalidFilter");
}
