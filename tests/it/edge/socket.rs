//! The socket in the file system, for a proxy on the same machine.

use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::path::Path;

use crate::support::{Program, database};

/// What comes back for a request; the connection ends with it.
pub(super) fn ask(socket: &Path, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> String {
    let mut stream = UnixStream::connect(socket).expect("somebody listens");
    let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let length = body.len();
    let head = format!("{method} {path} HTTP/1.1\r\nhost: convoke\r\nconnection: close\r\n{headers}");
    write!(stream, "{head}content-length: {length}\r\n\r\n{body}").expect("it is taken");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer that is text");
    answer
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_proxy_at_the_socket_is_answered_and_believed() {
    let database = database().await;
    let program = Program::on(&database.url);
    let socket = program.dir().join("http.sock");
    program.done(&["tenant", "create", "acme"]);
    let token = program.done(&["token", "create", "--tenant", "acme"]);
    let served = program.serve(&["--socket", "http.sock"]);
    assert_eq!(fs::metadata(&socket).expect("it is there").permissions().mode() & 0o777, 0o660);

    let token = format!("Bearer {token}");
    let said = [
        ("authorization", &*token),
        ("content-type", "application/scim+json"),
        ("x-forwarded-for", "192.0.2.1"),
        ("x-forwarded-proto", "https"),
        ("x-forwarded-host", "id.example.com"),
    ];
    let made = ask(&socket, "POST", "/scim/v2/Users", &said, r#"{"userName":"ada"}"#);
    assert!(made.starts_with("HTTP/1.1 201 Created\r\n"), "{made}");
    assert!(made.contains("\r\nlocation: https://id.example.com/scim/v2/Users/"), "{made}");
    assert!(made.contains("\r\nstrict-transport-security: "), "{made}");
    let plain = ask(&socket, "GET", "/scim/v2/Users?filter=userName+eq+%22ada%22", &said[..1], "");
    assert!(plain.contains("\"totalResults\":1") && plain.contains("http://convoke/scim/v2/Users/"), "{plain}");
    let stranger = ask(&socket, "GET", "/scim/v2/Users", &[], "");
    assert!(stranger.starts_with("HTTP/1.1 401 "), "{stranger}");
    let by_tcp = reqwest::get(format!("{}/healthz", served.base_url())).await.expect("it listens there too");
    assert_eq!(by_tcp.status(), 200);

    assert_eq!(served.stop(), 0);
    assert!(!socket.exists(), "the file went with the server");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_socket_in_use_is_left_alone_and_one_of_a_dead_server_replaced() {
    let database = database().await;
    let program = Program::on(&database.url);
    let socket = program.dir().join("http.sock");
    let served = program.serve(&["--socket", "http.sock"]);

    let second = program.run(&["serve", "--listen", "127.0.0.1:0", "--socket", "http.sock"]);
    assert_ne!(second.code, 0);
    assert!(second.stderr.contains("cannot listen on the socket http.sock: ") && second.stderr.contains("--socket"));
    let alive = || ask(&socket, "GET", "/healthz", &[], "").starts_with("HTTP/1.1 200 OK\r\n");
    assert!(alive(), "the first one still answers");

    served.crash();
    assert!(socket.exists(), "nobody was there to take it away");
    let served = program.serve(&["--socket", "http.sock"]);
    assert!(alive());
    assert_eq!(served.stop(), 0);

    let long = "s".repeat(120);
    let refused = program.run(&["serve", "--listen", "127.0.0.1:0", "--socket", &long]);
    assert!(refused.code != 0 && refused.stderr.contains("cannot listen on the socket sss"), "{refused:?}");
}
