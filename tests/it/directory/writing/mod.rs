//! Writing through the Directory API: each endpoint as it should be used, and as it refuses.

mod create;
mod delete;
mod members;
mod nesting;
mod update;

use convoke::model::ids::GroupId;
use convoke::model::principal::{Reach, Scope};
use reqwest::Method;
use serde_json::{Value, json};

use super::place::Place;
use crate::support::{Answer, Client};

/// A place with an administrator of its tenant.
struct Office {
    place: Place,
    admin: Client,
}

impl Office {
    async fn open() -> Self {
        let place = Place::start().await;
        let admin = place.client(Reach::Tenant(place.tenant.id), &[Scope::AdminWrite], &[]).await;
        Self { place, admin }
    }

    async fn with(setting: &str) -> Self {
        let mut place = Place::start().await;
        place.set(setting).await;
        let admin = place.client(Reach::Tenant(place.tenant.id), &[Scope::AdminWrite], &[]).await;
        Self { place, admin }
    }

    async fn get(&self, group: impl ToString) -> Value {
        self.admin.get(&at(&group, "")).await.expect(200)["data"].take()
    }

    async fn rows(&self, group: GroupId, list: &str, field: &str) -> Vec<String> {
        let answer = self.admin.get(&at(&group, list)).await;
        super::place::column(&answer, field).into_iter().map(str::to_owned).collect()
    }

    /// Sends with a version that was never there.
    async fn stale(&self, method: Method, path: &str, body: Option<&Value>) -> u16 {
        self.admin.send(method, path, &[("if-match", "W/\"99\"")], body).await.status
    }
}

/// A path of the administration.
fn at(group: &impl ToString, rest: &str) -> String {
    format!("/api/v1/admin/groups/{}{rest}", group.to_string())
}

/// A path of the tenant.
fn in_tenant(rest: &str) -> String {
    format!("/api/v1/tenants/north/groups{rest}")
}

/// Where each fault is, and its word.
#[track_caller]
fn faults(answer: &Answer) -> Vec<(String, String)> {
    assert_eq!(answer.status, 422, "{}", answer.text);
    let step = |step: &Value| step.as_str().map_or_else(|| step.to_string(), str::to_owned);
    let way = |loc: &Value| loc.as_array().unwrap().iter().map(step).collect::<Vec<_>>().join("/");
    let mut all: Vec<(String, String)> = answer.body["detail"]
        .as_array()
        .unwrap()
        .iter()
        .map(|fault| {
            assert!(fault["msg"].is_string(), "{fault}");
            (way(&fault["loc"]), fault["type"].as_str().unwrap().to_owned())
        })
        .collect();
    all.sort();
    all
}

fn told(all: &[(&str, &str)]) -> Vec<(String, String)> {
    let mut all: Vec<(String, String)> =
        all.iter().map(|(way, kind)| (format!("body/{way}"), (*kind).to_owned())).collect();
    all.sort();
    all
}

/// What was refused because of how things stand.
#[track_caller]
fn conflict(answer: &Answer) -> &str {
    assert_eq!(answer.status, 409, "{}", answer.text);
    answer.body["detail"].as_str().unwrap()
}

fn ids(ids: &[impl ToString]) -> Value {
    ids.iter().map(|id| json!(id.to_string())).collect()
}
