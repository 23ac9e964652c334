use proptest::prelude::*;
use rstest::rstest;
use serde_json::{Value, json};

use super::evaluate::{holds, values};
use super::{Expr, parse};
use crate::{
    model::filter::{Filter, Operator},
    schema::{
        Document, Mode,
        address::Addresses,
        leniency::Leniency,
        refusal::{Refusal, RefusalKind},
        registry::tests::built_in,
        resource_type::ResourceType,
    },
};

fn compile(text: &str, resource_type: &ResourceType, mode: Mode) -> Result<(Filter, Vec<Leniency>), Refusal> {
    let bases = vec!["https://host/scim/v2".to_owned()];
    let addresses = || Addresses::new(bases.clone(), [resource_type]);
    let (mut filters, used) = super::compile(text, &[resource_type], &addresses, mode)?;
    Ok((filters.remove(0), used))
}

/// Whether a resource satisfies a filter.
fn matches(filter: &Filter, document: &Document) -> bool {
    holds(filter, &|field| {
        let holder = match &field.extension {
            Some(urn) if field.attribute.is_empty() => return document.get(urn).into_iter().collect(),
            Some(urn) => document.get(urn).and_then(Value::as_object),
            None => Some(document),
        };
        values(holder.and_then(|holder| holder.get(&field.attribute)), field.sub.as_deref())
    })
}

fn ada() -> Value {
    json!({ "id": "u1", "userName": "Ada", "active": true, "externalId": "X-1",
        "meta": { "lastModified": "2026-01-31T12:00:00Z" },
        "emails": [{ "value": "Ada@Work.example", "type": "work", "primary": true },
                   { "value": "ada@home.example", "type": "home" }],
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": { "department": "R&D", "manager": { "value": "m1", "$ref": "Users/m1" } } })
}

fn finds(text: &str) -> bool {
    let registry = built_in();
    let (filter, _) =
        compile(text, registry.user(), Mode::Compat).unwrap_or_else(|refusal| panic!("{text}: {refusal}"));
    matches(&filter, ada().as_object().expect("is an object"))
}

#[rstest]
#[case::t39_case(r#"USERNAME Eq "ADA""#, true)]
#[case::t40_case_exact(r#"externalId eq "x-1""#, false)]
#[case::t43_after_brackets(r#"emails[type eq "work"].value eq "ada@work.example""#, true)]
#[case::t43_inside_brackets(r#"emails[type eq "work" and value eq "ada@home.example"]"#, false)]
#[case::t43_value_only(r#"emails[value eq "ada@home.example"]"#, true)]
#[case::t44_manager(r#"id eq "u1" and manager eq "m1""#, true)]
#[case::t44_turned(r#"manager eq "m1" and id eq "u1""#, true)]
#[case::complex_stands_for_value(r#"emails co "work.example""#, true)]
#[case::not_binds_tighter(r#"not (userName eq "x") and active eq true"#, true)]
#[case::and_before_or(r#"active eq true or active eq false and userName eq "x""#, true)]
#[case::grouping(r#"(active eq true or active eq false) and userName eq "x""#, false)]
#[case::no_blank(r#"userName eq"Ada""#, true)]
#[case::single_quotes("userName sw 'A'", true)]
#[case::unquoted("userName eq Ada", true)]
#[case::boolean_text(r#"active eq "True""#, true)]
#[case::offset(r#"meta.lastModified ge "2026-01-31T13:00:00+01:00""#, true)]
#[case::offset_later(r#"meta.lastModified gt "2026-01-31T13:00:00+01:00""#, false)]
#[case::absent_differs(r#"title ne "x""#, true)]
#[case::absent_is_not(r#"not (title eq "x")"#, true)]
#[case::null("title eq null", true)]
#[case::not_null("userName ne null", true)]
#[case::urn(r#"urn:ietf:params:scim:schemas:extension:enterprise:2.0:USER:department eq "r&d""#, true)]
#[case::core_urn(r#"urn:ietf:params:scim:schemas:core:2.0:User:userName pr"#, true)]
#[case::extension("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User pr", true)]
#[case::escapes(r#"userName eq "\u0041d\u0061""#, true)]
#[case::no_work_element_differs(r#"emails[type eq "other"].value ne "x""#, true)]
#[case::one_of_many_differs(r#"emails.value ne "ada@work.example""#, true)]
#[case::the_only_one_does_not(r#"emails[type eq "work"].value ne "ada@work.example""#, false)]
#[case::after_brackets_null(r#"emails[type eq "work"].display eq null"#, true)]
#[case::after_brackets_not_null(r#"emails[type eq "work"].value ne null"#, true)]
#[case::relative_reference(r#"manager.$ref eq "../Users/m1""#, true)]
#[case::absolute_reference(r#"manager.$ref eq "https://host/scim/v2/Users/m1""#, true)]
#[case::other_reference(r#"manager.$ref ne "https://other/scim/v2/Users/m1""#, true)]
#[case::part_of_a_reference(r#"manager.$ref co "Users/m""#, true)]
fn filters_find_what_they_say(#[case] text: &str, #[case] expected: bool) {
    assert_eq!(finds(text), expected, "{text}");
}

#[rstest]
#[case::t41_unknown(r#"shoeSize eq "x""#, "shoeSize")]
#[case::boolean_order("active gt true", "no operator gt")]
#[case::boolean_part(r#"active co "t""#, "no operator co")]
#[case::date_part(r#"meta.created sw "2026""#, "no operator sw")]
#[case::binary_order(r#"x509Certificates gt "a""#, "no operator gt")]
#[case::null_order("title lt null", "null")]
#[case::complex(r#"name eq "x""#, "sub-attributes")]
#[case::never(r#"password eq "x""#, "cannot be searched")]
#[case::never_present("password pr", "cannot be searched")]
#[case::wrong_type("active eq 3", "boolean")]
#[case::wrong_date(r#"meta.created gt "soon""#, "date")]
#[case::operator(r#"userName is "x""#, "operator")]
#[case::open(r#"(userName eq "x""#, "\")\"")]
#[case::empty("", "attribute")]
#[case::half("userName eq", "a value")]
#[case::nul(r#"userName eq "a\u0000""#, "U+0000")]
#[case::trailing(r#"userName eq "a" userName"#, "and")]
#[case::object("userName eq {}", "a value")]
#[case::array("userName eq []", "a value")]
#[case::object_with_text(r#"userName eq {"a":1}"#, "a value")]
#[case::braces_in_a_word("userName eq a{}", "{}")]
#[case::control_character("userName eq \"a\u{1}\"", "a value")]
#[case::brackets_in_brackets(r#"emails[type[value eq "x"]]"#, "inside brackets")]
#[case::after_brackets_in_brackets(r#"emails[type[value eq "x"].y pr]"#, "inside brackets")]
#[case::unknown_after_brackets(r#"emails[type eq "work"].shoe ne "x""#, "shoe")]
fn what_cannot_be_answered_is_refused(#[case] text: &str, #[case] reason: &str) {
    let registry = built_in();
    let refusal = compile(text, registry.user(), Mode::Compat).expect_err(text);
    assert_eq!(refusal.kind, RefusalKind::InvalidFilter);
    assert!(refusal.detail.contains(reason), "{}", refusal.detail);
}

#[test]
fn strict_mode_wants_the_letter() {
    let registry = built_in();
    for text in ["userName eq Ada", "userName eq 'Ada'", r#"manager eq "m""#, r#"active eq "true""#, "title eq 3"] {
        assert!(compile(text, registry.user(), Mode::Strict).is_err(), "{text}");
    }
    let (_, used) = compile("userName eq Ada", registry.user(), Mode::Compat).expect("is read");
    assert_eq!(used, [Leniency::UnquotedLiteral]);
}

#[test]
fn members_and_fields_are_typed() {
    let registry = built_in();
    let (filter, _) = compile(r#"members eq "U1""#, registry.group(), Mode::Strict).expect("is checked");
    let Filter::Compare(field, Operator::Eq, _) = filter else {
        panic!("a comparison was expected");
    };
    assert_eq!((field.path().as_str(), field.case_exact, field.multi_valued), ("members.value", true, true));
}

#[rstest]
#[case::depth("(".repeat(4_000), "10 levels")]
#[case::depth_behind_a_quote(format!("a eq '\"' and {}", "(".repeat(4_000)), "10 levels")]
#[case::terms(vec!["a pr"; 101].join(" or "), "101 comparisons")]
#[case::size(format!("userName eq \"{}\"", "a".repeat(9_000)), "8192")]
fn limits_hold(#[case] text: String, #[case] reason: &str) {
    let refusal = parse(&text, Mode::Compat).expect_err("is too much");
    assert!(refusal.detail.contains(reason), "{}", refusal.detail);
}

#[test]
fn ten_levels_are_read() {
    let text = format!("{}a pr{}", "(".repeat(10), ")".repeat(10));
    assert!(parse(&text, Mode::Strict).is_ok());
}

fn literal() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<String>().prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        Just(Value::Null),
    ]
}

fn leaf(name: &'static str) -> impl Strategy<Value = Expr> {
    let operator = prop::sample::select(vec![Operator::Eq, Operator::Ne, Operator::Co, Operator::Sw, Operator::Le]);
    prop_oneof![
        (name, operator, literal()).prop_map(|(name, operator, literal)| Expr::Compare(name, operator, literal)),
        name.prop_map(Expr::Present),
    ]
}

fn tree() -> impl Strategy<Value = Expr> {
    let plain = "[a-m$][a-zA-Z0-9_]{0,6}";
    let name = "(urn:[a-z]{1,4}:2\\.0:)?[a-m][a-zA-Z0-9_]{0,6}(\\.[a-z]{1,4})?";
    leaf(name).prop_recursive(3, 24, 3, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..4).prop_map(Expr::And),
            prop::collection::vec(inner.clone(), 2..4).prop_map(Expr::Or),
            inner.clone().prop_map(|inner| Expr::Not(Box::new(inner))),
            (name, inner.clone()).prop_map(|(name, inner)| Expr::Element(name, Box::new(inner))),
            (name, inner, leaf(plain))
                .prop_map(|(name, inner, test)| { Expr::Selected(name, Box::new(inner), Box::new(test)) }),
        ]
    })
}

proptest! {
    #[test]
    fn a_printed_tree_reads_back(tree in tree()) {
        let text = tree.to_string();
        // A comparison behind the brackets is one that strict does not read.
        prop_assert_eq!(parse(&text, Mode::Compat).map_err(|refusal| format!("{text}: {refusal}")), Ok(tree));
    }

    #[test]
    fn no_text_panics(text in any::<String>()) {
        let _ = parse(&text, Mode::Compat);
    }

    #[test]
    fn no_near_filter_panics(parts in prop::collection::vec(prop::sample::select(vec![
        "userName", "emails", "[", "]", "(", ")", " ", ".value", "eq", "pr", "not", "and", "or", "\"x\"", "'", "\"", "\\", "é", "active", "true",
    ]), 0..20)) {
        let registry = built_in();
        let _ = compile(&parts.concat(), registry.user(), Mode::Compat);
        let _ = compile(&parts.join(" "), registry.group(), Mode::Strict);
    }
}
