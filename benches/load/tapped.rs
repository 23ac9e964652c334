//! A server on a tapped way to the database: which statements a request is.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use convoke::api::{self, Services};
use convoke::auth::{Authenticator, Trust};
use convoke::domain::Domain;
use convoke::edge::limits::Rates;
use convoke::model::clock::Clock;
use convoke::schema::registry::Registry;
use convoke::store::{self, Remember, Store};
use poem::listener::{Acceptor, Listener as _, TcpListener};
use tokio::task::JoinHandle;
use tokio_postgres::types::Type;

use super::http::{Call, Connection};
use super::site::Site;
use super::tap::{Listener, Parameter, Tap};

/// What went over the wire, but for listening connections.
#[derive(Default)]
struct Takes(Mutex<(HashSet<usize>, Vec<Taken>)>, Mutex<HashMap<String, Vec<u32>>>);

/// A statement that was executed.
pub(crate) struct Taken {
    connection: usize,
    pub(crate) text: String,
    pub(crate) parameters: Vec<Parameter>,
}

impl Listener for Takes {
    fn prepared(&self, _: usize, text: &str, types: &[u32]) {
        self.1.lock().unwrap().insert(text.to_owned(), types.to_vec());
    }

    fn executed(&self, connection: usize, text: &str, parameters: &[Parameter]) {
        let mut takes = self.0.lock().unwrap();
        if text.starts_with("LISTEN") {
            takes.0.insert(connection);
        }
        takes.1.push(Taken { connection, text: text.to_owned(), parameters: parameters.to_vec() });
    }

    fn awaited(&self, _: usize) {}

    fn lets_through(&self, _: usize) -> bool {
        true
    }
}

impl Takes {
    fn take(&self) -> Vec<Taken> {
        let mut takes = self.0.lock().unwrap();
        let listening = takes.0.clone();
        let of_request = |taken: &Taken| {
            // What is told of plans depends on what the connection did before; the note of a token's use is no request's.
            !listening.contains(&taken.connection)
                && !taken.text.starts_with("SET ")
                && !taken.text.trim_start().starts_with("UPDATE tokens")
        };
        std::mem::take(&mut takes.1).into_iter().filter(of_request).collect()
    }
}

/// A server in this process, on a tapped way to the database.
pub(crate) struct Tapped {
    takes: Arc<Takes>,
    connection: Connection,
    task: JoinHandle<()>,
    _tap: Tap,
}

impl Tapped {
    pub(crate) async fn start(site: &Site) -> Self {
        let takes = Arc::<Takes>::default();
        let tap = Tap::on(&site.database_url, Arc::clone(&takes)).await;
        let options = store::Options {
            url: tap.url.clone(),
            max_connections: 1,
            wait: Duration::from_secs(10),
            remember: Remember::up_to(10),
            row_security: false,
            replica: None,
        };
        let store = Store::connect(&options).await.unwrap();
        let domain = Domain::new(store.clone(), Arc::new(Registry::load(None).unwrap()), Clock::system());
        let services = Services::new(
            domain,
            Authenticator::new(store, Clock::system(), Trust::default()),
            api::Options { rates: Rates::off(), ..api::Options::default() },
        );
        let acceptor = TcpListener::bind("127.0.0.1:0").into_acceptor().await.unwrap();
        let address = acceptor.local_addr()[0].as_socket_addr().unwrap().to_string();
        let server = poem::Server::new_with_acceptor(acceptor).run(api::endpoint(services));
        let task = tokio::spawn(async { server.await.unwrap() });
        let mut tapped = Self { takes, connection: Connection::open(&address, &site.token).await, task, _tap: tap };
        tapped.warm_up().await;
        tapped
    }

    /// Until credentials are remembered, and a request is its own statements.
    async fn warm_up(&mut self) {
        loop {
            self.takes.take();
            self.connection.must(&Call::get("/ServiceProviderConfig")).await;
            if self.takes.take().is_empty() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// The statements of these requests.
    pub(crate) async fn taken(&mut self, calls: &[Call]) -> Vec<Taken> {
        self.warm_up().await;
        for call in calls {
            self.connection.must(call).await;
        }
        self.takes.take()
    }

    /// The types of a statement's values.
    pub(crate) fn types(&self, text: &str) -> Vec<Type> {
        let types = self.takes.1.lock().unwrap();
        types[text].iter().map(|oid| Type::from_oid(*oid).expect("a type that is built in")).collect()
    }
}

impl Drop for Tapped {
    fn drop(&mut self) {
        self.task.abort();
    }
}
