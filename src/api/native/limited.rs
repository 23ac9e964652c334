//! Texts with limits that the document shows. They are judged with the body, by their length without blanks around them.

use std::borrow::Cow;

use poem_openapi::registry::{MetaSchema, MetaSchemaRef};
use poem_openapi::types::{ParseError, ParseFromJSON, ParseResult, ToJSON, Type};
use serde_json::Value;

use crate::model::group::{MAX_DESCRIPTION, MAX_NAME};

/// A text of so many characters.
#[derive(Debug, Clone)]
pub(in crate::api) struct Limited<const LEAST: usize, const MOST: usize>(pub(in crate::api) String);

/// A group's name.
pub(in crate::api) type Name = Limited<1, MAX_NAME>;

/// A group's description.
pub(in crate::api) type Description = Limited<0, MAX_DESCRIPTION>;

impl<const LEAST: usize, const MOST: usize> Type for Limited<LEAST, MOST> {
    const IS_REQUIRED: bool = true;
    type RawValueType = Self;
    type RawElementValueType = Self;

    fn name() -> Cow<'static, str> {
        format!("string_{LEAST}_{MOST}").into()
    }

    fn schema_ref() -> MetaSchemaRef {
        let min_length = Some(LEAST).filter(|least| *least > 0);
        MetaSchemaRef::Inline(Box::new(MetaSchema { min_length, max_length: Some(MOST), ..MetaSchema::new("string") }))
    }

    fn as_raw_value(&self) -> Option<&Self> {
        Some(self)
    }

    fn raw_element_iter<'a>(&'a self) -> Box<dyn Iterator<Item = &'a Self> + 'a> {
        Box::new(std::iter::once(self))
    }
}

impl<const LEAST: usize, const MOST: usize> ParseFromJSON for Limited<LEAST, MOST> {
    fn parse_from_json(value: Option<Value>) -> ParseResult<Self> {
        match value.unwrap_or_default() {
            Value::String(text) => Ok(Self(text)),
            other => Err(ParseError::expected_type(other)),
        }
    }
}

impl<const LEAST: usize, const MOST: usize> ToJSON for Limited<LEAST, MOST> {
    fn to_json(&self) -> Option<Value> {
        Some(self.0.as_str().into())
    }
}
