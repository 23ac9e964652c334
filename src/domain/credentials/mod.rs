//! Issuing and ending credentials. A secret leaves here once, and only its hash stays; no event tells it.

mod clients;
mod grants;
mod tokens;

pub use clients::NewClient;
pub use grants::{CredentialSort, distinct};
pub use tokens::{NewToken, TokenDraft};
