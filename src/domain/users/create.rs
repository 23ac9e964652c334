//! Creating users. Nearly always one statement does it: it writes the user unless the name is in use or the external id is
//! known, and users that come to a tenant at the same time, or in one Bulk, are written by the same one. Whoever it leaves out goes the
//! long way, which says why, or brings a deleted user back.

use std::collections::HashSet;
use std::slice;
use std::sync::Arc;

use serde_json::Value;

use super::{check, check_room, taken};
use crate::domain::outcome::Created;
use crate::domain::records::user_document;
use crate::domain::together::{Turn, Work};
use crate::domain::unique::has_unique;
use crate::domain::{Domain, Error, Result};
use crate::in_transaction;
use crate::model::event::{Event, Kind};
use crate::model::fold::fold;
use crate::model::ids::{TenantId, UserId};
use crate::model::principal::TenantScope;
use crate::model::user::{User, UserRecord};
use crate::model::version::Version;
use crate::schema::Document;
use crate::store::new_users::NewUser;
use crate::store::{self, Store, TenantTx};

/// Users that one statement writes at the most.
const MOST: usize = 64;

/// Writing users that come at the same time.
pub(in crate::domain) struct Arrivals {
    store: Store,
}

/// A user about to be written.
pub(in crate::domain) struct Arrival {
    scope: TenantScope,
    user: User,
    /// Its record as the event tells it.
    told: Value,
}

impl Arrival {
    fn written(&self, unless_known: bool) -> NewUser<'_> {
        NewUser { user: &self.user, actor: self.scope.actor(), told: &self.told, unless_known }
    }
}

impl Arrivals {
    pub(in crate::domain) const fn new(store: Store) -> Self {
        Self { store }
    }
}

impl Work for Arrivals {
    type Line = TenantId;
    type Change = Arc<Arrival>;
    /// Whether the user was written.
    type Outcome = bool;

    async fn make(&self, arrivals: &[Arc<Arrival>]) -> std::result::Result<Vec<bool>, store::Error> {
        let Some(first) = arrivals.first() else { return Ok(Vec::new()) };
        let users: Vec<_> = arrivals.iter().map(|arrival| arrival.written(true)).collect();
        // One statement is one transaction.
        self.store.statements(&first.scope).await?.create_users(&users).await
    }
}

impl Domain {
    /// Creates a user. One whose external id is that of a deleted user gets that one's id back, and only what is posted:
    /// no old attribute, no old membership.
    ///
    /// # Errors
    /// [`Error::Taken`] when the user name is in use, or the external id by an inactive user; [`Error::Invalid`].
    pub async fn create_user(&self, scope: &TenantScope, record: UserRecord) -> Result<Created<User>> {
        check(&record)?;
        let short = self.is_ordinary(scope, &record);
        let arrival = Arc::new(self.arrival(scope, record));
        if short && self.arrive(&arrival).await? {
            return Ok(created(arrival));
        }
        self.create_at_length(arrival).await
    }

    /// Creates users in their order, and says of each what it says of one who comes alone. One that is refused hinders no
    /// other. Of those who stand one behind the other and cannot be in each other's way, several are written at once.
    pub async fn create_users(&self, scope: &TenantScope, records: Vec<UserRecord>) -> Vec<Result<Created<User>>> {
        let mut all = Vec::with_capacity(records.len());
        let (mut together, mut known) = (Vec::new(), HashSet::new());
        for record in records {
            let short = check(&record).is_ok() && self.is_ordinary(scope, &record);
            let keys = keys(&record);
            if !short || together.len() == MOST || keys.iter().any(|key| known.contains(key)) {
                all.extend(self.arrive_together(std::mem::take(&mut together)).await);
                known.clear();
            }
            if short {
                known.extend(keys);
                together.push(Arc::new(self.arrival(scope, record)));
            } else {
                all.push(self.create_user(scope, record).await);
            }
        }
        all.extend(self.arrive_together(together).await);
        all
    }

    /// Whether one statement may do it.
    fn is_ordinary(&self, scope: &TenantScope, record: &UserRecord) -> bool {
        scope.user_limit().is_none() && !has_unique(self.schemas.user(), &record.attributes)
    }

    /// In a transaction, knowing who has the external id.
    async fn create_at_length(&self, arrival: Arc<Arrival>) -> Result<Created<User>> {
        let scope = &arrival.scope;
        if let Some(deleted) = self.deleted_namesake(scope, &arrival.user.record).await?
            && let Some(user) = self.revive_user(scope, deleted, &arrival.user.record).await?
        {
            return Ok(Created { resource: user, restored: true });
        }
        in_transaction!(self.store, scope, |tx| {
            check_room(tx, scope).await?;
            write(tx, &arrival).await?;
            self.hold_user(tx, &arrival.user, &Document::new()).await
        })?;
        Ok(created(arrival))
    }

    fn arrival(&self, scope: &TenantScope, record: UserRecord) -> Arrival {
        let (id, now) = (UserId::generate(&self.clock), self.clock.now());
        let told = Value::Object(user_document(&record));
        let user = User { id, record, created_at: now, updated_at: now, version: Version(1) };
        Arrival { scope: scope.clone(), user, told }
    }

    /// The short way, alone or with others. Says whether the user was written.
    async fn arrive(&self, arrival: &Arc<Arrival>) -> Result<bool> {
        match self.arrivals.join(arrival.scope.tenant(), || Arc::clone(arrival)) {
            Turn::Now(_lead) => self.arrive_alone(arrival).await,
            Turn::Wait(written) => match written.await {
                Ok(written) => Ok(written),
                Err(_) => self.arrive_in_doubt(arrival).await,
            },
        }
    }

    /// The short way for several of whom no two have a name or an external id in common, and the long way for those whom
    /// it leaves out.
    async fn arrive_together(&self, arrivals: Vec<Arc<Arrival>>) -> Vec<Result<Created<User>>> {
        let written = self.arrivals.work().make(&arrivals).await;
        let mut all = Vec::with_capacity(arrivals.len());
        for (at, arrival) in arrivals.into_iter().enumerate() {
            let written = match &written {
                Ok(written) => Ok(written.get(at) == Some(&true)),
                Err(_) => self.arrive_in_doubt(&arrival).await,
            };
            all.push(match written {
                Ok(true) => Ok(created(arrival)),
                Ok(false) => self.create_at_length(arrival).await,
                Err(error) => Err(error),
            });
        }
        all
    }

    /// After a failure that others shared.
    async fn arrive_in_doubt(&self, arrival: &Arc<Arrival>) -> Result<bool> {
        Ok(self.is_written(arrival).await || self.arrive_alone(arrival).await?)
    }

    async fn arrive_alone(&self, arrival: &Arc<Arrival>) -> Result<bool> {
        match self.arrivals.work().make(slice::from_ref(arrival)).await {
            Err(store::Error::Unavailable(_)) if self.is_written(arrival).await => Ok(true),
            written => Ok(written? == [true]),
        }
    }

    /// Of a connection that broke nobody knows whether it committed. If it did, the user is there by an id that nobody else
    /// can have given it, and must not be told that its name is in use.
    async fn is_written(&self, arrival: &Arrival) -> bool {
        self.user(&arrival.scope, arrival.user.id).await.is_ok()
    }

    async fn deleted_namesake(&self, scope: &TenantScope, record: &UserRecord) -> Result<Option<UserId>> {
        let Some(external_id) = &record.external_id else { return Ok(None) };
        let found = self.store.statements(scope).await?.users_by_external_id(external_id).await?;
        if found.iter().any(|namesake| !namesake.deleted && !namesake.active) {
            return Err(Error::Taken { attribute: "externalId", value: external_id.clone() });
        }
        let live = found.iter().any(|namesake| !namesake.deleted);
        let deleted = found.iter().find(|namesake| namesake.deleted).map(|namesake| namesake.id);
        Ok(deleted.filter(|_| !live && scope.settings().resurrect))
    }

    async fn revive_user(&self, scope: &TenantScope, id: UserId, record: &UserRecord) -> Result<Option<User>> {
        in_transaction!(self.store, scope, |tx| {
            check_room(tx, scope).await?;
            let Some(old) = tx.lock_deleted_user(id).await? else { return Ok(None) };
            let user = self.next_user(&old, record.clone());
            tx.revive_user(&user).await.map_err(|error| taken(error, record))?;
            self.hold_user(tx, &user, &Document::new()).await?;
            tx.count("user", 1).await?;
            tx.wake_memberships(id, false, user.updated_at, scope.actor()).await?;
            let after = Some(Value::Object(user_document(record)));
            let event = Event { kind: Kind::UserRestored, resource: id.uuid(), before: None, after };
            tx.record(&event, scope.actor(), user.updated_at).await?;
            Ok::<_, Error>(Some(user))
        })
    }
}

/// Whoever it was written with has let go of it by now.
fn created(arrival: Arc<Arrival>) -> Created<User> {
    let user = Arc::try_unwrap(arrival).map_or_else(|arrival| arrival.user.clone(), |arrival| arrival.user);
    Created { resource: user, restored: false }
}

/// What nobody else can have, or what decides about others who have it.
fn keys(record: &UserRecord) -> Vec<(&'static str, String)> {
    let external_id = record.external_id.iter().map(|id| ("externalId", id.clone()));
    external_id.chain([("userName", fold(&record.user_name))]).collect()
}

/// Writes the user, whoever else has its external id.
async fn write(tx: &mut TenantTx, arrival: &Arrival) -> Result<()> {
    let written = tx.create_users(slice::from_ref(&arrival.written(false))).await?;
    let name = || arrival.user.record.user_name.clone();
    if written == [true] { Ok(()) } else { Err(Error::Taken { attribute: "userName", value: name() }) }
}
