//! Clients at the level of bytes: what no HTTP library would send, and some identity providers do.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::site::Site;
use crate::conformance::proves;

/// Sends a request as it is and reads the answer until the server closes.
async fn exchange(site: &Site, request: &str) -> String {
    let address: SocketAddr = site.server.base_url.trim_start_matches("http://").parse().unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    String::from_utf8(answer).unwrap()
}

/// Microsoft Entra ID sends neither User-Agent nor Accept.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn host_and_credential_are_all_a_request_needs() {
    let _proof = proves(&["T56", "2.3", "2.4", "2.11"]);
    let site = Site::start().await;
    let token = site.token(&["scim"]).await;
    let head = format!("Host: scim.example.com\r\nAuthorization: bearer {token}\r\nConnection: close\r\n");
    let answer = exchange(&site, &format!("GET /scim/v2/Users?count=1 HTTP/1.1\r\n{head}\r\n")).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let body = "{\"userName\":\"a\"}";
    let post = format!("POST /scim/v2/Users HTTP/1.1\r\n{head}Content-Length: {}\r\n\r\n{body}", body.len());
    let answer = exchange(&site, &post).await;
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    assert!(answer.contains("\"location\":\"http://scim.example.com/scim/v2/Users/"), "{answer}");
}

/// A body sent in pieces, without its length, one byte over the limit.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_without_a_length_has_the_same_limit() {
    let site = Site::start().await;
    let token = site.token(&["scim"]).await;
    let piece = format!("100000\r\n{}\r\n", " ".repeat(1024 * 1024)).repeat(8);
    let head =
        format!("Host: x\r\nAuthorization: Bearer {token}\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n");
    let answer =
        exchange(&site, &format!("POST /scim/v2/Users HTTP/1.1\r\n{head}\r\n{piece}1\r\n \r\n0\r\n\r\n")).await;
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    assert!(answer.contains("\"status\":\"413\""), "{answer}");
}

/// A client that goes away in the middle of its body has asked for nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn half_a_body_writes_nothing() {
    let site = Site::start().await;
    let (token, client) = (site.token(&["scim"]).await, site.client().await);
    let before = site.sql.traces().await;
    let address: SocketAddr = site.server.base_url.trim_start_matches("http://").parse().unwrap();
    let head = format!("Host: x\r\nAuthorization: Bearer {token}\r\nContent-Length: 1000\r\n");
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("POST /scim/v2/Users HTTP/1.1\r\n{head}\r\n{{\"userName\":\"half\"}}");
    stream.write_all(request.as_bytes()).await.unwrap();
    stream.shutdown().await.unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    assert!(!String::from_utf8_lossy(&answer).contains(" 201 "));
    client.get("/Users").await.expect(200);
    assert_eq!(site.sql.traces().await, before);
}
