//! What the Directory API has beside groups, over HTTP: partners, tenants, users, credentials, the audit trail; and requests
//! that are repeated.

mod clients;
mod events;
mod idempotency;
mod limits;
mod partners;
mod place;
mod refusals;
mod suspension;
mod tenants;
mod tokens;
mod users;
