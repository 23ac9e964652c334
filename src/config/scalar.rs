//! Reads any setting the same way wherever it comes from: flags and variables are texts, the file has numbers and booleans
//! as well; all become text, and the setting's own type reads that.

use std::fmt::Display;
use std::str::FromStr;

use serde::de::{Deserialize, Deserializer, Error};

#[derive(serde::Deserialize)]
#[serde(untagged)]
enum Scalar {
    Text(String),
    Whole(i64),
    Boolean(bool),
    Fraction(f64),
}

/// For `deserialize_with`: a value that must be there.
pub(super) fn value<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr<Err: Display>,
{
    let scalar =
        Scalar::deserialize(deserializer).map_err(|_| D::Error::custom("a list or table does not fit here"))?;
    let text = match scalar {
        Scalar::Text(text) => text,
        Scalar::Whole(number) => number.to_string(),
        Scalar::Boolean(flag) => flag.to_string(),
        Scalar::Fraction(number) => number.to_string(),
    };
    if text.trim().is_empty() {
        return Err(D::Error::custom("the value is empty"));
    }
    text.parse().map_err(D::Error::custom)
}

/// For `deserialize_with`: any number of values, as a list in the file, and as a text with commas anywhere.
pub(super) fn list<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr<Err: Display>,
{
    #[derive(serde::Deserialize)]
    #[serde(untagged)]
    enum List {
        Text(String),
        Texts(Vec<String>),
    }
    let texts = match List::deserialize(deserializer).map_err(|_| D::Error::custom("the value is no list of texts"))? {
        List::Text(text) => text.split(',').map(str::to_owned).collect(),
        List::Texts(texts) => texts,
    };
    let given = texts.iter().map(|text| text.trim()).filter(|text| !text.is_empty());
    given.map(|text| text.parse().map_err(|error| D::Error::custom(format!("\"{text}\": {error}")))).collect()
}

/// For `deserialize_with`: a value that may be missing; needs `default` beside it.
pub(super) fn optional<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr<Err: Display>,
{
    value(deserializer).map(Some)
}
