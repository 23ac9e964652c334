//! Cursors of lists that are read on from where a page ended: sealed by the server, and good only for the tenant, the list
//! and the filters they were given for. Another page size is allowed.

use std::fmt::Debug;

use super::error::Refusal;
use crate::domain::Domain;
use crate::model::ids::TenantId;

/// The list that a cursor belongs to.
#[derive(Debug, Clone)]
pub(super) struct CursorOf {
    context: [String; 4],
}

impl CursorOf {
    /// A list of a tenant ([`TenantId::NONE`] above tenants), by its name and its filters.
    pub(super) fn new(list: &str, tenant: TenantId, filters: &impl Debug) -> Self {
        Self { context: ["directory".to_owned(), list.to_owned(), tenant.to_string(), format!("{filters:?}")] }
    }

    fn context(&self) -> [&str; 4] {
        self.context.each_ref().map(String::as_str)
    }

    /// The cursor's text.
    pub(super) async fn seal(&self, domain: &Domain, place: &[u8]) -> Result<String, Refusal> {
        Ok(domain.seal(&self.context(), place).await?)
    }

    /// What a cursor's text says.
    pub(super) async fn open(&self, domain: &Domain, text: &str) -> Result<Vec<u8>, Refusal> {
        domain.unseal(&self.context(), text).await?.ok_or_else(refused)
    }
}

/// The refusal of a text that is no cursor of the list.
pub(super) fn refused() -> Refusal {
    let message = "Input should be the next_cursor of an earlier page of this list; start again without after";
    Refusal::query("after", "value_error", message)
}
