//! What a client sees: the projection of a resource, and its JSON from the rows of the database.

use convoke::api::scim::members::{Looks, at_hand};
use convoke::api::scim::payload::{self, View};
use convoke::model::user::User;
use convoke::schema::project::Projection;
use divan::{Bencher, black_box};

use super::case::Case;
use super::material::{BASE, SCHEMAS, group, groups_of, user};

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
    let user = user(1);
    let groups = groups_of(&user);
    bencher.bench(|| {
        let projection = Projection::parse(black_box(attributes), black_box(excluded), SCHEMAS.user()).unwrap();
        let mut out = Vec::new();
        payload::user(view(), black_box(&user), &groups, &projection.layout(SCHEMAS.user()), &mut out);
        out
    });
}

#[divan::bench(args = [1, 100])]
fn json_of_users(bencher: Bencher<'_, '_>, count: usize) {
    let users: Vec<User> = (0..count).map(user).collect();
    let users: Vec<_> = users.into_iter().map(|user| (groups_of(&user), user)).collect();
    let layout = Projection::default_of(SCHEMAS.user()).layout(SCHEMAS.user());
    bencher.bench(|| {
        let mut out = Vec::new();
        for (groups, user) in &users {
            payload::user(view(), black_box(user), groups, &layout, &mut out);
        }
        out
    });
}

#[divan::bench(args = [10, 1_000])]
fn json_of_a_group(bencher: Bencher<'_, '_>, size: usize) {
    let (group, members) = group(size);
    let of = |resource_type| Projection::default_of(resource_type);
    let looks = Looks::new(view(), &of(SCHEMAS.user()), &of(SCHEMAS.group()));
    bencher.bench(|| at_hand(view(), black_box(&group), black_box(&members), &looks));
}
