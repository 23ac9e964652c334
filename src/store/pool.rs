//! The connections. Checking one out costs no round trip: a connection known to be dead is thrown away, and one that died
//! unnoticed fails the statement that finds out, never silently.
//!
//! A connection keeps the plans of its statements, and [`Plans`] says which. Measured on 100,000 users with PostgreSQL 15:
//! left to itself it planned the statement that moves members anew each time, 1.2 ms for 0.3 ms of work (770 a second at 8
//! connections, 1,470 with a kept plan); a page of members took 0.14 ms to plan and 0.2 to read, the groups of a user 0.22
//! and 0.06. The kept plans were the same plans. Lists are another matter: `updated_at > $1 ORDER BY id` takes 0.05 ms by
//! a plan for its value and 155 ms by one for any, and an address in the document may be looked for in every user. Left to
//! itself the database judges by estimates which to use, and changes its mind after five executions. So what finds rows by
//! whole keys keeps its plan, what filters or sorts is planned for what it is asked, and transactions, which have both and
//! arrays of any length, are left to the database.
//!
//! Nothing is compiled. By default Postgres compiles a statement that it expects to be dear, each time it is executed; a plan
//! for any values expects much. On 400,000 memberships a user and its groups took 22 ms, of which 14 went into compiling.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bb8::{ManageConnection, PooledConnection};
use diesel::sql_types::Text;
use diesel::{ConnectionError, ConnectionResult};
use diesel_async::pooled_connection::PoolableConnection;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;
use tokio_postgres_rustls::MakeRustlsConnect;
use uuid::Uuid;

use super::error::Error;
use super::memory::Remember;
use super::statement::statement;
use crate::model::connections::Connections;

/// The pool itself. Whoever wants a connection stands in a line first: a connection that comes back goes to whoever waits
/// longest, not to whoever happens to ask next, who under load is always somebody else.
#[derive(Clone)]
pub(super) struct Pool {
    links: bb8::Pool<Manager>,
    line: Arc<Semaphore>,
    wait: Duration,
    counts: Arc<Counts>,
}

#[derive(Default)]
struct Counts {
    waits: AtomicU64,
    timeouts: AtomicU64,
}

impl Pool {
    fn new(links: bb8::Pool<Manager>, options: &Options, wait: Duration) -> Self {
        let places = usize::try_from(options.max_connections).unwrap_or(Semaphore::MAX_PERMITS);
        Self { links, line: Arc::new(Semaphore::new(places)), wait, counts: Arc::default() }
    }

    /// The state of the connections.
    pub(super) fn connections(&self, most: u32) -> Connections {
        let state = self.links.state();
        Connections {
            busy: state.connections.saturating_sub(state.idle_connections),
            idle: state.idle_connections,
            most,
            waits: AtomicU64::load(&self.counts.waits, Ordering::Relaxed),
            timeouts: AtomicU64::load(&self.counts.timeouts, Ordering::Relaxed) + state.statistics.get_timed_out,
        }
    }

    /// Waits until it is this caller's turn.
    async fn turn(&self) -> Result<OwnedSemaphorePermit, Error> {
        let line = Arc::clone(&self.line);
        if let Ok(turn) = Arc::clone(&line).try_acquire_owned() {
            return Ok(turn);
        }
        self.counts.waits.fetch_add(1, Ordering::Relaxed);
        match timeout(self.wait, line.acquire_owned()).await {
            Ok(Ok(turn)) => Ok(turn),
            Ok(Err(_)) | Err(_) => {
                self.counts.timeouts.fetch_add(1, Ordering::Relaxed);
                Err(bb8::RunError::TimedOut.into())
            }
        }
    }
}

/// How to reach the database.
#[derive(Debug, Clone)]
pub struct Options {
    /// A `postgres://` URL or `key=value` pairs, as libpq takes them.
    pub url: String,
    /// Connections at the most.
    pub max_connections: u32,
    /// How long a request waits for a connection before it is told to come again.
    pub wait: Duration,
    /// What is remembered between requests.
    pub remember: Remember,
    /// Whether connections that work for a tenant are held to its rows by the database as well.
    pub row_security: bool,
    /// A replica that may be read, addressed in the same way.
    pub replica: Option<String>,
}

/// How the database plans what a connection executes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Plans {
    /// Once a statement, for any value. Right for statements that find their rows by whole keys.
    Kept,
    /// For the values at hand, each time. Right for filters and orders.
    Fresh,
}

impl Plans {
    /// The value of `plan_cache_mode`.
    const fn mode(self) -> &'static str {
        match self {
            Self::Kept => "force_generic_plan",
            Self::Fresh => "force_custom_plan",
        }
    }

    /// The value of `enable_seqscan`. A plan that is kept may have been made when the table was empty and reading all of it
    /// was nothing; a first synchronisation outruns the statistics that would correct it.
    const fn scans(self) -> &'static str {
        match self {
            Self::Kept => "off",
            Self::Fresh => "on",
        }
    }
}

/// How a connection works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Manner {
    /// How its statements are planned.
    pub(super) plans: Plans,
    /// The tenant whose rows alone it sees, as a role that owns no table; all rows as their owner without one.
    pub(super) within: Option<Uuid>,
}

impl Manner {
    /// Tells the connection, in one round trip.
    async fn take_on(self, connection: &mut AsyncPgConnection) -> Result<(), Error> {
        const TELL: &str = "SELECT set_config('plan_cache_mode', $1, false), set_config('role', $2, false),
                set_config('convoke.tenant', $3, false), set_config('enable_seqscan', $4, false),
                set_config('jit', 'off', false)";
        let tenant = self.within.map(|tenant| tenant.to_string()).unwrap_or_default();
        statement(TELL)
            .bind::<Text, _>(self.plans.mode())
            .bind::<Text, _>(if self.within.is_some() { ROLE } else { "none" })
            .bind::<Text, _>(tenant)
            .bind::<Text, _>(self.plans.scans())
            .execute(connection)
            .await?;
        Ok(())
    }
}

/// How long making a connection may take: a host that swallows everything must not hold a place in the pool for minutes.
const CONNECT: Duration = Duration::from_secs(10);

/// The role whose rows are those of one tenant; see the migration that made it.
const ROLE: &str = "convoke_tenant";

/// A connection of the pool, with what it was last told.
pub(super) struct Link {
    connection: AsyncPgConnection,
    /// Unknown while it is being told, which may be broken off.
    manner: Option<Manner>,
}

/// Makes connections, and knows a dead one.
pub(super) struct Manager {
    url: String,
}

impl ManageConnection for Manager {
    type Connection = Link;
    type Error = Error;

    async fn connect(&self) -> Result<Link, Error> {
        let connecting = timeout(CONNECT, establish(&self.url)).await;
        let connected = connecting.map_err(|_| Error::Unavailable("no connection could be made in time".to_owned()))?;
        let mut connection = connected.map_err(|error| Error::Unavailable(error.to_string()))?;
        let manner = Manner { plans: Plans::Kept, within: None };
        manner.take_on(&mut connection).await?;
        Ok(Link { connection, manner: Some(manner) })
    }

    async fn is_valid(&self, link: &mut Link) -> Result<(), Error> {
        if link.connection.is_broken() { Err(Error::Unavailable("the connection broke".to_owned())) } else { Ok(()) }
    }

    fn has_broken(&self, link: &mut Link) -> bool {
        std::thread::panicking() || link.connection.is_broken()
    }
}

/// A connection on loan from the pool for as long as it is held.
pub(super) struct Loan {
    link: PooledConnection<'static, Manager>,
    /// Goes back behind the connection.
    _turn: OwnedSemaphorePermit,
}

impl Loan {
    /// Waits for a connection. Telling it how to work costs a round trip, unless it was told the same last time.
    pub(super) async fn take(pool: &Pool, manner: Manner) -> Result<Self, Error> {
        let turn = pool.turn().await?;
        let mut link = pool.links.get_owned().await?;
        if link.manner != Some(manner) {
            link.manner = None;
            manner.take_on(&mut link.connection).await?;
            link.manner = Some(manner);
        }
        Ok(Self { link, _turn: turn })
    }
}

impl Deref for Loan {
    type Target = AsyncPgConnection;

    fn deref(&self) -> &AsyncPgConnection {
        &self.link.connection
    }
}

impl DerefMut for Loan {
    fn deref_mut(&mut self) -> &mut AsyncPgConnection {
        &mut self.link.connection
    }
}

pub(super) async fn open(options: &Options) -> Result<Pool, Error> {
    let links = builder(options.max_connections, options.wait).build(Manager { url: options.url.clone() }).await?;
    Ok(Pool::new(links, options, options.wait))
}

/// To another address, once a connection is wanted. Who wants one does not wait until that works: a failure is told at once.
pub(super) fn open_later(options: &Options, url: &str, wait: Duration) -> Pool {
    let builder = builder(options.max_connections, wait).retry_connection(false);
    Pool::new(builder.build_unchecked(Manager { url: url.to_owned() }), options, wait)
}

/// The connection used last is used next: it has its plans at hand. And those that are seldom wanted keep no buffers: a
/// connection holds on to as much memory as the longest list that went through it.
fn builder(most: u32, wait: Duration) -> bb8::Builder<Manager> {
    let builder = bb8::Pool::builder().max_size(most).connection_timeout(wait).test_on_check_out(true);
    builder.queue_strategy(bb8::QueueStrategy::Lifo)
}

/// Opens one connection: TLS where the URL or the server wants it, verified against the system's certificates.
pub(super) fn establish(url: &str) -> BoxFuture<'_, ConnectionResult<AsyncPgConnection>> {
    async move {
        let bad = |error: tokio_postgres::Error| ConnectionError::BadConnection(describe(&error));
        let config: tokio_postgres::Config = url.parse().map_err(bad)?;
        let (client, connection) = config.connect(tls()?).await.map_err(bad)?;
        AsyncPgConnection::try_from_client_and_connection(client, connection).await
    }
    .boxed()
}

fn tls() -> ConnectionResult<MakeRustlsConnect> {
    use rustls_platform_verifier::BuilderVerifierExt;
    let refused = |error: rustls::Error| ConnectionError::BadConnection(format!("TLS cannot be set up: {error}"));
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(BuilderVerifierExt::with_platform_verifier)
        .map_err(refused)?
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}

/// The error with its cause, which tokio-postgres keeps apart.
fn describe(error: &tokio_postgres::Error) -> String {
    match std::error::Error::source(error) {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}
