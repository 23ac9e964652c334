//! Which SQL a filter becomes. That it also finds the right rows is tested against a database, over HTTP.

use diesel::pg::Pg;
use uuid::Uuid;

use super::{GROUPS, Order, USERS, compile, sortable};
use crate::model::filter::{Field, Filter, Kind, Literal, Operator};
use crate::model::listing::{Cut, ResourceKind, Sort};

fn text(attribute: &str) -> Field {
    Field::core(attribute, Kind::Text)
}

fn sub(attribute: &str, sub: &str, multi_valued: bool) -> Field {
    Field { sub: Some(sub.to_owned()), multi_valued, ..text(attribute) }
}

fn is(field: Field, value: &str) -> Filter {
    Filter::equals(field, Literal::Text(value.to_owned()))
}

/// The SQL, and the values bound in it as Diesel prints them.
fn sql(filter: &Filter) -> (String, String) {
    let condition = compile(&USERS, Uuid::nil(), filter);
    let printed = diesel::debug_query::<Pg, _>(&condition).to_string();
    let (sql, binds) = printed.split_once(" -- binds: ").unwrap();
    (sql.to_owned(), binds.to_owned())
}

#[test]
fn attributes_with_a_column_compare_there() {
    assert_eq!(sql(&is(text("userName"), "ada")).0, "users.user_name_key = $1");
    assert_eq!(sql(&is(text("externalId"), "x")).0, "users.external_id = $1");
    let active = Filter::equals(Field::core("active", Kind::Boolean), Literal::Boolean(true));
    assert_eq!(sql(&active).0, "users.active = $1");
}

#[test]
fn equality_elsewhere_is_containment() {
    let (sql_text, binds) = sql(&is(sub("emails", "value", true), "a@b"));
    assert_eq!(sql_text, "users.search @> $1");
    assert!(binds.contains(r#"{"emails": Array [Object {"value": String("a@b")}]}"#), "{binds}");
    let extension = Field { extension: Some("urn:x".to_owned()), ..text("department") };
    assert!(sql(&is(extension, "it")).1.contains(r#"{"urn:x": Object {"department": String("it")}}"#));
}

#[test]
fn a_value_path_of_equals_is_one_containment() {
    let inner = |name: &str| Field { attribute: String::new(), ..sub("", name, false) };
    let both = Filter::And(vec![is(inner("type"), "work"), is(inner("value"), "a@b")]);
    let (sql_text, binds) = sql(&Filter::Element(text("emails"), Box::new(both)));
    assert_eq!(sql_text, "users.search @> $1");
    assert!(binds.contains("work") && binds.contains("a@b"));
}

#[test]
fn other_value_paths_look_at_each_element() {
    let inner = Field { attribute: String::new(), ..sub("", "value", false) };
    let ends = Filter::Compare(inner, Operator::Ew, Literal::Text("b".to_owned()));
    let path = Filter::Element(Field { multi_valued: true, ..text("emails") }, Box::new(ends));
    assert!(sql(&path).0.starts_with("EXISTS (SELECT FROM jsonb_array_elements("));
}

#[test]
fn not_is_true_where_there_is_nothing() {
    let not = Filter::Not(Box::new(is(text("title"), "x")));
    assert_eq!(sql(&not).0, "((users.search @> $1) IS NOT TRUE)");
    let ne = Filter::Compare(text("userName"), Operator::Ne, Literal::Text("x".to_owned()));
    assert_eq!(sql(&ne).0, "((users.user_name_key = $1) IS NOT TRUE)");
}

#[test]
fn what_is_no_id_equals_none() {
    assert_eq!(sql(&is(text("id"), "42")).0, "false");
    assert_eq!(sql(&is(sub("groups", "value", true), "42")).0, "false");
}

#[test]
fn members_are_looked_up_in_their_rows() {
    let id = Uuid::max();
    let filter = is(sub("members", "value", true), &id.to_string());
    let condition = compile(&GROUPS, Uuid::nil(), &filter);
    let printed = diesel::debug_query::<Pg, _>(&condition).to_string();
    assert!(printed.starts_with("groups.id IN (SELECT m.group_id FROM members m WHERE m.tenant_id = $1"), "{printed}");
}

#[test]
fn having_members_is_asked_of_their_rows() {
    for field in [text("members"), sub("members", "value", true)] {
        let condition = compile(&GROUPS, Uuid::nil(), &Filter::Present(field));
        assert_eq!(printed(&condition), "(groups.standing_members > 0 OR groups.nested_groups > 0)");
    }
}

#[test]
fn values_are_bound_never_written() {
    let hostile = "'; DROP TABLE users; --";
    for operator in [Operator::Eq, Operator::Co, Operator::Sw, Operator::Ew, Operator::Gt] {
        for field in [text("userName"), text("title"), sub("emails", "value", true)] {
            let filter = Filter::Compare(field, operator, Literal::Text(hostile.to_owned()));
            assert!(!sql(&filter).0.contains("DROP"), "{operator:?}");
        }
    }
}

fn sorted(field: Field, descending: bool) -> Order {
    Order::of(&USERS, Some(&Sort { field, descending }))
}

fn printed(fragment: &impl diesel::query_builder::QueryFragment<Pg>) -> String {
    let printed = diesel::debug_query::<Pg, _>(fragment).to_string();
    printed.split_once(" -- binds: ").unwrap().0.to_owned()
}

fn stretches(order: &Order, key: Option<&str>, behind: bool, backward: bool) -> Vec<String> {
    let cut = Cut { kind: ResourceKind::User, key: key.map(str::to_owned), id: Uuid::nil(), behind };
    order.stretches(Some(&cut), backward).iter().map(printed).collect()
}

#[test]
fn an_order_ends_with_the_id() {
    assert_eq!(printed(&Order::of(&USERS, None).by(false)), "users.id ASC");
    assert_eq!(printed(&sorted(text("id"), true).by(false)), "users.id DESC");
    let created = sorted(Field { kind: Kind::Instant, ..sub("meta", "created", false) }, true);
    assert_eq!(printed(&created.by(false)), "users.created_at DESC, users.id DESC");
    assert_eq!(printed(&created.by(true)), "users.created_at ASC, users.id ASC");
    assert_eq!(printed(&created.key()), "(to_jsonb(users.created_at) #>> '{}')");
    assert_eq!(
        printed(&sorted(text("userName"), false).by(false)),
        "(users.user_name_key COLLATE \"C\") ASC, users.id ASC"
    );
}

#[test]
fn rows_without_a_value_are_a_stretch_of_their_own() {
    let active = sorted(Field::core("active", Kind::Boolean), false);
    let value = "(users.active, users.id) > ($1::text::boolean, $2)";
    assert_eq!(stretches(&active, Some("true"), true, false), [value, "users.active IS NULL"]);
    assert_eq!(stretches(&active, None, true, false), ["users.active IS NULL AND users.id > $1"]);
    let before = "(users.active, users.id) < ($1::text::boolean, $2)";
    assert_eq!(stretches(&active, Some("true"), false, true), [before]);
    let absent = "users.active IS NULL AND users.id <= $1";
    assert_eq!(stretches(&active, None, true, true), [absent, "users.active IS NOT NULL"]);
}

#[test]
fn lists_sort_by_their_primary_value() {
    let emails = printed(&sorted(sub("emails", "value", true), false).key());
    assert!(emails.starts_with("(SELECT ((e.value #>> $1) COLLATE \"C\") FROM jsonb_array_elements("), "{emails}");
    assert!(emails.ends_with("ORDER BY (e.value -> 'primary' = 'true') IS TRUE DESC, e.place LIMIT 1)"), "{emails}");
}

#[test]
fn what_has_rows_of_its_own_has_no_order() {
    assert!(sortable(&USERS, &text("title")) && sortable(&USERS, &text("userName")));
    assert!(!sortable(&USERS, &sub("groups", "value", true)) && !sortable(&USERS, &sub("groups", "display", true)));
    assert!(!sortable(&GROUPS, &sub("members", "type", true)) && !sortable(&USERS, &text("schemas")));
    assert!(!sortable(&USERS, &Field { kind: Kind::Binary, ..sub("x509Certificates", "value", true) }));
}

#[test]
fn what_cannot_be_answered_is_named() {
    let named = |filter: &Filter| super::unanswerable(&USERS, filter);
    assert_eq!(named(&is(sub("groups", "display", true), "x")).as_deref(), Some("groups.display"));
    assert_eq!(named(&is(sub("meta", "location", false), "x")).as_deref(), Some("meta.location"));
    let contains = Filter::Compare(sub("groups", "value", true), Operator::Co, Literal::Text("x".to_owned()));
    assert_eq!(named(&Filter::Not(Box::new(contains))).as_deref(), Some("groups.value"));
    for fine in [is(sub("groups", "value", true), "x"), is(text("title"), "x"), Filter::Present(text("groups"))] {
        assert_eq!(named(&fine), None, "{fine:?}");
    }
}

#[test]
fn statements_of_one_comparison_are_kept_and_others_are_not() {
    use diesel::query_builder::QueryFragment;
    let kept = |filter: &Filter| compile(&USERS, Uuid::nil(), filter).is_safe_to_cache_prepared(&Pg).unwrap();
    let ends = |field: Field| Filter::Compare(field, Operator::Ew, Literal::Text("b".to_owned()));
    assert!(kept(&is(text("userName"), "ada")) && kept(&is(sub("emails", "value", true), "a@b")));
    assert!(kept(&ends(text("userName"))) && kept(&Filter::Present(sub("name", "givenName", false))));
    let many = (0..3).map(|_| is(text("userName"), "ada")).collect();
    assert!(!kept(&Filter::And(many)));
    assert!(!kept(&Filter::Or((0..20).map(|_| Filter::Present(text("userName"))).collect())));
}
