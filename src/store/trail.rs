//! Reading events back, newest first: each page is one stretch of an index, from the place where the page before ended.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::Value;
use uuid::Uuid;

use super::error::Error;
use super::filter::Condition;
use super::tables::{events, platform_events};
use super::transaction::{PlatformTx, TenantTx};
use crate::model::event::{EventPlace, EventSelection, Recorded};
use crate::model::ids::PartnerId;
use crate::model::page::{Seek, Stretch};

#[derive(Queryable)]
struct Row {
    seq: i64,
    at: DateTime<Utc>,
    actor: String,
    api: String,
    request_id: String,
    kind: String,
    resource: Uuid,
    before: Option<Value>,
    after: Option<Value>,
}

impl From<Row> for Recorded {
    fn from(row: Row) -> Self {
        let Row { seq, at, actor, api, request_id, kind, resource, before, after } = row;
        Self { seq, at, actor, api, request_id, kind, resource, before, after }
    }
}

/// The columns have the same names in both tables.
fn condition(wanted: &EventSelection, after: Option<EventPlace>) -> Condition {
    let terms = [
        wanted.resource.map(|id| Condition::is("resource", id)),
        wanted.actor.as_deref().map(|name| Condition::is_text("actor", name)),
        wanted.kind.map(|kind| Condition::is_text("kind", kind.as_str())),
        wanted.api.map(|api| Condition::is_text("api", api.as_str())),
        wanted.request_id.as_deref().map(|id| Condition::is_text("request_id", id)),
        wanted.since.map(|time| Condition::at("at", " >= ", time)),
        wanted.until.map(|time| Condition::at("at", " < ", time)),
        after.map(|place| Condition::before("(at, seq)", place.at, place.seq)),
    ];
    terms.into_iter().flatten().fold(Condition::always(), Condition::and_also)
}

impl TenantTx {
    /// Events of the tenant that are selected, newest first.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn list_events(
        &mut self,
        wanted: &EventSelection,
        seek: Seek<EventPlace>,
    ) -> Result<Stretch<Recorded>, Error> {
        use events as e;
        let rows: Vec<Row> = e::table
            .filter(e::tenant_id.eq(self.tenant))
            .filter(condition(wanted, seek.after))
            .order((e::at.desc(), e::seq.desc()))
            .limit(seek.limit + 1)
            .select((e::seq, e::at, e::actor, e::api, e::request_id, e::kind, e::resource, e::before, e::after))
            .load(self.connection())
            .await?;
        Ok(Stretch::from_overfetch(rows.into_iter().map(Recorded::from).collect(), seek.limit))
    }
}

impl PlatformTx {
    /// Events above tenants, or those of one partner, that are selected, newest first.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn list_events(
        &mut self,
        of: Option<PartnerId>,
        wanted: &EventSelection,
        seek: Seek<EventPlace>,
    ) -> Result<Stretch<Recorded>, Error> {
        use platform_events as e;
        let mut matching = condition(wanted, seek.after);
        if let Some(partner) = of {
            matching = matching.and_also(Condition::is("partner_id", partner.uuid()));
        }
        let rows: Vec<Row> = e::table
            .filter(matching)
            .order((e::at.desc(), e::seq.desc()))
            .limit(seek.limit + 1)
            .select((e::seq, e::at, e::actor, e::api, e::request_id, e::kind, e::resource, e::before, e::after))
            .load(self.connection())
            .await?;
        Ok(Stretch::from_overfetch(rows.into_iter().map(Recorded::from).collect(), seek.limit))
    }
}
