//! The random keys of the installation. They never leave the process but to the database they come from.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::Store;
use super::error::Error;
use super::tables::installation_keys;

impl Store {
    /// The installation's key of that name; `fresh` becomes it when there is none. Servers that ask at the same time get
    /// the same one.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn installation_key(&self, name: &str, fresh: &[u8]) -> Result<Vec<u8>, Error> {
        let mut loan = self.loan().await?;
        diesel::insert_into(installation_keys::table)
            .values((installation_keys::name.eq(name), installation_keys::key.eq(fresh)))
            .on_conflict_do_nothing()
            .execute(&mut *loan)
            .await?;
        let known = installation_keys::table.find(name).select(installation_keys::key);
        Ok(known.first(&mut *loan).await?)
    }
}
