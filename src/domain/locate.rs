//! Finding where a group is, for callers that reach several tenants and name none.

use super::{Domain, Result};
use crate::model::ids::{GroupId, TenantId};

impl Domain {
    /// The tenant of a group, live or deleted. Tells nothing else, and gives no right there.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn find_group_tenant(&self, id: GroupId) -> Result<Option<TenantId>> {
        Ok(self.store.tenant_of_group(id).await?)
    }
}
