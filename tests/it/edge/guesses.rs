//! Failed sign-ins: guesses become few, and nobody who is right is locked out because of them.

use convoke::edge::limits::Rates;
use convoke::model::principal::Scope;
use futures_util::future::join_all;
use reqwest::Method;

use super::facades::Facade;
use super::rates::{client_of, limited, rate};
use crate::support::{Answer, Client, TestServer};

/// A token of the form ours have, with another secret at its end.
fn wrong(token: &str, at: usize) -> String {
    let letters: Vec<char> = "abcdefghijklmnopqrstuvwxyz234567".chars().collect();
    let tail: String = (0..4).map(|place| letters[(at >> (5 * place)) & 31]).collect();
    // The last letter of all holds bits that must be zero; it stays.
    let (start, end) = token.split_at(token.len() - 5);
    format!("{start}{tail}{}", &end[4..])
}

async fn guess(server: &TestServer, at: usize) -> Answer {
    server.with_token(&wrong(&server.token, at)).get("/scim/v2/Users").await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_too_many_failures_every_protocol_says_so_and_the_right_token_works() {
    let (server, hand) = limited(Rates { failed_address: rate("100/s burst 4"), ..Rates::off() }).await;
    for at in 0..4 {
        assert_eq!(guess(&server, at).await.status, 401, "{at}");
    }
    for facade in Facade::BY_TOKEN {
        let stranger = server.with_token(&wrong(&server.token, 99));
        let answer = facade.read(&server, &stranger).await;
        let text = facade.told(&answer, 429);
        assert!(text.contains("came from this address") && text.ends_with("try again in 1 s"), "{text}");
        assert_eq!(answer.header("retry-after"), "1", "{facade:?}");
    }
    // Neither the one that was right before, nor one that is used for the first time.
    server.get("/scim/v2/Users").await.expect(200);
    server.client_with(&Scope::ALL, &[]).await.get("/scim/v2/Users").await.expect(200);
    assert_eq!(guess(&server, 5).await.status, 429);
    hand.forward(3600);
    assert_eq!(guess(&server, 6).await.status, 401, "forgiven");
    let numbers = server.anonymous().get("/metrics").await.text;
    assert!(numbers.contains("convoke_requests_limited_total{limit=\"failed_address\"} 6"), "{numbers}");
}

/// The pace is real time, so that this needs no measuring: while 40 guesses stand in line at one a second, the right
/// tokens are answered.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_of_guesses_holds_up_nobody_who_was_right_before() {
    let (server, _) = limited(Rates { failed_address: rate("1/s burst 2"), ..Rates::off() }).await;
    server.get("/scim/v2/Users").await.expect(200);
    for at in 0..3 {
        guess(&server, at).await;
    }
    let flood = async { join_all((0..40).map(|at| guess(&server, at))).await };
    tokio::select! {
        answers = flood => panic!("{} guesses were judged at once", answers.len()),
        () = async {
            for _ in 0..20 {
                server.get("/scim/v2/Users").await.expect(200);
            }
        } => {}
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_guess_is_not_counted() {
    let (server, _) =
        limited(Rates { failed_address: rate("1/s burst 1"), failed_id: rate("1/s burst 1"), ..Rates::off() }).await;
    let ended = server.client_with(&[Scope::Scim], &[]).await;
    ended.get("/scim/v2/Users").await.expect(200);
    let tokens = "UPDATE tokens SET revoked_at = now() WHERE scopes = '{scim}'";
    crate::support::sql(server.database_url()).await.batch_execute(tokens).await.unwrap();
    let basic = [("Authorization", "Basic abc")];
    for _ in 0..5 {
        assert_eq!(server.anonymous().get("/scim/v2/Users").await.status, 401, "none was sent");
        assert_eq!(server.anonymous().send(Method::GET, "/scim/v2/Users", &basic, None).await.status, 401);
    }
    let fresh = server.client_with(&[Scope::GroupsRead], &[]).await;
    for _ in 0..5 {
        assert_eq!(fresh.get("/scim/v2/Users").await.status, 403, "it is right, and has not the right");
        assert_eq!(fresh.get("/tenants/nobody/scim/v2/Users").await.status, 403);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_secret_of_a_client_cannot_be_tried_from_many_addresses() {
    let (server, _) = limited(Rates { failed_id: rate("100/s burst 3"), ..Rates::off() }).await;
    let (client, other) = (client_of(&server).await, client_of(&server).await);
    let path = "/api/v1/auth/tenants/acme/oauth/token";
    let ask = async |form: String| {
        let body = Some(("application/x-www-form-urlencoded", form.into_bytes()));
        server.anonymous().send_bytes(Method::POST, path, &[], body).await
    };
    for _ in 0..3 {
        assert_eq!(ask(format!("{}x", client.form())).await.status, 401);
    }
    let refused = ask(format!("{}x", client.form())).await;
    let text = Facade::OAuth.told(&refused, 429);
    assert!(text.contains("the same id") && refused.header("retry-after") == "1", "{text}");
    assert_eq!(ask(format!("{}x", other.form())).await.status, 401, "another client's id");
    ask(client.form()).await.expect(200);
    let stranger: Client = server.with_token(&wrong(&server.token, 7));
    for status in [401, 401, 401, 429] {
        assert_eq!(stranger.get("/scim/v2/Users").await.status, status);
    }
}
