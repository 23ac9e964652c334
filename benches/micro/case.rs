//! Something to be measured, with a name for it.

use std::fmt;

/// A named piece of material.
pub(crate) struct Case<T> {
    name: &'static str,
    pub(crate) of: T,
}

impl<T> Case<T> {
    pub(crate) const fn new(name: &'static str, of: T) -> Self {
        Self { name, of }
    }
}

impl<T> fmt::Display for Case<T> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name)
    }
}
