//! What was measured of a server: JSON lines, and a table of all of them.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

use serde_json::json;

use super::contestant::{Contestant, Data, Running};
use super::crowd::{CROWD, Lost};
use super::measure::Outcome;

/// What is asked of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Row {
    /// Users made, a second.
    Post,
    /// Users found by their names, a second.
    LookUp,
    /// Lists of a hundred users, a second.
    List,
    /// Groups of so many members read, a second.
    Get(usize),
    /// Milliseconds until a member is in a group of so many.
    Add(usize),
}

impl Row {
    fn title(self) -> String {
        match self {
            Self::Post => "POST user /s".to_owned(),
            Self::LookUp => "userName eq /s".to_owned(),
            Self::List => "list 100 /s".to_owned(),
            Self::Get(size) => format!("GET group of {size} /s"),
            Self::Add(size) => format!("PATCH add to {size}, p50 ms"),
        }
    }

    const fn less_is_better(self) -> bool {
        matches!(self, Self::Add(_))
    }
}

/// Everything about one server.
pub(crate) struct Sheet {
    /// Name and version.
    version: String,
    data: Data,
    outcomes: Vec<(Row, Outcome)>,
    pub(crate) resident_mib: Option<u64>,
    pub(crate) lost: Result<Lost, String>,
    /// Why it was not asked at all.
    absent: Option<String>,
}

impl Sheet {
    /// Of a server that runs, with nothing on it yet.
    pub(crate) fn of(running: &Running<'_>) -> Self {
        let version = running.version.clone();
        let lost = Err("not asked".to_owned());
        Self { version, data: running.contestant.data, outcomes: Vec::new(), resident_mib: None, lost, absent: None }
    }

    /// Of a server that does not run.
    pub(crate) fn absent(contestant: &Contestant, reason: String) -> Self {
        Self {
            version: contestant.name.to_owned(),
            data: contestant.data,
            outcomes: Vec::new(),
            resident_mib: None,
            lost: Err(reason.clone()),
            absent: Some(reason),
        }
    }

    /// Takes down an outcome.
    pub(crate) fn add(&mut self, row: Row, outcome: Outcome) {
        self.outcomes.push((row, outcome));
    }

    fn value(&self, row: Row) -> Option<f64> {
        self.outcomes.iter().find(|(of, _)| *of == row)?.1.as_ref().ok().map(|figure| figure.value)
    }

    /// A JSON line an outcome, to standard output and the file, if there is one.
    pub(crate) fn print(&self, file: Option<&Path>) {
        let mut lines: Vec<String> = self.outcomes.iter().map(|(row, outcome)| self.line(*row, outcome)).collect();
        let lost = self.lost.as_ref();
        let rest = json!({
            "server": self.version, "data": self.data.word(), "resident_mib": self.resident_mib,
            "lost": lost.ok().map(|lost| lost.lost), "refused": lost.ok().map(|lost| lost.refused),
            "reason": lost.err(),
        });
        lines.push(rest.to_string());
        let text = lines.join("\n");
        println!("{text}");
        if let Some(file) = file {
            writeln!(OpenOptions::new().append(true).create(true).open(file).unwrap(), "{text}").unwrap();
        }
    }

    fn line(&self, row: Row, outcome: &Outcome) -> String {
        let line = match outcome {
            Ok(figure) => json!({
                "server": self.version, "row": row.title(), "value": figure.value,
                "requests": figure.requests, "errors": figure.errors,
            }),
            Err(reason) => json!({ "server": self.version, "row": row.title(), "reason": reason }),
        };
        line.to_string()
    }

    /// A line of the table; in brackets how many times better the first server is.
    fn table_line(&self, rows: &[Row], first: &Self) -> String {
        let cell = |&row: &Row| match (self.value(row), first.value(row)) {
            (None, _) => "-".to_owned(),
            (Some(value), Some(best)) if !std::ptr::eq(self, first) => {
                let times = if row.less_is_better() { value / best } else { best / value };
                format!("{} ({}x)", short(value), short(times))
            }
            (Some(value), _) => short(value),
        };
        let cells: Vec<String> = rows.iter().map(cell).collect();
        let resident = self.resident_mib.filter(|_| self.absent.is_none());
        let resident = resident.map_or_else(|| "-".to_owned(), |mib| mib.to_string());
        let lost = match &self.lost {
            Ok(Lost { lost, refused: 0 }) => lost.to_string(),
            Ok(Lost { lost, refused }) => format!("{lost}, {refused} refused"),
            Err(_) => "-".to_owned(),
        };
        format!("| {} | {} | {} | {resident} | {lost} |\n", self.version, self.data.word(), cells.join(" | "))
    }

    /// Why there are dashes, and how many requests were refused.
    fn notes(&self) -> String {
        if let Some(reason) = &self.absent {
            return format!("- {}: {reason}\n", self.version);
        }
        let mut notes: Vec<(String, Vec<String>)> = Vec::new();
        let mut note = |why: String, what: String| match notes.iter_mut().find(|(known, _)| *known == why) {
            Some((_, rows)) => rows.push(what),
            None => notes.push((why, vec![what])),
        };
        for (row, outcome) in &self.outcomes {
            match outcome {
                Ok(figure) if figure.errors > 0 => {
                    note(format!("{} requests failed, {} did not", figure.errors, figure.requests), row.title());
                }
                Ok(_) => {}
                Err(reason) => note(reason.clone(), row.title()),
            }
        }
        if let Err(reason) = &self.lost {
            note(reason.clone(), format!("{CROWD} at once"));
        }
        notes.iter().map(|(why, rows)| format!("- {}, {}: {why}\n", self.version, rows.join("; "))).collect()
    }
}

/// As Markdown.
pub(crate) fn table(sheets: &[Sheet], sizes: &[usize]) -> String {
    let Some(first) = sheets.first() else { return String::new() };
    let asked = |row: &Row| sheets.iter().any(|sheet| sheet.outcomes.iter().any(|(of, _)| of == row));
    let mut rows = vec![Row::Post, Row::LookUp, Row::List];
    rows.extend(sizes.iter().map(|&size| Row::Add(size)));
    rows.extend(sizes.iter().map(|&size| Row::Get(size)).filter(asked));
    let titles: Vec<String> = rows.iter().map(|row| row.title()).collect();
    let head = format!("| server | data in | {} | RSS MiB | lost of {CROWD} at once |\n", titles.join(" | "));
    let line = format!("|{}\n", "---|".repeat(rows.len() + 4));
    let lines: String = sheets.iter().map(|sheet| sheet.table_line(&rows, first)).collect();
    let notes: String = sheets.iter().map(Sheet::notes).collect();
    format!("{head}{line}{lines}\n{notes}")
}

/// Three digits or so.
fn short(value: f64) -> String {
    match value {
        10.0.. => format!("{value:.0}"),
        1.0.. => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}
