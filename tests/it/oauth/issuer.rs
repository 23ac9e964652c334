//! An issuer of JWTs on loopback, with keys of its own that can be exchanged, and outages.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair};
use convoke::model::clock::Clock;
use convoke::model::issuer::{ClaimNames, ExternalIssuer};
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use poem::http::StatusCode;
use poem::listener::{Acceptor, Listener, TcpListener};
use poem::{Endpoint, Request, Response};
use serde_json::{Value, json};
use tokio::task::JoinHandle;

/// A key pair with its name.
#[derive(Clone)]
pub(crate) struct Pair {
    pub(crate) kid: String,
    pub(crate) algorithm: Algorithm,
    pub(crate) key: EncodingKey,
}

impl Pair {
    pub(crate) fn new(kid: &str, algorithm: Algorithm) -> Self {
        let random = SystemRandom::new();
        let key = match algorithm {
            Algorithm::ES256 => {
                let pair = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
                EncodingKey::from_ec_der(pair.as_ref())
            }
            Algorithm::EdDSA => EncodingKey::from_ed_der(Ed25519KeyPair::generate_pkcs8v1(&random).unwrap().as_ref()),
            _ => {
                let pair = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
                let document: Pkcs8V1Der<'_> = pair.as_der().unwrap();
                // PKCS #8 ends with the PKCS #1 key that the library wants, after 26 bytes that say it is RSA.
                EncodingKey::from_rsa_der(&document.as_ref()[26..])
            }
        };
        Self { kid: kid.to_owned(), algorithm, key }
    }

    pub(crate) fn public(&self) -> Value {
        let mut jwk = Jwk::from_encoding_key(&self.key, self.algorithm).unwrap();
        jwk.common.key_id = Some(self.kid.clone());
        serde_json::to_value(jwk).unwrap()
    }

    pub(crate) fn header(&self) -> Header {
        let mut header = Header::new(self.algorithm);
        header.kid = Some(self.kid.clone());
        header
    }

    pub(crate) fn sign(&self, claims: &Value) -> String {
        encode(&self.header(), claims, &self.key).unwrap()
    }
}

/// The issuer, while it runs.
pub(crate) struct Issuer {
    pub(crate) url: String,
    state: Arc<State>,
    task: JoinHandle<()>,
}

#[derive(Default)]
struct State {
    keys: Mutex<Vec<Value>>,
    down: AtomicBool,
    asked: AtomicUsize,
}

struct Web(Arc<State>, String);

impl Endpoint for Web {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        let answer = |body: Value| Ok(Response::builder().content_type("application/json").body(body.to_string()));
        if self.0.down.load(Ordering::SeqCst) {
            return Ok(StatusCode::BAD_GATEWAY.into());
        }
        match request.uri().path() {
            "/.well-known/openid-configuration" => {
                answer(json!({ "issuer": self.1, "jwks_uri": format!("{}/keys", self.1) }))
            }
            "/keys" => {
                self.0.asked.fetch_add(1, Ordering::SeqCst);
                answer(json!({ "keys": *self.0.keys.lock().unwrap() }))
            }
            _ => Ok(StatusCode::NOT_FOUND.into()),
        }
    }
}

impl Issuer {
    pub(crate) async fn start(keys: &[&Pair]) -> Self {
        let acceptor = TcpListener::bind("127.0.0.1:0").into_acceptor().await.unwrap();
        let url = format!("http://{}", acceptor.local_addr()[0].as_socket_addr().unwrap());
        let state = Arc::new(State::default());
        let web = Web(Arc::clone(&state), url.clone());
        let task = tokio::spawn(async move { poem::Server::new_with_acceptor(acceptor).run(web).await.unwrap() });
        let issuer = Self { url, state, task };
        issuer.publish(keys);
        issuer
    }

    /// Publishes these keys and no others.
    pub(crate) fn publish(&self, keys: &[&Pair]) {
        *self.state.keys.lock().unwrap() = keys.iter().map(|pair| pair.public()).collect();
    }

    pub(crate) fn be_down(&self, down: bool) {
        self.state.down.store(down, Ordering::SeqCst);
    }

    /// How often its keys were fetched.
    pub(crate) fn asked(&self) -> usize {
        self.state.asked.load(Ordering::SeqCst)
    }

    /// How a server is told to trust it.
    pub(crate) fn trusted(&self) -> ExternalIssuer {
        ExternalIssuer {
            issuer: self.url.clone(),
            jwks_url: None,
            audiences: vec!["convoke".to_owned()],
            algorithms: convoke::model::jwk::ACCEPTED.to_vec(),
            tenants: Vec::new(),
            partners: Vec::new(),
            platform: false,
            claims: ClaimNames::default(),
        }
    }

    /// Claims for tenant acme that are in order at the clock's time.
    pub(crate) fn claims(&self, clock: &Clock) -> Value {
        let now = clock.now().timestamp();
        json!({
            "iss": self.url, "aud": "convoke", "sub": "ada", "iat": now, "nbf": now, "exp": now + 600,
            "tenant_id": "acme", "scope": "scim groups:read"
        })
    }
}

impl Drop for Issuer {
    fn drop(&mut self) {
        self.task.abort();
    }
}
