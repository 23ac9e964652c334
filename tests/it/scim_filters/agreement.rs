//! SQL answers as the oracle does, on random resources and random filters. A run is the same for the same seed; another
//! one, and more cases, by `PROPTEST_RNG_SEED` and `PROPTEST_CASES`.

use std::cell::Cell;
use std::collections::BTreeMap;

use convoke::schema::filter::Expr;
use convoke::schema::resource_type::ResourceType;
use proptest::test_runner::{Config, RngSeed, TestCaseError, TestRunner};
use serde_json::{Value, json};

use super::generate::{Vocabulary, filter};
use super::oracle::Oracle;
use super::population::populate;
use super::{found, id_of, ids, probe, search};
use crate::support::{Setup, TestServer};

const CASES: u32 = 150;
const SEED: u64 = 20_260_131;

/// What clients were shown of everything there is.
struct Shown {
    base: String,
    users: Vec<Value>,
    groups: Vec<Value>,
}

impl Shown {
    async fn read(server: &TestServer) -> Self {
        let schemas = server.domain.schemas();
        Self {
            base: format!("{}/scim/v2", server.base_url),
            users: whole(server, "/Users", schemas.user()).await,
            groups: whole(server, "/Groups", schemas.group()).await,
        }
    }

    fn vocabulary(&self, strict: bool) -> Vocabulary {
        let all = || self.users.iter().chain(&self.groups);
        let mut ids: Vec<String> = all().map(id_of).collect();
        ids.extend([ids[0].to_uppercase(), ids[0][..9].to_owned(), "x".to_owned()]);
        let locations = all().map(|resource| resource["meta"]["location"].as_str().unwrap().to_owned());
        let spelled = |location: String| {
            let path = location.strip_prefix(&self.base).unwrap().to_owned();
            [format!("..{path}"), path[1..].to_owned(), format!("/scim/v2{path}"), path, location]
        };
        Vocabulary { ids, addresses: locations.flat_map(spelled).collect(), strict }
    }

    fn expected(&self, types: &[&ResourceType], expr: &Expr) -> BTreeMap<String, &Value> {
        let mut expected = BTreeMap::new();
        for own in types {
            let oracle = Oracle { resource_type: own, base: &self.base };
            let all = if own.name == "User" { &self.users } else { &self.groups };
            expected.extend(all.iter().filter(|one| oracle.holds(expr, one)).map(|one| (id_of(one), one)));
        }
        expected
    }
}

/// Every resource of a type with everything that can be shown of it.
async fn whole(server: &TestServer, at: &str, resource_type: &ResourceType) -> Vec<Value> {
    let mut attributes: Vec<String> = Vec::new();
    for located in resource_type.attributes() {
        let path = located.extension.map_or_else(String::new, |urn| format!("{urn}:")) + &located.attribute.name;
        let subs = located.attribute.sub_attributes.iter().map(|sub| format!("{path}.{}", sub.name));
        attributes.extend(subs.chain([path.clone()]));
    }
    let list = search(server, at, json!({ "attributes": attributes, "count": 1000 })).await.expect(200);
    list["Resources"].as_array().unwrap().clone()
}

async fn agree(server: &TestServer, at: &str, types: &[&ResourceType], shown: &Shown, strict: bool) {
    let ours = tokio::runtime::Handle::current();
    let (cases, telling) = (Cell::new(0), Cell::new(0));
    let everybody = types.iter().map(|own| if own.name == "User" { shown.users.len() } else { shown.groups.len() });
    let everybody: usize = everybody.sum();
    let outcome = runner().run(&filter(types, &shown.vocabulary(strict)), |expr| {
        let text = expr.to_string();
        let mut answer = tokio::task::block_in_place(|| ours.block_on(found(server, at, &text)));
        answer.sort();
        let mut expected = shown.expected(types, &expr);
        cases.set(cases.get() + 1);
        telling.set(telling.get() + u32::from(!expected.is_empty() && expected.len() < everybody));
        if answer == expected.keys().cloned().collect::<Vec<_>>() {
            return Ok(());
        }
        let too_many: Vec<&String> = answer.iter().filter(|id| expected.remove(*id).is_none()).collect();
        Err(TestCaseError::fail(format!("{at} {text}\nmissing: {:#?}\ntoo many: {too_many:?}", expected.values())))
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
    assert!(telling.get() * 3 > cases.get(), "only {} of {} filters find some and not all", telling.get(), cases.get());
}

fn runner() -> TestRunner {
    let chosen = Config::default();
    let rng_seed = if chosen.rng_seed == RngSeed::Random { RngSeed::Fixed(SEED) } else { chosen.rng_seed };
    let cases = if chosen.cases == 256 { CASES } else { chosen.cases };
    TestRunner::new(Config { rng_seed, cases, failure_persistence: None, ..chosen })
}

async fn answers_agree(settings: &'static [&'static str], strict: bool) {
    let folder = probe::folder();
    let setup = Setup { settings, schema_dir: Some(folder.path().to_owned()), ..Setup::default() };
    let server = TestServer::start_with(setup).await;
    populate(&server, &mut runner(), 40, 20).await;
    let shown = Shown::read(&server).await;
    assert!(ids(&json!({ "Resources": shown.users })).len() > 30 && shown.groups.len() > 15);
    let schemas = server.domain.schemas();
    let (user, group) = (schemas.user().as_ref(), schemas.group().as_ref());
    for (at, types) in [("/Users", &[user][..]), ("/Groups", &[group]), ("", &[user, group])] {
        agree(&server, at, types, &shown, strict).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sql_and_oracle_agree() {
    answers_agree(&[], false).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sql_and_oracle_agree_where_empty_text_is_a_value_and_primary_edges_confer_nothing() {
    answers_agree(&["scim.mode=strict", "groups.primary_edge_confers_membership=false"], true).await;
}
