//! What each verb does, and to what.

use serde_json::{Value, json};

use super::Becomes::{Like, Refused, Same};
use super::{add, hold, home, remove, replace, work};
use crate::conformance::proves;
use crate::protocol::{ENTERPRISE, USER, like, start, start_strict};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn adding() {
    let _proof = proves(&["12.14", "12.15", "12.16", "12.17", "12.18", "12.19", "12.20", "12.21", "12.22", "12.23"]);
    let (_site, client) = start().await;
    let division = format!("{ENTERPRISE}:division");
    let primary = json!({ "value": "w@x", "type": "work", "primary": true });
    let pathless = json!({ "nickName": "N", "title": "U", "name": { "givenName": "B" }, "emails": [work("n@x")] });
    let rows = vec![
        (
            json!([{ "op": "add", "value": pathless }]),
            Like(
                json!({ "nickName": "N", "title": "U", "name": { "@exactly": { "givenName": "B", "familyName": "L" } },
                "emails": { "@unordered": [primary, home(), work("n@x")] } }),
            ),
        ),
        (json!([{ "op": "add", "value": "x" }]), Refused("invalidValue")),
        (json!([{ "op": "add", "value": [{ "title": "x" }] }]), Refused("invalidValue")),
        (json!([{ "op": "add" }]), Refused("invalidValue")),
        (json!([add("nickName", "N")]), Like(json!({ "nickName": "N" }))),
        (json!([add("title", "U")]), Like(json!({ "title": "U" }))),
        (
            json!([add("name", json!({ "givenName": "B", "middleName": "M" }))]),
            Like(json!({ "name": { "@exactly": { "givenName": "B", "familyName": "L", "middleName": "M" } } })),
        ),
        (
            json!([remove("name"), add("name.givenName", "B")]),
            Like(json!({ "name": { "@exactly": { "givenName": "B" } } })),
        ),
        (
            json!([add("emails", work("n@x"))]),
            Like(json!({ "emails": { "@unordered": [primary, home(), work("n@x")] } })),
        ),
        (
            json!([add("emails", json!([work("n@x"), home(), work("m@x")]))]),
            Like(json!({ "emails": { "@unordered": [primary, home(), work("n@x"), work("m@x")] } })),
        ),
        (
            json!([add("phoneNumbers[type eq \"work\"]", json!({ "display": "both" }))]),
            Like(json!({ "phoneNumbers": [{ "value": "1", "display": "both" }, { "value": "2", "display": "both" }] })),
        ),
        (
            json!([add("phoneNumbers[type eq \"fax\"]", json!({ "value": "3" }))]),
            Like(json!({ "phoneNumbers": { "@contains": [{ "@exactly": { "value": "3", "type": "fax" } }] } })),
        ),
        (
            json!([add("phoneNumbers[type eq \"work\"].display", "both")]),
            Like(json!({ "phoneNumbers": [{ "value": "1", "display": "both" }, { "value": "2", "display": "both" }] })),
        ),
        (
            json!([add("addresses[type eq \"work\"].locality", "L"), add("addresses[type eq \"work\"].country", "C")]),
            Like(json!({ "addresses": { "@exactly": [{ "type": "work", "locality": "L", "country": "C" }] } })),
        ),
        (json!([add("addresses[type ne \"work\"].locality", "L")]), Refused("noTarget")),
        (
            json!([add(&division, "V")]),
            Like(json!({ ENTERPRISE: { "@exactly": { "department": "D", "division": "V" } } })),
        ),
        (
            json!([add(ENTERPRISE, json!({ "division": "V", "department": "E" }))]),
            Like(json!({ ENTERPRISE: { "@exactly": { "department": "E", "division": "V" } } })),
        ),
        (
            json!([{ "op": "add", "value": { ENTERPRISE: { "costCenter": "C" }, division.clone(): "V" } }]),
            Like(json!({ ENTERPRISE: { "@exactly": { "costCenter": "C", "division": "V", "department": "D" } } })),
        ),
        (json!([add("title", "T")]), Same),
        (json!([add("name", json!({ "givenName": "A" }))]), Same),
        (json!([add("emails", json!([home()]))]), Same),
        (json!([add("emails[type eq \"home\"].value", "h@x")]), Same),
        (json!([add(ENTERPRISE, json!({ "department": "D" }))]), Same),
    ];
    hold(&client, false, rows).await;
    let (_site, client) = start_strict().await;
    let rows = vec![
        (json!([add("phoneNumbers[type eq \"fax\"].value", "3")]), Refused("noTarget")),
        (json!([add("addresses[type eq \"work\"].locality", "L")]), Refused("noTarget")),
    ];
    hold(&client, true, rows).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn removing() {
    let _proof = proves(&["12.24", "12.25", "12.26", "12.27", "12.28", "12.29", "12.30"]);
    let (_site, client) = start().await;
    let rows = vec![
        (json!([{ "op": "remove" }]), Refused("noTarget")),
        (json!([{ "op": "remove", "value": { "title": "T" } }]), Refused("noTarget")),
        (json!([remove("title")]), Like(json!({ "title": "@absent" }))),
        (json!([remove("nickName")]), Same),
        (json!([remove("name")]), Like(json!({ "name": "@absent" }))),
        (json!([remove("name.givenName")]), Like(json!({ "name": { "@exactly": { "familyName": "L" } } }))),
        (json!([remove("name.givenName"), remove("name.familyName")]), Like(json!({ "name": "@absent" }))),
        (json!([remove("emails")]), Like(json!({ "emails": "@absent" }))),
        (json!([remove("emails[type eq \"work\"]")]), Like(json!({ "emails": { "@exactly": [home()] } }))),
        (json!([remove("phoneNumbers[type eq \"work\"]")]), Like(json!({ "phoneNumbers": "@absent" }))),
        (json!([remove("emails[type eq \"other\"]")]), Same),
        (
            json!([{ "op": "remove", "path": "emails", "value": [{ "value": "w@x" }, { "value": "nobody" }] }]),
            Like(json!({ "emails": { "@exactly": [home()] } })),
        ),
        (
            json!([remove("emails[type eq \"home\"].type")]),
            Like(json!({ "emails": { "@contains": [{ "@exactly": { "value": "h@x" } }] } })),
        ),
        (
            json!([remove("emails[value eq \"h@x\"].type"), remove("emails[value eq \"h@x\"].value")]),
            Like(json!({ "emails": { "@length": 1 } })),
        ),
        (json!([remove(ENTERPRISE)]), Like(json!({ "schemas": [USER], ENTERPRISE: "@absent" }))),
    ];
    hold(&client, false, rows).await;

    let (user, other) = (client.user("u").await, client.user("v").await);
    let body = json!({ "displayName": "g", "members": [{ "value": user }, { "value": other }] });
    let path = format!("/Groups/{}", client.created("/Groups", body).await);
    let nobody = json!([remove("members[value eq \"0190d3c4-8f4e-7d9a-b1c2-3d4e5f607182\"]")]);
    like(
        &client.patch(&path, nobody).await.expect(200),
        &json!({ "members": { "@length": 2 }, "meta": { "version": "W/\"1\"" } }),
    );
    let one = json!([remove(&format!("members[value eq \"{user}\"]"))]);
    like(&client.patch(&path, one).await.expect(200), &json!({ "members": [{ "value": other }] }));
    like(&client.patch(&path, json!([remove("members")])).await.expect(200), &json!({ "members": "@absent" }));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn replacing() {
    let _proof = proves(&["12.32", "12.33", "12.34", "12.35", "12.36", "12.37", "12.38", "12.39"]);
    let (_site, client) = start().await;
    let pathless = json!({ "title": "U", "name": { "givenName": "B" }, "emails": [work("n@x")], "nickName": "N" });
    let rows = vec![
        (
            json!([{ "op": "replace", "value": pathless }]),
            Like(
                json!({ "title": "U", "nickName": "N", "name": { "@exactly": { "givenName": "B", "familyName": "L" } },
                "emails": { "@exactly": [work("n@x")] }, "phoneNumbers": { "@length": 2 }, ENTERPRISE: { "department": "D" } }),
            ),
        ),
        (json!([replace("nickName", "N")]), Like(json!({ "nickName": "N" }))),
        (json!([replace("roles", json!([{ "value": "r" }]))]), Like(json!({ "roles": [{ "value": "r" }] }))),
        (
            json!([replace("name", json!({ "givenName": "B" }))]),
            Like(json!({ "name": { "@exactly": { "givenName": "B", "familyName": "L" } } })),
        ),
        (json!([replace("emails", json!([work("n@x")]))]), Like(json!({ "emails": { "@exactly": [work("n@x")] } }))),
        (json!([replace("emails", json!([]))]), Like(json!({ "emails": "@absent" }))),
        (json!([replace("emails", Value::Null)]), Like(json!({ "emails": "@absent" }))),
        (
            json!([replace("phoneNumbers[type eq \"work\"]", json!({ "value": "9", "type": "work" }))]),
            Like(json!({ "phoneNumbers": { "@exactly": [{ "value": "9", "type": "work" }] } })),
        ),
        (
            json!([replace("phoneNumbers[type eq \"work\"].type", "fax")]),
            Like(
                json!({ "phoneNumbers": { "@exactly": [{ "value": "1", "type": "fax" }, { "value": "2", "type": "fax" }] } }),
            ),
        ),
        (json!([replace("phoneNumbers[type ne \"work\"].value", "3")]), Refused("noTarget")),
        (json!([replace("title", Value::Null)]), Like(json!({ "title": "@absent" }))),
        (
            json!([replace("name.givenName", Value::Null)]),
            Like(json!({ "name": { "@exactly": { "familyName": "L" } } })),
        ),
        (json!([{ "op": "replace", "value": { "title": null } }]), Like(json!({ "title": "@absent" }))),
        (json!([replace("userName", Value::Null)]), Refused("invalidValue")),
        (json!([{ "op": "replace", "value": { "userName": null } }]), Refused("invalidValue")),
        (json!([replace("title", "T")]), Same),
    ];
    hold(&client, false, rows).await;
    let (_site, client) = start_strict().await;
    let rows = vec![
        (json!([replace("emails[type eq \"other\"].value", "x")]), Refused("noTarget")),
        (json!([replace("addresses[type eq \"work\"].locality", "x")]), Refused("noTarget")),
    ];
    hold(&client, true, rows).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn forms_of_a_path() {
    let _proof = proves(&["12.40", "12.41", "12.42"]);
    let (_site, client) = start().await;
    let core = |rest: &str| format!("{USER}:{rest}");
    let dotted = format!("{ENTERPRISE}.department");
    let rows = vec![
        (json!([replace("userName", "b")]), Like(json!({ "userName": "b" }))),
        (json!([replace("NAME.givenname", "B")]), Like(json!({ "name": { "givenName": "B" } }))),
        (json!([replace(&core("title"), "U")]), Like(json!({ "title": "U" }))),
        (json!([replace(&core("name.givenName"), "B")]), Like(json!({ "name": { "givenName": "B" } }))),
        (
            json!([replace(&core("emails[type eq \"home\"].value"), "n@x")]),
            Like(json!({ "emails": { "@contains": [{ "value": "n@x", "type": "home" }] } })),
        ),
        (
            json!([remove("emails[type eq \"work\" and value ew \"x\"]")]),
            Like(json!({ "emails": { "@exactly": [home()] } })),
        ),
        (json!([remove("emails[not (type eq \"work\")]")]), Like(json!({ "emails": { "@length": 1 } }))),
        (
            json!([add(&format!("{ENTERPRISE}:manager.value"), "m")]),
            Like(json!({ ENTERPRISE: { "manager": { "value": "m" } } })),
        ),
        (
            json!([add(&format!("{ENTERPRISE}:manager"), json!({ "value": "m" }))]),
            Like(json!({ ENTERPRISE: { "manager": { "value": "m" } } })),
        ),
        (json!([replace(&dotted, "E")]), Like(json!({ ENTERPRISE: { "department": "E" } }))),
        (
            json!([replace(&ENTERPRISE.to_uppercase(), json!({ "department": "E" }))]),
            Like(json!({ ENTERPRISE: { "department": "E" } })),
        ),
        (json!([add("schemas", json!([ENTERPRISE]))]), Same),
        (json!([replace("schemas", json!([USER, ENTERPRISE]))]), Same),
        (json!([remove("schemas")]), Refused("mutability")),
    ];
    hold(&client, false, rows).await;
    let (_site, client) = start_strict().await;
    hold(&client, true, vec![(json!([replace(&dotted, "E")]), Refused("invalidPath"))]).await;
}
