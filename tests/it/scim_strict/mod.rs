//! The two ways of judging SCIM requests. `leniencies` holds every rule of compat mode to what it says of itself;
//! `profile` has a row for each line of the interoperability profile that binds a server; `errors` has one for each way a
//! request can be refused.

mod errors;
mod leniencies;
mod profile;
mod requests;
mod tenant;
