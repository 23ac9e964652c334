//! Two real servers, each a process of its own, on one database.

use crate::support::{Client, Program, Served, TestServer};

/// The two, with the tenant `acme` and a token for everything in it.
pub(crate) struct Twins {
    /// Made the database and its tenant, and is asked nothing else.
    pub(crate) first: TestServer,
    pub(crate) one: Served,
    pub(crate) two: Served,
    /// Where they run; they go when this does.
    pub(crate) folders: [Program; 2],
}

impl Twins {
    pub(crate) async fn start() -> Self {
        let first = TestServer::start().await;
        let folders = [Program::on(first.database_url()), Program::on(first.database_url())];
        // Limits are not what is tried here.
        let serve = |program: &Program| {
            let limits = "tenant_rate = 'off'\ncredential_rate = 'off'\nmax_connections = 8\n";
            std::fs::write(program.dir().join("convoke.toml"), limits).unwrap();
            program.serve(&[])
        };
        let (one, two) = (serve(&folders[0]), serve(&folders[1]));
        Self { first, one, two, folders }
    }

    /// Clients of both with the tenant's token.
    pub(crate) fn clients(&self) -> [Client; 2] {
        [&self.one, &self.two].map(|served| self.first.at(served.base_url()))
    }
}
