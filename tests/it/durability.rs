//! A server that is killed loses nothing it has acknowledged. The real program on its own private database, with the
//! durability of an installation, not of a test.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use nix::sys::signal::Signal;
use serde_json::json;
use tokio::task::JoinSet;

use crate::scim::client::{Client, PATCH_OP};
use crate::support::{Program, Served};

/// What one client has had acknowledged.
#[derive(Debug, Default)]
struct Acknowledged {
    users: Vec<String>,
    members: Vec<String>,
    removed: Vec<String>,
}

fn client(served: &Served, token: &str) -> Client {
    Client::new(served.base_url(), token)
}

/// The body of an answer of this status; nothing when the server has gone.
async fn acknowledged(request: reqwest::RequestBuilder, status: u16) -> Option<serde_json::Value> {
    let response = request.header("content-type", "application/scim+json").send().await.ok()?;
    assert_eq!(response.status().as_u16(), status);
    serde_json::from_str(&response.text().await.ok()?).ok()
}

/// Creates users, adds each to the group, takes every third out again, until the server is gone.
async fn work(client: Client, number: usize, group: String, done: Arc<AtomicUsize>) -> Acknowledged {
    let mut all = Acknowledged::default();
    let path = format!("/Groups/{group}");
    for round in 0.. {
        let body = json!({ "userName": format!("user{number}.{round}") }).to_string();
        let Some(user) = acknowledged(client.request("POST", "/Users").body(body), 201).await else { break };
        let user = user["id"].as_str().unwrap().to_owned();
        all.users.push(user.clone());
        let patch = |operation| json!({ "schemas": [PATCH_OP], "Operations": [operation] }).to_string();
        let add = patch(json!({ "op": "add", "path": "members", "value": [{ "value": user }] }));
        if acknowledged(client.request("PATCH", &path).body(add), 200).await.is_none() {
            break;
        }
        all.members.push(user.clone());
        done.fetch_add(1, Ordering::Relaxed);
        if round % 3 == 2 {
            let remove = patch(json!({ "op": "remove", "path": format!("members[value eq \"{user}\"]") }));
            // Not acknowledged, it may have been done or not.
            all.members.pop();
            if acknowledged(client.request("PATCH", &path).body(remove), 200).await.is_none() {
                break;
            }
            all.removed.push(user);
        }
    }
    all
}

/// Lets eight clients write until enough is acknowledged, and kills the server in the middle of it.
async fn killed_in_the_middle(served: Served, token: &str, group: &str, round: usize) -> Vec<Acknowledged> {
    let done = Arc::new(AtomicUsize::new(0));
    let mut clients: JoinSet<Acknowledged> = (0..8)
        .map(|number| work(client(&served, token), round * 8 + number, group.to_owned(), Arc::clone(&done)))
        .collect();
    while done.load(Ordering::Relaxed) < 60 {
        assert!(!clients.is_empty());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    tokio::task::spawn_blocking(move || served.crash()).await.unwrap();
    let mut all = Vec::new();
    while let Some(one) = clients.join_next().await {
        all.push(one.unwrap());
    }
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_survives_kill_9() {
    let program = Program::private();
    let served = program.serve(&[]);
    let token = served.ready["token"].as_str().expect("the first start prints a token").to_owned();
    let group = client(&served, &token).group("group").await;
    let mut all = Vec::new();
    let mut served = Some(served);
    for round in 0..2 {
        all.extend(killed_in_the_middle(served.take().unwrap(), &token, &group, round).await);
        served = Some(program.serve(&[]));
    }
    let mut served = served.unwrap();
    let client = client(&served, &token);
    let members: BTreeSet<String> = client.members(&group).await.into_iter().collect();
    let acknowledged: Vec<&String> = all.iter().flat_map(|one| &one.members).collect();
    assert!(acknowledged.len() >= 80, "{acknowledged:?}");
    let lost: Vec<_> = acknowledged.into_iter().filter(|user| !members.contains(*user)).collect();
    assert!(lost.is_empty(), "acknowledged and lost: {lost:?}");
    let back: Vec<_> = all.iter().flat_map(|one| &one.removed).filter(|user| members.contains(*user)).collect();
    assert!(back.is_empty(), "removed, acknowledged, and back: {back:?}");
    for user in all.iter().flat_map(|one| &one.users) {
        client.get(&format!("/Users/{user}")).await.expect(200);
    }
    served.signal(Signal::SIGTERM);
    assert_eq!(served.wait(), 0);
    assert!(!served.stderr().contains("unheard"), "a stop in order is no failure:\n{}", served.stderr());
}
