//! What the database itself reaches: the statements of a few requests are taken off the wire, and `pgbench -M prepared`
//! executes them over and over, from as many connections, without a server. Values are parameters there too, so that a
//! statement is planned as the server has it planned, for any values; how is told to pgbench's connections as the server
//! tells its own.

use std::collections::{HashMap, HashSet};
use std::process::Stdio;
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
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio_postgres::config::{Config, Host};
use tokio_postgres::types::Type;

use super::drive::newcomers;
use super::http::{Call, Connection};
use super::literal::{Variables, put_in, quoted};
use super::median::median;
use super::options::Options;
use super::place::{Place, change};
use super::scenario::{Scenario, Work};
use super::site::Site;
use super::tap::{Listener, Parameter, Tap};

/// Requests whose statements are taken. One of them is picked for each execution, which with so many takes a thirtieth of
/// what a look-up does.
const SAMPLES: usize = 16;
/// Of changes there are more, so that two connections seldom wait for each other's row.
const CHANGES: usize = 256;
/// Users in all samples together: a variable of pgbench's is an argument, which the system takes up to 128 KiB of.
const USERS: usize = 2_000;

/// Scripts for pgbench.
pub(crate) struct Limit {
    dir: TempDir,
    scripts: usize,
    variables: Variables,
    /// Requests that one script stands for.
    requests: f64,
    clients: usize,
    database_url: String,
}

/// What went over the wire, but for listening connections.
#[derive(Default)]
struct Takes(Mutex<(HashSet<usize>, Vec<Taken>)>, Mutex<HashMap<String, Vec<u32>>>);

struct Taken {
    connection: usize,
    text: String,
    parameters: Vec<Parameter>,
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
struct Tapped {
    takes: Arc<Takes>,
    connection: Connection,
    task: JoinHandle<()>,
    _tap: Tap,
}

impl Tapped {
    async fn start(site: &Site) -> Self {
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
    async fn taken(&mut self, calls: &[Call]) -> Vec<Taken> {
        self.warm_up().await;
        for call in calls {
            self.connection.must(call).await;
        }
        self.takes.take()
    }
}

impl Drop for Tapped {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Limit {
    /// Takes the statements of requests of a scenario.
    pub(crate) async fn capture(site: &Site, place: &Place, scenario: &Scenario, clients: usize) -> Self {
        let mut tapped = Tapped::start(site).await;
        let dir = tempfile::tempdir().unwrap();
        let (mut scripts, mut requests, mut variables) = (0, 1.0, Variables::default());
        let changes = match scenario.work {
            Work::Members { count, .. } => Some((USERS / count).min(CHANGES)),
            _ => None,
        };
        let mut samples = Vec::new();
        for sample in 0..changes.unwrap_or(SAMPLES) {
            let calls = calls(place, scenario, clients, sample);
            requests = f64::from(u32::try_from(calls.len()).unwrap());
            samples.push(tapped.taken(&calls).await);
        }
        // One script for all: a statement for each sample would be a plan for each, and all of them in every connection
        // take a quarter of the rate. Samples that are not of the same statements have a script each.
        let alike = |one: &Vec<Taken>| one.iter().map(|it| &it.text).eq(samples[0].iter().map(|it| &it.text));
        let together = if samples.iter().all(alike) { samples.len() } else { 1 };
        for samples in samples.chunks(together) {
            let mut script = script(&tapped.takes, samples, &mut variables);
            if matches!(scenario.work, Work::Create(_)) {
                script = anew(&script);
            }
            std::fs::write(dir.path().join(format!("{scripts}.sql")), script).unwrap();
            scripts += 1;
        }
        Self { dir, scripts, variables, requests, clients, database_url: site.database_url.clone() }
    }

    /// Requests a second that the database would allow for.
    pub(crate) async fn rate(&self, options: &Options) -> f64 {
        let clients = self.clients.to_string();
        let threads = std::thread::available_parallelism().map_or(1, usize::from).min(self.clients).to_string();
        let mut pgbench = tokio::process::Command::new("pgbench");
        pgbench.args([
            "-n",
            "-M",
            "prepared",
            "-c",
            &clients,
            "-j",
            &threads,
            "-T",
            &options.seconds.to_string(),
            "-P",
            "1",
        ]);
        for script in 0..self.scripts {
            pgbench.arg("-f").arg(self.dir.path().join(format!("{script}.sql")));
        }
        for (name, value) in self.variables.all() {
            pgbench.arg(format!("-D{name}={value}"));
        }
        reach(&mut pgbench, &self.database_url);
        pgbench.env("PGOPTIONS", "-c plan_cache_mode=force_generic_plan -c enable_seqscan=off -c jit=off");
        let ran = pgbench.stdin(Stdio::null()).output().await.unwrap();
        let said = String::from_utf8_lossy(&ran.stderr);
        // By the second, so that those in which statements are planned do not count.
        let seconds = said.lines().filter_map(|line| line.split_once(" s, ")?.1.split(' ').next()?.parse::<f64>().ok());
        let seconds: Vec<f64> = seconds.collect();
        assert!(ran.status.success() && !seconds.is_empty(), "pgbench: {said}");
        self.requests * median(seconds)
    }
}

/// The requests that one script stands for: one, or there and back.
fn calls(place: &Place, scenario: &Scenario, clients: usize, sample: usize) -> Vec<Call> {
    match &scenario.work {
        Work::Again(call) | Work::Create(call) => vec![call(place)],
        Work::Turns(calls) => calls(place),
        Work::Members { count, group } => {
            let worker = (sample % clients, clients);
            let users = newcomers(place, worker, sample, *count);
            let group = group(place, worker.0, sample);
            vec![change(&group, "add", &users), change(&group, "remove", &users)]
        }
        Work::Walk(_) | Work::Life => Vec::new(),
    }
}

/// Statements as pgbench reads them: one a line, its variables in place of parameters, with the values of one of the
/// samples.
fn script(takes: &Takes, samples: &[Vec<Taken>], variables: &mut Variables) -> String {
    let mut script = match samples.len() {
        1 => String::new(),
        count => format!("\\set n random(1, {count})\n"),
    };
    for (at, Taken { text, parameters, .. }) in samples[0].iter().enumerate() {
        assert!(samples.iter().all(|sample| sample[at].text == *text), "the same statements for every sample");
        let sql = match parameters.len() {
            // One round trip to the server, and so to pgbench.
            0 => text.split(';').next().unwrap_or_default().to_owned(),
            count => {
                let types: Vec<_> = takes.1.lock().unwrap()[text].iter().map(|oid| Type::from_oid(*oid)).collect();
                let stand_in = |parameter: usize| {
                    let kind = types[parameter].as_ref().expect("a type that is built in");
                    let values: Vec<_> = samples.iter().map(|sample| &sample[at].parameters[parameter]).collect();
                    match values.iter().all(|value| *value == values[0]) {
                        true => variables.same(kind, values[0]),
                        false => variables.of_sample(kind, &values),
                    }
                };
                put_in(&unmistakable(text), &(0..count).map(stand_in).collect::<Vec<_>>())
            }
        };
        script.push_str(&sql.split_whitespace().collect::<Vec<_>>().join(" "));
        script.push_str(";\n");
    }
    script
}

/// The statement with its constants put so that pgbench, which looks for `:name` in them too, finds none.
fn unmistakable(text: &str) -> String {
    let parts = text.split('\'').enumerate().map(|(at, part)| match at % 2 {
        0 => part.to_owned(),
        _ => quoted(part),
    });
    parts.collect()
}

/// The same with a new id and a new name each time: the first values of the statement that inserts a user. Ids grow with
/// time as the server's do (RFC 9562 section 5.7): random ones would have the database write a page of the index for each.
fn anew(script: &str) -> String {
    const ID: &str = " (SELECT (left(t, 8) || '-' || right(t, 4) || '-7' || right(gen_random_uuid()::text, 21))::uuid
        FROM lpad(to_hex((extract(epoch FROM clock_timestamp()) * 1000)::bigint), 12, '0') AS t)";
    let (before, values) = script.split_once("VALUES (").unwrap();
    let mut values: Vec<String> = values.splitn(5, ',').map(str::to_owned).collect();
    values[1] = ID.split_whitespace().collect::<Vec<_>>().join(" ");
    for name in &mut values[2..4] {
        *name = format!("{name} || gen_random_uuid()");
    }
    format!("{before}VALUES ({}", values.join(","))
}

fn reach(pgbench: &mut tokio::process::Command, url: &str) {
    let config: Config = url.parse().unwrap();
    if let Some(Host::Unix(directory)) = config.get_hosts().first() {
        pgbench.arg("-h").arg(directory);
    }
    pgbench.args(["-p", &config.get_ports().first().unwrap_or(&5432).to_string()]);
    pgbench.args(["-U", config.get_user().unwrap(), config.get_dbname().unwrap()]);
}
