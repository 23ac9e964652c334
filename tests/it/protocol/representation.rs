//! Section 3: what a resource looks like, and how what a client sent becomes one.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{ENTERPRISE, GROUP, LIST, SEARCH, USER, like, names, refused, start, start_strict};
use crate::conformance::proves;
use crate::scim::client::PATCH_OP;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_says_what_it_is() {
    let _proof = proves(&["3.1", "3.2"]);
    let (_site, client) = start().await;
    let body = json!({ "userName": "u", "schemas": [USER, USER, ENTERPRISE], ENTERPRISE: { "department": "D" } });
    let user = format!("/Users/{}", client.created("/Users", body).await);
    client.group("g").await;
    let paths = ["", "/Users", "/Groups", "/Schemas", "/ResourceTypes", "/ServiceProviderConfig", "/Nothing", &user];
    for path in paths {
        let answer = client.get(path).await.body;
        let inner = answer["Resources"].as_array().cloned().unwrap_or_default();
        for body in inner.iter().chain([&answer]) {
            let schemas: Vec<&str> = body["schemas"].as_array().unwrap().iter().map(|s| s.as_str().unwrap()).collect();
            assert!(!schemas.is_empty() && schemas.iter().collect::<BTreeSet<_>>().len() == schemas.len(), "{body}");
        }
    }
    like(&client.get(&user).await.expect(200), &json!({ "schemas": { "@unordered": [USER, ENTERPRISE] } }));
    let patch = json!([{ "op": "remove", "path": format!("{ENTERPRISE}:department") }]);
    like(&client.patch(&user, patch).await.expect(200), &json!({ "schemas": [USER], ENTERPRISE: "@absent" }));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn schemas_of_a_body() {
    let _proof = proves(&["3.3", "3.4", "3.5"]);
    let unsaid = json!({ "userName": "unsaid" });
    let empty = json!({ "schemas": [], "userName": "empty" });
    let unknown = json!({ "schemas": [USER, "urn:x:y:User"], "userName": "unknown" });
    let wrong = [
        json!({ "schemas": [GROUP], "userName": "wrong" }),
        json!({ "schemas": [USER, GROUP], "userName": "wrong" }),
        json!({ "schemas": [PATCH_OP], "userName": "wrong" }),
        json!({ "schemas": [USER, LIST], "userName": "wrong" }),
    ];
    let (_site, client) = start().await;
    for body in [&unsaid, &empty, &unknown] {
        like(&client.post("/Users", body).await.expect(201), &json!({ "schemas": [USER] }));
    }
    for body in &wrong {
        refused(client.post("/Users", body).await, 400, "invalidSyntax", &["schemas"]);
    }
    let (_site, client) = start_strict().await;
    let user = json!({ "schemas": [USER], "userName": "u" });
    let path = format!("/Users/{}", client.created("/Users", user).await);
    for body in [&unsaid, &empty, &unknown].into_iter().chain(&wrong) {
        refused(client.post("/Users", body).await, 400, "invalidSyntax", &["schemas"]);
        refused(client.put(&path, body).await, 400, "invalidSyntax", &["schemas"]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn names_have_no_case() {
    let _proof = proves(&["3.6", "3.7", "3.8", "3.9", "3.10"]);
    let (_site, client) = start().await;
    let shouted = ENTERPRISE.to_uppercase();
    let body = json!({ "SCHEMAS": [USER.to_uppercase(), shouted], "USERNAME": "u", "Name": { "GIVENNAME": "G" },
        "Emails": [{ "VALUE": "a@x", "Type": "work" }], shouted.clone(): { "DEPARTMENT": "D" } });
    let created = client.post("/Users", &body).await.expect(201);
    let spelled = json!({ "userName": "u", "name": { "@exactly": { "givenName": "G" } },
        "emails": { "@exactly": [{ "value": "a@x", "type": "work" }] }, ENTERPRISE: { "@exactly": { "department": "D" } },
        "schemas": { "@unordered": [USER, ENTERPRISE] }, "USERNAME": "@absent", shouted.clone(): "@absent" });
    like(&created, &spelled);
    let path = format!("/Users/{}", created["id"].as_str().unwrap());

    let department = format!("{shouted}:Department");
    let filters = ["USERNAME eq \"u\"", "NAME.givenname eq \"g\"", "EMAILS[TYPE eq \"work\"].VALUE pr"];
    for filter in filters.into_iter().chain([&*format!("{department} eq \"d\"")]) {
        assert_eq!(names(&client.get(&format!("/Users?filter={filter}")).await.expect(200)), ["u"], "{filter}");
    }
    assert_eq!(names(&client.get("/Users?SORTBY=USERNAME&sortby=x").await.expect(200)), ["u"]);
    let projected = client.get(&format!("{path}?attributes=NAME.GIVENNAME,{department}")).await.expect(200);
    like(
        &projected,
        &json!({ "name": { "givenName": "G" }, ENTERPRISE: { "department": "D" }, "userName": "@absent" }),
    );
    let operations = json!([
        { "OP": "replace", "PATH": "name.GIVENname", "VALUE": "H" },
        { "op": "replace", "path": department, "value": "E" },
        { "op": "replace", "path": "emails[TYPE eq \"work\"].Value", "value": "b@x" },
        { "op": "replace", "value": { "TITLE": "T" } },
    ]);
    let patched = client.patch(&path, operations).await.expect(200);
    let expected = json!({ "name": { "givenName": "H" }, ENTERPRISE: { "@exactly": { "department": "E" } },
        "emails": { "@exactly": [{ "value": "b@x", "type": "work" }] }, "title": "T", "TITLE": "@absent" });
    like(&patched, &expected);

    for twice in [
        json!({ "userName": "v", "USERNAME": "v" }),
        json!({ "userName": "v", "name": { "givenName": "a", "GivenName": "b" } }),
        json!({ "userName": "v", ENTERPRISE: { "department": "a" }, shouted: { "department": "b" } }),
        json!({ "userName": "v", "emails": [{ "value": "a", "Value": "b" }] }),
    ] {
        refused(client.post("/Users", &twice).await, 400, "invalidSyntax", &["twice"]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn null_empty_and_absent_are_one() {
    let _proof = proves(&["3.12", "3.13"]);
    let (_site, client) = start().await;
    let nothing = json!({ "userName": "u", "title": null, "emails": [], "name": { "givenName": null }, "phoneNumbers": null,
        "addresses": [null, {}], ENTERPRISE: { "manager": null } });
    let created = client.post("/Users", &nothing).await.expect(201);
    like(&created, &json!({ "schemas": [USER] }));
    let shown: Vec<&str> = created.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(shown, ["schemas", "id", "userName", "active", "meta"]);
    let path = format!("/Users/{}", created["id"].as_str().unwrap());
    assert_eq!(client.put(&path, &json!({ "userName": "u" })).await.expect(200), created);

    let full = json!({ "userName": "u", "title": "T", "emails": [{ "value": "a@x" }], "name": { "givenName": "G" } });
    for (attribute, unassigned) in [
        ("title", json!(null)),
        ("emails", json!([])),
        ("emails", json!(null)),
        ("name", json!({})),
        ("name", json!(null)),
    ] {
        client.put(&path, &full).await.expect(200);
        let mut body = full.clone();
        body[attribute] = unassigned;
        like(&client.put(&path, &body).await.expect(200), &json!({ attribute: "@absent" }));
        for filter in [format!("{attribute} pr"), format!("not ({attribute} pr)")] {
            let expected: &[&str] = if filter.starts_with("not") { &["u"] } else { &[] };
            assert_eq!(names(&client.get(&format!("/Users?filter={filter}")).await.expect(200)), expected, "{filter}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_values() {
    let _proof = proves(&["3.32", "3.33", "3.34"]);
    let (_site, client) = start().await;
    let emails = json!([
        { "value": "a@x", "type": "work", "display": "A", "primary": true },
        { "value": "a@x", "type": "work" },
        { "value": "a@x", "type": "home" },
        { "value": "b@x", "primary": false },
    ]);
    let created = client.post("/Users", &json!({ "userName": "u", "emails": emails })).await.expect(201);
    let expected = json!([
        { "value": "a@x", "type": "work", "display": "A", "primary": true },
        { "value": "a@x", "type": "home", "primary": "@absent" },
        { "value": "b@x" },
    ]);
    like(&created["emails"], &expected);
    let schema = client.get(&format!("/Schemas/{USER}")).await.expect(200);
    for (attribute, subs) in [
        ("emails", &["value", "display", "type", "primary"][..]),
        ("phoneNumbers", &["value", "display", "type", "primary"]),
        ("groups", &["value", "$ref", "display", "type"]),
    ] {
        let subs: Vec<Value> = subs.iter().map(|name| json!({ "name": name })).collect();
        let expected = json!({ "name": attribute, "multiValued": true, "subAttributes": { "@contains": subs } });
        like(&schema["attributes"], &json!({ "@contains": [expected] }));
    }
    let two = json!([{ "value": "a", "primary": true }, { "value": "b", "primary": true }]);
    let path = format!("/Users/{}", created["id"].as_str().unwrap());
    let body = json!({ "userName": "v", "emails": two });
    refused(client.post("/Users", &body).await, 400, "invalidValue", &["emails", "primary"]);
    refused(client.put(&path, &body).await, 400, "invalidValue", &["emails", "primary"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn passwords_are_taken_and_kept_nowhere() {
    let _proof = proves(&["3.38", "3.39", "3.40"]);
    let (site, client) = start().await;
    let secret = "correct horse battery";
    let body = json!({ "userName": "u", "password": secret });
    let created = client.post("/Users", &body).await.expect(201);
    let path = format!("/Users/{}", created["id"].as_str().unwrap());
    client.put(&path, &json!({ "userName": "u", "title": "T", "password": secret })).await.expect(200);
    client.patch(&path, json!([{ "op": "replace", "path": "password", "value": secret }])).await.expect(200);
    client.patch(&path, json!([{ "op": "add", "value": { "password": secret, "title": "U" } }])).await.expect(200);
    let asked = client.get(&format!("{path}?attributes=password,title")).await.expect(200);
    like(&asked, &json!({ "title": "U", "password": "@absent" }));
    for table in ["users", "events"] {
        let query = format!("SELECT count(*) FROM {table} AS row WHERE row::text LIKE '%correct horse%'");
        assert_eq!(site.sql.value::<i64>(&query, &[]).await, 0, "{table}");
    }
    let config = client.get("/ServiceProviderConfig").await.expect(200);
    assert_eq!(config["changePassword"]["supported"], false);
}

/// Every attribute clients can write, each with something in it.
fn everything() -> Value {
    let plural =
        |value: &str, kind: &str| json!([{ "value": value, "display": "Shown", "type": kind, "primary": true }]);
    json!({
        "schemas": [USER, ENTERPRISE], "userName": "Full.User@Example.COM", "externalId": "X-1", "active": true,
        "name": { "formatted": "Ms. B J Jensen, III", "familyName": "Jensen", "givenName": "B", "middleName": "J",
                  "honorificPrefix": "Ms.", "honorificSuffix": "III" },
        "displayName": "Babs  Jensen", "nickName": "Babs", "profileUrl": "not a URL", "title": " Tour Guide ",
        "userType": "Employee", "preferredLanguage": "english", "locale": "xx_YY", "timezone": "Nowhere/Land",
        "emails": plural("B@EXAMPLE.com", "Work"), "phoneNumbers": plural("+1 (555) 555-8377;x=4", "work"),
        "ims": plural("Babs", "aim"), "photos": plural("ftp://x/y", "photo"), "entitlements": plural("E", "e"),
        "roles": plural("R", "r"), "x509Certificates": plural("TUlJRFF6", "cert"),
        "addresses": [{ "formatted": "100 Universal City Plaza\nHollywood", "streetAddress": "100 Universal City Plaza",
            "locality": "Hollywood", "region": "CA", "postalCode": "91608", "country": "Utopia", "type": "work",
            "primary": true }],
        ENTERPRISE: { "employeeNumber": "007", "costCenter": "4130", "organization": "Universal", "division": "Theme Park",
            "department": "Tours", "manager": { "value": "26118915-6090-4610-87e4-49d8ca9f808d",
            "$ref": "../Users/26118915-6090-4610-87e4-49d8ca9f808d" } },
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_attribute_comes_back_as_sent() {
    let _proof = proves(&["3.41", "3.49", "3.51", "17.10"]);
    let (_site, client) = start().await;
    let sent = everything();
    let created = client.post("/Users", &sent).await.expect(201);
    let path = format!("/Users/{}", created["id"].as_str().unwrap());
    let read = client.get(&path).await.expect(200);
    for (name, value) in sent.as_object().unwrap() {
        assert_eq!(read[name], *value, "{name}");
        // And one by one, by PATCH.
        if !matches!(name.as_str(), "schemas" | "userName" | "active") {
            let cleared = client.patch(&path, json!([{ "op": "remove", "path": name }])).await.expect(200);
            assert!(cleared.get(name).is_none(), "{name}");
            let again = json!([{ "op": "add", "path": name, "value": value }]);
            assert_eq!(client.patch(&path, again).await.expect(200)[name], *value, "{name}");
        }
    }
    // Nothing that is published as writable is missing above.
    for urn in [USER, ENTERPRISE] {
        let schema = client.get(&format!("/Schemas/{urn}")).await.expect(200);
        let holder = if urn == USER { &sent } else { &sent[urn] };
        let writable = |attribute: &&Value| attribute["mutability"] == "readWrite";
        for attribute in schema["attributes"].as_array().unwrap().iter().filter(writable) {
            let name = attribute["name"].as_str().unwrap();
            let element = if attribute["multiValued"] == true { &holder[name][0] } else { &holder[name] };
            assert!(!element.is_null(), "{name}");
            for sub in attribute["subAttributes"].as_array().into_iter().flatten().filter(writable) {
                let sub = sub["name"].as_str().unwrap();
                assert!(!element[sub].is_null(), "{name}.{sub}");
            }
        }
    }
    let group = json!({ "schemas": [GROUP], "displayName": "A  Group", "externalId": "G-1" });
    let group = format!("/Groups/{}", client.created("/Groups", group).await);
    like(&client.get(&group).await.expect(200), &json!({ "displayName": "A  Group", "externalId": "G-1" }));
    let search = json!({ "schemas": [SEARCH], "filter": "userName eq \"full.user@example.com\"" });
    assert_eq!(names(&client.post("/Users/.search", &search).await.expect(200)), ["Full.User@Example.COM"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn groups_of_a_user_follow_from_members() {
    let _proof = proves(&["3.42", "3.43"]);
    let (_site, client) = start().await;
    let user = client.user("u").await;
    let with = |name: &str, members: &[&str]| {
        let members: Vec<Value> = members.iter().map(|id| json!({ "value": id })).collect();
        json!({ "displayName": name, "members": members })
    };
    let inner = client.created("/Groups", with("inner", &[&user])).await;
    let outer = client.created("/Groups", with("outer", &[&inner])).await;
    let path = format!("/Users/{user}");
    let membership = |id: &str, name: &str, kind: &str| json!({ "value": id, "display": name, "type": kind });
    let held = json!([membership(&inner, "inner", "direct"), membership(&outer, "outer", "indirect")]);
    like(&client.get(&path).await.expect(200), &json!({ "groups": { "@unordered": held } }));
    // Nothing a client says of the user changes that.
    let put = json!({ "userName": "u", "groups": [] });
    like(&client.put(&path, &put).await.expect(200), &json!({ "groups": { "@length": 2 } }));
    refused(client.patch(&path, json!([{ "op": "remove", "path": "groups" }])).await, 400, "mutability", &["groups"]);
    client.patch(&format!("/Groups/{outer}"), json!([{ "op": "remove", "path": "members" }])).await.expect(200);
    like(&client.get(&path).await.expect(200), &json!({ "groups": [membership(&inner, "inner", "direct")] }));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn members_of_a_group() {
    let _proof = proves(&["3.46", "3.48"]);
    let (_site, client) = start().await;
    let (user, other) = (client.user("u").await, client.user("v").await);
    let members = json!([{ "value": user }]);
    let path =
        format!("/Groups/{}", client.created("/Groups", json!({ "displayName": "g", "members": members })).await);
    let before = client.get(&path).await.expect(200);
    for (target, value) in [
        (format!("members[value eq \"{user}\"].value"), json!(other)),
        (format!("members[value eq \"{user}\"].display"), json!("x")),
        ("members.type".to_owned(), json!("Group")),
    ] {
        let patch = json!([{ "op": "replace", "path": target, "value": value }]);
        refused(client.patch(&path, patch).await, 400, "mutability", &["member"]);
    }
    assert_eq!(client.get(&path).await.expect(200), before);

    let mut chain = vec![path.rsplit('/').next().unwrap().to_owned()];
    for number in 0..4 {
        let members = json!([{ "value": chain.last().unwrap() }]);
        chain.push(client.created("/Groups", json!({ "displayName": format!("g{number}"), "members": members })).await);
    }
    let bottom = chain[0].clone();
    for above in &chain {
        let add = json!([{ "op": "add", "path": "members", "value": [{ "value": above }] }]);
        let answer = client.patch(&format!("/Groups/{bottom}"), add).await;
        refused(answer, 400, "invalidValue", &["cycle", "g → "]);
    }
    assert_eq!(client.members(&bottom).await, [user]);
}
