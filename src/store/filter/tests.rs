//! Which SQL a filter becomes. That it also finds the right rows is tested against a database, over HTTP.

use diesel::pg::Pg;
use uuid::Uuid;

use super::{ColumnMap, Condition, GROUPS, Given, Order, USERS, sortable};
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

fn compile(map: &ColumnMap, filter: &Filter) -> Condition {
    let given = Given { tenant: Uuid::nil(), base: "https://host/scim/v2".to_owned(), primary_edges: true };
    super::compile(map, &given, filter)
}

/// The SQL, and the values bound in it as Diesel prints them.
fn sql(filter: &Filter) -> (String, String) {
    let condition = compile(&USERS, filter);
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
    assert!(
        sql(&path).0.starts_with("EXISTS (SELECT FROM jsonb_path_query(users.search, $1::text::jsonpath) AS e(value)")
    );
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
    let upper = Uuid::max().to_string().to_uppercase();
    assert_eq!(sql(&is(text("id"), &upper)).0, "false", "ids are caseExact");
    assert_eq!(sql(&is(text("id"), &Uuid::max().to_string())).0, "users.id = $1");
}

#[test]
fn members_are_looked_up_in_their_rows() {
    let id = Uuid::max();
    let filter = is(sub("members", "value", true), &id.to_string());
    let condition = compile(&GROUPS, &filter);
    let printed = diesel::debug_query::<Pg, _>(&condition).to_string();
    assert!(printed.starts_with("groups.id IN (SELECT m.group_id FROM members m WHERE m.tenant_id = $1"), "{printed}");
}

#[test]
fn members_are_asked_by_kind() {
    let condition = |name: &str, value: &str| printed(&compile(&GROUPS, &is(sub("members", name, true), value)));
    let users = condition("type", "user");
    assert!(users.starts_with("(EXISTS (SELECT FROM members m WHERE m.group_id = groups.id"), "{users}");
    assert!(!users.contains("edges"), "{users}");
    assert!(!condition("type", "group").contains("members"));
    assert_eq!(condition("type", "robot"), "false");
    let named = condition("display", "ada");
    assert!(named.contains(" OR EXISTS (SELECT FROM edges e WHERE e.parent_id = groups.id"), "{named}");
}

#[test]
fn groups_are_asked_through_nesting_unless_only_direct_ones_count() {
    let kind = |kind: &str| is(Field { attribute: String::new(), ..sub("", "type", false) }, kind);
    let name = is(Field { attribute: String::new(), ..sub("", "display", false) }, "staff");
    let owner = Field { multi_valued: true, ..text("groups") };
    let held = |inner: Filter| sql(&Filter::Element(owner.clone(), Box::new(inner))).0;
    let any = held(name.clone());
    assert!(any.starts_with("users.id = ANY (ARRAY(WITH RECURSIVE below (id)") && any.contains(" UNION "), "{any}");
    let aside = sql(&Filter::Not(Box::new(Filter::Element(owner.clone(), Box::new(name.clone()))))).0;
    assert!(aside.starts_with("((EXISTS (SELECT FROM members m"), "{aside}");
    assert!(!held(Filter::And(vec![kind("direct"), name.clone()])).contains("UNION"));
    let indirect = held(Filter::And(vec![kind("indirect"), name.clone()]));
    assert!(
        indirect.contains("below (target, id)") && indirect.contains("NOT EXISTS (SELECT FROM members d"),
        "{indirect}"
    );
    assert_eq!(held(Filter::And(vec![kind("other"), name])), "false");
}

#[test]
fn addresses_are_looked_up_by_their_id() {
    let id = Uuid::max();
    let location = |address: String| {
        let literal = Literal::Address(vec![address, format!("Users/{id}")]);
        sql(&Filter::equals(sub("meta", "location", false), literal)).0
    };
    assert_eq!(location(format!("https://host/scim/v2/Users/{id}")), "users.id = $1");
    assert_eq!(location(format!("https://host/scim/v2/Groups/{id}")), "false");
    let part = Filter::Compare(sub("meta", "location", false), Operator::Co, Literal::Text("host".to_owned()));
    assert_eq!(sql(&part).0, "strpos(($1 || users.id::text), $2) > 0");
}

#[test]
fn a_list_within_an_attribute_is_opened() {
    let codes = Field { sub: Some("codes".to_owned()), sub_multi_valued: true, ..text("badge") };
    assert!(sql(&is(codes.clone(), "x")).1.contains(r#"{"badge": Object {"codes": Array [String("x")]}}"#));
    let starts = Filter::Compare(codes, Operator::Sw, Literal::Text("x".to_owned()));
    let (sql_text, binds) = sql(&starts);
    assert!(sql_text.starts_with("EXISTS (SELECT FROM jsonb_path_query(users.search, $1::text::jsonpath) AS v(value)"));
    assert!(binds.contains(r#"codes\"[*]"#), "{binds}");
}

#[test]
fn one_value_that_differs_is_enough() {
    let differs = Filter::Compare(sub("emails", "value", true), Operator::Ne, Literal::Text("x".to_owned()));
    let found = sql(&differs).0;
    assert!(found.contains("WHERE ((v.value @> $") && found.contains(" OR NOT EXISTS ("), "{found}");
}

#[test]
fn having_members_is_asked_of_their_rows() {
    for field in [text("members"), sub("members", "value", true), sub("members", "type", true)] {
        let condition = printed(&compile(&GROUPS, &Filter::Present(field)));
        assert!(condition.starts_with(
            "(groups.standing_members > 0 OR groups.nested_groups > 0 OR groups.has_windows AND EXISTS ("
        ));
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
    Order::of(&USERS, Some(&Sort { field: Some(field), descending }))
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
    assert!(emails.starts_with("(SELECT ((e.value #>> $1) COLLATE \"C\") FROM jsonb_path_query("), "{emails}");
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
    assert_eq!(named(&is(sub("groups", "owner", true), "x")).as_deref(), Some("groups.owner"));
    assert_eq!(named(&Filter::Not(Box::new(is(sub("meta", "colour", false), "x")))).as_deref(), Some("meta.colour"));
    let inner = is(Field { attribute: String::new(), ..sub("", "owner", false) }, "x");
    let owner = Field { multi_valued: true, ..text("groups") };
    assert_eq!(named(&Filter::Element(owner, Box::new(inner))).as_deref(), Some("groups.owner"));
    for fine in [
        is(sub("groups", "display", true), "x"),
        is(sub("meta", "location", false), "x"),
        is(text("title"), "x"),
        Filter::Present(text("groups")),
        Filter::Present(text("meta")),
    ] {
        assert_eq!(named(&fine), None, "{fine:?}");
    }
}

#[test]
fn statements_of_one_comparison_are_kept_and_others_are_not() {
    use diesel::query_builder::QueryFragment;
    let kept = |filter: &Filter| compile(&USERS, filter).is_safe_to_cache_prepared(&Pg).unwrap();
    let ends = |field: Field| Filter::Compare(field, Operator::Ew, Literal::Text("b".to_owned()));
    assert!(kept(&is(text("userName"), "ada")) && kept(&is(sub("emails", "value", true), "a@b")));
    assert!(kept(&ends(text("userName"))) && kept(&Filter::Present(sub("name", "givenName", false))));
    let many = (0..3).map(|_| is(text("userName"), "ada")).collect();
    assert!(!kept(&Filter::And(many)));
    assert!(!kept(&Filter::Or((0..20).map(|_| Filter::Present(text("userName"))).collect())));
}

#[test]
fn kinds_share_an_order_when_their_values_do() {
    let sort = |field: Option<Field>| Sort { field, descending: false };
    let across = |users: Option<Field>, groups: Option<Field>| {
        let (users, groups) = (sort(users), sort(groups));
        Order::across(&[(&USERS, &users), (&GROUPS, &groups)])
            .map(|orders| orders.iter().map(|order| printed(&order.by(false))).collect::<Vec<_>>())
    };
    let active = Field::core("active", Kind::Boolean);
    let one_lacks_it = ["users.active ASC, users.id ASC", "NULL::boolean ASC, groups.id ASC"];
    assert_eq!(across(Some(active.clone()), None).unwrap(), one_lacks_it);
    assert_eq!(across(Some(active), Some(text("title"))), None);
    assert_eq!(across(Some(text("id")), Some(text("id"))).unwrap(), ["users.id ASC", "groups.id ASC"]);
    let kind = sub("meta", "resourceType", false);
    assert!(across(Some(kind.clone()), Some(kind)).unwrap()[0].contains("COLLATE"));
}
