//! What the database itself reaches: the statements of many requests are taken off the wire, and `pgbench -M prepared`
//! executes them over and over, from as many connections, without a server. Values are parameters there too, so that a
//! statement is planned as the server has it planned, for any values; how is told to pgbench's connections as the server
//! tells its own.

use std::path::PathBuf;
use std::process::Stdio;

use http::Method;
use tempfile::TempDir;
use tokio_postgres::config::{Config, Host};

use super::drive::newcomers;
use super::http::Call;
use super::literal::{Variables, put_in, quoted};
use super::median::median;
use super::options::Options;
use super::place::{Place, change};
use super::scenario::{Scenario, Work};
use super::site::Site;
use super::tapped::{Taken, Tapped};

/// Requests whose statements are taken at the most. So many are not at hand for the processor, nor all of them for the
/// database.
const SAMPLES: usize = 8_192;
/// Of changes there are fewer, which is enough for two connections to seldom wait for each other's row.
const CHANGES: usize = 256;
/// Samples that a connection of pgbench's has at hand: one of them is picked for each execution, which with so many takes a
/// thirtieth of what a look-up does, and after as many executions the next ones are fetched. The time that takes is left out.
const AT_HAND: usize = 16;

/// Scripts for pgbench.
pub(crate) struct Limit {
    dir: TempDir,
    scripts: Vec<Script>,
    variables: Variables,
    /// Tables of values.
    tables: Vec<String>,
    /// Requests that one execution stands for.
    requests: f64,
    /// Those whose statements they are, where they only read: what the server is asked, so that both do the same.
    pub(crate) reads: Vec<Call>,
    clients: usize,
    database_url: String,
}

struct Script {
    path: PathBuf,
    /// How often it is executed, beside the others.
    weight: usize,
    /// Whether it only fetches values.
    fetches: bool,
}

/// Parts of what pgbench did that stood for requests.
struct Spent {
    of_executions: f64,
    of_time: f64,
}

impl Limit {
    /// Takes the statements of requests of a scenario.
    pub(crate) async fn capture(site: &Site, place: &Place, scenario: &Scenario, clients: usize) -> Self {
        let mut tapped = Tapped::start(site).await;
        let calls = each(place, scenario, clients);
        let mut samples = Vec::with_capacity(calls.len());
        for calls in &calls {
            samples.push(tapped.taken(calls).await);
        }
        let mut limit = Self {
            dir: tempfile::tempdir().unwrap(),
            scripts: Vec::new(),
            variables: Variables::default(),
            tables: Vec::new(),
            requests: f64::from(u32::try_from(calls[0].len()).unwrap()),
            reads: calls.into_iter().flatten().filter(|call| call.method == Method::GET).collect(),
            clients,
            database_url: site.database_url.clone(),
        };
        for samples in alike(samples) {
            let known = limit.variables.of_samples(0).count();
            let mut script = script(&tapped, &samples, &mut limit.variables);
            if matches!(scenario.work, Work::Create(_)) {
                script = anew(&script);
            }
            limit.add(&script, samples.len() * AT_HAND, false);
            limit.fetch(site, known, samples.len()).await;
        }
        limit
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
        for Script { path, weight, .. } in &self.scripts {
            pgbench.arg("-f").arg(format!("{}@{weight}", path.display()));
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
        let spent = self.spent(&String::from_utf8_lossy(&ran.stdout));
        // Each connection does one thing after the other: without fetches it would do the rest in what that takes.
        self.requests * median(seconds) * spent.of_executions / spent.of_time
    }

    /// Leaves nothing of its own in the database.
    pub(crate) async fn close(self, site: &Site) {
        let sql = site.sql().await;
        for table in &self.tables {
            sql.batch_execute(&format!("DROP TABLE {table}")).await.unwrap();
        }
    }

    /// How much of what pgbench did stood for requests, as it says of its scripts in the end.
    fn spent(&self, said: &str) -> Spent {
        let number = |line: &str| line.split_whitespace().find_map(|word| word.parse::<f64>().ok());
        let all = |what: &str| said.lines().filter(|line| line.contains(what)).filter_map(number).collect::<Vec<_>>();
        // What is said of one script alone is said of the whole.
        let each: Vec<_> = match self.scripts.len() {
            1 => vec![(1.0, 1.0)],
            _ => all(" transactions (").into_iter().zip(all(" - latency average = ")).collect(),
        };
        assert_eq!(each.len(), self.scripts.len(), "pgbench: {said}");
        let of = |scripts: &dyn Fn(&Script) -> bool| {
            let chosen = self.scripts.iter().zip(&each).filter(|(script, _)| scripts(script));
            chosen.fold((0.0, 0.0), |(count, time), (_, (more, latency))| (count + more, time + more * latency))
        };
        let (requests, all) = (of(&|script| !script.fetches), of(&|_| true));
        Spent { of_executions: requests.0 / all.0, of_time: requests.1 / all.1 }
    }

    fn add(&mut self, text: &str, weight: usize, fetches: bool) {
        let path = self.dir.path().join(format!("{}.sql", self.scripts.len()));
        std::fs::write(&path, text).unwrap();
        self.scripts.push(Script { path, weight, fetches });
    }

    /// Lays up the values that have come to be known, and has them fetched.
    async fn fetch(&mut self, site: &Site, known: usize, weight: usize) {
        let (names, values): (Vec<_>, Vec<_>) = self.variables.of_samples(known).unzip();
        if names.is_empty() {
            return;
        }
        let (table, names) = (format!("samples_{}", self.tables.len()), names.join(", "));
        let columns = names.replace(',', " text,");
        let arrays: Vec<_> = (1..=values.len()).map(|at| format!("${at}::text[]")).collect();
        let sql = site.sql().await;
        sql.batch_execute(&format!("CREATE UNLOGGED TABLE {table} ({columns} text, at bigint PRIMARY KEY)"))
            .await
            .unwrap();
        let parameters: Vec<_> =
            values.iter().map(|values| values as &(dyn tokio_postgres::types::ToSql + Sync)).collect();
        let rows = format!("SELECT * FROM unnest({}) WITH ORDINALITY", arrays.join(", "));
        sql.execute(&format!("INSERT INTO {table} {rows}"), &parameters).await.unwrap();
        sql.batch_execute(&format!("VACUUM ANALYZE {table}")).await.unwrap();
        let count = values[0].len();
        self.add(
            &format!("\\set at random(1, {count})\nSELECT {names} FROM {table} WHERE at = :at \\gset\n"),
            weight,
            true,
        );
        self.tables.push(table);
    }
}

/// Requests of a scenario that are one sample each.
fn each(place: &Place, scenario: &Scenario, clients: usize) -> Vec<Vec<Call>> {
    let most = match scenario.work {
        Work::Members { count, .. } => (place.newcomers.len() / count).min(CHANGES),
        Work::Again(_) => SAMPLES,
        _ => AT_HAND,
    };
    let mut each: Vec<_> = (0..most).map(|sample| calls(place, scenario, clients, sample)).collect();
    if each.iter().all(|sample| *sample == each[0]) {
        each.truncate(1);
    }
    each
}

/// Samples by the statements they are made of. One script for all that are alike: a statement for each sample would be a
/// plan for each, and all of them in every connection take a quarter of the rate.
fn alike(samples: Vec<Vec<Taken>>) -> Vec<Vec<Vec<Taken>>> {
    let mut kinds: Vec<Vec<Vec<Taken>>> = Vec::new();
    for sample in samples {
        let texts = || sample.iter().map(|taken| &taken.text);
        match kinds.iter_mut().find(|kind| kind[0].iter().map(|taken| &taken.text).eq(texts())) {
            Some(kind) => kind.push(sample),
            None => kinds.push(vec![sample]),
        }
    }
    kinds
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
fn script(tapped: &Tapped, samples: &[Vec<Taken>], variables: &mut Variables) -> String {
    let at_hand = samples.len().min(AT_HAND);
    let mut script = match at_hand {
        1 => String::new(),
        count => format!("\\set n random(1, {count})\n"),
    };
    for (at, Taken { text, parameters, .. }) in samples[0].iter().enumerate() {
        let sql = match parameters.len() {
            // One round trip to the server, and so to pgbench.
            0 => text.split(';').next().unwrap_or_default().to_owned(),
            count => {
                let types = tapped.types(text);
                let stand_in = |parameter: usize| {
                    let kind = &types[parameter];
                    let values: Vec<_> = samples.iter().map(|sample| &sample[at].parameters[parameter]).collect();
                    match values.iter().all(|value| *value == values[0]) {
                        true => variables.same(kind, values[0]),
                        false => variables.of_sample(kind, &values, at_hand),
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

/// The same with a user of its own each time, whom nobody else is like: one whose id, names and documents differ, of the
/// arrays that the statement creates users from. Ids grow with time as the server's do (RFC 9562 section 5.7): random ones
/// would have the database write a page of the index for each.
fn anew(script: &str) -> String {
    const ID: &str =
        "ARRAY[(SELECT (left(t, 8) || '-' || right(t, 4) || '-7' || right(gen_random_uuid()::text, 21))::uuid
        FROM lpad(to_hex((extract(epoch FROM clock_timestamp()) * 1000)::bigint), 12, '0') AS t)]";
    let (before, values) = script.split_once("unnest(").unwrap();
    let (values, after) = values.split_once(") WITH ORDINALITY").unwrap();
    let mut values: Vec<String> = values.split(", ").map(str::to_owned).collect();
    let names = |value: &str| format!("ARRAY[({value})[1] || :unlike::text]");
    let document = |value: &str| format!("ARRAY[replace(({value})[1]::text, '@', :unlike::text || '@')::jsonb]");
    values[0] = ID.split_whitespace().collect::<Vec<_>>().join(" ");
    for at in [1, 2, 3, 5, 6, 7] {
        values[at] = names(&values[at]);
    }
    for at in [9, 10] {
        values[at] = document(&values[at]);
    }
    let values = values.join(", ");
    format!("\\set unlike random(1, 1000000000000000)\n{before}unnest({values}) WITH ORDINALITY{after}")
}

fn reach(pgbench: &mut tokio::process::Command, url: &str) {
    let config: Config = url.parse().unwrap();
    if let Some(Host::Unix(directory)) = config.get_hosts().first() {
        pgbench.arg("-h").arg(directory);
    }
    pgbench.args(["-p", &config.get_ports().first().unwrap_or(&5432).to_string()]);
    pgbench.args(["-U", config.get_user().unwrap(), config.get_dbname().unwrap()]);
}
