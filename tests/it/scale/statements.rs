use serde_json::{Value, json};
use super::crowd::*;
use crate::support::*;

fn patch(operations: Value) -> Value {
    json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn explore() {
    let begun = std::time::Instant::now();
    let crowd = crowd().await;
    eprintln!("seeded in {:?}", begun.elapsed());
    let stage = crowd.stage().await;
    for _ in 0..2 {
    for (m, p, b) in [
        ("GET", format!("/scim/v2/Users/{}", user(5)), None),
        ("GET", format!("/scim/v2/Users?filter=userName+eq+%22user7%22"), None),
        ("GET", format!("/scim/v2/Users?count=100"), None),
        ("GET", format!("/scim/v2/Users?count=100&cursor"), None),
        ("GET", format!("/scim/v2/Groups?count=100&excludedAttributes=members"), None),
        ("GET", format!("/scim/v2/Groups/{}?excludedAttributes=members", group(LARGE)), None),
        ("GET", format!("/scim/v2/Groups/{}", group(HUNDRED)), None),
        ("PATCH", format!("/scim/v2/Groups/{}", group(SMALL)), Some(patch(json!([{"op": "add", "path": "members", "value": [{"value": user(LONER)}]}])))),
        ("PATCH", format!("/scim/v2/Groups/{}", group(SMALL)), Some(patch(json!([{"op": "remove", "path": format!("members[value eq \"{}\"]", user(LONER))}])))),
    ] {
        stage.wire.reset();
        let answer = stage.server.send(m.parse().unwrap(), &p, &[], b.as_ref()).await;
        let cost = stage.wire.cost();
        eprintln!("{m} {p}: {} {} trips", answer.status, cost.round_trips);
        for s in cost.statements { eprintln!("    {}", &s[..s.len().min(100)]); }
    }}
    drop(stage);
    for g in [SMALL, LARGE] {
        for op in [json!([{"op": "add", "path": "members", "value": [{"value": user(LONER)}]}]), json!([{"op": "remove", "path": format!("members[value eq \"{}\"]", user(LONER))}])] {
            let rows = crowd.rows_touched(async |server| { server.patch(&format!("/scim/v2/Groups/{}?excludedAttributes=members", group(g)), &patch(op)).await.expect(200); }).await;
            eprintln!("{g} {rows:?}");
        }
    }
}
