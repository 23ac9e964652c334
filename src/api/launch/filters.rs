//! What a list can be filtered and sorted by. One table: the list reads its parameters by it, the filters document shows
//! it, and so does the OpenAPI document, so that none of them can differ.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::api::native::refused::Fault;
use crate::domain::GROUP_EXTENSION;
use crate::model::filter::{Field, Filter, Kind, Literal, Operator, native};
use crate::model::fold::fold;
use crate::model::listing::Sort;

/// A field of the table.
pub(super) struct Filterable {
    pub(super) name: &'static str,
    pub(super) kind: FieldKind,
    pub(super) operators: &'static [&'static str],
    pub(super) sortable: bool,
}

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FieldKind {
    Text,
    Time,
    Integer,
    Id,
}

impl FieldKind {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "string",
            Self::Time => "datetime",
            Self::Integer => "integer",
            Self::Id => "id",
        }
    }
}

const TIMES: &[&str] = &["gt", "gte", "lt", "lte"];

/// The table.
pub(super) const FIELDS: [Filterable; 7] = [
    Filterable {
        name: "name",
        kind: FieldKind::Text,
        operators: &["eq", "ne", "contains", "startswith", "endswith", "in"],
        sortable: true,
    },
    Filterable {
        name: "description",
        kind: FieldKind::Text,
        operators: &["eq", "contains", "isnull"],
        sortable: false,
    },
    Filterable { name: "created", kind: FieldKind::Time, operators: TIMES, sortable: true },
    Filterable { name: "updated", kind: FieldKind::Time, operators: TIMES, sortable: true },
    Filterable {
        name: "user_count",
        kind: FieldKind::Integer,
        operators: &["eq", "gt", "gte", "lt", "lte"],
        sortable: true,
    },
    Filterable { name: "user_id", kind: FieldKind::Id, operators: &["eq", "in"], sortable: false },
    Filterable { name: "scope", kind: FieldKind::Text, operators: &["eq", "in"], sortable: false },
];

/// Names of the fields a list can be sorted by; the first one is the default.
pub(super) const SORTS: [&str; 5] = ["created", "updated", "name", "user_count", "id"];

/// Values an `in` has at the most.
const MOST_VALUES: usize = 100;
/// Characters a value has at the most.
const LONGEST: usize = 4_096;

/// The order by a field of [`SORTS`].
pub(super) fn sort(name: &str, descending: bool) -> Option<Sort> {
    let field = if name == "id" { Field::core("id", Kind::Text) } else { field(name)? };
    SORTS.contains(&name).then_some(Sort { field: Some(field), descending })
}

/// The filter of one parameter such as `name__contains=eng`; `name=eng` means `name__eq=eng`.
pub(super) fn filter(parameter: &str, value: &str) -> Result<Filter, Fault> {
    let fault = |kind, message: String| Fault::query(parameter, kind, message);
    let (name, operator) = parameter.split_once("__").unwrap_or((parameter, "eq"));
    let Some(row) = FIELDS.iter().find(|row| row.name == name) else {
        let known: Vec<&str> = FIELDS.iter().map(|row| row.name).collect();
        return Err(fault(
            "extra_forbidden",
            format!("There is no filter of this name; fields are {}", known.join(", ")),
        ));
    };
    if !row.operators.contains(&operator) {
        let known = row.operators.join(", ");
        return Err(fault("enum", format!("{name} has no operator \"{operator}\"; it has {known}")));
    }
    if value.chars().count() > LONGEST {
        return Err(fault("string_too_long", format!("Input should have at most {LONGEST} characters")));
    }
    row.filter(operator, value).map_err(|(kind, message)| fault(kind, message))
}

impl Filterable {
    fn filter(&self, operator: &str, value: &str) -> Result<Filter, (&'static str, String)> {
        let Some(field) = field(self.name) else { return Ok(Filter::Or(Vec::new())) };
        match operator {
            "in" => {
                let values: Vec<&str> = value.split(',').map(str::trim).filter(|value| !value.is_empty()).collect();
                if values.is_empty() || values.len() > MOST_VALUES {
                    let message = format!("Input should be 1 to {MOST_VALUES} values, separated by commas");
                    return Err(("value_error", message));
                }
                let each = values.into_iter().map(|value| self.compare(&field, Operator::Eq, value));
                Ok(Filter::Or(each.collect::<Result<_, _>>()?))
            }
            "isnull" => match value.trim().to_ascii_lowercase().as_str() {
                "true" | "1" => Ok(Filter::Not(Box::new(Filter::Present(field)))),
                "false" | "0" => Ok(Filter::Present(field)),
                _ => Err(("bool_parsing", format!("Input should be true or false, not \"{}\"", short(value)))),
            },
            "eq" => self.compare(&field, Operator::Eq, value),
            "ne" => self.compare(&field, Operator::Ne, value),
            "contains" => self.compare(&field, Operator::Co, value),
            "startswith" => self.compare(&field, Operator::Sw, value),
            "endswith" => self.compare(&field, Operator::Ew, value),
            "gt" => self.compare(&field, Operator::Gt, value),
            "gte" => self.compare(&field, Operator::Ge, value),
            "lt" => self.compare(&field, Operator::Lt, value),
            _ => self.compare(&field, Operator::Le, value),
        }
    }

    fn compare(&self, field: &Field, operator: Operator, value: &str) -> Result<Filter, (&'static str, String)> {
        let literal = match self.kind {
            FieldKind::Text if field.case_exact => Literal::Text(value.to_owned()),
            FieldKind::Text => Literal::Text(fold(value)),
            FieldKind::Id => Literal::Text(bare_id(value).to_owned()),
            FieldKind::Integer => {
                let number: i64 = value.trim().parse().map_err(|_| {
                    ("int_parsing", format!("Input should be a valid integer, not \"{}\"", short(value)))
                })?;
                Literal::Number(number.into())
            }
            FieldKind::Time => {
                // A plus sign that was not percent-encoded arrives as a blank.
                let time: DateTime<Utc> = value.trim().replace(' ', "+").parse().map_err(|_| {
                    let message = "Input should be a time as RFC 3339 has it, such as 2026-05-17T12:20:42Z";
                    ("datetime_parsing", format!("{message}, not \"{}\"", short(value)))
                })?;
                Literal::Instant(time)
            }
        };
        Ok(Filter::Compare(field.clone(), operator, literal))
    }
}

/// The attribute behind a name of the table.
fn field(name: &str) -> Option<Field> {
    let of_meta = |sub: &str| Field { sub: Some(sub.to_owned()), ..Field::core("meta", Kind::Instant) };
    Some(match name {
        "name" => Field::core("displayName", Kind::Text),
        "description" => {
            Field { extension: Some(GROUP_EXTENSION.to_owned()), ..Field::core("description", Kind::Text) }
        }
        "created" => of_meta("created"),
        "updated" => of_meta("lastModified"),
        "user_count" => Field::core(native::USER_COUNT, Kind::Number),
        "user_id" => Field { sub: Some("value".to_owned()), multi_valued: true, ..Field::core("members", Kind::Text) },
        "scope" => Field { case_exact: true, ..Field::core(native::SCOPE, Kind::Text) },
        _ => return None,
    })
}

/// An id without a prefix such as `usr_`.
fn bare_id(text: &str) -> &str {
    let text = text.trim();
    text.rsplit_once('_').map_or(text, |(_, bare)| bare)
}

fn short(value: &str) -> String {
    value.chars().take(80).collect()
}

/// Adds the filters to the list's parameters in the document.
pub(super) fn documented(mut document: Value, list: &str) -> Value {
    let Some(Value::Array(parameters)) = document["paths"][list]["get"].get_mut("parameters") else { return document };
    for row in &FIELDS {
        parameters.extend(row.operators.iter().map(|operator| parameter(row, operator)));
    }
    document
}

fn parameter(row: &Filterable, operator: &str) -> Value {
    let schema = match (row.kind, operator) {
        (_, "isnull") => json!({ "type": "boolean" }),
        (_, "in") | (FieldKind::Text | FieldKind::Id, _) => json!({ "type": "string", "maxLength": LONGEST }),
        (FieldKind::Integer, _) => json!({ "type": "integer", "format": "int64" }),
        (FieldKind::Time, _) => json!({ "type": "string", "format": "date-time" }),
    };
    let description = match operator {
        "in" => format!("Only groups whose `{}` is one of these, separated by commas.", row.name),
        "isnull" => format!("Only groups without a `{0}`, or with `false` only those with one.", row.name),
        _ => format!("Only groups whose `{}` compares so ({operator}).", row.name),
    };
    json!({
        "name": format!("{}__{operator}", row.name), "in": "query", "required": false, "deprecated": false,
        "explode": true, "schema": schema, "description": description,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_of_the_table_is_an_attribute_and_takes_its_operators() {
        for row in &FIELDS {
            for operator in row.operators {
                let value = match (row.kind, *operator) {
                    (_, "isnull") => "true",
                    (FieldKind::Integer, _) => "7",
                    (FieldKind::Time, _) => "2026-05-17T12:20:42Z",
                    _ => "x",
                };
                let parameter = format!("{}__{operator}", row.name);
                assert!(filter(&parameter, value).is_ok(), "{parameter}");
            }
            assert_eq!(sort(row.name, false).is_some(), row.sortable, "{}", row.name);
        }
        assert!(SORTS.iter().all(|name| sort(name, true).is_some()));
    }

    #[test]
    fn what_is_not_in_the_table_is_refused() {
        for (parameter, value, kind) in [
            ("owner", "x", "extra_forbidden"),
            ("name__like", "x", "enum"),
            ("scope__contains", "x", "enum"),
            ("created__gt", "yesterday", "datetime_parsing"),
            ("user_count__gt", "many", "int_parsing"),
            ("description__isnull", "maybe", "bool_parsing"),
            ("name__in", " , ", "value_error"),
            ("name", &"x".repeat(5_000), "string_too_long"),
        ] {
            let fault = filter(parameter, value).unwrap_err();
            assert_eq!(fault.kind, kind, "{parameter}");
            assert_eq!(fault, Fault::query(parameter, kind, fault.message.clone()));
        }
    }

    #[test]
    fn a_time_may_have_lost_its_plus() {
        assert!(filter("created__gt", "2026-05-17T12:20:42 02:00").is_ok());
        assert_eq!(filter("name", "A").ok(), filter("name__eq", "a").ok());
    }
}
