//! The explorer page and the documents it reads.

use super::place::Place;

#[tokio::test(flavor = "multi_thread")]
async fn the_page_and_the_document_are_served_without_a_credential() {
    let place = Place::start().await;
    let client = place.server.anonymous();
    let page = client.get("/docs").await;
    assert_eq!((page.status, page.header("content-type")), (200, "text/html; charset=utf-8"));
    for api in ["directory", "auth-admin", "launch", "accounts"] {
        let path = format!("/openapi/{api}.json");
        assert!(page.text.contains(&format!("<option value=\"{path}\">")), "{api} can be chosen");
        let document = client.get(&path).await;
        assert_eq!(document.status, 200, "{api}");
        assert_eq!(document.text, convoke::api::openapi_document(api).unwrap());
    }
    assert_eq!(client.get("/openapi/nothing.json").await.status, 404);
}
