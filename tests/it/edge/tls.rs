//! TLS, with certificates of a test's own.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use convoke::edge::listener::{Certificate, Files};
use nix::sys::signal::Signal;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use reqwest::tls::TlsInfo;
use reqwest::{Response, Version};

use super::socket::ask;
use crate::support::{Program, Setup, TestServer, database};

/// An authority that certifies `127.0.0.1`.
struct Authority {
    certificate: rcgen::Certificate,
    issuer: Issuer<'static, KeyPair>,
}

/// A certificate it made.
struct Made {
    chain: String,
    key: String,
    der: Vec<u8>,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages.push(KeyUsagePurpose::KeyCertSign);
        let key = KeyPair::generate().unwrap();
        Self { certificate: params.self_signed(&key).unwrap(), issuer: Issuer::new(params, key) }
    }

    fn make(&self) -> Made {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
        let made = params.signed_by(&key, &self.issuer).unwrap();
        Made { chain: made.pem(), key: key.serialize_pem(), der: made.der().to_vec() }
    }

    /// A client that trusts it alone, and makes a new connection for each request.
    fn client(&self) -> reqwest::Client {
        self.builder().pool_max_idle_per_host(0).build().unwrap()
    }

    fn builder(&self) -> reqwest::ClientBuilder {
        let trusted = reqwest::Certificate::from_pem(self.certificate.pem().as_bytes()).unwrap();
        reqwest::Client::builder().no_proxy().tls_certs_only([trusted]).tls_info(true)
    }
}

fn put(dir: &Path, chain: &str, key: &str) -> Files {
    let files = Files { certificate: dir.join("chain.pem"), key: dir.join("key.pem") };
    fs::write(&files.certificate, chain).unwrap();
    fs::write(&files.key, key).unwrap();
    files
}

/// The certificate that was shown.
fn seen(response: &Response) -> Vec<u8> {
    let info = response.extensions().get::<TlsInfo>().expect("it came by TLS");
    info.peer_certificate().expect("a server shows one").to_vec()
}

async fn seen_by(client: &reqwest::Client, url: &str) -> Vec<u8> {
    let response = client.get(url).send().await.unwrap();
    assert_eq!(response.status(), 200);
    seen(&response)
}

impl Authority {
    /// What somebody is shown who has never been there: a client that has resumes its session and is shown nothing.
    async fn seen_at(&self, url: &str) -> Vec<u8> {
        seen_by(&self.client(), url).await
    }

    /// Waits until a new client is shown this one.
    async fn shown(&self, made: &Made, url: &str) {
        for _ in 0..1_000 {
            if self.seen_at(url).await == made.der {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("the certificate does not change");
    }
}

async fn server(certificate: &Arc<Certificate>) -> (TestServer, String) {
    let setup = Setup { certificate: Some(Arc::clone(certificate)), ..Setup::default() };
    let server = TestServer::start_with(setup).await;
    let url = format!("{}/healthz", server.base_url);
    (server, url)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tls_is_spoken_in_both_versions_of_http_and_nothing_else() {
    let (authority, dir) = (Authority::new(), tempfile::tempdir().unwrap());
    let made = authority.make();
    let certificate = Certificate::load(put(dir.path(), &made.chain, &made.key)).unwrap();
    let (server, url) = server(&certificate).await;
    assert!(url.starts_with("https://"), "{url}");
    let second = authority.client().get(&url).send().await.unwrap();
    assert_eq!((second.version(), seen(&second)), (Version::HTTP_2, made.der));
    assert_eq!(second.headers()["strict-transport-security"], "max-age=31536000");
    let first = authority.builder().http1_only().build().unwrap().get(&url).send().await.unwrap();
    assert_eq!(first.version(), Version::HTTP_11);
    let users = format!("{}/scim/v2/Users", server.base_url);
    let body = r#"{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"ada"}"#;
    let made = authority.client().post(&users).bearer_auth(&server.token).body(body);
    let made = made.header("content-type", "application/scim+json").send().await.unwrap();
    assert_eq!(made.status(), 201);
    let location = made.headers()["location"].to_str().unwrap();
    assert!(location.starts_with(&users), "{location}");
    let plain = reqwest::Client::builder().no_proxy().build().unwrap().get(url.replace("https", "http")).send().await;
    assert!(plain.is_err(), "what is no TLS gets no answer");
    let stranger = Authority::new().client().get(&url).send().await;
    assert!(stranger.is_err(), "a client that does not trust it");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_changes_in_the_middle_of_traffic() {
    let (authority, dir) = (Authority::new(), tempfile::tempdir().unwrap());
    let (old, new) = (authority.make(), authority.make());
    let certificate = Certificate::load(put(dir.path(), &old.chain, &old.key)).unwrap();
    let (_server, url) = server(&certificate).await;
    let (stop, answered) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let traffic = tokio::spawn({
        let (client, url, stop, answered) = (authority.client(), url.clone(), Arc::clone(&stop), Arc::clone(&answered));
        async move {
            while !stop.load(Ordering::Relaxed) {
                seen_by(&client, &url).await;
                answered.fetch_add(1, Ordering::Relaxed);
            }
        }
    });
    let kept = authority.builder().build().unwrap();
    assert_eq!(seen_by(&kept, &url).await, old.der);
    // One file after the other, looked at in between: together they are of no use then.
    fs::write(dir.path().join("chain.pem"), &new.chain).unwrap();
    certificate.look();
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(authority.seen_at(&url).await, old.der);
    fs::write(dir.path().join("key.pem"), &new.key).unwrap();
    certificate.look();
    authority.shown(&new, &url).await;
    assert_eq!(seen_by(&kept, &url).await, old.der, "a connection that is there stays as it is");
    let before = answered.load(Ordering::Relaxed);
    while answered.load(Ordering::Relaxed) < before + 5 {
        assert!(!traffic.is_finished(), "a request failed");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    stop.store(true, Ordering::Relaxed);
    traffic.await.expect("no request failed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_of_no_use_leave_the_old_certificate() {
    let (authority, dir) = (Authority::new(), tempfile::tempdir().unwrap());
    let (made, other) = (authority.make(), authority.make());
    let certificate = Certificate::load(put(dir.path(), &made.chain, &made.key)).unwrap();
    let (_server, url) = server(&certificate).await;
    for (chain, key) in [
        ("", ""),
        ("nonsense", &*made.key),
        (&*made.chain, "nonsense"),
        (&*other.chain, &*made.key),
        (&*made.key, &*made.chain),
    ] {
        let files = put(dir.path(), chain, key);
        let said = Certificate::load(files).unwrap_err().to_string();
        assert!(said.contains(".pem") && !said.contains("PRIVATE"), "{said}");
        certificate.look();
        tokio::time::sleep(Duration::from_millis(20)).await;
        assert_eq!(authority.seen_at(&url).await, made.der, "{said}");
    }
    fs::remove_file(dir.path().join("key.pem")).unwrap();
    certificate.look();
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert_eq!(authority.seen_at(&url).await, made.der);
    put(dir.path(), &other.chain, &other.key);
    certificate.look();
    authority.shown(&other, &url).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_program_serves_tls_and_looks_again_at_sighup() {
    let (authority, database) = (Authority::new(), database().await);
    let program = Program::on(&database.url);
    let (old, new) = (authority.make(), authority.make());
    put(program.dir(), &old.chain, &old.key);
    let served = program.serve(&["--tls-cert", "chain.pem", "--tls-key", "key.pem", "--socket", "http.sock"]);
    let url = format!("{}/healthz", served.base_url());
    assert!(url.starts_with("https://127.0.0.1:"), "{url}");
    assert_eq!(authority.seen_at(&url).await, old.der);
    let local = ask(&program.dir().join("http.sock"), "GET", "/healthz", &[], "");
    assert!(local.starts_with("HTTP/1.1 200 OK\r\n"), "a proxy at the socket speaks no TLS: {local}");
    put(program.dir(), &new.chain, "nonsense");
    served.signal(Signal::SIGHUP);
    while !served.stderr().contains("the old one stays") {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(authority.seen_at(&url).await, old.der);
    put(program.dir(), &new.chain, &new.key);
    served.signal(Signal::SIGHUP);
    authority.shown(&new, &url).await;
    assert!(served.stderr().contains("another certificate"), "{}", served.stderr());
    assert_eq!(served.stop(), 0);
}

#[test]
fn wrong_files_are_told_at_the_start() {
    let program = Program::private();
    let alone = program.run(&["serve", "--tls-cert", "chain.pem"]);
    assert_eq!(alone.code, 2, "{alone:?}");
    assert!(alone.stderr.contains("tls_cert is set and tls_key is not"), "{alone:?}");
    let missing = program.run(&[
        "serve",
        "--tls-cert",
        "chain.pem",
        "--tls-key",
        "key.pem",
        "--database-url",
        "postgres://127.0.0.1:1/x",
    ]);
    assert_eq!(missing.code, 1, "{missing:?}");
    assert!(missing.stderr.contains("chain.pem") && !missing.stderr.contains("panicked"), "{missing:?}");
}
