//! POST `.search` (RFC 7644 section 3.4.3): the parameters of a list in a body, for filters that must not stand in a URL.
//! It reads the message into the same [`Query`] a GET has.

use poem::{Request, Response};
use serde_json::Value;

use super::context::Call;
use super::error::Error;
use super::list::{self, Reach};
use super::message::{check_schemas, take, unknown};
use super::query::Query;
use crate::schema::Document;
use crate::schema::accept::coerce::check_keys;
use crate::schema::leniency::{Leniency, Stance};
use crate::schema::refusal::{Refusal, type_name};

/// The schema of the message.
const SEARCH_REQUEST: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";

/// Answers as the GET of the same endpoint does. What stands in the URL is not looked at.
pub(super) async fn search(call: &Call, reach: Reach, mut request: Request) -> Result<Response, Error> {
    let mut stance = Stance::new(call.mode());
    let query = read(call.object(&mut request).await?, &mut stance)?;
    call.note(&stance.into_used());
    list::answer(call, &query, reach).await
}

fn read(mut message: Document, stance: &mut Stance) -> Result<Query, Refusal> {
    check_keys(&message)?;
    check_schemas(take(&mut message, "schemas"), SEARCH_REQUEST, stance)?;
    let mut query = Query::default();
    for (key, value) in message {
        let Some(name) = Query::known(&key) else {
            unknown("a SearchRequest", &key, stance)?;
            continue;
        };
        let text = match (name, value) {
            // RFC 7643 section 2.5: null is the state of having no value.
            (_, Value::Null) => continue,
            ("startIndex" | "count", value) => integer(name, &value, stance)?,
            ("attributes" | "excludedAttributes", value) => names(name, value, stance)?,
            (_, Value::String(text)) => text,
            (_, other) => {
                return Err(Refusal::syntax(format!("\"{name}\" must be a string, not {}", type_name(&other))));
            }
        };
        query.put(name, text, stance)?;
    }
    Ok(query)
}

/// A whole number as a query string would have it, however large.
fn integer(key: &str, value: &Value, stance: &mut Stance) -> Result<String, Refusal> {
    let refusal = || Refusal::syntax(format!("\"{key}\" must be a whole number, not {value}"));
    match value {
        Value::Number(number) if number.is_i64() || number.is_u64() => Ok(number.to_string()),
        // What no 64-bit integer holds is read as a float.
        Value::Number(number) => match number.as_f64().filter(|float| float.fract() == 0.0) {
            Some(float) => Ok(format!("{float:.0}")),
            None => Err(refusal()),
        },
        Value::String(text) if text.trim().parse::<i64>().is_ok() => {
            stance.tolerate(Leniency::NumberAsString, refusal)?;
            Ok(text.clone())
        }
        other => Err(Refusal::syntax(format!("\"{key}\" must be a whole number, not {}", type_name(other)))),
    }
}

/// A list of attribute names; compat takes the one string a query string would have.
fn names(key: &str, value: Value, stance: &mut Stance) -> Result<String, Refusal> {
    let refusal =
        |found: &Value| Refusal::syntax(format!("\"{key}\" must be an array of strings, not {}", type_name(found)));
    match value {
        Value::Array(names) => {
            let texts = names.iter().map(|name| {
                let wrong = || Refusal::syntax(format!("\"{key}\" must hold strings, not {}", type_name(name)));
                name.as_str().ok_or_else(wrong)
            });
            Ok(texts.collect::<Result<Vec<_>, _>>()?.join(","))
        }
        Value::String(text) => {
            stance.tolerate(Leniency::SingleForArray, || {
                Refusal::syntax(format!("\"{key}\" must be an array of strings"))
            })?;
            Ok(text)
        }
        other => Err(refusal(&other)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::schema::Mode;

    fn parse(body: &Value, mode: Mode) -> Result<Query, Refusal> {
        read(body.as_object().unwrap().clone(), &mut Stance::new(mode))
    }

    #[test]
    fn a_message_reads_as_a_query_string() {
        let mut body = json!({ "schemas": [SEARCH_REQUEST], "Filter": "userName pr", "SORTBY": "userName", "cursor": "",
            "attributes": ["userName", "emails.value"], "count": 10, "startIndex": null });
        let query = parse(&body, Mode::Strict).unwrap();
        body["other"] = json!({});
        assert!(parse(&body, Mode::Strict).is_err() && parse(&body, Mode::Compat).is_ok());
        assert_eq!(query.get("filter"), Some("userName pr"));
        assert_eq!(query.get("sortBy"), Some("userName"));
        assert_eq!(query.get("cursor"), Some(""));
        assert_eq!(query.get("attributes"), Some("userName,emails.value"));
        assert_eq!((query.get("count"), query.get("startIndex")), (Some("10"), None));
    }

    #[test]
    fn other_types_and_messages_are_refused() {
        let bodies = [
            json!({ "filter": 1 }),
            json!({ "sortBy": ["userName"] }),
            json!({ "count": 1.5 }),
            json!({ "count": "ten" }),
            json!({ "startIndex": {} }),
            json!({ "attributes": [1] }),
            json!({ "attributes": {} }),
            json!({ "count": 1, "Count": 2 }),
            json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"] }),
        ];
        for body in bodies {
            let refusal = parse(&body, Mode::Compat).unwrap_err();
            assert_eq!(refusal.kind.scim_type(), "invalidSyntax", "{body}");
        }
    }

    #[test]
    fn compat_forgives_what_strict_does_not() {
        for body in [json!({}), json!({ "schemas": [SEARCH_REQUEST], "count": "10" }), json!({ "schemas": [] })] {
            assert!(parse(&body, Mode::Compat).is_ok(), "{body}");
            assert!(parse(&body, Mode::Strict).is_err(), "{body}");
        }
    }

    #[test]
    fn huge_numbers_stay_huge() {
        let body: Value = serde_json::from_str(r#"{"count":99999999999999999999,"startIndex":-1e30}"#).unwrap();
        let query = parse(&body, Mode::Compat).unwrap();
        assert!(query.paging().is_ok());
    }
}
