//! `uniqueness` of attributes that have no column: 409 by whatever way a value would come twice, and free again as soon as
//! its owner lets go of it.

use serde_json::{Value, json};

use super::{TYPES, URN, body, made, shown, site};
use crate::scim::client::Client;

async fn conflict(client: &Client, method: &str, path: &str, body: &Value, named: &[&str]) {
    let refused = client.send(method, path, Some(body)).await.expect(409);
    assert_eq!(refused["scimType"], "uniqueness");
    let detail = refused["detail"].as_str().unwrap();
    assert!(named.iter().all(|part| detail.contains(part)), "{detail}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_value_has_one_owner() {
    let (site, client) = site().await;
    for (endpoint, ..) in TYPES {
        let held =
            json!({ "serial": "S-1", "number": 7, "plates": ["P1", "p1"], "cards": [{ "value": "c", "chip": "k1" }] });
        let owner = made(&client, endpoint, "owner", held).await;
        let other = made(&client, endpoint, "other", json!({ "plates": ["p2"] })).await;
        let before = site.sql.traces().await;
        for (extension, attribute, value) in [
            (json!({ "serial": "s-1" }), "serial", "\"s-1\""),
            (json!({ "number": 7 }), "number", "\"7\""),
            (json!({ "plates": ["p3", "P1"] }), "plates", "\"P1\""),
            (json!({ "cards": [{ "value": "x", "chip": "K1" }] }), "cards.chip", "\"K1\""),
        ] {
            let named = [format!("{URN}:{attribute}"), value.to_owned()];
            let named = [named[0].as_str(), named[1].as_str()];
            conflict(&client, "POST", endpoint, &body(endpoint, "third", extension.clone()), &named).await;
            conflict(&client, "PUT", &other, &body(endpoint, "other", extension.clone()), &named).await;
            let patch = json!({ "schemas": [crate::scim::client::PATCH_OP], "Operations": [{ "op": "replace", "value": { URN: extension } }] });
            conflict(&client, "PATCH", &other, &patch, &named).await;
        }
        assert_eq!(site.sql.traces().await, before, "nothing was written");
        // Case counts where it does, and what is no more than one's own is no conflict.
        client
            .send("PUT", &other, Some(&body(endpoint, "other", json!({ "plates": ["P2", "p2"], "serial": "S-2" }))))
            .await
            .expect(200);
        let again =
            json!({ "serial": "s-1", "number": 7, "plates": ["P1"], "cards": [{ "value": "d", "chip": "k1" }] });
        client.send("PUT", &owner, Some(&body(endpoint, "owner", again))).await.expect(200);
        assert_eq!(shown(&client, &owner).await["serial"], "s-1");
    }
    // Users and groups have each their own values.
    made(&client, "/Users", "u", json!({ "serial": "same" })).await;
    made(&client, "/Groups", "g", json!({ "serial": "same" })).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_value_is_free_when_its_owner_lets_go() {
    let (_site, client) = site().await;
    for (endpoint, ..) in TYPES {
        let one = made(&client, endpoint, "one", json!({ "serial": "S", "plates": ["a", "b"] })).await;
        client
            .patch(&one, json!([{ "op": "remove", "path": format!("{URN}:plates[value eq \"a\"]") }]))
            .await
            .expect(200);
        let two = made(&client, endpoint, "two", json!({ "plates": ["a"] })).await;
        client.send("DELETE", &one, None).await.expect(204);
        let patch = json!([{ "op": "add", "value": { URN: { "serial": "s", "plates": ["b"] } } }]);
        client.patch(&two, patch).await.expect(200);
        client.send("PUT", &two, Some(&body(endpoint, "two", json!(null)))).await.expect(200);
        made(&client, endpoint, "three", json!({ "serial": "S", "plates": ["a", "b"] })).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_comes_back_holds_its_values_again() {
    let (site, client) = site().await;
    let scope = site.scope();
    for (endpoint, ..) in TYPES {
        let with_id = |name: &str, serial: &str| {
            let mut body = body(endpoint, name, json!({ "serial": serial }));
            body["externalId"] = json!("E");
            body
        };
        let first = client.send("POST", endpoint, Some(&with_id("one", "S"))).await.expect(201);
        let path = format!("{endpoint}/{}", first["id"].as_str().unwrap());
        client.send("DELETE", &path, None).await.expect(204);
        let holder = made(&client, endpoint, "holder", json!({ "serial": "S" })).await;
        conflict(&client, "POST", endpoint, &with_id("one", "s"), &["serial"]).await;
        let back = client.send("POST", endpoint, Some(&with_id("one", "T"))).await.expect(201);
        assert_eq!(back["id"], first["id"]);
        conflict(&client, "PUT", &holder, &body(endpoint, "holder", json!({ "serial": "t" })), &["serial"]).await;
        // An administrator's restore brings the values back, or is refused when they are gone.
        client.send("DELETE", &path, None).await.expect(204);
        let id = first["id"].as_str().unwrap();
        let domain = &site.server.domain;
        let restore = async || match endpoint {
            "/Users" => domain.restore_user(&scope, id.parse().unwrap()).await.map(drop),
            _ => domain.restore_group(&scope, id.parse().unwrap(), None, false).await.map(drop),
        };
        client.send("PUT", &holder, Some(&body(endpoint, "holder", json!({ "serial": "T" })))).await.expect(200);
        assert!(restore().await.unwrap_err().to_string().contains("serial"));
        client.send("PUT", &holder, Some(&body(endpoint, "holder", json!(null)))).await.expect(200);
        restore().await.unwrap();
        conflict(&client, "PUT", &holder, &body(endpoint, "holder", json!({ "serial": "T" })), &["serial"]).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_who_want_a_value_at_once_one_gets_it() {
    let (site, client) = site().await;
    for (endpoint, ..) in TYPES {
        let wanted: Vec<_> =
            (0..8).map(|n| body(endpoint, &format!("n{n}"), json!({ "serial": "S", "plates": ["x", "y"] }))).collect();
        let answers =
            futures_util::future::join_all(wanted.iter().map(|body| client.send("POST", endpoint, Some(body)))).await;
        let mut statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [&[201][..], &[409; 7]].concat());
        let table = endpoint.trim_start_matches('/').to_lowercase();
        assert_eq!(site.sql.value::<i64>(&format!("SELECT count(*) FROM {table}"), &[]).await, 1);
    }
    assert_eq!(site.sql.value::<i64>("SELECT count(*) FROM unique_values", &[]).await, 6);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_tenant_has_values_of_its_own() {
    let (site, client) = site().await;
    let (_, other) = site.server.other_tenant("other").await;
    for (endpoint, ..) in TYPES {
        made(&client, endpoint, "it", json!({ "serial": "S" })).await;
        other.post(&format!("/scim/v2{endpoint}"), &body(endpoint, "it", json!({ "serial": "S" }))).await.expect(201);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_value_too_long_for_a_key_is_refused() {
    let (_site, client) = site().await;
    for (endpoint, ..) in TYPES {
        made(&client, endpoint, "fits", json!({ "serial": "s".repeat(2_000) })).await;
        let refused = client
            .send("POST", endpoint, Some(&body(endpoint, "x", json!({ "serial": "é".repeat(1_001) }))))
            .await
            .expect(400);
        assert_eq!(refused["scimType"], "invalidValue");
        assert!(refused["detail"].as_str().unwrap().contains("serial"), "{refused}");
    }
}
