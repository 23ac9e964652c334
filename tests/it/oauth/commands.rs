//! The commands about signing keys and clients with keys, by the real program.

use jsonwebtoken::Algorithm;
use serde_json::Value;

use super::issuer::Pair;
use crate::support::{Program, database, sql};

const KEY: &str = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_are_listed_rotated_and_encrypted_at_rest() {
    let database = database().await;
    let program = Program::on(&database.url);
    let plain = program.done(&["key", "rotate"]);
    let rotated = program.command(&["key", "rotate"]).env("CONVOKE_ENCRYPTION_KEY", KEY).output().unwrap();
    assert!(rotated.status.success(), "{rotated:?}");
    let listed = program.done(&["key", "list", "--json"]);
    let keys: Vec<Value> = listed.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let state: Vec<(&str, bool)> =
        keys.iter().map(|key| (key["status"].as_str().unwrap(), key["encrypted"].as_bool().unwrap())).collect();
    assert_eq!(state, [("signs", true), ("retired", false)]);
    assert_eq!(keys[1]["id"], plain);
    let row = sql(&database.url).await;
    let row = row.query_one("SELECT private_key FROM signing_keys WHERE encrypted", &[]).await.unwrap();
    let stored: Vec<u8> = row.get(0);
    // Every PKCS #8 document of such a key has the OID of P-256 in it.
    let oid = [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
    assert!(!stored.windows(oid.len()).any(|part| part == oid));
    let wrong = program.command(&["key", "list"]).env("CONVOKE_ENCRYPTION_KEY", "c2hvcnQ=").output().unwrap();
    assert_eq!(wrong.status.code(), Some(2));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_with_keys_gets_no_secret() {
    let database = database().await;
    let program = Program::on(&database.url);
    program.done(&["tenant", "create", "acme"]);
    let pair = Pair::new("a", Algorithm::ES256);
    std::fs::write(program.dir().join("public.json"), pair.public().to_string()).unwrap();
    let create = |file| ["client", "create", "--tenant", "acme", "--scope", "scim", "--jwks", file];
    let printed: Value = serde_json::from_str(&program.done(&create("public.json"))).unwrap();
    assert!(printed["client_id"].is_string() && printed.get("client_secret").is_none());
    let mut private = pair.public();
    private["d"] = Value::from("c2VjcmV0");
    std::fs::write(program.dir().join("private.json"), private.to_string()).unwrap();
    let refused = program.run(&create("private.json"));
    assert!(refused.code != 0 && refused.stderr.contains("public half alone"), "{refused:?}");
    assert_eq!(program.run(&create("nowhere.json")).code, 2);
}
