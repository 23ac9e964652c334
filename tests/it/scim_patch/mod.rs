//! PATCH: random requests against a reference interpreter, as a function and over HTTP, and the rules of RFC 7644 section
//! 3.5.2 one by one where a random request does not reach.

mod conform;
mod generate;
mod http;
mod members;
mod pure;
mod reference;
mod rules;
mod steps;
mod terms;

use self::generate::Placed;
use self::terms::Schema;

const CORE: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const ENTERPRISE_URN: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const EVERYTHING_URN: &str = "urn:example:params:scim:schemas:specimen:2.0:Everything";
const USER: &str = include_str!("../../../scim-schemas/User.json");
const ENTERPRISE: &str = include_str!("../../../scim-schemas/EnterpriseUser.json");
const EVERYTHING: &str = include_str!("../scim_schemas/schemas/everything.json");

/// The folder of the operator's schemas these tests run with.
fn folder() -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/scim_schemas/schemas")
}

fn user_schema() -> Schema {
    Schema::new(USER, &[ENTERPRISE, EVERYTHING])
}

/// Attributes that random requests are about: every type, mutability and number of values is among them.
fn attributes(schema: &Schema) -> Vec<Placed> {
    const CORE: [&str; 10] =
        ["userName", "title", "nickName", "active", "name", "emails", "addresses", "roles", "groups", "photos"];
    const EXTENDED: [&str; 16] = [
        "department",
        "manager",
        "text",
        "code",
        "flag",
        "level",
        "moment",
        "texts",
        "codes",
        "levels",
        "place",
        "places",
        "sealed",
        "seals",
        "derived",
        "cards",
    ];
    schema
        .placed()
        .filter(|placed| {
            let names: &[&str] = if placed.extension.is_some() { &EXTENDED } else { &CORE };
            names.contains(&placed.def.name.as_str())
        })
        .collect()
}
