//! Lists: an aligned table for people, or with `--json` one object a line for scripts. Both come from the same rows.

use clap::Args;
use serde_json::{Map, Value};

use super::exit::Failure;
use super::output::Output;

/// How a list is printed.
#[derive(Args, Clone, Copy)]
pub(super) struct Format {
    /// One JSON object a line instead of a table
    #[arg(long)]
    json: bool,
}

/// The columns of a list: the heading for people, and the keys of the object for scripts.
type Row = Map<String, Value>;

/// Prints objects. `columns` are the keys shown in the table, in order; the JSON has them all.
pub(super) fn print(format: Format, columns: &[&str], rows: &[Value], out: &mut Output) -> Result<(), Failure> {
    if format.json {
        return rows.iter().try_for_each(|row| out.line(&row.to_string()));
    }
    let empty = Row::new();
    let cells = |row: &Value| {
        let row = row.as_object().unwrap_or(&empty);
        columns.iter().map(|column| cell(row.get(*column))).collect::<Vec<_>>()
    };
    let heading = columns.iter().map(|column| column.replace('_', " ").to_uppercase()).collect();
    let table: Vec<Vec<String>> = std::iter::once(heading).chain(rows.iter().map(cells)).collect();
    let width = |at: usize| table.iter().map(|row| row[at].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns.len()).map(width).collect();
    table.iter().try_for_each(|row| out.line(&aligned(row, &widths)))
}

fn aligned(row: &[String], widths: &[usize]) -> String {
    let cells = row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}"));
    cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
}

/// Text without what could move the cursor or colour the screen: names come from strangers.
fn cell(value: Option<&Value>) -> String {
    let text = match value {
        None | Some(Value::Null) => "-".to_owned(),
        Some(Value::String(text)) if text.is_empty() => "-".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(items)) if items.is_empty() => "-".to_owned(),
        Some(Value::Array(items)) => items.iter().map(|item| cell(Some(item))).collect::<Vec<_>>().join(","),
        Some(other) => other.to_string(),
    };
    text.replace(char::is_control, " ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn columns_line_up_and_control_characters_go() {
        let rows = [cell(Some(&json!("a\u{1b}[31m"))), cell(Some(&json!(["x", "y"]))), cell(None)];
        assert_eq!(rows, ["a [31m", "x,y", "-"]);
        assert_eq!(aligned(&["a".to_owned(), "b".to_owned(), "-".to_owned()], &[4, 2, 3]), "a     b   -");
    }
}
