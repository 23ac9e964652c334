//! The network's edge: connections and TLS, what proxies say of a client, and how often somebody may ask. It knows
//! addresses and bytes, and neither protocols nor tenants' data: what a refusal looks like is the facades' to say.

pub mod limits;
pub mod listener;
pub mod proxies;
