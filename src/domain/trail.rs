//! The audit trail: what happened, newest first.

use super::{Domain, Error, Result};
use crate::in_reading;
use crate::model::event::{EventPlace, EventSelection, Recorded};
use crate::model::ids::PartnerId;
use crate::model::page::{Seek, Stretch};
use crate::model::principal::{AdminScope, Reach, TenantScope};

impl Domain {
    /// What happened in the tenant.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn events(
        &self,
        scope: &TenantScope,
        wanted: &EventSelection,
        seek: Seek<EventPlace>,
    ) -> Result<Stretch<Recorded>> {
        in_reading!(self.store.reads(scope), |tx| Ok(tx.list_events(wanted, seek).await?))
    }

    /// What happened to partners, to tenants as a whole and to credentials above tenants; to the administrator of one
    /// partner, what concerns that one.
    ///
    /// # Errors
    /// [`Error::Beyond`] out of the caller's reach.
    pub async fn events_above(
        &self,
        scope: &AdminScope,
        partner: Option<PartnerId>,
        wanted: &EventSelection,
        seek: Seek<EventPlace>,
    ) -> Result<Stretch<Recorded>> {
        let partner = match scope.reach() {
            Reach::Platform => partner,
            Reach::Partner(own) if partner.is_none_or(|asked| asked == own) => Some(own),
            Reach::Partner(_) | Reach::Tenant(_) => {
                return Err(Error::Beyond("this credential does not reach what happened above tenants".to_owned()));
            }
        };
        Ok(self.store.platform_statements(scope).await?.list_events(partner, wanted, seek).await?)
    }
}
