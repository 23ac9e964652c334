//! Filters at random, made from the schemas: every attribute with every operator its type has, in every notation, joined
//! and nested. The values are those of the population, so that filters find something.

use convoke::model::filter::Operator;
use convoke::schema::definition::{Attribute, Returned, Type};
use convoke::schema::filter::Expr;
use convoke::schema::resource_type::{Located, ResourceType};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::Value;

use super::population::{blob, link, moment, number, text, whole_number};

/// What literals are taken from beside the general words.
#[derive(Debug, Clone)]
pub(super) struct Vocabulary {
    /// Ids of everybody, and texts that are none.
    pub(super) ids: Vec<String>,
    /// Addresses of everybody in every spelling.
    pub(super) addresses: Vec<String>,
    /// Whether the server wants extension attributes by their URN.
    pub(super) strict: bool,
}

/// A filter over these types.
pub(super) fn filter(types: &[&ResourceType], vocabulary: &Vocabulary) -> BoxedStrategy<Expr> {
    let leaves: Vec<_> = types.iter().flat_map(|own| own_leaves(own, vocabulary)).collect();
    joined(select_from(leaves), 3)
}

fn joined(leaf: BoxedStrategy<Expr>, depth: u32) -> BoxedStrategy<Expr> {
    leaf.prop_recursive(depth, 10, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..4).prop_map(Expr::And),
            prop::collection::vec(inner.clone(), 2..4).prop_map(Expr::Or),
            inner.prop_map(|inner| Expr::Not(Box::new(inner))),
        ]
    })
    .boxed()
}

fn own_leaves(own: &ResourceType, vocabulary: &Vocabulary) -> Vec<BoxedStrategy<Expr>> {
    let searchable = own.attributes().filter(|located| located.attribute.returned != Returned::Never);
    let mut leaves: Vec<_> = searchable.map(|located| on_attribute(own, located, vocabulary)).collect();
    let extensions = own.extensions.iter().map(|extension| Just(Expr::Present(extension.schema.id.clone())).boxed());
    leaves.extend(extensions);
    leaves
}

fn on_attribute(own: &ResourceType, located: Located<'_>, vocabulary: &Vocabulary) -> BoxedStrategy<Expr> {
    let attribute = located.attribute.clone();
    let name = notation(own, located, vocabulary.strict);
    let mut forms = vec![name.clone().prop_map(Expr::Present).boxed()];
    if let Some(compared) = compared(&attribute) {
        forms.push(comparison(name.clone(), compared, vocabulary));
    }
    for sub in searchable_subs(&attribute) {
        let path = name.clone().prop_map({
            let sub = sub.name.clone();
            move |name| format!("{name}.{sub}")
        });
        forms.push(path.clone().prop_map(Expr::Present).boxed());
        forms.push(comparison(path.boxed(), sub, vocabulary));
    }
    if attribute.multi_valued || attribute.kind == Type::Complex {
        let inner = joined(in_brackets(&attribute, vocabulary), 2);
        let element = |(name, inner)| Expr::Element(name, Box::new(inner));
        forms.push((name.clone(), inner.clone()).prop_map(element).boxed());
        // Strict has no comparison behind the brackets.
        if vocabulary.strict {
            return select_from(forms);
        }
        let test = in_brackets(&attribute, vocabulary);
        let selected = |(name, inner, test)| Expr::Selected(name, Box::new(inner), Box::new(test));
        forms.push((name, inner, test).prop_map(selected).boxed());
    }
    select_from(forms)
}

/// A test of one sub-attribute; of the value itself where it is simple.
fn in_brackets(attribute: &Attribute, vocabulary: &Vocabulary) -> BoxedStrategy<Expr> {
    let parts: Vec<(String, Attribute)> = if attribute.kind == Type::Complex {
        searchable_subs(attribute).map(|sub| (sub.name.clone(), sub.clone())).collect()
    } else {
        vec![("value".to_owned(), attribute.clone())]
    };
    let leaf = |(name, part): (String, Attribute)| {
        let present = Just(Expr::Present(name.clone())).boxed();
        select_from(vec![comparison(any_case(&name).boxed(), &part, vocabulary), present])
    };
    select_from(parts.into_iter().map(leaf).collect())
}

fn searchable_subs(attribute: &Attribute) -> impl Iterator<Item = &Attribute> {
    attribute.sub_attributes.iter().filter(|sub| sub.returned != Returned::Never)
}

/// A complex attribute stands for its `value`, if it has one.
fn compared(attribute: &Attribute) -> Option<&Attribute> {
    if attribute.kind == Type::Complex { attribute.sub("value") } else { Some(attribute) }
}

fn comparison(name: BoxedStrategy<String>, attribute: &Attribute, vocabulary: &Vocabulary) -> BoxedStrategy<Expr> {
    use Operator::{Co, Eq, Ew, Ge, Gt, Le, Lt, Ne, Sw};
    let operators = match attribute.kind {
        Type::Boolean | Type::Binary => vec![Eq, Ne],
        Type::Integer | Type::Decimal | Type::DateTime => vec![Eq, Ne, Gt, Ge, Lt, Le],
        Type::String | Type::Reference | Type::Complex => vec![Eq, Ne, Co, Sw, Ew, Gt, Ge, Lt, Le],
    };
    let compare = (name.clone(), select(operators), literal(attribute, vocabulary));
    let with_null =
        (name, select(vec![Eq, Ne])).prop_map(|(name, operator)| Expr::Compare(name, operator, Value::Null));
    let compare = compare.prop_map(|(name, operator, literal)| Expr::Compare(name, operator, literal));
    prop_oneof![9 => compare, 1 => with_null].boxed()
}

fn literal(attribute: &Attribute, vocabulary: &Vocabulary) -> BoxedStrategy<Value> {
    let ids = select(vocabulary.ids.clone());
    let text = match attribute.name.as_str() {
        "id" | "value" | "members" | "groups" => prop_oneof![3 => ids, 1 => text()].boxed(),
        "type" => select(["User", "group", "direct", "Indirect", "work"].map(str::to_owned).to_vec()).boxed(),
        "display" | "displayName" => prop_oneof![text(), "[a-z ]{1,3}"].boxed(),
        "version" => select(["W/\"1\"", "W/\"2\"", "w/", "\"3\""].map(str::to_owned).to_vec()).boxed(),
        "resourceType" => select(["User", "Group", "user"].map(str::to_owned).to_vec()).boxed(),
        "schemas" => select(schemas()).boxed(),
        _ => text().boxed(),
    };
    let text = (text, any::<prop::sample::Index>(), any::<prop::sample::Index>());
    match attribute.kind {
        Type::Boolean => any::<bool>().prop_map(Value::from).boxed(),
        Type::Integer => whole_number().prop_map(Value::from).boxed(),
        Type::Decimal => number().boxed(),
        Type::DateTime => moment().prop_map(Value::from).boxed(),
        Type::Binary => blob().prop_map(Value::from).boxed(),
        Type::Reference if attribute.name != "schemas" => {
            let parts = select(["/Users/", "http", "Users", "../", "/Groups"].map(str::to_owned).to_vec());
            prop_oneof![3 => link(&vocabulary.addresses), 1 => parts].prop_map(Value::from).boxed()
        }
        // Sometimes a part of a word, for the operators that look for one.
        _ => text.prop_map(|(text, from, to)| part(&text, from, to).into()).boxed(),
    }
}

fn part(text: &str, from: prop::sample::Index, to: prop::sample::Index) -> String {
    let letters: Vec<char> = text.chars().collect();
    let (from, to) = (from.index(4), to.index(4));
    match (from, to) {
        (1, 1) => letters.iter().take(letters.len().div_ceil(2)).collect(),
        (2, 2) => letters.iter().skip(letters.len() / 2).collect(),
        _ => text.to_owned(),
    }
}

fn schemas() -> Vec<String> {
    let urns = [
        "urn:ietf:params:scim:schemas:core:2.0:User",
        "URN:ietf:params:scim:schemas:core:2.0:group",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
        "urn:ietf:params:scim:schemas:extension:convoke:2.0:Group",
        "urn:example:params:scim:schemas:extension:probe:2.0:User",
        "urn:example",
    ];
    urns.map(str::to_owned).to_vec()
}

/// The attribute's name as clients may write it: bare or with its URN, in any case.
fn notation(own: &ResourceType, located: Located<'_>, strict: bool) -> BoxedStrategy<String> {
    let name = located.attribute.name.clone();
    let urn = located.extension.unwrap_or(&own.schema.id).to_owned();
    let qualified = format!("{urn}:{name}");
    let bare_works =
        located.extension.is_none() || !strict && own.core(&name).is_none() && own.unqualified(&name).is_some();
    let spellings = if bare_works { vec![name, qualified] } else { vec![qualified] };
    select(spellings).prop_flat_map(|name| any_case(&name)).boxed()
}

fn any_case(name: &str) -> impl Strategy<Value = String> + use<> {
    let spellings = vec![name.to_owned(), name.to_owned(), name.to_uppercase(), name.to_lowercase()];
    select(spellings)
}

fn select_from(forms: Vec<BoxedStrategy<Expr>>) -> BoxedStrategy<Expr> {
    (0..forms.len()).prop_flat_map(move |at| forms[at].clone()).boxed()
}
