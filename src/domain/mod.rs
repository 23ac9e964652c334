//! The verbs: what can be done to users, groups and tenants, under which rules, as one transaction each, with the event
//! that tells of it. Facades translate to and from these; a rule stands here once or not at all. No HTTP, no SQL.

mod access;
mod check;
mod credentials;
mod cursor;
mod difference;
mod effective;
mod error;
mod grants;
mod groups;
mod idempotency;
mod leniencies;
mod listing;
mod locate;
mod members;
mod nesting;
mod operator;
mod outcome;
mod partners;
mod profiles;
mod purge;
mod reading;
mod records;
mod scope_sets;
mod seal;
mod shared;
mod signing;
mod tenants;
mod together;
mod trail;
mod unique;
mod users;

use std::sync::Arc;

pub use access::{Operation, may};
pub use credentials::{CredentialSort, NewClient, NewToken, TokenDraft, distinct};
pub use effective::Membership;
pub use error::{Error, Thing};
pub use groups::{Flaw, GroupChange, GroupFault, MadeGroups, NewGroup, Restored, group_faults};
pub use idempotency::{Begun, Claim, KeptAnswer, Repeatable};
pub use listing::GroupWalk;
pub use members::{UserChange, UserOutcome};
pub use nesting::NestOutcome;
pub use outcome::{Created, GroupDraft, Modified};
pub use partners::plain_partner;
pub use profiles::{ProfileChange, ProfileField, UserSelection};
pub use purge::Purged;
pub use reading::{GroupView, MemberPage, held_by};
pub use records::{GROUP_EXTENSION, group_document, group_draft, user_document, user_record};
pub use signing::{AccessToken, LIFETIME as ACCESS_TOKEN_LIFETIME, SigningKeyInfo};
pub use tenants::NewTenant;

use self::error::taken;
use self::together::Together;
use crate::model::clock::Clock;
use crate::model::connections::Connections;
use crate::model::replica::ReplicaUse;
use crate::schema::registry::Registry;
use crate::store::Store;

pub use crate::schema::leniency::{InStrict, Leniency};
pub use crate::store::Chunks;
pub use crate::store::clients::ClientInfo;
pub use crate::store::groups::{Held, Order, OwnedGroup, Selection, WideSelection};
pub use crate::store::member_lists::{MemberStream, StreamedMember};
pub use crate::store::partners::PartnerSelection;
pub use crate::store::reading::MemberSlice;
pub use crate::store::tenant_list::TenantSelection;

/// What came of a verb.
pub type Result<T> = std::result::Result<T, Error>;

/// Everything the verbs need.
#[derive(Clone)]
pub struct Domain {
    store: Store,
    schemas: Arc<Registry>,
    clock: Clock,
    seal: seal::SealKey,
    signing: signing::Signing,
    counting: effective::Turns,
    tally: leniencies::Tally,
    moves: Together<members::Moves>,
    arrivals: Together<users::Arrivals>,
    pages: shared::Pages,
}

impl Domain {
    /// Puts the verbs on a database.
    #[must_use]
    pub fn new(store: Store, schemas: Arc<Registry>, clock: Clock) -> Self {
        Self {
            moves: Together::new(members::Moves::new(store.clone(), clock.clone())),
            arrivals: Together::new(users::Arrivals::new(store.clone())),
            store,
            schemas,
            clock,
            seal: seal::SealKey::default(),
            signing: signing::Signing::default(),
            counting: effective::Turns::default(),
            tally: leniencies::Tally::default(),
            pages: shared::Pages::default(),
        }
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

    /// The state of the connections to the database.
    #[must_use]
    pub fn connections(&self) -> Connections {
        self.store.connections()
    }

    /// How reads from the replica go; `None` without one.
    #[must_use]
    pub fn replica(&self) -> Option<ReplicaUse> {
        self.store.replica()
    }

    /// Hears of changes no more: the last thing before the database is stopped.
    pub fn close(&self) {
        self.store.close();
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// It does not.
    pub async fn ping(&self) -> Result<()> {
        Ok(self.store.ping().await?)
    }

    /// Sees to it that the database knows how large its tables are; returns the names of those it had lost sight of.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn refresh_statistics(&self) -> Result<Vec<String>> {
        Ok(self.store.refresh_statistics().await?)
    }
}
