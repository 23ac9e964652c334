//! Who may import whom, and how long a file may be. One package has no compiler wall between its rooms, so this reads the
//! code and holds it to the table in the documentation of `src/lib.rs`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Lines a file may have at the most; the tables are as the generator prints them.
const LONGEST: usize = 600;
const GENERATED: &str = "store/tables.rs";

/// A source file, by its path under `src`.
struct Source {
    path: String,
    /// What is shipped of it: no comments and no tests, which may build anything they need.
    code: String,
    lines: usize,
}

impl Source {
    /// Its module, as segments from the crate's root.
    fn module(&self) -> Vec<&str> {
        let path = self.path.trim_end_matches(".rs").trim_end_matches("/mod");
        path.split('/').collect()
    }

    fn room(&self) -> &str {
        self.module()[0]
    }

    /// Every path into our own crate, as segments from its root.
    fn own_paths(&self) -> BTreeSet<Vec<String>> {
        let mut paths = BTreeSet::new();
        for (at, _) in self.code.match_indices("crate::") {
            // What a macro says of `$crate` is meant where it is used.
            if !self.code[..at].ends_with(|c: char| c == '$' || c == '_' || c.is_alphanumeric()) {
                paths.extend(branches(&[], &self.code[at + "crate::".len()..]));
            }
        }
        for (at, _) in self.code.match_indices("super::") {
            if !self.code[..at].ends_with("super::") {
                let climbs = self.code[at..].split("::").take_while(|segment| *segment == "super").count();
                let module = self.module();
                let base = &module[..module.len().saturating_sub(climbs)];
                paths.extend(branches(base, &self.code[at + climbs * "super::".len()..]));
            }
        }
        paths
    }

    /// Whether it says a path that begins with this crate's name.
    fn says(&self, name: &str) -> bool {
        self.code.match_indices(name).any(|(at, _)| {
            let free = !self.code[..at].ends_with(|c: char| c == '_' || c == ':' || c == '.' || c.is_alphanumeric());
            let rest = &self.code[at + name.len()..];
            free && (rest.starts_with("::") || (self.code[..at].ends_with("use ") && rest.starts_with(';')))
        })
    }
}

/// The paths that begin at `text`, two segments deep, through one pair of braces.
fn branches(base: &[&str], text: &str) -> Vec<Vec<String>> {
    let absolute = |segments: &str| {
        // An item may go on with `as name`; only the path counts.
        let path = segments.split_whitespace().next().unwrap_or_default();
        let own = path.split("::").map(str::to_owned);
        base.iter().map(|segment| (*segment).to_owned()).chain(own).filter(|s| !s.is_empty()).take(2).collect()
    };
    if !text.starts_with('{') {
        let end = text.find(|c: char| c != '_' && c != ':' && !c.is_alphanumeric()).unwrap_or(text.len());
        return vec![absolute(&text[..end])];
    }
    let (mut depth, mut item, mut paths) = (0, String::new(), Vec::new());
    for c in text.chars() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 1 => paths.push(absolute(&std::mem::take(&mut item))),
            _ if depth == 1 => item.push(c),
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    paths.push(absolute(&item));
    paths.retain(|path: &Vec<String>| !path.is_empty());
    paths
}

fn sources() -> Vec<Source> {
    let (mut found, mut folders) = (Vec::new(), vec![PathBuf::from("src")]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("the sources lie beside the test") {
            let path = entry.expect("a readable folder").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(read(&path));
            }
        }
    }
    assert!(found.len() > 50, "{} files were read", found.len());
    found
}

fn read(path: &Path) -> Source {
    let text = fs::read_to_string(path).expect("a source file");
    let lines = text.lines().count();
    let path = path.strip_prefix("src").expect("under src").to_str().expect("a plain name").to_owned();
    let shipped =
        if path.ends_with("/tests.rs") { "" } else { text.split("#[cfg(test)]\nmod tests {").next().unwrap_or(&text) };
    let code = shipped.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n");
    Source { path, code, lines }
}

/// The table: each room, and the rooms it may import.
fn table() -> BTreeMap<String, BTreeSet<String>> {
    let text = fs::read_to_string("src/lib.rs").expect("the table lies in lib.rs");
    let quoted = |cell: &str| -> BTreeSet<String> {
        cell.split('`').skip(1).step_by(2).map(|word| word.trim_matches(['[', ']']).to_owned()).collect()
    };
    let rows: Vec<Vec<&str>> = text
        .lines()
        .filter(|line| line.starts_with("//! | [`"))
        .map(|line| line.split('|').map(str::trim).collect())
        .collect();
    let rooms: BTreeSet<String> = rows.iter().flat_map(|row| quoted(row[1])).collect();
    let allowed = |cell: &str| match cell.strip_prefix("everything except") {
        Some(rest) => rooms.difference(&quoted(rest)).cloned().collect(),
        None => quoted(cell),
    };
    rows.iter().flat_map(|row| quoted(row[1]).into_iter().map(|room| (room, allowed(row[3])))).collect()
}

fn breaches(sources: &[Source], of: impl Fn(&Source) -> Vec<String>) -> Vec<String> {
    let each = |source: &Source| of(source).into_iter().map(|what| format!("src/{}: {what}", source.path)).collect();
    sources.iter().flat_map(|source| -> Vec<String> { each(source) }).collect()
}

#[test]
fn rooms_import_what_the_table_allows() {
    let table = table();
    assert!(table.len() >= 10, "{table:?}");
    let found = breaches(&sources(), |source| {
        let room = source.room();
        if room == "lib" || room == "main" {
            return Vec::new();
        }
        let Some(allowed) = table.get(room) else { return vec!["is in no room of the table in lib.rs".to_owned()] };
        let imported = source.own_paths().into_iter().filter_map(|path| path.into_iter().next());
        let foreign = imported.filter(|other| table.contains_key(other) && other != room && !allowed.contains(other));
        foreign.map(|other| format!("{room} may not import {other}")).collect::<BTreeSet<_>>().into_iter().collect()
    });
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn no_facade_knows_another() {
    let facades: BTreeSet<String> = fs::read_dir("src/api")
        .expect("the facades lie in src/api")
        .map(|entry| entry.expect("a readable folder"))
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        // What the native facades share; it must not know them, which the rows of its own say.
        .filter(|room| room != "native")
        .collect();
    assert!(facades.contains("scim"), "{facades:?}");
    let found = breaches(&sources(), |source| {
        let module = source.module();
        let in_a_facade = |own: &&&str| facades.contains(**own) || **own == "native";
        let Some(own) = module.get(1).filter(|own| module[0] == "api" && in_a_facade(own)) else {
            return Vec::new();
        };
        let paths = source.own_paths().into_iter().filter(|path| path.len() > 1 && path[0] == "api");
        let foreign = paths.filter(|path| facades.contains(&path[1]) && path[1] != **own);
        foreign.map(|path| format!("names the facade {}", path[1])).collect()
    });
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn libraries_stay_in_their_rooms() {
    const HOMES: [(&str, &[&str]); 9] = [
        ("diesel", &["store"]),
        ("diesel_async", &["store"]),
        ("diesel_migrations", &["store"]),
        ("tokio_postgres", &["store", "postgres"]),
        ("poem", &["api", "app", "auth", "edge"]),
        ("poem_openapi", &["api", "auth"]),
        ("clap", &["cli", "config"]),
        ("metrics", &["metrics"]),
        ("metrics_exporter_prometheus", &["metrics"]),
    ];
    let found = breaches(&sources(), |source| {
        let strays = HOMES.iter().filter(|(name, homes)| !homes.contains(&source.room()) && source.says(name));
        strays.map(|(name, homes)| format!("says {name}, which belongs to {}", homes.join(", "))).collect()
    });
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn only_auth_and_the_operator_grant_scopes() {
    let found = breaches(&sources(), |source| {
        let grants = source.code.contains("TenantScope::grant") && !["auth", "domain"].contains(&source.room());
        grants.then(|| "grants a TenantScope".to_owned()).into_iter().collect()
    });
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn no_file_is_too_long() {
    let found = breaches(&sources(), |source| {
        let long = source.lines > LONGEST && source.path != GENERATED;
        long.then(|| format!("has {} lines, more than {LONGEST}", source.lines)).into_iter().collect()
    });
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn breaches_of_every_form_are_seen() {
    let source = |path: &str, code: &str| Source { path: path.to_owned(), code: code.to_owned(), lines: 1 };
    let seen = |path: &str, code: &str| -> Vec<String> {
        source(path, code).own_paths().into_iter().map(|path| path.join("::")).collect()
    };
    assert_eq!(seen("model/user.rs", "use crate::store::Store;"), ["store::Store"]);
    assert_eq!(seen("model/user.rs", "use crate::{\n  ids::A,\n  store::{B, C::D},\n};"), ["ids::A", "store"]);
    assert_eq!(seen("model/user.rs", "use super::super::store;"), ["store"]);
    assert_eq!(seen("model/user.rs", "use super::ids::A;"), ["model::ids"]);
    assert_eq!(seen("api/scim/users/mod.rs", "super::super::directory::not_found()"), ["api::directory"]);
    assert_eq!(seen("store/mod.rs", "$crate::domain::Error; pub(crate) fn a() {}"), Vec::<String>::new());
    assert!(source("app.rs", "use diesel;").says("diesel") && source("app.rs", "diesel::insert").says("diesel"));
    assert!(!source("app.rs", "use crate::diesel::x; let poem = 1;").says("diesel"));
}
