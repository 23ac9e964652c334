//! The verbs: what can be done to users, groups and tenants, under which rules, as one transaction each, with the event
//! that tells of it. Facades translate to and from these; a rule stands here once or not at all. No HTTP, no SQL.

mod access;
mod check;
mod credentials;
mod difference;
mod error;
mod groups;
mod listing;
mod locate;
mod members;
mod nesting;
mod outcome;
mod reading;
mod records;
mod seal;
mod tenants;
mod unique;
mod users;

use std::sync::Arc;

pub use access::{Operation, may};
pub use credentials::{NewClient, NewToken};
pub use error::{Error, Thing};
pub use outcome::{Created, GroupDraft, Modified};
pub use reading::{GroupView, MemberPage, held_by};
pub use records::{group_document, group_draft, user_document, user_record};

use crate::model::clock::Clock;
use crate::schema::registry::Registry;
use crate::store::Store;

pub use crate::store::groups::{Held, Order, Selection};
pub use crate::store::reading::{MemberSlice, MemberStream, StreamedMember};

/// What came of a verb.
pub type Result<T> = std::result::Result<T, Error>;

/// Everything the verbs need.
#[derive(Clone)]
pub struct Domain {
    store: Store,
    schemas: Arc<Registry>,
    clock: Clock,
    seal: seal::SealKey,
}

impl Domain {
    /// Puts the verbs on a database.
    #[must_use]
    pub fn new(store: Store, schemas: Arc<Registry>, clock: Clock) -> Self {
        Self { store, schemas, clock, seal: seal::SealKey::default() }
    }

    /// The schemas in force.
    #[must_use]
    pub fn schemas(&self) -> &Registry {
        &self.schemas
    }

    /// The clock in force.
    #[must_use]
    pub const fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// It does not.
    pub async fn ping(&self) -> Result<()> {
        Ok(self.store.ping().await?)
    }
}
