//! The operator's verbs on scope sets. They are reached from the command line, by whoever holds the database.

use super::{Domain, Error, Result, Thing, taken};
use crate::model::ids::ScopeSetId;
use crate::model::tenant::{ScopeSetRow, Tenant};
use crate::store;

impl Domain {
    /// Creates a scope set.
    ///
    /// # Errors
    /// [`Error::Taken`].
    pub async fn create_scope_set(&self, tenant: &Tenant, name: &str, scopes: &[String]) -> Result<ScopeSetRow> {
        let set = ScopeSetRow {
            id: ScopeSetId::generate(&self.clock),
            name: name.trim().to_owned(),
            scopes: scopes.to_vec(),
        };
        let mut tx = self.store.statements(&self.operator(tenant)).await?;
        tx.insert_scope_set(&set, self.clock.now()).await.map_err(|error| taken(error, "name", name))?;
        Ok(set)
    }

    /// A tenant's scope sets, by name.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn scope_sets(&self, tenant: &Tenant) -> Result<Vec<ScopeSetRow>> {
        Ok(self.store.statements(&self.operator(tenant)).await?.scope_sets().await?)
    }

    /// Deletes a scope set, in whichever tenant it is.
    ///
    /// # Errors
    /// [`Error::NotFound`], or [`Error::Taken`] while a group refers to it.
    pub async fn delete_scope_set(&self, id: ScopeSetId) -> Result<()> {
        for tenant in self.tenants().await? {
            let mut tx = self.store.statements(&self.operator(&tenant)).await?;
            match tx.delete_scope_set(id).await {
                Ok(true) => return Ok(()),
                Ok(false) => {}
                Err(store::Error::Broken(_)) => {
                    return Err(Error::Taken { attribute: "scope set", value: id.to_string() });
                }
                Err(other) => return Err(other.into()),
            }
        }
        Err(Error::NotFound(Thing::ScopeSet))
    }
}
