//! The page as lines of text, and commands with their answers between them.

use std::fmt;

/// A page.
pub(super) struct Page {
    pub(super) parts: Vec<Part>,
}

/// What a page is made of.
pub(super) enum Part {
    /// A line that is neither.
    Text(String),
    /// A command, and the answer that the page shows.
    Command {
        /// What a reader would paste.
        command: String,
        /// The lines of the answer, together.
        answer: String,
    },
}

impl Page {
    /// Reads a page: a block of `sh` is a command, a block of `http` behind it its answer.
    pub(super) fn parse(text: &str) -> Self {
        let mut lines = text.lines().peekable();
        let mut parts = Vec::new();
        while let Some(line) = lines.next() {
            match line {
                "```sh" => {
                    let command = block(&mut lines);
                    parts.push(Part::Command { command, answer: String::new() });
                }
                // What is shown is made anew.
                "```http" => {
                    block(&mut lines);
                    lines.next_if(|line| line.is_empty());
                }
                _ => parts.push(Part::Text(line.to_owned())),
            }
        }
        Self { parts }
    }
}

fn block<'a>(lines: &mut impl Iterator<Item = &'a str>) -> String {
    lines.take_while(|line| *line != "```").collect::<Vec<_>>().join("\n")
}

impl fmt::Display for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in &self.parts {
            match part {
                Part::Text(line) => writeln!(f, "{line}")?,
                Part::Command { command, answer } if answer.is_empty() => writeln!(f, "```sh\n{command}\n```")?,
                Part::Command { command, answer } => {
                    writeln!(f, "```sh\n{command}\n```\n\n```http\n{answer}\n```")?;
                }
            }
        }
        Ok(())
    }
}

#[test]
fn an_answer_is_made_anew_and_the_rest_stays() {
    let text = "# Title\n\n```sh\ncurl x\n```\n\n```http\n200 OK\n```\n\nKeep `id` as `X`.\n";
    let mut page = Page::parse(text);
    for part in &mut page.parts {
        if let Part::Command { command, answer } = part {
            assert_eq!((command.as_str(), answer.as_str()), ("curl x", ""));
            *answer = "200 OK".to_owned();
        }
    }
    assert_eq!(page.to_string(), text);
}
