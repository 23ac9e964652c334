use proptest::prelude::*;
use rstest::rstest;

use super::{Resolved, parse, resolve, sort_field};
use crate::schema::{
    Mode,
    leniency::Stance,
    refusal::{Refusal, RefusalKind},
    registry::tests::built_in,
    resource_type::ResourceType,
};

fn path_of(resource_type: &ResourceType, text: &str, mode: Mode) -> Result<String, Refusal> {
    let mut stance = Stance::new(mode);
    let written = parse(text, &mut stance)?;
    let resolved = resolve(resource_type, &written, &mut stance)?;
    Ok(match resolved.target {
        Resolved::Extension(extension) => extension.schema.id.clone(),
        Resolved::Attribute(target) => target.path(),
    })
}

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

#[rstest]
#[case("NAME.givenname", "name.givenName")]
#[case("addresses[type eq \"work\"]", "addresses")]
#[case("emails[type eq \"work\" and value ew \"example.com\"].Value", "emails.value")]
#[case("urn:ietf:params:scim:schemas:core:2.0:User:userName", "userName")]
#[case("URN:ietf:params:scim:schemas:core:2.0:user:name.familyName", "name.familyName")]
#[case("schemas", "schemas")]
#[case("meta.lastModified", "meta.lastModified")]
#[case("manager.$ref", &format!("{ENTERPRISE}:manager.$ref"))]
#[case(&format!("{ENTERPRISE}:manager.value"), &format!("{ENTERPRISE}:manager.value"))]
#[case(&format!("{ENTERPRISE}.manager"), &format!("{ENTERPRISE}:manager"))]
#[case(ENTERPRISE, ENTERPRISE)]
fn paths_name_attributes(#[case] text: &str, #[case] expected: &str) {
    let registry = built_in();
    assert_eq!(path_of(registry.user(), text, Mode::Compat).as_deref(), Ok(expected));
}

#[rstest]
#[case("shoeSize", RefusalKind::InvalidPath)]
#[case("name.shoeSize", RefusalKind::InvalidPath)]
#[case("name.givenName.x", RefusalKind::InvalidPath)]
#[case("urn:example:User:x", RefusalKind::InvalidPath)]
#[case("emails[", RefusalKind::InvalidFilter)]
#[case("emails[type is 3]", RefusalKind::InvalidFilter)]
#[case("emails[shoe eq \"x\"]", RefusalKind::InvalidFilter)]
#[case("emails[type eq \"x\"].shoe", RefusalKind::InvalidPath)]
#[case("emails.value[type eq \"x\"]", RefusalKind::InvalidPath)]
#[case("a b", RefusalKind::InvalidPath)]
#[case("", RefusalKind::InvalidPath)]
fn other_paths_are_refused(#[case] text: &str, #[case] kind: RefusalKind) {
    let registry = built_in();
    let refusal = path_of(registry.user(), text, Mode::Compat).expect_err(text);
    assert_eq!(refusal.kind, kind, "{refusal}");
}

#[test]
fn strict_mode_wants_urns() {
    let registry = built_in();
    for text in ["manager", &format!("{ENTERPRISE}.manager")] {
        let refusal = path_of(registry.user(), text, Mode::Strict).expect_err(text);
        assert!(refusal.detail.contains(ENTERPRISE), "{refusal}");
    }
}

#[test]
fn sorting_takes_the_value_of_a_complex_attribute() {
    let registry = built_in();
    let mut stance = Stance::new(Mode::Strict);
    let field = sort_field(registry.user(), "EMAILS", &mut stance).map(|field| field.path());
    assert_eq!(field.as_deref(), Ok("emails.value"));
    assert!(sort_field(registry.user(), "password", &mut stance).is_err());
}

proptest! {
    #[test]
    fn no_path_panics(text in "[a-z:.\\[\\]\"$ é]{0,40}") {
        let registry = built_in();
        let _ = path_of(registry.user(), &text, Mode::Compat);
    }
}
