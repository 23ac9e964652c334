//! What `convoke doctor` looks at, one check a function. Nothing here starts a server or changes anything: a private
//! database that does not run is reported as such.

use std::fmt::Display;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use chrono::TimeDelta;

use super::external;
use crate::config::Settings;
use crate::model::clock::Clock;
use crate::model::ids::{TenantId, TokenId};
use crate::model::token::{PresentedToken, TokenSort, issue};
use crate::postgres;
use crate::schema::registry::Registry;
use crate::store::{self, Inspection, ReplicaFound, inspect, look_at_replica};

/// How long a database may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// The oldest Postgres the statements are written for.
const OLDEST_MAJOR: i32 = 13;
/// Clocks further apart make windows of membership and lifetimes of tokens begin and end at the wrong time.
const SKEW: TimeDelta = TimeDelta::seconds(2);

/// So many bytes of the log are on their way to a replica at any moment.
const LAG: u64 = 16 * 1024 * 1024;

/// How a check went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Fine.
    Ok,
    /// It runs like this, but somebody should look.
    Warn,
    /// It does not run like this.
    Fail,
}

/// One thing looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// What was looked at, in a word or two.
    pub name: &'static str,
    /// How it went.
    pub verdict: Verdict,
    /// What was found and, unless it is fine, what to do.
    pub found: String,
}

impl Check {
    fn ok(name: &'static str, found: impl Display) -> Self {
        Self { name, verdict: Verdict::Ok, found: found.to_string() }
    }

    fn warn(name: &'static str, found: impl Display) -> Self {
        Self { name, verdict: Verdict::Warn, found: found.to_string() }
    }

    fn fail(name: &'static str, found: impl Display) -> Self {
        Self { name, verdict: Verdict::Fail, found: found.to_string() }
    }
}

/// Looks at everything, in the order in which a start would need it.
pub async fn check(settings: &Settings) -> Vec<Check> {
    let mut checks = vec![schemas(settings), token_hashes()];
    match external(settings) {
        Some(url) => checks.extend(looked_at(settings, url).await),
        None => checks.extend(private(settings).await),
    }
    checks
}

async fn looked_at(settings: &Settings, url: &str) -> Vec<Check> {
    let mut checks = database(url).await;
    if let Some(at) = super::replica(settings) {
        checks.push(replica(look_at_replica(url, at).await));
    }
    checks
}

/// Without it everything works, if slower: it never fails the checks.
fn replica(found: Result<ReplicaFound, store::Error>) -> Check {
    const NAME: &str = "replica";
    const MEANWHILE: &str = "until then the database itself is read";
    match found {
        Ok(ReplicaFound::Follows(0)) => Check::ok(NAME, "follows, and lacks nothing"),
        Ok(ReplicaFound::Follows(lag)) if lag <= LAG => Check::ok(NAME, format!("follows, {lag} bytes behind")),
        Ok(ReplicaFound::Follows(lag)) => Check::warn(
            NAME,
            format!("{lag} bytes behind; see whether its replay is paused or held up by long queries; {MEANWHILE}"),
        ),
        Ok(ReplicaFound::Wrong(why)) => Check::warn(NAME, format!("{why}; {MEANWHILE}")),
        Err(error) => {
            Check::warn(NAME, format!("{error}; check that it runs and that its address is right; {MEANWHILE}"))
        }
    }
}

fn schemas(settings: &Settings) -> Check {
    match Registry::load(settings.server.schema_dir.as_deref()) {
        Ok(registry) => Check::ok("schemas", format!("{} load", registry.schemas().len())),
        Err(error) => Check::fail("schemas", format!("{error}; mend the file or leave --schema-dir out")),
    }
}

/// A token made here must be recognised here, and another one must not.
fn token_hashes() -> Check {
    use secrecy::ExposeSecret;
    let clock = Clock::system();
    let (tenant, id) = (TenantId::generate(&clock), TokenId::generate(&clock));
    let make = || issue(TokenSort::Tenant, tenant, id);
    let ((text, hash), (_, other)) = (make(), make());
    let read = PresentedToken::parse(text.expose_secret());
    match read.is_some_and(|read| read.hash.matches(&hash) && !read.hash.matches(&other)) {
        true => Check::ok("token hashes", "a token is told from another"),
        false => {
            Check::fail("token hashes", "a token made now is not recognised; this build is broken, install another")
        }
    }
}

async fn private(settings: &Settings) -> Vec<Check> {
    let options = &settings.database;
    let dir = options.data_dir.clone().unwrap_or_else(postgres::default_data_dir);
    let mut checks = vec![binaries(options.pg_bin.as_deref(), &dir, options.cache_dir.as_deref()), permissions(&dir)];
    match postgres::look(Some(&dir)).await {
        Ok(Some(url)) => checks.extend(looked_at(settings, &url).await),
        Ok(None) => {
            let found =
                "the private database does not run now; `convoke serve` starts it, and doctor can look at it then";
            checks.push(Check::warn("database", found));
        }
        Err(error) => checks.push(Check::fail("database", error)),
    }
    checks
}

fn binaries(bin: Option<&Path>, dir: &Path, cache: Option<&Path>) -> Check {
    match postgres::find_binaries(bin, Some(dir), cache) {
        Ok(found) => Check::ok("PostgreSQL", format!("{} in {}", found.version, found.dir.display())),
        Err(postgres::Error::NoBinaries { .. }) => Check::warn(
            "PostgreSQL",
            "not installed; the first start tries to fetch it. To be sure, install it, or give --pg-bin or DATABASE_URL",
        ),
        Err(error) => Check::fail("PostgreSQL", error),
    }
}

fn permissions(dir: &Path) -> Check {
    const NAME: &str = "data directory";
    let shown = dir.display();
    let Ok(found) = std::fs::metadata(dir) else {
        return Check::ok(NAME, format!("{shown} is not there yet; the first start makes it"));
    };
    if !found.is_dir() {
        return Check::fail(NAME, format!("{shown} is a file; remove it, or choose another --data-dir"));
    }
    if found.permissions().mode() & 0o022 != 0 {
        return Check::warn(NAME, format!("others may write to {shown}; chmod go-w {shown}"));
    }
    match nix::unistd::access(dir, nix::unistd::AccessFlags::W_OK) {
        Ok(()) => Check::ok(NAME, shown),
        Err(error) => Check::fail(NAME, format!("{shown} cannot be written to ({error}); run as its owner")),
    }
}

async fn database(url: &str) -> Vec<Check> {
    let clock = Clock::system();
    let before = clock.now();
    let inspection = match tokio::time::timeout(PATIENCE, inspect(url)).await {
        Ok(Ok(inspection)) => inspection,
        Ok(Err(error)) => {
            let remedy = "check that it runs and that the address, user and password are right";
            return vec![Check::fail("database", format!("{error}; {remedy}"))];
        }
        Err(_elapsed) => {
            let found = format!("no answer within {} s; check the address and any firewall", PATIENCE.as_secs());
            return vec![Check::fail("database", found)];
        }
    };
    let (earlier, later) = (before - inspection.now, inspection.now - clock.now());
    vec![version(&inspection), migrations(&inspection), skew(earlier.max(later)), signing_keys(&inspection)]
}

fn version(inspection: &Inspection) -> Check {
    let version = &inspection.version;
    if inspection.major < OLDEST_MAJOR {
        return Check::fail("database", format!("PostgreSQL {version}; {OLDEST_MAJOR} or later is needed"));
    }
    Check::ok("database", format!("PostgreSQL {version} answers"))
}

fn migrations(inspection: &Inspection) -> Check {
    const NAME: &str = "tables";
    if !inspection.unknown.is_empty() {
        let found = format!("made by a newer release (it has {})", inspection.unknown.join(", "));
        return Check::warn(NAME, format!("{found}; install that release here too"));
    }
    match inspection.missing.as_slice() {
        [] => Check::ok(NAME, "up to date"),
        missing => Check::warn(
            NAME,
            format!("{} migrations are missing; `convoke migrate`, or the next start, applies them", missing.len()),
        ),
    }
}

/// `apart` is by how much the database's time lies outside the span in which it was asked.
fn skew(apart: TimeDelta) -> Check {
    if apart > SKEW {
        let seconds = apart.num_seconds();
        return Check::fail("clock", format!("{seconds} s apart from the database's; set both by NTP"));
    }
    Check::ok("clock", "agrees with the database's")
}

fn signing_keys(inspection: &Inspection) -> Check {
    match inspection.signing_keys {
        Some(0) => Check::ok("signing keys", "none yet; the first is made when it is needed"),
        Some(live) => Check::ok("signing keys", format!("{live} live")),
        None => Check::warn("signing keys", "their table is missing; `convoke migrate` makes it"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inspection() -> Inspection {
        Inspection {
            version: "15.20".to_owned(),
            major: 15,
            now: Clock::system().now(),
            missing: Vec::new(),
            unknown: Vec::new(),
            signing_keys: Some(0),
        }
    }

    #[test]
    fn an_old_database_fails() {
        assert_eq!(version(&inspection()).verdict, Verdict::Ok);
        let old = Inspection { version: "12.3".to_owned(), major: 12, ..inspection() };
        assert_eq!(version(&old).verdict, Verdict::Fail);
    }

    #[test]
    fn missing_and_unknown_migrations_are_told() {
        assert_eq!(migrations(&inspection()).verdict, Verdict::Ok);
        let missing = migrations(&Inspection { missing: vec!["a".to_owned()], ..inspection() });
        assert!(missing.verdict == Verdict::Warn && missing.found.contains("convoke migrate"), "{missing:?}");
        let newer = migrations(&Inspection { unknown: vec!["z".to_owned()], ..inspection() });
        assert!(newer.verdict == Verdict::Warn && newer.found.contains("newer"), "{newer:?}");
    }

    #[test]
    fn a_replica_that_cannot_be_read_is_told_with_what_to_do() {
        assert_eq!(replica(Ok(ReplicaFound::Follows(LAG))).verdict, Verdict::Ok);
        let away = Err(store::Error::Unavailable("connection refused".to_owned()));
        for found in [Ok(ReplicaFound::Follows(LAG + 1)), Ok(ReplicaFound::Wrong("it is no standby")), away] {
            let told = replica(found);
            assert!(told.verdict == Verdict::Warn && told.found.contains("the database itself"), "{told:?}");
        }
    }

    #[test]
    fn clocks_more_than_two_seconds_apart_fail() {
        assert_eq!(skew(TimeDelta::seconds(-1)).verdict, Verdict::Ok);
        assert_eq!(skew(TimeDelta::seconds(2)).verdict, Verdict::Ok);
        assert_eq!(skew(TimeDelta::milliseconds(2001)).verdict, Verdict::Fail);
    }

    #[test]
    fn a_data_directory_others_may_write_to_is_told() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(permissions(dir.path()).verdict, Verdict::Ok);
        assert_eq!(permissions(&dir.path().join("later")).verdict, Verdict::Ok);
        std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o777)).unwrap();
        assert_eq!(permissions(dir.path()).verdict, Verdict::Warn);
        let file = dir.path().join("file");
        std::fs::write(&file, "").unwrap();
        assert_eq!(permissions(&file).verdict, Verdict::Fail);
    }
}
