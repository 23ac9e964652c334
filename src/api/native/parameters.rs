//! Query parameters with their limits: each type says once what it takes, and the document, the default and the refusal
//! all come from there. The framework's own reading of parameters words its refusals in Rust's terms, hence this one.

use poem::{Request, RequestBody};
use poem_openapi::registry::{MetaParamIn, MetaSchema, MetaSchemaRef};
use poem_openapi::{ApiExtractor, ApiExtractorType, ExtractParamOptions};
use serde_json::json;

use super::refused::{Fault, Refused};
use crate::model::fold::fold;
use crate::model::group::GroupType;

/// Why a value cannot be taken.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::api) struct Unfit {
    /// A word for programs, as FastAPI's validation has it.
    kind: &'static str,
    /// What would be right.
    message: String,
}

fn unfit<T>(kind: &'static str, message: &str, given: &str) -> Result<T, Unfit> {
    let given: String = given.chars().take(80).collect();
    Err(Unfit { kind, message: format!("{message}, not \"{given}\"") })
}

/// A type of query parameter. Its default stands where the parameter is left out.
pub(in crate::api) trait Parameter: Default + Send + Sync {
    /// How the document shows it.
    fn schema() -> MetaSchema;

    /// Reads a value.
    fn read(text: &str) -> Result<Self, Unfit>;
}

/// A query parameter of an endpoint.
pub(in crate::api) struct Asked<P>(pub(in crate::api) P);

impl<'a, P: Parameter> ApiExtractor<'a> for Asked<P> {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::Parameter];
    type ParamType = ();
    type ParamRawType = ();

    fn param_in() -> Option<MetaParamIn> {
        Some(MetaParamIn::Query)
    }

    fn param_schema_ref() -> Option<MetaSchemaRef> {
        Some(MetaSchemaRef::Inline(Box::new(P::schema())))
    }

    async fn from_request(
        request: &'a Request,
        _: &mut RequestBody,
        options: ExtractParamOptions<()>,
    ) -> poem::Result<Self> {
        let all: Vec<(String, String)> = request.params().unwrap_or_default();
        // The last one wins, as in the services this contract follows.
        let Some((_, text)) = all.iter().rfind(|(name, _)| name == options.name) else {
            return Ok(Self(P::default()));
        };
        match P::read(text) {
            Ok(value) => Ok(Self(value)),
            Err(unfit) => Err(Refused::from(Fault::query(options.name, unfit.kind, unfit.message)).into()),
        }
    }
}

/// Which page, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::api) struct PageNumber(pub(in crate::api) i64);

impl Default for PageNumber {
    fn default() -> Self {
        Self(1)
    }
}

impl Parameter for PageNumber {
    fn schema() -> MetaSchema {
        MetaSchema { minimum: Some(1.0), default: Some(json!(1)), ..MetaSchema::new_with_format("integer", "int64") }
    }

    fn read(text: &str) -> Result<Self, Unfit> {
        integer(text, 1, i64::MAX).map(Self)
    }
}

/// Rows a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::api) struct PageSize(pub(in crate::api) i64);

const MOST_PER_PAGE: i64 = 500;

impl Default for PageSize {
    fn default() -> Self {
        Self(20)
    }
}

impl Parameter for PageSize {
    fn schema() -> MetaSchema {
        MetaSchema {
            minimum: Some(1.0),
            maximum: Some(500.0),
            default: Some(json!(20)),
            ..MetaSchema::new_with_format("integer", "int64")
        }
    }

    fn read(text: &str) -> Result<Self, Unfit> {
        integer(text, 1, MOST_PER_PAGE).map(Self)
    }
}

fn integer(text: &str, least: i64, most: i64) -> Result<i64, Unfit> {
    let Ok(number) = text.trim().parse::<i64>() else {
        return unfit("int_parsing", "Input should be a valid integer", text);
    };
    if number < least {
        return unfit("greater_than_equal", &format!("Input should be greater than or equal to {least}"), text);
    }
    if number > most {
        return unfit("less_than_equal", &format!("Input should be less than or equal to {most}"), text);
    }
    Ok(number)
}

/// Text to be found in names: trimmed and folded; nothing is no condition.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::api) struct Search(pub(in crate::api) Option<String>);

const LONGEST_SEARCH: usize = 256;

impl Parameter for Search {
    fn schema() -> MetaSchema {
        MetaSchema { max_length: Some(LONGEST_SEARCH), ..MetaSchema::new("string") }
    }

    fn read(text: &str) -> Result<Self, Unfit> {
        let text = text.trim();
        if text.chars().count() > LONGEST_SEARCH {
            return unfit("string_too_long", &format!("Input should have at most {LONGEST_SEARCH} characters"), text);
        }
        Ok(Self(Some(fold(text)).filter(|folded| !folded.is_empty())))
    }
}

/// Only groups of one type; in any case of letters.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::api) struct OfType(pub(in crate::api) Option<GroupType>);

impl Parameter for OfType {
    fn schema() -> MetaSchema {
        MetaSchema { enum_items: vec![json!("SECURITY"), json!("DISTRIBUTION")], ..MetaSchema::new("string") }
    }

    fn read(text: &str) -> Result<Self, Unfit> {
        match GroupType::parse(text) {
            Some(group_type) => Ok(Self(Some(group_type))),
            None => unfit("enum", "Input should be 'SECURITY' or 'DISTRIBUTION'", text),
        }
    }
}

/// Free text: an id, a list of words, a cursor. What it means is judged where it is used.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::api) struct Text(pub(in crate::api) Option<String>);

impl Parameter for Text {
    fn schema() -> MetaSchema {
        MetaSchema::new("string")
    }

    fn read(text: &str) -> Result<Self, Unfit> {
        Ok(Self(Some(text.to_owned())))
    }
}

/// Yes or no; no where it is left out.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::api) struct Flag(pub(in crate::api) bool);

impl Parameter for Flag {
    fn schema() -> MetaSchema {
        MetaSchema { default: Some(json!(false)), ..MetaSchema::new("boolean") }
    }

    fn read(text: &str) -> Result<Self, Unfit> {
        match text.trim().to_ascii_lowercase().as_str() {
            "true" | "1" | "yes" | "on" => Ok(Self(true)),
            "false" | "0" | "no" | "off" => Ok(Self(false)),
            _ => unfit("bool_parsing", "Input should be true or false", text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_have_limits_and_the_refusal_names_them() {
        for text in ["1", "20", "500", " 7 "] {
            assert!(PageSize::read(text).is_ok(), "{text}");
        }
        for (text, kind, says) in [
            ("0", "greater_than_equal", "greater than or equal to 1, not \"0\""),
            ("-3", "greater_than_equal", "1"),
            ("501", "less_than_equal", "less than or equal to 500, not \"501\""),
            ("", "int_parsing", "integer"),
            ("ten", "int_parsing", "not \"ten\""),
            ("1.5", "int_parsing", "integer"),
            ("99999999999999999999", "int_parsing", "integer"),
        ] {
            let unfit = PageSize::read(text).unwrap_err();
            assert_eq!(unfit.kind, kind, "{text}");
            assert!(unfit.message.contains(says), "{}", unfit.message);
        }
        assert_eq!(PageNumber::read("9223372036854775807"), Ok(PageNumber(i64::MAX)));
    }

    #[test]
    fn a_search_is_trimmed_and_folded_and_may_be_nothing() {
        assert_eq!(Search::read("  Straße "), Ok(Search(Some("strasse".to_owned()))));
        assert_eq!(Search::read("   "), Ok(Search(None)));
        assert!(Search::read(&"é".repeat(256)).is_ok());
        assert_eq!(Search::read(&"é".repeat(257)).unwrap_err().kind, "string_too_long");
    }

    #[test]
    fn types_are_words_in_any_case() {
        assert_eq!(OfType::read("security"), Ok(OfType(Some(GroupType::Security))));
        assert_eq!(OfType::read("Distribution_List"), Ok(OfType(Some(GroupType::Distribution))));
        assert!(OfType::read("mail").unwrap_err().message.contains("not \"mail\""));
    }

    #[test]
    fn a_long_value_is_not_echoed_whole() {
        let unfit = OfType::read(&"x".repeat(10_000)).unwrap_err();
        assert!(unfit.message.len() < 200);
    }
}
