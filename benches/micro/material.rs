//! Users and groups as a database would give them.

use std::sync::LazyLock;

use convoke::domain::user_record;
use convoke::model::clock::Clock;
use convoke::model::group::{Group, GroupRecord};
use convoke::model::ids::{GroupId, GroupNumber, UserId};
use convoke::model::membership::{Member, UserGroup};
use convoke::model::user::User;
use convoke::model::version::Version;
use convoke::schema::input::Input;
use convoke::schema::registry::Registry;
use convoke::schema::{Mode, accept};
use serde_json::{Value, json};

/// The built-in schemas.
pub(crate) static SCHEMAS: LazyLock<Registry> = LazyLock::new(|| Registry::load(None).unwrap());

/// The base of addresses.
pub(crate) const BASE: &str = "https://scim.example.com/scim/v2";

/// URN of the enterprise extension.
pub(crate) const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// Ids of so many users.
pub(crate) fn ids(count: usize) -> Vec<UserId> {
    let clock = Clock::system();
    (0..count).map(|_| UserId::generate(&clock)).collect()
}

/// A user with most of what schemas know.
pub(crate) fn document(number: usize) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", ENTERPRISE],
        "userName": format!("user{number}@example.com"),
        "externalId": format!("ext-{number}"),
        "displayName": format!("Person {number}"),
        "name": { "formatted": format!("Ms. Person Q. Number {number}"), "givenName": "Person", "middleName": "Q.",
            "familyName": format!("Number {number}"), "honorificPrefix": "Ms." },
        "nickName": "P",
        "title": "Engineer",
        "userType": "Employee",
        "preferredLanguage": "en-GB",
        "locale": "en-GB",
        "timezone": "Europe/London",
        "active": true,
        "emails": [
            { "value": format!("user{number}@example.com"), "type": "work", "primary": true },
            { "value": format!("user{number}@example.org"), "type": "home" },
        ],
        "phoneNumbers": [
            { "value": "tel:+44-20-7946-0001", "type": "work" },
            { "value": "tel:+44-20-7946-0002", "type": "mobile" },
        ],
        "addresses": [{ "type": "work", "streetAddress": "1 High Street", "locality": "London", "postalCode": "N1 1AA",
            "country": "GB", "primary": true }],
        ENTERPRISE: { "employeeNumber": number.to_string(), "costCenter": "4130", "organization": "Example",
            "division": "Tools", "department": "IT" },
    })
}

/// The same as it is stored.
pub(crate) fn user(number: usize) -> User {
    let received = accept::read(SCHEMAS.user(), Input::from(document(number)), Mode::Strict).unwrap();
    let record = user_record(&SCHEMAS, received.create(SCHEMAS.user()).unwrap());
    let clock = Clock::system();
    let now = clock.now();
    User { id: UserId::generate(&clock), record, created_at: now, updated_at: now, version: Version(3) }
}

/// The groups of a user: five of them.
pub(crate) fn groups_of(user: &User) -> Vec<UserGroup> {
    let clock = Clock::system();
    let group = |number: usize| UserGroup {
        user_id: user.id,
        group_id: GroupId::generate(&clock),
        name: format!("Group {number}"),
        direct: number > 0,
    };
    (0..5).map(group).collect()
}

/// A group and so many members.
pub(crate) fn group(members: usize) -> (Group, Vec<Member>) {
    let clock = Clock::system();
    let now = clock.now();
    let group = Group {
        id: GroupId::generate(&clock),
        num: GroupNumber(1),
        record: GroupRecord { external_id: Some("ext-1".to_owned()), ..GroupRecord::named("Group 1") },
        parent: None,
        source: "native".to_owned(),
        standing_members: i64::try_from(members).unwrap(),
        windowed_members: 0,
        nested_groups: 0,
        created_at: now,
        updated_at: now,
        version: Version(3),
    };
    (group, ids(members).into_iter().map(Member::User).collect())
}
