//! Runs the plan of a Bulk, step by step, and keeps what became of each operation.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::aside::set_aside;
use super::envelope::Bulk;
use super::execute::{self, Left, resource_type};
use super::operation::{Operation, Verb, Work};
use super::order::{Node, Step, plan};
use super::path::{Collection, Target};
use super::references::{collect, named, visit};
use super::report::Report;
use crate::api::scim::context::Call;
use crate::api::scim::error::Error;
use crate::api::scim::payload;
use crate::schema::refusal::shown;

/// Longest id that is repeated in a location; ours have 36 characters.
const MAX_ID: usize = 100;

/// What became of a resource the request creates.
#[derive(Debug, Clone)]
enum Fate {
    Awaited,
    Created(String),
    Failed,
}

/// What was taken out of a body to break a ring, until it can be put back.
struct Aside {
    collection: Collection,
    id: String,
    patch: Value,
}

/// An operation as its report repeats it.
struct Asked {
    method: Option<String>,
    bulk_id: Option<String>,
    target: Option<Target>,
}

/// A Bulk that is running.
pub(super) struct Run<'c> {
    call: &'c Call,
    limit: usize,
    failures: usize,
    plan: Vec<Step>,
    nodes: Vec<Node>,
    operations: Vec<Option<Operation>>,
    reports: Vec<Option<Report>>,
    asides: Vec<Option<Aside>>,
    fates: HashMap<String, Fate>,
}

impl<'c> Run<'c> {
    pub(super) fn new(call: &'c Call, mut bulk: Bulk) -> Self {
        let nodes: Vec<Node> = bulk.operations.iter_mut().map(node).collect();
        let count = nodes.len();
        Self {
            call,
            limit: bulk.fail_on_errors.unwrap_or(usize::MAX),
            failures: 0,
            plan: plan(&nodes),
            fates: nodes.iter().filter_map(|node| Some((node.creates.clone()?, Fate::Awaited))).collect(),
            nodes,
            operations: bulk.operations.into_iter().map(Some).collect(),
            reports: (0..count).map(|_| None).collect(),
            asides: (0..count).map(|_| None).collect(),
        }
    }

    /// What became of every operation that was run, in the order of the request.
    pub(super) async fn execute(mut self) -> Vec<Report> {
        let plan = std::mem::take(&mut self.plan);
        let mut steps = plan.as_slice();
        while let [step, rest @ ..] = steps
            && self.failures < self.limit
        {
            // Should all of them fail, the last one does so at the limit.
            let users = steps.iter().map_while(|step| self.new_user(step)).take(self.limit - self.failures);
            let users: Vec<_> = users.collect();
            steps = rest;
            match step {
                _ if users.len() > 1 => {
                    self.create_users(&users).await;
                    steps = &steps[users.len() - 1..];
                }
                Step::Run { operation, without } => self.run(*operation, without).await,
                Step::Complete(operation) => self.complete(*operation).await,
            }
        }
        self.own_up();
        self.reports.into_iter().flatten().collect()
    }

    /// The operation, if all it does is create a user that refers to nothing in the request.
    fn new_user(&self, step: &Step) -> Option<usize> {
        let Step::Run { operation: at, .. } = *step else { return None };
        let work = self.operations[at].as_ref()?.work.as_ref().ok()?;
        let creates = matches!((work.target.collection, work.verb), (Collection::Users, Verb::Post));
        (creates && self.nodes[at].references.is_empty()).then_some(at)
    }

    /// Runs operations that create users, in their order, and several of them at once.
    async fn create_users(&mut self, all: &[usize]) {
        let (mut records, mut read) = (Vec::with_capacity(all.len()), Vec::with_capacity(all.len()));
        for at in all {
            let Some(Operation { work: Ok(work), target, method, bulk_id }) = self.operations[*at].take() else {
                continue;
            };
            let record = execute::posted(self.call, work.data).map(|record| records.push(record));
            read.push((*at, Asked { method, bulk_id, target }, record));
        }
        let mut created = execute::create_users(self.call, records).await.into_iter();
        for (at, asked, record) in read {
            let outcome = match record {
                Ok(()) => created.next(),
                Err(error) => Some(Err(error)),
            };
            if let Some(outcome) = outcome {
                self.conclude(at, asked, outcome);
            }
        }
    }

    async fn run(&mut self, at: usize, without: &[usize]) {
        let Some(operation) = self.operations[at].take() else { return };
        let (work, mut target) = (operation.work, operation.target);
        let outcome = match work {
            Ok(work) => self.attempt(at, work, without, &mut target).await,
            Err(error) => Err(error),
        };
        self.conclude(at, Asked { method: operation.method, bulk_id: operation.bulk_id, target }, outcome);
    }

    /// Keeps what became of an operation.
    fn conclude(&mut self, at: usize, asked: Asked, outcome: Result<Left, Error>) {
        let Asked { method, bulk_id, mut target } = asked;
        if let Some(name) = &self.nodes[at].creates {
            let fate = outcome.as_ref().map_or(Fate::Failed, |(id, _)| Fate::Created(id.clone()));
            self.fates.insert(name.clone(), fate);
        }
        let mut report = Report { method, bulk_id, ..Report::default() };
        report.status = status(report.method.as_deref());
        match outcome {
            Ok((id, version)) => {
                target = target.map(|target| Target { id: Some(id), ..target });
                report.version = version;
            }
            Err(error) => {
                self.failures += 1;
                report.error = Some(error);
            }
        }
        report.location = target.and_then(|target| self.location(target));
        self.reports[at] = Some(report);
    }

    /// Puts the references in place and does the work. `target` follows, so that a failure can name its resource.
    async fn attempt(
        &mut self,
        at: usize,
        mut work: Work,
        without: &[usize],
        target: &mut Option<Target>,
    ) -> Result<Left, Error> {
        let absent: HashSet<&str> = without.iter().filter_map(|other| self.nodes[*other].creates.as_deref()).collect();
        let node = &self.nodes[at];
        for name in node.references.iter().chain(&node.changes).filter(|name| !absent.contains(name.as_str())) {
            self.look_up(name)?;
        }
        let collection = work.target.collection;
        let patch = match &mut work.data {
            Value::Object(data) if !absent.is_empty() => {
                set_aside(data, resource_type(self.call, collection), &|name| absent.contains(name))
            }
            _ => None,
        };
        self.put_in_place(&mut work.data);
        if let Some(name) = &node.changes {
            work.target.id = self.look_up(name).ok().map(str::to_owned);
            *target = Some(work.target.clone());
        }
        let left = execute::execute(self.call, work).await?;
        self.asides[at] = patch.map(|patch| Aside { collection, id: left.0.clone(), patch });
        Ok(left)
    }

    /// Puts back what an operation was created without.
    async fn complete(&mut self, at: usize) {
        let Some(mut aside) = self.asides[at].take() else { return };
        let outcome = self.put_back(&mut aside).await;
        let Some(report) = self.reports[at].as_mut() else { return };
        match outcome {
            Ok((_, version)) => report.version = version,
            Err(error) => {
                self.failures += 1;
                report.error = Some(incomplete(&error));
            }
        }
    }

    async fn put_back(&self, aside: &mut Aside) -> Result<Left, Error> {
        let mut names = Vec::new();
        collect(&mut aside.patch, &mut names);
        for name in &names {
            self.look_up(name)?;
        }
        self.put_in_place(&mut aside.patch);
        let target = Target { collection: aside.collection, id: Some(std::mem::take(&mut aside.id)) };
        let work = Work { verb: Verb::Patch, target, version: None, data: std::mem::take(&mut aside.patch) };
        execute::execute(self.call, work).await
    }

    /// The id behind a bulkId.
    fn look_up(&self, name: &str) -> Result<&str, Error> {
        match self.fates.get(name) {
            Some(Fate::Created(id)) => Ok(id),
            Some(Fate::Failed) => {
                let detail = format!(
                    "the operation that was to create \"bulkId:{}\" has failed; mend that one and send both again",
                    shown(name)
                );
                Err(Error::conflict(detail))
            }
            Some(Fate::Awaited) => Err(Error::conflict(format!(
                "\"bulkId:{}\" has not been created yet; send the operation after it",
                shown(name)
            ))),
            None => {
                let detail = format!(
                    "\"bulkId:{}\" is the bulkId of no POST of this request; name one that is, or an id",
                    shown(name)
                );
                Err(Error::value(detail))
            }
        }
    }

    fn put_in_place(&self, data: &mut Value) {
        visit(data, &mut |name| self.look_up(name).ok().map(str::to_owned));
    }

    /// Operations whose references were never put back, because the end came first, did not do what was asked.
    fn own_up(&mut self) {
        for (report, aside) in self.reports.iter_mut().zip(&self.asides) {
            if let (Some(report), Some(_)) = (report, aside) {
                report.error = Some(incomplete(&Error::conflict("failOnErrors ended the Bulk")));
            }
        }
    }

    /// `None` where there is nothing to point at: a POST that failed, a bulkId that never became an id.
    fn location(&self, target: Target) -> Option<String> {
        let id = target.id.filter(|id| id.len() <= MAX_ID && named(id).is_none())?;
        Some(payload::location(self.call, resource_type(self.call, target.collection), &id))
    }
}

/// The resource exists, and lacks something: the report says so, with its location. 409 as RFC 7644 section 3.7.1 has it.
fn incomplete(error: &Error) -> Error {
    let detail = format!("{}; the resource was created, but without the references that form a ring", error.detail());
    if error.status().is_server_error() { error.with_detail(detail) } else { Error::conflict(detail) }
}

fn status(method: Option<&str>) -> u16 {
    match method {
        Some("POST") => 201,
        Some("DELETE") => 204,
        _ => 200,
    }
}

/// What the order depends on.
fn node(operation: &mut Operation) -> Node {
    let mut node = Node { creates: operation.creates().map(str::to_owned), ..Node::default() };
    let Ok(work) = &mut operation.work else { return node };
    collect(&mut work.data, &mut node.references);
    if let Some(id) = &work.target.id {
        node.changes = named(id).map(str::to_owned);
        // A bulkId has case, an id of ours has none.
        let id = if node.changes.is_some() { id.clone() } else { id.to_ascii_lowercase() };
        node.target = Some(format!("{:?}/{id}", work.target.collection));
    }
    node
}
