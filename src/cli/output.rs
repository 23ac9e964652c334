//! Writing for scripts and for people. A reader that hangs up (`convoke token list | head -1`) is no defect and no panic.

use std::io::{self, Write};

use super::exit::Failure;

/// Standard output, or what a test puts in its place.
pub(super) struct Output(Box<dyn Write + Send>);

impl Output {
    pub(super) fn standard() -> Self {
        Self(Box::new(io::stdout()))
    }

    /// Writes one line and sends it off.
    pub(super) fn line(&mut self, text: &str) -> Result<(), Failure> {
        writeln!(self.0, "{text}").and_then(|()| self.0.flush()).map_err(Failure::Output)
    }

    pub(super) fn writer(&mut self) -> &mut (dyn Write + Send) {
        &mut *self.0
    }
}

/// Tells a person something, beside what scripts read. Nothing can be done when even that cannot be written.
pub(super) fn note(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}
