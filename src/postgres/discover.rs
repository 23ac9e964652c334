//! Finds PostgreSQL on this machine. Looks and asks versions, no more: it fetches nothing, writes nothing, and judges a
//! program by running it as the user who will run it later.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::account::Account;
use super::error::Error;
use super::{child, fetch, places};

/// The oldest major version we accept.
pub(super) const OLDEST_MAJOR: u32 = 13;

/// Environment variable that limits the search. With the value `cache` only our own cache is looked at, and filled when
/// it is empty: this is how a machine that has PostgreSQL can try what one without it does.
const SEARCH: &str = "CONVOKE_PG_SEARCH";

/// Directories of packages: a `*` stands for any part of one name.
const USUAL_PLACES: [&str; 10] = [
    "/usr/lib/postgresql/*/bin",
    "/usr/lib64/postgresql/*/bin",
    "/usr/lib/postgresql*/bin",
    "/usr/pgsql-*/bin",
    "/usr/libexec/postgresql*",
    "/opt/homebrew/opt/postgresql*/bin",
    "/usr/local/opt/postgresql*/bin",
    "/home/linuxbrew/.linuxbrew/opt/postgresql*/bin",
    "/Applications/Postgres.app/Contents/Versions/*/bin",
    "/Library/PostgreSQL/*/bin",
];

/// An installed PostgreSQL server that can be run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binaries {
    /// The directory that holds `postgres` and `initdb`, free of symbolic links.
    pub dir: PathBuf,
    /// As the program says it: `15.20`, `18.6`.
    pub version: String,
    /// The first number of the version; data directories depend on it.
    pub major: u32,
}

impl Binaries {
    pub(super) fn program(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }
}

/// Finds the PostgreSQL that [`super::start`] would use, without fetching one. For `convoke doctor`.
///
/// An existing cluster in `data_dir` decides the major version; otherwise the newest wins. Unset directories have the
/// defaults of [`super::Options`].
///
/// # Errors
/// [`Error::BinDir`] when `bin_dir` holds nothing usable, [`Error::OtherMajor`] when only other versions are installed,
/// [`Error::NoBinaries`] when there is none at all.
pub fn find_binaries(
    bin_dir: Option<&Path>,
    data_dir: Option<&Path>,
    cache_dir: Option<&Path>,
) -> Result<Binaries, Error> {
    let places = places::Places::of(&data_dir.map_or_else(places::default_data_dir, Path::to_owned))?;
    let account = Account::of(&places)?;
    let cache = cache_dir.map_or_else(places::default_cache_dir, Path::to_owned);
    let major = cluster_major(&places.cluster)?;
    let wanted = Wanted { bin_dir, cache: &cache, major, account: &account };
    find(&wanted, &places.cluster)?.ok_or_else(|| Error::NoBinaries {
        wanted: wanted.in_words(),
        tried: "A start will try to fetch it by pip or, as root, by apt-get.".to_owned(),
    })
}

/// What to look for and where.
pub(super) struct Wanted<'a> {
    pub(super) bin_dir: Option<&'a Path>,
    pub(super) cache: &'a Path,
    /// The only major that will do, when there is a cluster already.
    pub(super) major: Option<u32>,
    pub(super) account: &'a Account,
}

impl Wanted<'_> {
    pub(super) fn in_words(&self) -> String {
        match self.major {
            Some(major) => format!("{major}, which made this data directory,"),
            None => format!("{OLDEST_MAJOR} or later"),
        }
    }
}

/// The best PostgreSQL present; none when a fetch could help.
///
/// # Errors
/// [`Error::BinDir`], [`Error::OtherMajor`]: those a fetch cannot help.
pub(super) fn find(wanted: &Wanted<'_>, cluster: &Path) -> Result<Option<Binaries>, Error> {
    let found = match wanted.bin_dir {
        Some(dir) => vec![explicit(dir, wanted.account)?],
        None => search(wanted.cache, wanted.account),
    };
    let Some(needed) = wanted.major else { return Ok(newest(&found)) };
    if let Some(binaries) = found.iter().find(|binaries| binaries.major == needed) {
        return Ok(Some(binaries.clone()));
    }
    if wanted.bin_dir.is_none() && needed == fetch::MAJOR {
        return Ok(None);
    }
    Err(Error::OtherMajor { data_dir: cluster.to_owned(), needed, found: listed(&found) })
}

/// The major version that made the cluster; none when there is no cluster.
///
/// # Errors
/// [`Error::NotACluster`] when the file holds no version, [`Error::File`] when it cannot be read.
pub(super) fn cluster_major(cluster: &Path) -> Result<Option<u32>, Error> {
    let file = cluster.join("PG_VERSION");
    let content = match fs::read_to_string(&file) {
        Ok(content) => content.trim().to_owned(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && !cluster.exists() => return Ok(None),
        Err(error) => return Err(Error::file("read", &file)(error)),
    };
    match content.parse() {
        Ok(major) => Ok(Some(major)),
        Err(_) => Err(Error::NotACluster { data_dir: cluster.to_owned(), content }),
    }
}

fn newest(found: &[Binaries]) -> Option<Binaries> {
    // The first of equals, so that the order of the search decides between them.
    found.iter().rev().max_by_key(|binaries| binaries.major).cloned()
}

fn listed(found: &[Binaries]) -> String {
    let each: Vec<String> =
        found.iter().map(|binaries| format!("{} in {}", binaries.version, binaries.dir.display())).collect();
    if each.is_empty() { "none".to_owned() } else { each.join(", ") }
}

fn explicit(dir: &Path, account: &Account) -> Result<Binaries, Error> {
    let refused = |reason: String| Error::BinDir { dir: dir.to_owned(), reason };
    if let Some((closed, mode)) = account.first_closed(dir) {
        let (closed, user) = (closed.display(), &account.name);
        return Err(refused(format!("the database runs as user {user}, who may not enter {closed} (mode {mode:04o})")));
    }
    let real = real_dir(dir).ok_or_else(|| refused("it does not hold both `postgres` and `initdb`".to_owned()))?;
    let binaries = probe(&real, account).map_err(|error| refused(error.to_string()))?;
    if binaries.major < OLDEST_MAJOR {
        return Err(refused(format!("it is PostgreSQL {}, and {OLDEST_MAJOR} or later is needed", binaries.version)));
    }
    Ok(binaries)
}

/// Every usable PostgreSQL, best place first.
fn search(cache: &Path, account: &Account) -> Vec<Binaries> {
    let cached = fetch::bin_dir(cache);
    let mut candidates = Vec::new();
    if places::environment(SEARCH).is_none_or(|limit| limit != "cache") {
        candidates.extend(on_path());
        candidates.extend(told_by_pg_config());
        candidates.extend(USUAL_PLACES.iter().flat_map(|pattern| expand(pattern)));
    }
    candidates.push(cached);
    let mut seen: Vec<PathBuf> = Vec::new();
    for real in candidates.iter().filter_map(|dir| real_dir(dir)) {
        if !seen.contains(&real) {
            seen.push(real);
        }
    }
    seen.iter().filter_map(|dir| usable(dir, account)).collect()
}

fn usable(dir: &Path, account: &Account) -> Option<Binaries> {
    match probe(dir, account) {
        Ok(binaries) if binaries.major >= OLDEST_MAJOR => Some(binaries),
        Ok(binaries) => {
            tracing::debug!(dir = %dir.display(), version = binaries.version, "PostgreSQL too old, passed over");
            None
        }
        Err(error) => {
            tracing::debug!(dir = %dir.display(), %error, "PostgreSQL that does not run, passed over");
            None
        }
    }
}

/// Where the programs really lie: distributions put symbolic links on the path, and some leave them dangling.
fn real_dir(dir: &Path) -> Option<PathBuf> {
    let real = fs::canonicalize(dir.join("postgres")).ok()?.parent()?.to_owned();
    real.join("initdb").is_file().then_some(real)
}

fn on_path() -> Vec<PathBuf> {
    places::environment("PATH").map(|path| std::env::split_paths(&path).collect()).unwrap_or_default()
}

/// Debian's `pg_config` on the path may name a directory of a package that is not installed; that is sorted out later.
fn told_by_pg_config() -> Option<PathBuf> {
    let told = child::run(Command::new("pg_config").arg("--bindir")).ok()?;
    Some(PathBuf::from(told.trim()))
}

/// The directories that match a pattern with `*` inside single names, newest-looking name first.
fn expand(pattern: &str) -> Vec<PathBuf> {
    let mut matched = vec![PathBuf::from("/")];
    for part in pattern.split('/').filter(|part| !part.is_empty()) {
        matched = match part.split_once('*') {
            None => matched.into_iter().map(|dir| dir.join(part)).collect(),
            Some((before, after)) => matched.iter().flat_map(|dir| children(dir, before, after)).collect(),
        };
    }
    matched
}

fn children(dir: &Path, before: &str, after: &str) -> Vec<PathBuf> {
    let matches =
        |name: &str| name.len() >= before.len() + after.len() && name.starts_with(before) && name.ends_with(after);
    let Ok(entries) = fs::read_dir(dir) else { return Vec::new() };
    let mut found: Vec<PathBuf> = entries
        .filter_map(Result::ok)
        .filter(|entry| entry.file_name().to_str().is_some_and(matches))
        .map(|entry| entry.path())
        .collect();
    found.sort();
    found.reverse();
    found
}

/// Runs `postgres --version` as the database's user, which also proves that this user can run it.
///
/// # Errors
/// [`Error::Program`] when it does not run, or says something else than a version.
pub(super) fn probe(dir: &Path, account: &Account) -> Result<Binaries, Error> {
    let program = dir.join("postgres");
    let mut command = Command::new(&program);
    command.arg("--version").env_clear().env("LC_ALL", "C").current_dir("/");
    account.apply(&mut command);
    let said = child::run(&mut command)?;
    let (version, major) = parse_version(&said).ok_or_else(|| Error::Program {
        program: program.display().to_string(),
        reason: format!("it does not say a version of PostgreSQL, but {:?}", said.trim()),
    })?;
    Ok(Binaries { dir: dir.to_owned(), version, major })
}

/// `postgres (PostgreSQL) 15.20 (Debian 15.20-0+deb12u1)`, `postgres (PostgreSQL) 19beta1`.
fn parse_version(said: &str) -> Option<(String, u32)> {
    let version = said.split_once("(PostgreSQL)")?.1.split_whitespace().next()?;
    let digits = version.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(version.len());
    Some((version.to_owned(), version[..digits].parse().ok()?))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("postgres (PostgreSQL) 15.20 (Debian 15.20-0+deb12u1)\n", Some(("15.20", 15)))]
    #[case("postgres (PostgreSQL) 18.6\n", Some(("18.6", 18)))]
    #[case("postgres (PostgreSQL) 19beta1\n", Some(("19beta1", 19)))]
    #[case("postgres (EnterpriseThing) 9\n", None)]
    #[case("postgres (PostgreSQL)\n", None)]
    #[case("", None)]
    fn reads_the_version(#[case] said: &str, #[case] expected: Option<(&str, u32)>) {
        assert_eq!(parse_version(said), expected.map(|(version, major)| (version.to_owned(), major)));
    }

    /// A directory with programs that only know their version.
    fn pretend(base: &Path, name: &str, version: &str) -> PathBuf {
        let dir = base.join(name);
        fs::create_dir_all(&dir).unwrap();
        for program in ["postgres", "initdb"] {
            let path = dir.join(program);
            fs::write(&path, format!("#!/bin/sh\necho 'postgres (PostgreSQL) {version}'\n")).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        }
        dir
    }

    fn open_base() -> tempfile::TempDir {
        let base = tempfile::tempdir().unwrap();
        fs::set_permissions(base.path(), fs::Permissions::from_mode(0o755)).unwrap();
        base
    }

    #[test]
    fn an_explicit_directory_is_the_only_one_looked_at() {
        let (base, account) = (open_base(), Account::for_new());
        let wanted = |dir, major| Wanted { bin_dir: Some(dir), cache: base.path(), major, account: &account };
        let (good, old) = (pretend(base.path(), "good", "18.1"), pretend(base.path(), "old", "9.6.24"));
        assert_eq!(find(&wanted(&good, None), base.path()).unwrap().unwrap().version, "18.1");
        let said = find(&wanted(&old, None), base.path()).unwrap_err().to_string();
        assert!(said.contains("it is PostgreSQL 9.6.24, and 13 or later is needed"), "{said}");
        let said = find(&wanted(base.path(), None), base.path()).unwrap_err().to_string();
        assert!(said.contains("does not hold both `postgres` and `initdb`"), "{said}");
        let said = find(&wanted(&good, Some(14)), base.path()).unwrap_err().to_string();
        assert!(said.contains("was made by PostgreSQL 14") && said.contains("this machine has 18.1 in"), "{said}");
    }

    #[test]
    fn the_newest_wins_and_the_first_of_equals() {
        let made = |dir: &str, major| Binaries { dir: PathBuf::from(dir), version: format!("{major}.0"), major };
        assert_eq!(newest(&[made("/a", 15), made("/b", 17), made("/c", 17)]).unwrap().dir, Path::new("/b"));
        assert_eq!(newest(&[]), None);
    }

    #[test]
    fn a_pattern_matches_inside_one_name() {
        let base = open_base();
        for name in ["pgsql-14/bin", "pgsql-17/bin", "other/bin"] {
            fs::create_dir_all(base.path().join(name)).unwrap();
        }
        let pattern = format!("{}/pgsql-*/bin", base.path().display());
        assert_eq!(expand(&pattern), [base.path().join("pgsql-17/bin"), base.path().join("pgsql-14/bin")]);
    }

    #[test]
    fn what_is_no_cluster_is_said_so() {
        let base = open_base();
        assert_eq!(cluster_major(&base.path().join("pg")).unwrap(), None);
        assert!(matches!(cluster_major(base.path()), Err(Error::File { .. })), "a directory without PG_VERSION");
        fs::write(base.path().join("PG_VERSION"), "9.6\n").unwrap();
        assert!(matches!(cluster_major(base.path()), Err(Error::NotACluster { .. })));
        fs::write(base.path().join("PG_VERSION"), "15\n").unwrap();
        assert_eq!(cluster_major(base.path()).unwrap(), Some(15));
    }
}
