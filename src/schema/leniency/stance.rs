//! How one request is judged: the mode it is read in, and what has been forgiven so far.

use super::Leniency;
use crate::schema::{Mode, refusal::Refusal};

/// The mode a request is read in, and what has been forgiven so far.
#[derive(Debug, Clone)]
pub struct Stance {
    mode: Mode,
    used: Vec<Leniency>,
}

impl Stance {
    /// Nothing forgiven yet.
    #[must_use]
    pub const fn new(mode: Mode) -> Self {
        Self { mode, used: Vec::new() }
    }

    /// Whether deviations are refused.
    #[must_use]
    pub fn is_strict(&self) -> bool {
        self.mode == Mode::Strict
    }

    /// The mode.
    #[must_use]
    pub const fn mode(&self) -> Mode {
        self.mode
    }

    /// Records a deviation that was accepted: the caller has seen to it that strict mode does not come here.
    pub fn record(&mut self, leniency: Leniency) {
        if !self.used.contains(&leniency) {
            self.used.push(leniency);
        }
    }

    /// Records a deviation in compat mode, refuses it in strict mode.
    ///
    /// # Errors
    /// What `refusal` says, in strict mode.
    pub fn tolerate(&mut self, leniency: Leniency, refusal: impl FnOnce() -> Refusal) -> Result<(), Refusal> {
        if self.is_strict() {
            return Err(refusal());
        }
        self.record(leniency);
        Ok(())
    }

    /// What was forgiven, each once, in the order met.
    #[must_use]
    pub fn into_used(self) -> Vec<Leniency> {
        self.used
    }
}
