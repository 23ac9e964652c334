//! The wire between a server and its database, tapped: every statement the server has executed, by its text, and how
//! often it waited for an answer. It sees what the database sees, so nothing in the server has to help counting, and
//! nothing there can hide a statement. It can also be cut.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_postgres::config::{Config, Host};

/// What went over the wire.
#[derive(Default)]
struct Log {
    /// Number of the connection, and the text of what was executed on it.
    statements: Vec<(usize, String)>,
    /// Numbers of the connections on which an answer was waited for.
    round_trips: Vec<usize>,
    /// Connections that listen for notifications: what they execute belongs to no request.
    listening: HashSet<usize>,
    connections: usize,
}

/// A tapped way to a database.
pub(crate) struct Wire {
    /// How a server reaches the database over this wire.
    pub(crate) url: String,
    log: Arc<Mutex<Log>>,
    deaf: watch::Sender<bool>,
    task: JoinHandle<()>,
}

/// What requests have cost.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Cost {
    /// Every statement that was executed, in order, transactions' borders included.
    pub(crate) statements: Vec<String>,
    /// How often the server waited for the database.
    pub(crate) round_trips: usize,
}

impl fmt::Debug for Cost {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let begins = |text: &String| text.chars().take(120).collect::<String>();
        let statements: Vec<String> = self.statements.iter().map(begins).collect();
        write!(out, "{} round trips: {statements:#?}", self.round_trips)
    }
}

impl Wire {
    /// Lays a wire to the database that `url` reaches over a Unix socket.
    pub(crate) async fn to(url: &str) -> Self {
        let config: Config = url.parse().unwrap();
        let [Host::Unix(directory)] = config.get_hosts() else { panic!("{url} is no Unix socket") };
        let socket = directory.join(format!(".s.PGSQL.{}", config.get_ports().first().unwrap_or(&5432)));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (user, dbname) = (config.get_user().unwrap(), config.get_dbname().unwrap());
        let log = Arc::<Mutex<Log>>::default();
        let deaf = watch::Sender::new(false);
        let task = tokio::spawn(accept(listener, socket, Arc::clone(&log), deaf.clone()));
        let url = format!("host=127.0.0.1 port={port} user={user} dbname={dbname}");
        Self { url, log, deaf, task }
    }

    /// Keeps announcements from coming through: breaks the connections that listen, and every later one that begins to.
    /// Or lets them through again.
    pub(crate) fn deafen(&self, deaf: bool) {
        self.deaf.send_replace(deaf);
    }

    /// Forgets what has been so far.
    pub(crate) fn reset(&self) {
        let mut log = self.log.lock().unwrap();
        (log.statements, log.round_trips) = (Vec::new(), Vec::new());
    }

    /// How often statements were executed that begin like this, also those beside requests.
    pub(crate) fn executed(&self, beginning: &str) -> usize {
        let log = self.log.lock().unwrap();
        log.statements.iter().filter(|(_, text)| text.starts_with(beginning)).count()
    }

    /// What requests have cost since.
    pub(crate) fn cost(&self) -> Cost {
        let log = self.log.lock().unwrap();
        let requests = |connection: &usize| !log.listening.contains(connection);
        let of_requests = |(connection, text): &&(usize, String)| requests(connection) && !text.starts_with(BESIDE);
        let statements = log.statements.iter().filter(of_requests);
        Cost {
            statements: statements.map(|(_, text)| text.clone()).collect(),
            round_trips: log.round_trips.iter().filter(|connection| requests(connection)).count(),
        }
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The one statement that is executed beside requests: the note of when tokens were used.
pub(crate) const BESIDE: &str = "UPDATE tokens SET last_used_at";

async fn accept(listener: TcpListener, socket: PathBuf, log: Arc<Mutex<Log>>, deaf: watch::Sender<bool>) {
    while let Ok((client, _)) = listener.accept().await {
        let number = {
            let mut log = log.lock().unwrap();
            log.connections += 1;
            log.connections
        };
        let tap = Tap { log: Arc::clone(&log), number, ..Tap::default() };
        let (log, socket, mut deaf) = (Arc::clone(&log), socket.clone(), deaf.subscribe());
        let deafened = async move {
            while deaf.wait_for(|deaf| *deaf).await.is_ok() && !log.lock().unwrap().listening.contains(&number) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::spawn(async move {
            tokio::select! {
                () = carry(client, socket, tap) => {}
                () = deafened => {}
            }
        });
    }
}

/// Carries both directions until either side hangs up.
async fn carry(client: TcpStream, socket: PathBuf, mut tap: Tap) {
    client.set_nodelay(true).unwrap();
    let Ok(database) = UnixStream::connect(socket).await else { return };
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_database, mut to_database) = database.into_split();
    let requests = async {
        while let Some(message) = tap.read(&mut from_client).await {
            if to_database.write_all(&message).await.is_err() {
                break;
            }
        }
    };
    tokio::select! {
        () = requests => {}
        _ = tokio::io::copy(&mut from_database, &mut to_client) => {}
    }
}

/// Understands what a client says: enough of the frontend protocol to know which statement is executed.
#[derive(Default)]
struct Tap {
    log: Arc<Mutex<Log>>,
    number: usize,
    started: bool,
    texts: HashMap<String, String>,
    portals: HashMap<String, String>,
    beside: bool,
}

impl Tap {
    /// The next message, whole; `None` at the end.
    async fn read(&mut self, from: &mut (impl AsyncRead + Unpin)) -> Option<Vec<u8>> {
        let mut message = Vec::new();
        if self.started {
            message.push(from.read_u8().await.ok()?);
        }
        let length = from.read_u32().await.ok()?;
        message.extend(length.to_be_bytes());
        let body = message.len();
        message.resize(body + usize::try_from(length).unwrap() - 4, 0);
        from.read_exact(&mut message[body..]).await.ok()?;
        if self.started {
            self.note(message[0], &message[body..]);
        } else {
            // The first message that is not a question about encryption is the one that names user and database.
            self.started = message[body..].starts_with(&196_608_u32.to_be_bytes());
        }
        Some(message)
    }

    fn note(&mut self, kind: u8, body: &[u8]) {
        let mut texts = body.split(|byte| *byte == 0).map(|text| String::from_utf8_lossy(text).into_owned());
        let mut next = || texts.next().unwrap_or_default();
        match kind {
            b'P' => {
                let (name, text) = (next(), next());
                self.beside = text.trim_start().starts_with(BESIDE);
                self.texts.insert(name, text);
            }
            b'B' => {
                let (portal, name) = (next(), next());
                let text = self.texts.get(&name).cloned().unwrap_or_default();
                self.portals.insert(portal, text);
            }
            b'E' => {
                let text = self.portals.get(&next()).cloned().unwrap_or_default();
                self.executed(&text);
            }
            b'Q' => {
                self.executed(&next());
                self.awaited();
            }
            b'S' => self.awaited(),
            _ => {}
        }
    }

    fn executed(&mut self, text: &str) {
        self.beside = text.trim_start().starts_with(BESIDE);
        let mut log = self.log.lock().unwrap();
        if text.starts_with("LISTEN") {
            log.listening.insert(self.number);
        }
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        log.statements.push((self.number, text));
    }

    fn awaited(&mut self) {
        if !std::mem::take(&mut self.beside) {
            self.log.lock().unwrap().round_trips.push(self.number);
        }
    }
}
