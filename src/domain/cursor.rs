//! Cursors of the native lists: a place in a list as sealed text. One is good for the tenant and the very query it was
//! made for; it grants nothing, the credential is judged anew on every page.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Domain, Result};
use crate::model::listing::{Cut, ResourceKind};
use crate::model::principal::TenantScope;

/// Longest text that is looked at: several times what the longest sort key makes.
const MAX_TEXT: usize = 32 * 1024;

#[derive(Serialize, Deserialize)]
struct Place {
    k: Option<String>,
    i: Uuid,
    u: bool,
    b: bool,
}

impl Domain {
    /// The text of a place in the list that `query` names: everything that decides which rows come in which order.
    ///
    /// # Errors
    /// The database cannot be reached, on first use.
    pub async fn seal_cut(&self, scope: &TenantScope, query: &[&str], cut: &Cut) -> Result<String> {
        let place = Place { k: cut.key.clone(), i: cut.id, u: cut.kind == ResourceKind::User, b: cut.behind };
        let payload = serde_json::to_vec(&place).unwrap_or_default();
        let tenant = scope.tenant().to_string();
        self.seal(&context(&tenant, query), &payload).await
    }

    /// The place a text tells; `None` when it was not made here for this tenant and query.
    ///
    /// # Errors
    /// The database cannot be reached, on first use.
    pub async fn unseal_cut(&self, scope: &TenantScope, query: &[&str], text: &str) -> Result<Option<Cut>> {
        if text.len() > MAX_TEXT {
            return Ok(None);
        }
        let tenant = scope.tenant().to_string();
        let payload = self.unseal(&context(&tenant, query), text).await?;
        let place = payload.and_then(|bytes| serde_json::from_slice::<Place>(&bytes).ok());
        Ok(place.map(|Place { k, i, u, b }| Cut {
            kind: if u { ResourceKind::User } else { ResourceKind::Group },
            key: k,
            id: i,
            behind: b,
        }))
    }
}

fn context<'c>(tenant: &'c str, query: &[&'c str]) -> Vec<&'c str> {
    ["cursor 1", tenant].into_iter().chain(query.iter().copied()).collect()
}
