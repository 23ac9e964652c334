use poem::http::{StatusCode, header};
use serde_json::{Value, json};

use super::*;
use crate::store;

async fn answer(error: impl Into<poem::Error>) -> (Response, Value) {
    let mut response = error.into().into_response();
    let body = response.take_body().into_json().await.unwrap();
    (response, body)
}

async fn body(response: Response) -> Value {
    response.into_body().into_json().await.unwrap()
}

#[tokio::test]
async fn a_faulty_parameter_is_located() {
    let (response, body) = answer(Refusal::query("per_page", "less_than_equal", "at most 500".to_owned())).await;
    assert_eq!(response.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let fault = json!({ "loc": ["query", "per_page"], "msg": "at most 500", "type": "less_than_equal" });
    assert_eq!(body, json!({ "detail": [fault] }));
}

#[tokio::test]
async fn a_missing_credential_is_challenged() {
    let (response, body) = answer(Refusal::from(Denied::Missing)).await;
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(response.headers()[header::WWW_AUTHENTICATE], "Bearer realm=\"convoke\"");
    assert!(body["detail"].as_str().unwrap().contains("bearer token"), "{body}");
}

#[tokio::test]
async fn denials_and_errors_have_their_status() {
    let busy = || store::Error::Unavailable("secret host".to_owned());
    let cases: [(Refusal, u16, &str); 7] = [
        (Denied::Foreign.into(), 403, "this token cannot be used for that tenant"),
        (Denied::Suspended.into(), 403, "the tenant is suspended"),
        (Denied::NoSuchTenant.into(), 404, "Tenant not found"),
        (Denied::Unavailable(busy()).into(), 503, "the server is busy; try again"),
        (Refusal::no_group(), 404, "Group not found"),
        (domain::Error::Busy(busy()).into(), 503, "the server is busy; try again"),
        (domain::Error::Internal(busy()).into(), 500, "Internal Server Error"),
    ];
    for (refusal, status, text) in cases {
        let (response, body) = answer(refusal).await;
        assert_eq!((response.status().as_u16(), &body), (status, &json!({ "detail": text })));
        assert_eq!(response.headers().contains_key(header::RETRY_AFTER), status == 503);
    }
}

#[tokio::test]
async fn failures_of_other_layers_speak_the_dialect_too() {
    let method = Failure::Method(Some("GET, HEAD".to_owned()));
    let cases = [
        (method, 405, json!({ "detail": "Method Not Allowed" })),
        (Failure::NoSuchPath, 404, json!({ "detail": "Not Found" })),
        (Failure::Broken, 500, json!({ "detail": "Internal Server Error" })),
    ];
    for (failure, status, expected) in cases {
        let response = render(failure);
        assert_eq!(response.headers().contains_key(header::ALLOW), status == 405);
        assert_eq!((response.status().as_u16(), body(response).await), (status, expected));
    }
}
