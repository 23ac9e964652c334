//! Takes a row through its cases against a running server.

use std::sync::Arc;

use reqwest::Method;
use serde_json::{Value, json};

use super::document::Document;
use super::row::{Case, Clash, Expected, Reason, Row};
use super::scene::{Land, Scene, next, things};
use super::shape;
use crate::support::{Answer, Client};

/// Two tenants, and who asks.
pub(super) struct Stage {
    /// The tenant whose client asks.
    pub(super) own: Land,
    /// The other tenant. Every name in it begins with its mark, which no answer may show.
    pub(super) foreign: Land,
    /// Clients without a right: of the tenant and of the platform, for reads and for writes.
    pub(super) powerless: [[Client; 2]; 2],
    pub(super) documents: Vec<Document>,
}

/// What is sent.
struct Request {
    method: String,
    path: String,
    headers: Vec<(&'static str, String)>,
    body: Option<String>,
}

/// A row on a stage.
pub(super) struct Walk<'a> {
    pub(super) stage: &'a Stage,
    pub(super) document: &'a Document,
    pub(super) row: Row,
}

impl Stage {
    /// Every row through every case; what did not come as expected.
    pub(super) async fn walk(self: Arc<Self>, rows: Vec<Row>) -> Vec<String> {
        let mut faults = Vec::new();
        for row in rows {
            let document = self.documents.iter().find(|document| !document.operation(row.endpoint).is_null());
            let Some(document) = document else { continue };
            let walk = Walk { stage: &self, document, row };
            for (case, expected) in row.expectations() {
                let found = match expected {
                    Expected::Status(status) => walk.run(case, status).await,
                    Expected::Inapplicable(reason) => walk.check(case, reason).await,
                };
                faults.extend(found.into_iter().map(|fault| format!("{} {case:?}: {fault}", row.endpoint)));
            }
        }
        faults
    }
}

impl Walk<'_> {
    fn client(&self) -> &Client {
        if self.row.platform { &self.stage.own.root } else { &self.stage.own.client }
    }

    async fn run(&self, case: Case, status: u16) -> Vec<String> {
        match case {
            Case::UnknownId | Case::ForeignId => self.other_ids(case, status, &self.row.ids.join("} {"), "path").await,
            Case::UnknownInBody | Case::ForeignInBody => self.other_ids(case, status, self.row.body, "body").await,
            _ => {
                let mut scene = Scene::of(&self.stage.own);
                let request = self.request(case, &mut scene).await;
                let answer = self.send(&self.asking(case), request).await;
                self.judge(case, status, &answer)
            }
        }
    }

    /// Each thing named there in turn is one that is not there, or another tenant's.
    async fn other_ids(&self, case: Case, status: u16, named: &str, place: &str) -> Vec<String> {
        let named = if place == "path" { format!("{{{named}}}") } else { named.to_owned() };
        let mut faults = Vec::new();
        for thing in things(&named).into_iter().filter(|thing| !["fresh", "taken"].contains(thing)) {
            let id = match case {
                Case::UnknownId | Case::UnknownInBody => Scene::nobody(thing),
                _ => Scene::of(&self.stage.foreign).id(thing).await,
            };
            let mut scene = Scene::of(&self.stage.own);
            scene.fill(&named).await;
            scene.replace(thing, id);
            let request = self.request(Case::Happy, &mut scene).await;
            let answer = self.send(self.client(), request).await;
            // Whoever may not use a tenant is told so, whether or not it exists.
            let expected = if thing == "tenant" { 403 } else { status };
            faults.extend(self.judge(case, expected, &answer).into_iter().map(|fault| format!("{thing}: {fault}")));
        }
        if faults.is_empty() && things(&named).is_empty() { vec!["nothing is named".to_owned()] } else { faults }
    }

    fn asking(&self, case: Case) -> Client {
        match case {
            Case::NoToken => self.client().anonymous(),
            Case::NoScope => {
                let writes = self.row.method() != "GET";
                self.stage.powerless[usize::from(self.row.platform)][usize::from(writes)].clone()
            }
            _ => self.client().clone(),
        }
    }

    async fn request(&self, case: Case, scene: &mut Scene<'_>) -> Request {
        let ids = match (case, self.row.clash) {
            (Case::Conflict, Clash::On(ids)) => ids,
            _ => self.row.ids,
        };
        let mut request = Request {
            method: self.row.method().to_owned(),
            path: self.path(ids, scene).await,
            headers: Vec::new(),
            body: self.body(case, scene).await,
        };
        let query = self.query(case, scene).await;
        match case {
            Case::Stale => request.headers.push(("if-match", "W/\"7777\"".to_owned())),
            Case::Slash if request.path.ends_with('/') => {
                request.path.pop();
            }
            Case::Slash => request.path.push('/'),
            Case::Head => request.method = "HEAD".to_owned(),
            Case::Method => request.method = self.other_method(),
            Case::Conflict if matches!(self.row.clash, Clash::Key) => {
                let key = format!("key {}", next());
                self.use_up(&key, &request.path, &query).await;
                request.headers.push(("idempotency-key", key));
            }
            _ => {}
        }
        request.path.push_str(&query);
        request
    }

    async fn path(&self, ids: &[&str], scene: &mut Scene<'_>) -> String {
        let mut ids = ids.iter();
        let mut path = String::new();
        for segment in self.row.path().split('/').skip(1) {
            path.push('/');
            if segment.starts_with('{') {
                path.push_str(&scene.id(ids.next().expect("a thing for each parameter")).await);
            } else {
                path.push_str(segment);
            }
        }
        path
    }

    async fn query(&self, case: Case, scene: &mut Scene<'_>) -> String {
        let more = match case {
            Case::WrongType => self.row.wrong.strip_prefix('?').unwrap_or_default(),
            Case::Unheard if self.row.body.is_empty() => "unheard_of=1",
            _ => "",
        };
        let parts: Vec<&str> = [more, self.row.query].into_iter().filter(|part| !part.is_empty()).collect();
        if parts.is_empty() { String::new() } else { format!("?{}", scene.fill(&parts.join("&")).await) }
    }

    async fn body(&self, case: Case, scene: &mut Scene<'_>) -> Option<String> {
        let own = scene.fill(self.row.body).await;
        match (case, self.row.clash) {
            (Case::Malformed, _) => return Some("{\"name\": ".to_owned()),
            (Case::WrongType, _) if !self.row.wrong.starts_with('?') => return Some(scene.fill(self.row.wrong).await),
            (Case::Null, _) => return Some(scene.fill(self.row.nulls).await),
            (Case::Conflict, Clash::Body(body)) => return Some(scene.fill(body).await),
            (Case::Head | Case::Method, _) => return None,
            _ => {}
        }
        if own.is_empty() {
            return None;
        }
        if case == Case::Unheard {
            let mut body: Value = serde_json::from_str(&own).expect("the row's body is JSON");
            body["unheard_of"] = json!({ "by": ["anybody"] });
            return Some(body.to_string());
        }
        Some(own)
    }

    /// Gives the key to another request of the same endpoint, which is refused; the refusal is kept.
    async fn use_up(&self, key: &str, path: &str, query: &str) {
        let body = Some("{}".to_owned());
        let headers = vec![("idempotency-key", key.to_owned())];
        let request = Request { method: self.row.method().to_owned(), path: format!("{path}{query}"), headers, body };
        self.send(self.client(), request).await;
    }

    fn other_method(&self) -> String {
        let taken = self.document.methods(self.row.path());
        let free = ["PUT", "PATCH", "POST", "DELETE"].into_iter().find(|method| !taken.iter().any(|one| one == method));
        free.expect("no path takes all of them").to_owned()
    }

    async fn send(&self, client: &Client, request: Request) -> Answer {
        let headers: Vec<(&str, &str)> = request.headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let body = request.body.map(|text| ("application/json", text.into_bytes()));
        let method: Method = request.method.parse().expect("a method");
        client.send_bytes(method, &request.path, &headers, body).await
    }

    /// What is wrong with an answer.
    fn judge(&self, case: Case, expected: u16, answer: &Answer) -> Vec<String> {
        let mut faults = Vec::new();
        if answer.status != expected {
            faults.push(format!("{} instead of {expected}: {}", answer.status, answer.text));
        }
        if answer.text.contains(self.stage.foreign.mark) {
            faults.push(format!("it tells of the other tenant: {}", answer.text));
        }
        if answer.header("x-request-id").is_empty() {
            faults.push("it has no request id".to_owned());
        }
        if case == Case::Head {
            faults.extend((!answer.text.is_empty()).then(|| "HEAD has a body".to_owned()));
            return faults;
        }
        if !answer.text.is_empty() && answer.header("content-type") != "application/json; charset=utf-8" {
            faults.push(format!("media type {}", answer.header("content-type")));
        }
        if case == Case::Method {
            let allow = self.document.methods(self.row.path()).join(", ");
            faults.extend((answer.header("allow") != allow).then(|| format!("Allow: {}", answer.header("allow"))));
        } else {
            faults.extend(self.document.contradictions(self.row.endpoint, answer.status, &answer.body));
        }
        if answer.status >= 400 {
            faults.extend(shape::flaw(self.document.api, answer));
        }
        faults
    }

    /// Whether it is true that the case is none.
    async fn check(&self, case: Case, reason: Reason) -> Vec<String> {
        let operation = self.document.operation(self.row.endpoint);
        let takes = |name: &str| self.document.takes(self.row.endpoint, |parameter| parameter["name"] == name);
        let typed = |parameter: &Value| parameter["in"] == "query" && parameter["schema"]["type"] != "string";
        let bodiless = operation["requestBody"].is_null() && self.row.body.is_empty();
        let (true_of, case_fits) = match reason {
            Reason::NoBody => (bodiless, matches!(case, Case::Malformed | Case::Null)),
            Reason::NothingTyped => {
                (bodiless && !self.document.takes(self.row.endpoint, typed), case == Case::WrongType)
            }
            Reason::NoId => (!self.row.path().contains('{'), matches!(case, Case::UnknownId | Case::ForeignId)),
            Reason::NoIdInBody => {
                let named = things(self.row.body).into_iter().any(|thing| thing != "fresh");
                (!named, matches!(case, Case::UnknownInBody | Case::ForeignInBody))
            }
            Reason::PlatformOnly => {
                (self.refuses_tenants().await, matches!(case, Case::ForeignId | Case::ForeignInBody))
            }
            Reason::Reads => (self.row.method() == "GET", case == Case::Conflict),
            Reason::Unhindered => (operation["responses"]["409"].is_null(), case == Case::Conflict),
            Reason::NoVersion => (!takes("If-Match"), case == Case::Stale),
            Reason::HeadOfGet => {
                let other = self.row.method() != "GET";
                (other && self.document.methods(self.row.path()).contains(&"HEAD".to_owned()), case == Case::Head)
            }
        };
        if true_of && case_fits { Vec::new() } else { vec![format!("{reason:?} is not true of it")] }
    }

    /// Whether a credential of the tenant with every right is refused.
    async fn refuses_tenants(&self) -> bool {
        let mut scene = Scene::of(&self.stage.own);
        let request = self.request(Case::Happy, &mut scene).await;
        self.row.platform && self.send(&self.stage.own.client, request).await.status == 403
    }
}
