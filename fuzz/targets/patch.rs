//! Any JSON as a PATCH: applied as a whole or refused with the document as it was. What comes of it is a document that a
//! client could have sent.

#![no_main]

use std::sync::LazyLock;

use convoke::api::scim::patch;
use convoke::schema::{Document, Mode, accept};
use convoke_fuzz::{patch_body, types};
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};

static DOCUMENTS: LazyLock<[Document; 2]> = LazyLock::new(|| {
    let user = json!({
        "userName": "ada", "active": true, "externalId": "x", "name": { "givenName": "Ada" },
        "emails": [{ "value": "a@b.example", "type": "work", "primary": true }, { "value": "c@d.example", "type": "home" }],
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": { "department": "x", "manager": { "value": "m" } },
    });
    let group = json!({ "displayName": "staff", "externalId": "y" });
    [user, group].map(|document| match document {
        Value::Object(members) => members,
        _ => Document::new(),
    })
});

fuzz_target!(|data: &[u8]| {
    let Some(body) = patch_body(data) else { return };
    for (resource_type, before) in types().into_iter().zip(DOCUMENTS.iter()) {
        for mode in [Mode::Compat, Mode::Strict] {
            let Ok(patch) = patch::parse(body.clone().into(), resource_type, mode) else { continue };
            let mut document = before.clone();
            if patch.apply(resource_type, "x", &mut document).is_err() {
                assert_eq!(&document, before, "a refused PATCH changes nothing");
                continue;
            }
            accept::check_required(resource_type, &document).expect("what is required is still there");
            // Only what a client may leave out on its own is filled in when it is sent again.
            let mut sent = document.clone();
            sent.entry("active").or_insert(Value::Bool(true));
            let received = accept::read(resource_type, document.clone().into(), Mode::Compat);
            let accepted = received.and_then(|received| received.create(resource_type));
            let mut accepted = accepted.expect("it could have been sent");
            accepted.entry("active").or_insert(Value::Bool(true));
            if mode == Mode::Compat {
                assert_eq!(accepted, sent, "and would be the same");
            }
        }
    }
});
