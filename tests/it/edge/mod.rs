//! The network's edge, over real sockets: who asks too often, what is too large or too slow, TLS, proxies, browsers, and
//! secrets that must not get into logs.

mod browsers;
mod facades;
mod guesses;
mod proxies;
mod rates;
mod secrets;
mod sizes;
mod slowness;
mod socket;
mod tls;
mod wire;
