use poem::http::{StatusCode, header};
use serde_json::{Value, json};

use super::*;
use crate::store;

async fn answer(error: impl Into<poem::Error>) -> (Response, Value) {
    let mut response = render(error.into(), || Some("GET, HEAD"));
    let body = response.take_body().into_json().await.unwrap();
    (response, body)
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
async fn the_frameworks_refusals_speak_the_dialect_too() {
    let (response, body) = answer(MethodNotAllowedError).await;
    assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(response.headers()[header::ALLOW], "GET, HEAD");
    assert_eq!(body, json!({ "detail": "Method Not Allowed" }));
    assert_eq!(answer(NotFoundError).await.0.status(), StatusCode::NOT_FOUND);
    assert_eq!(
        answer(ParsePathError { name: "param0", reason: String::new() }).await.0.status(),
        StatusCode::NOT_FOUND
    );
    let (_, body) = answer(ParseParamError { name: "page", reason: "odd".to_owned() }).await;
    assert_eq!(body["detail"][0]["loc"], json!(["query", "page"]));
    let (response, body) = answer(poem::error::InternalServerError(std::io::Error::other("cause"))).await;
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(body, json!({ "detail": "Internal Server Error" }));
}
