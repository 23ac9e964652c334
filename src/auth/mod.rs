//! From a credential to a principal, and from a principal to the scope of one tenant. Nothing else grants scopes. It
//! decides who someone is and how far they reach; what they may do there is the domain's table of rights.

mod authenticator;
mod bearer;
mod clients;
mod denied;
mod jwt;
mod uses;

pub use authenticator::{Authenticated, Authenticator};
pub use clients::{ClientDenied, Endpoint, Proof};
pub use denied::Denied;
pub use jwt::{JwtFault, Trust};
