//! The catalogue: every line the server is held to, in files under `lines/`. A file is one source; its tables are
//! sections; an entry is one line: its number, where it is written, what it asks for in our words, and, for a line that no
//! test proves, why it is left out.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

/// The files, in the order in which they are shown.
const FILES: [&str; 3] = ["clients", "protocol", "interop"];

/// One source.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Book {
    /// What it is called.
    pub(super) title: String,
    /// What a reader should know about it.
    pub(super) about: String,
    sections: BTreeMap<String, BTreeMap<String, Line>>,
}

/// One line.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Line {
    /// Where it is written.
    pub(super) source: String,
    /// What it asks for.
    pub(super) says: String,
    /// Why no test proves it.
    pub(super) left_out: Option<String>,
}

impl Book {
    /// Sections with their lines, by number.
    pub(super) fn sections(&self) -> Vec<(&str, Vec<(&str, &Line)>)> {
        let mut sections: Vec<_> =
            self.sections.iter().map(|(title, lines)| (title.as_str(), by_number(lines.iter()))).collect();
        sections.sort_by_key(|(title, _)| number(title));
        sections
    }

    /// All lines, by number.
    pub(super) fn lines(&self) -> impl Iterator<Item = (&str, &Line)> {
        self.sections().into_iter().flat_map(|(_, lines)| lines)
    }
}

/// Reads all books.
pub(super) fn read() -> Vec<Book> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/conformance/lines");
    let read = |name: &str| {
        let text = std::fs::read_to_string(folder.join(name).with_extension("toml")).expect("a file of the catalogue");
        toml::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"))
    };
    FILES.into_iter().map(read).collect()
}

fn by_number<'b>(lines: impl Iterator<Item = (&'b String, &'b Line)>) -> Vec<(&'b str, &'b Line)> {
    let mut lines: Vec<_> = lines.map(|(id, line)| (id.as_str(), line)).collect();
    lines.sort_by_key(|(id, _)| number(id));
    lines
}

/// The numbers in a text, so that 12.10 comes after 12.9.
pub(super) fn number(id: &str) -> Vec<u32> {
    id.split(|c: char| !c.is_ascii_digit()).filter_map(|digits| digits.parse().ok()).collect()
}
