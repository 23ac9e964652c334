//! `docs/conformance.md`: the catalogue with the tests that prove each line. It is made, never written.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::catalogue::{Book, Line};
use super::claims::Claims;

/// Whether each test's claim of each line held; a claim that is not there held.
pub(super) type Failures = BTreeMap<(String, String), &'static str>;

/// The whole document.
pub(super) fn render(books: &[Book], claims: &Claims, failures: &Failures) -> String {
    let page = Page { claims, failures };
    let mut text = String::from(
        "# Conformance\n\n\
         Each line below is something a client, an RFC or a profile asks of a SCIM server, in our words, with the tests \
         that hold the server to it over HTTP against a real database. Made by `just conformance` from \
         `tests/it/conformance/lines` and from what the tests themselves claim and record; CI refuses a table that is not \
         what the tests give.\n\n",
    );
    page.totals(&mut text, books);
    for book in books {
        page.book(&mut text, book);
    }
    left_out(&mut text, books);
    text
}

struct Page<'a> {
    claims: &'a Claims,
    failures: &'a Failures,
}

impl Page<'_> {
    fn totals(&self, text: &mut String, books: &[Book]) {
        text.push_str("| source | lines | passed | failed | left out |\n|---|---:|---:|---:|---:|\n");
        let mut sums = [0; 4];
        for book in books {
            let mut row = [0; 4];
            for (id, line) in book.lines() {
                let column = match (&line.left_out, self.result(id)) {
                    (Some(_), _) => 3,
                    (None, "passed") => 1,
                    (None, _) => 2,
                };
                row[0] += 1;
                row[column] += 1;
            }
            push_row(text, &book.title, row);
            sums.iter_mut().zip(row).for_each(|(sum, count)| *sum += count);
        }
        push_row(text, "all", sums);
    }

    fn book(&self, text: &mut String, book: &Book) {
        let _ = write!(text, "\n## {}\n\n{}\n", book.title, book.about);
        let sections = book.sections();
        let is_divided = sections.len() > 1;
        for (title, lines) in sections {
            let proven: Vec<_> = lines.into_iter().filter(|(_, line)| line.left_out.is_none()).collect();
            if proven.is_empty() {
                continue;
            }
            if is_divided {
                let _ = write!(text, "\n### {title}\n");
            }
            text.push_str("\n| line | what it says | source | tests | result |\n|---|---|---|---|---|\n");
            for (id, line) in proven {
                let _ = writeln!(
                    text,
                    "| {id} | {} | {} | {} | {} |",
                    line.says,
                    line.source,
                    self.tests(id),
                    self.result(id)
                );
            }
        }
    }

    fn tests(&self, id: &str) -> String {
        let tests = self.claims.get(id).into_iter().flatten();
        tests.map(|test| format!("`{test}`")).collect::<Vec<_>>().join("<br>")
    }

    /// The worst of what became of the line's claims.
    fn result(&self, id: &str) -> &'static str {
        let mut tests = self.claims.get(id).into_iter().flatten();
        tests.find_map(|test| self.failures.get(&(id.to_owned(), test.clone())).copied()).unwrap_or("passed")
    }
}

fn push_row(text: &mut String, title: &str, counts: [usize; 4]) {
    let [lines, passed, failed, left_out] = counts;
    let _ = writeln!(text, "| {title} | {lines} | {passed} | {failed} | {left_out} |");
}

fn left_out(text: &mut String, books: &[Book]) {
    text.push_str("\n## Left out\n\n| line | what it says | source | why |\n|---|---|---|---|\n");
    let lines = books.iter().flat_map(Book::lines);
    for (id, Line { source, says, left_out }) in lines {
        if let Some(reason) = left_out {
            let _ = writeln!(text, "| {id} | {says} | {source} | {reason} |");
        }
    }
}
