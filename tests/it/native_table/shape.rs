//! What a refusal looks like in each API, whatever is refused.

use serde_json::Value;

use crate::support::Answer;

/// Holds a refusal to the form of its API; what is wrong with it, if anything.
pub(crate) fn flaw(api: &str, answer: &Answer) -> Option<String> {
    let told = match api {
        "auth-admin" => auth_admin(&answer.body),
        "accounts" => accounts(answer.status, &answer.body),
        _ => directory(answer.status, &answer.body),
    };
    let flaw = told.err().map(|what| format!("{what}: {}", answer.text));
    flaw.or_else(|| challenge(answer))
}

fn challenge(answer: &Answer) -> Option<String> {
    let challenged = answer.header("www-authenticate").starts_with("Bearer");
    (answer.status == 401 && !challenged).then(|| "a 401 without a challenge".to_owned())
}

/// `{"detail": "text"}`, or with 422 every fault with its place.
fn directory(status: u16, body: &Value) -> Result<(), &'static str> {
    only(body, &["detail"])?;
    let Some(faults) = body["detail"].as_array() else {
        return if body["detail"].is_string() && status != 422 { Ok(()) } else { Err("detail") };
    };
    if status != 422 || faults.is_empty() {
        return Err("faults are told with 422 alone, and then there are some");
    }
    for fault in faults {
        only(fault, &["loc", "msg", "type"])?;
        let place = fault["loc"].as_array().and_then(|loc| loc.first()).and_then(Value::as_str);
        if !place.is_some_and(|place| ["path", "query", "header", "body"].contains(&place)) {
            return Err("loc");
        }
        if !(fault["msg"].is_string() && fault["type"].is_string()) {
            return Err("msg and type");
        }
    }
    Ok(())
}

/// `{"error": "text", "details": "text"}`, the latter not always.
fn auth_admin(body: &Value) -> Result<(), &'static str> {
    only(body, &["error", "details"])?;
    let details = body.get("details").is_none_or(Value::is_string);
    if body["error"].is_string() && details { Ok(()) } else { Err("error and details") }
}

/// `{"error": {"code", "message", "details"}}`, with the code that goes with the status.
fn accounts(status: u16, body: &Value) -> Result<(), &'static str> {
    only(body, &["error"])?;
    only(&body["error"], &["code", "message", "details"])?;
    let code = match status {
        400 => "VALIDATION_ERROR",
        401 => "UNAUTHORIZED",
        403 => "FORBIDDEN",
        404 => "NOT_FOUND",
        405 => "METHOD_NOT_ALLOWED",
        409 => "CONFLICT",
        412 => "PRECONDITION_FAILED",
        413 => "PAYLOAD_TOO_LARGE",
        415 => "UNSUPPORTED_MEDIA_TYPE",
        429 => "RATE_LIMITED",
        _ => return Err("a status without a code"),
    };
    if body["error"]["code"] != code {
        return Err("code");
    }
    let details = body["error"].get("details").is_none_or(Value::is_object);
    if body["error"]["message"].is_string() && details { Ok(()) } else { Err("message and details") }
}

/// It is an object, and has no field but these.
fn only(value: &Value, names: &[&str]) -> Result<(), &'static str> {
    let fields = value.as_object().ok_or("no object")?;
    if fields.keys().all(|name| names.contains(&name.as_str())) { Ok(()) } else { Err("a field that is none of it") }
}
