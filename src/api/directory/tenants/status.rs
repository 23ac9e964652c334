//! The parameter that picks tenants by how they are.

use poem_openapi::registry::MetaSchema;
use serde_json::json;

use crate::api::native::parameters::{Parameter, Unfit, unfit};
use crate::model::tenant::Status;

/// Only tenants that are so; those that are not deleted where it is left out.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) enum OfStatus {
    #[default]
    Live,
    Is(Status),
    Deleted,
}

impl OfStatus {
    pub(super) const fn status(&self) -> Option<Status> {
        match self {
            Self::Is(status) => Some(*status),
            Self::Live | Self::Deleted => None,
        }
    }

    pub(super) fn deleted(&self) -> bool {
        *self == Self::Deleted
    }
}

impl Parameter for OfStatus {
    fn schema() -> MetaSchema {
        let words = vec![json!("ACTIVE"), json!("SUSPENDED"), json!("DELETED")];
        MetaSchema { enum_items: words, ..MetaSchema::new("string") }
    }

    fn read(text: &str) -> Result<Self, Unfit> {
        match Status::parse(text) {
            Some(status) => Ok(Self::Is(status)),
            None if text.eq_ignore_ascii_case("DELETED") => Ok(Self::Deleted),
            None => unfit("enum", "Input should be 'ACTIVE', 'SUSPENDED' or 'DELETED'", text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_in_any_case() {
        assert_eq!(OfStatus::read("active"), Ok(OfStatus::Is(Status::Active)));
        assert_eq!(OfStatus::read("Deleted"), Ok(OfStatus::Deleted));
        assert!(OfStatus::read("").is_err() && OfStatus::read("gone").is_err());
    }
}
