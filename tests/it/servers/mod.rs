//! Several servers on one database, and a database on several machines: nothing is true in one process alone, nothing that
//! was acknowledged is lost or unseen.

mod distribute;
mod keys;
mod kill;
mod life;
mod replica;
mod standby;
mod twins;
