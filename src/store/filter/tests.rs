//! Which SQL a filter becomes. That it also finds the right rows is tested against a database, over HTTP.

use diesel::pg::Pg;
use uuid::Uuid;

use super::{GROUPS, USERS, compile};
use crate::model::filter::{Field, Filter, Kind, Literal, Operator};

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
fn values_are_bound_never_written() {
    let hostile = "'; DROP TABLE users; --";
    for operator in [Operator::Eq, Operator::Co, Operator::Sw, Operator::Ew, Operator::Gt] {
        for field in [text("userName"), text("title"), sub("emails", "value", true)] {
            let filter = Filter::Compare(field, operator, Literal::Text(hostile.to_owned()));
            assert!(!sql(&filter).0.contains("DROP"), "{operator:?}");
        }
    }
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
