//! The parameters that pick events.

use poem_openapi::registry::MetaSchema;

use crate::api::native::parameters::{Parameter, Unfit, unfit};
use crate::model::event::{Api, Kind};

/// Only events of one kind.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct OfKind(pub(super) Option<Kind>);

impl Parameter for OfKind {
    fn schema() -> MetaSchema {
        words(Kind::ALL.map(Kind::as_str).as_slice())
    }

    fn read(text: &str) -> Result<Self, Unfit> {
        match Kind::ALL.into_iter().find(|kind| kind.as_str() == text) {
            Some(kind) => Ok(Self(Some(kind))),
            None => unfit("enum", &one_of(Kind::ALL.map(Kind::as_str).as_slice()), text),
        }
    }
}

/// Only events of one facade.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Through(pub(super) Option<Api>);

impl Parameter for Through {
    fn schema() -> MetaSchema {
        words(Api::ALL.map(Api::as_str).as_slice())
    }

    fn read(text: &str) -> Result<Self, Unfit> {
        match Api::ALL.into_iter().find(|api| api.as_str() == text) {
            Some(api) => Ok(Self(Some(api))),
            None => unfit("enum", &one_of(Api::ALL.map(Api::as_str).as_slice()), text),
        }
    }
}

fn words(words: &[&'static str]) -> MetaSchema {
    MetaSchema { enum_items: words.iter().map(|word| (*word).into()).collect(), ..MetaSchema::new("string") }
}

fn one_of(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("'{word}'")).collect();
    format!("Input should be {}", quoted.join(" or "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_strange_word_is_told_the_known_ones() {
        assert_eq!(OfKind::read("user.created"), Ok(OfKind(Some(Kind::UserCreated))));
        assert_eq!(Through::read("scim"), Ok(Through(Some(Api::Scim))));
        assert!(OfKind::read("user.made").is_err() && Through::read("SCIM").is_err());
    }
}
