//! A signing key that is taken away is taken away on every server: none believes it any longer, none signs with it.

use convoke::api;
use convoke::model::clock::Clock;
use convoke::model::principal::Scope;

use crate::oauth::{ACME, register, signed_in};
use crate::scale::eventually;
use crate::support::{Setup, TestServer};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_one_server_ends_at_once_is_ended_on_the_other() {
    // Time stands still, so that nothing ends by getting old.
    let now = Clock::system().now();
    let setup = || Setup {
        clock: Some(Clock::from_fn(move || now)),
        api: api::Options { public_url: Some("https://id.example.com".to_owned()), ..api::Options::default() },
        ..Setup::default()
    };
    let one = TestServer::start_with(setup()).await;
    let two = TestServer::on(one.database_url(), &one.tenant, &one.token, &setup()).await;
    let client = register(&one, Some(one.tenant.id), &[Scope::Scim], None).await;
    for _ in 0..3 {
        let here = signed_in(&two, ACME, &client).await;
        let there = here.at(&one.base_url);
        for known in [&here, &there] {
            known.get("/scim/v2/Users").await.expect(200);
        }
        one.domain.rotate_signing_key(true).await.unwrap();
        assert_eq!(there.get("/scim/v2/Users").await.status, 401);
        eventually("the old key is not believed", async || here.get("/scim/v2/Users").await.status == 401).await;
        // The other server signs with the new key from now on, and everybody believes it.
        let anew = signed_in(&two, ACME, &client).await;
        anew.get("/scim/v2/Users").await.expect(200);
        anew.at(&one.base_url).get("/scim/v2/Users").await.expect(200);
    }
}
