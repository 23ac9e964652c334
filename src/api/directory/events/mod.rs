//! The audit trail: of a tenant at `/api/v1/tenants/{tenant_id}/events`; of a tenant, or of what lies above tenants, at
//! `/api/v1/admin/events`. Newest first, by cursor alone: nothing is counted, and a page costs the same however far back.

mod parameters;
mod wire;

use chrono::DateTime;
use poem_openapi::param::Path;
use poem_openapi::payload::Json;
use poem_openapi::{ApiResponse, OpenApi};
use uuid::Uuid;

use self::parameters::{OfKind, Through};
use self::wire::{EventListing, Onward};
use super::Tag;
use super::auth::{AsAdmin, InTenant};
use super::cursor::{self, CursorOf};
use super::error::Refusal;
use super::rights::Auditing;
use super::wire::Meta;
use crate::api::native::parameters::{Asked, Instant, PageSize, Text};
use crate::domain::Domain;
use crate::model::event::{EventPlace, EventSelection, Recorded};
use crate::model::ids::{GroupId, PartnerId, TenantId};
use crate::model::page::{Seek, Stretch};
use crate::model::principal::{Reach, TenantScope};

pub(super) struct Events;

#[derive(ApiResponse)]
enum Listed {
    /// The page asked for.
    #[oai(status = 200)]
    Page(Json<EventListing>),
}

#[OpenApi]
impl Events {
    /// List a tenant's events
    ///
    /// Newest first. Filters combine: an event is shown that satisfies all of them. Also for the role `Auditor`.
    #[oai(
        path = "/api/v1/tenants/:tenant_id/events",
        method = "get",
        operation_id = "list_tenant_events",
        tag = "Tag::Audit"
    )]
    #[expect(clippy::too_many_arguments, reason = "one for each filter")]
    async fn tenant(
        &self,
        caller: InTenant<Auditing>,
        /// The tenant's id or slug.
        #[oai(name = "tenant_id")]
        _tenant: Path<String>,
        /// Events a page.
        Asked(per_page): Asked<PageSize>,
        /// The `next_cursor` of an earlier page.
        Asked(after): Asked<Text>,
        /// Only what happened to this user, group, token, client or tenant, by its id.
        Asked(resource): Asked<Text>,
        /// Only what this one did, such as `token:<id>`.
        Asked(actor): Asked<Text>,
        /// Only this kind.
        Asked(kind): Asked<OfKind>,
        /// Only what came through this API.
        Asked(api): Asked<Through>,
        /// Only what was done in this request.
        Asked(request_id): Asked<Text>,
        /// Only what happened then or later.
        Asked(since): Asked<Instant>,
        /// Only what happened before.
        Asked(until): Asked<Instant>,
    ) -> Result<Listed, Refusal> {
        let wanted = EventSelection {
            resource: resource.0.as_deref().map(any_id),
            actor: actor.0,
            kind: kind.0,
            api: api.0,
            request_id: request_id.0,
            since: since.0,
            until: until.0,
        };
        let page = Page { domain: caller.domain(), wanted, per_page: per_page.0, after: after.0 };
        page.of_tenant(&caller.scope, caller.meta()).await
    }

    /// List events
    ///
    /// With `tenant_id` those of that tenant. Without it what happened above tenants: to partners, to tenants as a whole, and
    /// to tokens and clients of partners and of the platform; a credential of one tenant gets that tenant's. Newest first.
    /// Filters combine.
    #[oai(path = "/api/v1/admin/events", method = "get", operation_id = "list_events", tag = "Tag::Audit")]
    #[expect(clippy::too_many_arguments, reason = "one for each filter")]
    async fn above(
        &self,
        caller: AsAdmin<Auditing>,
        /// The tenant's id or slug.
        Asked(tenant_id): Asked<Text>,
        /// Only what concerns this partner; not together with `tenant_id`.
        Asked(partner_id): Asked<Text>,
        /// Events a page.
        Asked(per_page): Asked<PageSize>,
        /// The `next_cursor` of an earlier page.
        Asked(after): Asked<Text>,
        /// Only what happened to this partner, tenant, user, group, token or client, by its id.
        Asked(resource): Asked<Text>,
        /// Only what this one did, such as `token:<id>`.
        Asked(actor): Asked<Text>,
        /// Only this kind.
        Asked(kind): Asked<OfKind>,
        /// Only what came through this API.
        Asked(api): Asked<Through>,
        /// Only what was done in this request.
        Asked(request_id): Asked<Text>,
        /// Only what happened then or later.
        Asked(since): Asked<Instant>,
        /// Only what happened before.
        Asked(until): Asked<Instant>,
    ) -> Result<Listed, Refusal> {
        let wanted = EventSelection {
            resource: resource.0.as_deref().map(any_id),
            actor: actor.0,
            kind: kind.0,
            api: api.0,
            request_id: request_id.0,
            since: since.0,
            until: until.0,
        };
        let partner: Option<PartnerId> = partner_id.0.map(|text| text.parse().unwrap_or(PartnerId::NOBODY));
        let page = Page { domain: caller.domain(), wanted, per_page: per_page.0, after: after.0 };
        let of_tenant = tenant_id.0.is_some() || matches!(caller.principal().reach, Reach::Tenant(_));
        match (of_tenant, partner) {
            (true, Some(_)) => {
                let message = "A tenant's events are not a partner's: leave partner_id out";
                Err(Refusal::query("partner_id", "value_error", message))
            }
            (true, None) => page.of_tenant(&caller.within(tenant_id.0.as_deref()).await?, caller.meta()).await,
            (false, partner) => {
                let cursor = CursorOf::new("events", TenantId::NONE, &(&page.wanted, partner));
                let seek = page.seek(&cursor).await?;
                let found = page.domain.events_above(&caller.above(), partner, &page.wanted, seek).await?;
                page.answer(&cursor, found, caller.meta()).await
            }
        }
    }
}

/// A page as it was asked for.
struct Page<'c> {
    domain: &'c Domain,
    wanted: EventSelection,
    per_page: i64,
    after: Option<String>,
}

impl Page<'_> {
    async fn of_tenant(&self, scope: &TenantScope, meta: Meta) -> Result<Listed, Refusal> {
        let cursor = CursorOf::new("events", scope.tenant(), &self.wanted);
        let seek = self.seek(&cursor).await?;
        let found = self.domain.events(scope, &self.wanted, seek).await?;
        self.answer(&cursor, found, meta).await
    }

    async fn seek(&self, cursor: &CursorOf) -> Result<Seek<EventPlace>, Refusal> {
        let after = match &self.after {
            None => None,
            Some(text) => Some(place(&cursor.open(self.domain, text).await?).ok_or_else(cursor::refused)?),
        };
        Ok(Seek { after, limit: self.per_page })
    }

    async fn answer(&self, cursor: &CursorOf, found: Stretch<Recorded>, meta: Meta) -> Result<Listed, Refusal> {
        let next_cursor = match found.items.last().filter(|_| found.more) {
            Some(last) => Some(cursor.seal(self.domain, &bytes(last)).await?),
            None => None,
        };
        Ok(Listed::Page(Json(EventListing {
            data: found.items.into_iter().map(Into::into).collect(),
            pagination: Onward { per_page: self.per_page, next_cursor: next_cursor.into() },
            meta,
        })))
    }
}

/// The id of anything, with or without the prefix of its kind. Text that can be no id is answered as an id nobody has.
fn any_id(text: &str) -> Uuid {
    let bare = text.rsplit_once('_').map_or(text, |(_, id)| id);
    bare.parse::<GroupId>().map_or(Uuid::nil(), GroupId::uuid)
}

/// An event's place: its time in microseconds, and its number.
fn bytes(event: &Recorded) -> Vec<u8> {
    [event.at.timestamp_micros().to_be_bytes(), event.seq.to_be_bytes()].concat()
}

fn place(bytes: &[u8]) -> Option<EventPlace> {
    let (at, seq) = bytes.split_at_checked(8)?;
    let at = DateTime::from_timestamp_micros(i64::from_be_bytes(at.try_into().ok()?))?;
    Some(EventPlace { at, seq: i64::from_be_bytes(seq.try_into().ok()?) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_comes_back_from_its_bytes() {
        let at = "2026-05-17T12:20:42.123Z".parse().unwrap();
        let event = Recorded {
            seq: 7,
            at,
            actor: String::new(),
            api: String::new(),
            request_id: String::new(),
            kind: String::new(),
            resource: Uuid::nil(),
            before: None,
            after: None,
        };
        assert_eq!(place(&bytes(&event)), Some(EventPlace { at, seq: 7 }));
        assert_eq!(place(&[0; 15]), None);
        assert_eq!(place(&[]), None);
    }
}
