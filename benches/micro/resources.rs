//! What a client sees: the projection of a resource, and its JSON from the rows of the database.

use convoke::api::scim::members::at_hand;
use convoke::api::scim::payload::{self, View};
use convoke::model::user::User;
use convoke::schema::Document;
use convoke::schema::project::Projection;
use divan::{Bencher, black_box};
use serde_json::Value;

use super::case::Case;
use super::material::{BASE, SCHEMAS, document, group, groups_of, user};

/// `attributes` and `excludedAttributes`.
type Parameters = (Option<&'static str>, Option<&'static str>);

const PROJECTIONS: [Case<Parameters>; 3] = [
    Case::new("neither", (None, None)),
    Case::new("attributes", (Some("userName,name.givenName,emails.value"), None)),
    Case::new("excludedAttributes", (None, Some("groups,addresses,phoneNumbers,name.formatted"))),
];

fn view() -> View<'static> {
    View { base: BASE, schemas: &SCHEMAS }
}

#[divan::bench(args = &PROJECTIONS)]
fn projection_of_a_user(bencher: Bencher<'_, '_>, &Case { of: (attributes, excluded), .. }: &Case<Parameters>) {
    let Value::Object(full) = document(1) else { unreachable!("a user is an object") };
    bencher.with_inputs(|| full.clone()).bench_values(|mut document: Document| {
        let projection = Projection::parse(black_box(attributes), black_box(excluded), SCHEMAS.user()).unwrap();
        projection.apply(SCHEMAS.user(), &mut document);
        document
    });
}

#[divan::bench(args = [1, 100])]
fn json_of_users(bencher: Bencher<'_, '_>, count: usize) {
    let users: Vec<User> = (0..count).map(user).collect();
    let users: Vec<_> = users.into_iter().map(|user| (groups_of(&user), user)).collect();
    let projection = Projection::default_of(SCHEMAS.user());
    bencher.bench(|| {
        let json = |(groups, user): &(Vec<_>, User)| {
            Value::Object(payload::user(view(), black_box(user), groups, &projection)).to_string()
        };
        users.iter().map(json).collect::<Vec<String>>()
    });
}

#[divan::bench(args = [10, 1_000])]
fn json_of_a_group(bencher: Bencher<'_, '_>, size: usize) {
    let (group, members) = group(size);
    let projection = Projection::default_of(SCHEMAS.group());
    bencher.bench(|| at_hand(view(), black_box(&group), black_box(&members), &projection));
}
