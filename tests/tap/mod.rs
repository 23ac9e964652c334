//! A tap on the wire between a server and its database: tells somebody of every statement that is executed, by text and
//! values, and of every answer that is waited for. It sees what the database sees, so nothing in the server has to help,
//! and nothing there can hide a statement.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::task::JoinHandle;
use tokio_postgres::config::{Config, Host};

/// A value as it was sent; `None` is NULL. Diesel sends all of them in binary form.
pub(crate) type Parameter = Option<Vec<u8>>;

/// Who wants to know.
pub(crate) trait Listener: Send + Sync + 'static {
    /// A connection has a statement prepared, with the numbers of the types it gives its values.
    fn prepared(&self, connection: usize, text: &str, types: &[u32]);

    /// A connection executes a statement.
    fn executed(&self, connection: usize, text: &str, parameters: &[Parameter]);

    /// A connection waits for the answer to what was sent.
    fn awaited(&self, connection: usize);

    /// Whether a connection may go on. It is asked with every message.
    fn lets_through(&self, connection: usize) -> bool;

    /// Whether an answer that the database has given may reach a connection; if not, the connection breaks.
    fn lets_back(&self, _connection: usize) -> bool {
        true
    }
}

/// A way to a database that is listened to.
pub(crate) struct Tap {
    /// How a server reaches the database over it.
    pub(crate) url: String,
    task: JoinHandle<()>,
}

impl Tap {
    /// Lays a way to the database that `url` reaches over a Unix socket.
    pub(crate) async fn on(url: &str, listener: Arc<impl Listener>) -> Self {
        let config: Config = url.parse().expect("the address of a database");
        let [Host::Unix(directory)] = config.get_hosts() else { panic!("{url} is no Unix socket") };
        let socket = directory.join(format!(".s.PGSQL.{}", config.get_ports().first().unwrap_or(&5432)));
        let way = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = way.local_addr().expect("it is bound").port();
        let user = config.get_user().expect("a user");
        let dbname = config.get_dbname().expect("a database");
        let url = format!("host=127.0.0.1 port={port} user={user} dbname={dbname}");
        Self { url, task: tokio::spawn(accept(way, socket, listener)) }
    }
}

impl Drop for Tap {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept(way: TcpListener, socket: PathBuf, listener: Arc<impl Listener>) {
    let mut number = 0;
    while let Ok((client, _)) = way.accept().await {
        number += 1;
        let frontend = Frontend {
            listener: Arc::clone(&listener),
            number,
            started: false,
            texts: HashMap::new(),
            portals: HashMap::new(),
        };
        tokio::spawn(carry(client, socket.clone(), frontend));
    }
}

/// Carries both directions until either side hangs up.
async fn carry(client: TcpStream, socket: PathBuf, mut frontend: Frontend<impl Listener>) {
    let Ok(database) = UnixStream::connect(socket).await else { return };
    // Each message is written whole, so there is nothing to wait for.
    let _ = client.set_nodelay(true);
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_database, mut to_database) = database.into_split();
    let (listener, number) = (Arc::clone(&frontend.listener), frontend.number);
    let answers = async {
        let mut some = vec![0; 16 * 1024];
        while let Ok(length @ 1..) = from_database.read(&mut some).await {
            if !listener.lets_back(number) || to_client.write_all(&some[..length]).await.is_err() {
                break;
            }
        }
    };
    let requests = async {
        while let Some(message) = frontend.read(&mut from_client).await {
            if !frontend.listener.lets_through(frontend.number) || to_database.write_all(&message).await.is_err() {
                break;
            }
        }
    };
    tokio::select! {
        () = requests => {}
        () = answers => {}
    }
}

/// What a client says, understood as far as it takes to know which statement is executed.
struct Frontend<L> {
    listener: Arc<L>,
    number: usize,
    started: bool,
    texts: HashMap<String, String>,
    portals: HashMap<String, (String, Vec<Parameter>)>,
}

impl<L: Listener> Frontend<L> {
    /// The next message, whole; `None` at the end.
    async fn read(&mut self, from: &mut (impl AsyncRead + Unpin)) -> Option<Vec<u8>> {
        let mut message = Vec::new();
        if self.started {
            message.push(from.read_u8().await.ok()?);
        }
        let length = from.read_u32().await.ok()?;
        message.extend(length.to_be_bytes());
        let body = message.len();
        message.resize(body + usize::try_from(length).ok()?.checked_sub(4)?, 0);
        from.read_exact(&mut message[body..]).await.ok()?;
        if self.started {
            self.note(message[0], &message[body..]);
        } else {
            // The first message that is not a question about encryption is the one that names user and database.
            self.started = message[body..].starts_with(&196_608_u32.to_be_bytes());
        }
        Some(message)
    }

    fn note(&mut self, kind: u8, mut body: &[u8]) {
        match kind {
            b'P' => {
                let name = take_text(&mut body);
                let text = take_text(&mut body);
                self.listener.prepared(self.number, &text, &types(body));
                self.texts.insert(name, text);
            }
            b'B' => {
                let portal = take_text(&mut body);
                let text = self.texts.get(&take_text(&mut body)).cloned().unwrap_or_default();
                self.portals.insert(portal, (text, parameters(body)));
            }
            b'E' => {
                if let Some((text, parameters)) = self.portals.get(&take_text(&mut body)) {
                    self.listener.executed(self.number, text, parameters);
                }
            }
            b'Q' => {
                self.listener.executed(self.number, &take_text(&mut body), &[]);
                self.listener.awaited(self.number);
            }
            b'S' => self.listener.awaited(self.number),
            _ => {}
        }
    }
}

/// Takes a text with the zero that ends it.
fn take_text(body: &mut &[u8]) -> String {
    let end = body.iter().position(|byte| *byte == 0).unwrap_or(body.len());
    let text = String::from_utf8_lossy(&body[..end]).into_owned();
    *body = body.get(end + 1..).unwrap_or_default();
    text
}

/// The types of a Parse message behind its texts.
fn types(mut body: &[u8]) -> Vec<u32> {
    let count = take_number::<2>(&mut body);
    (0..count).map(|_| u32::try_from(take_number::<4>(&mut body)).unwrap_or_default()).collect()
}

/// The values of a Bind message behind its names.
fn parameters(mut body: &[u8]) -> Vec<Parameter> {
    let formats = take_number::<2>(&mut body);
    body = body.get(formats * 2..).unwrap_or_default();
    let count = take_number::<2>(&mut body);
    let mut values = Vec::with_capacity(count);
    for _ in 0..count {
        let length = take_number::<4>(&mut body);
        // All ones stand for NULL, and are more than any message has.
        values.push(body.get(..length).map(<[u8]>::to_vec));
        body = if body.len() >= length { &body[length..] } else { body };
    }
    values
}

fn take_number<const BYTES: usize>(body: &mut &[u8]) -> usize {
    let number = body.iter().take(BYTES).fold(0, |number, byte| number << 8 | usize::from(*byte));
    *body = body.get(BYTES..).unwrap_or_default();
    number
}
