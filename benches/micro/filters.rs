//! A filter: text to tree, text to what the schemas know of it, and that to SQL.

use convoke::model::ids::TenantId;
use convoke::model::listing::{ResourceKind, Wanted};
use convoke::schema::address::Addresses;
use convoke::schema::{Mode, filter};
use convoke::store::listing::condition;
use divan::{Bencher, black_box};

use super::case::Case;
use super::material::{BASE, ENTERPRISE, SCHEMAS};

fn filters() -> [Case<String>; 4] {
    let alternatives: Vec<String> = (0..100).map(|number| format!("externalId eq \"ext-{number}\"")).collect();
    [
        Case::new("simple", "userName eq \"user1@example.com\"".to_owned()),
        Case::new("URN", format!("{ENTERPRISE}:department eq \"IT\"")),
        Case::new("value path", "emails[type eq \"work\" and value ew \"@example.com\"]".to_owned()),
        Case::new("100 alternatives", alternatives.join(" or ")),
    ]
}

fn wanted(text: &str) -> Wanted {
    let (mut filters, _) = filter::compile(text, &[SCHEMAS.user()], &Addresses::default, Mode::Compat).unwrap();
    let kind = ResourceKind::User;
    Wanted { kind, filter: filters.pop(), sort: None, base: BASE.to_owned(), groups: false }
}

#[divan::bench(args = filters())]
fn text_to_tree(text: &Case<String>) -> filter::Expr {
    filter::parse(black_box(&text.of), Mode::Compat).unwrap()
}

#[divan::bench(args = filters())]
fn text_to_checked(text: &Case<String>) -> Wanted {
    wanted(black_box(&text.of))
}

#[divan::bench(args = filters())]
fn checked_to_sql(bencher: Bencher<'_, '_>, text: &Case<String>) {
    let wanted = wanted(&text.of);
    bencher.bench(|| condition(TenantId::NOBODY, black_box(&wanted)).unwrap());
}
