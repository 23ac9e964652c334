//! What the reference interpreter and the generator of requests speak of: attributes as schema files describe them, and
//! operations by their meaning.

use serde_json::Value;

use super::generate::Placed;

/// Kinds of refusal, as `scimType` calls them.
pub(super) type Kind = &'static str;

/// An attribute as a schema file describes it.
#[derive(Debug, Clone)]
pub(super) struct Def {
    pub(super) name: String,
    pub(super) kind: String,
    pub(super) many: bool,
    pub(super) required: bool,
    pub(super) mutability: String,
    pub(super) exact: bool,
    pub(super) canonical: Vec<String>,
    pub(super) subs: Vec<Def>,
}

impl Def {
    fn of(json: &Value) -> Self {
        let word = |key: &str, default: &str| json[key].as_str().unwrap_or(default).to_owned();
        let kind = word("type", "string");
        Self {
            name: word("name", ""),
            many: json["multiValued"] == true,
            required: json["required"] == true,
            mutability: word("mutability", "readWrite"),
            exact: json["caseExact"].as_bool().unwrap_or(kind == "reference" || kind == "binary"),
            canonical: json["canonicalValues"]
                .as_array()
                .into_iter()
                .flatten()
                .map(|known| known.as_str().unwrap().to_owned())
                .collect(),
            subs: json["subAttributes"].as_array().into_iter().flatten().map(Self::of).collect(),
            kind,
        }
    }

    pub(super) fn is_complex(&self) -> bool {
        self.kind == "complex"
    }

    pub(super) fn sub(&self, name: &str) -> Option<&Self> {
        self.subs.iter().find(|sub| sub.name.eq_ignore_ascii_case(name))
    }
}

/// The schemas of a resource type.
#[derive(Debug)]
pub(super) struct Schema {
    pub(super) core: Vec<Def>,
    pub(super) extensions: Vec<(String, Vec<Def>)>,
}

impl Schema {
    pub(super) fn new(core: &str, extensions: &[&str]) -> Self {
        let read = |text: &str| -> Value { serde_json::from_str(text).unwrap() };
        let defs = |json: &Value| json["attributes"].as_array().unwrap().iter().map(Def::of).collect::<Vec<_>>();
        let extension = |text: &&str| {
            let json = read(text);
            (json["id"].as_str().unwrap().to_owned(), defs(&json))
        };
        Self { core: defs(&read(core)), extensions: extensions.iter().map(extension).collect() }
    }

    /// Every attribute with its place.
    pub(super) fn placed(&self) -> impl Iterator<Item = Placed> {
        let core = self.core.iter().map(|def| Placed { extension: None, def: def.clone() });
        core.chain(
            self.extensions.iter().flat_map(|(urn, defs)| {
                defs.iter().map(|def| Placed { extension: Some(urn.clone()), def: def.clone() })
            }),
        )
    }

    pub(super) fn def(&self, extension: Option<&str>, name: &str) -> Option<&Def> {
        let defs = match extension {
            None => &self.core,
            Some(urn) => &self.extensions.iter().find(|(known, _)| known == urn)?.1,
        };
        defs.iter().find(|def| def.name.eq_ignore_ascii_case(name))
    }
}

/// A value filter.
#[derive(Debug, Clone)]
pub(super) enum Filter {
    Term(String, &'static str, Value),
    Present(String),
    And(Vec<Filter>),
    Or(Vec<Filter>),
    Not(Box<Filter>),
}

/// What a path names.
#[derive(Debug, Clone)]
pub(super) enum Where {
    /// No attribute there is.
    Unknown(String),
    /// An extension as a whole.
    Extension(String),
    Attribute {
        extension: Option<String>,
        name: String,
        filter: Option<Filter>,
        sub: Option<String>,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verb {
    Add,
    Remove,
    Replace,
}

/// One operation: with a path, or without one and then with the keys of its value.
#[derive(Debug, Clone)]
pub(super) enum Operation {
    At(Verb, Where, Option<Value>),
    Keys(Verb, Vec<(Where, Value)>),
}
