//! Filters, sorted lists and their pages over HTTP: that every attribute that is shown can be asked for, that the answers
//! are those of an evaluator which only reads what was shown (RFC 7644 section 3.4.2.2), and what they cost.

mod agreement;
mod attributes;
mod generate;
mod hostile;
mod merged;
mod oracle;
mod plans;
mod population;
mod probe;

use serde_json::{Value, json};

use crate::support::Client;

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const SEARCH: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";

/// POSTs a search; `at` is `/Users`, `/Groups` or nothing for both.
async fn search(client: &Client, at: &str, parameters: Value) -> crate::support::Answer {
    let mut body = json!({ "schemas": [SEARCH] });
    body.as_object_mut().unwrap().extend(parameters.as_object().unwrap().clone());
    client.post(&format!("/scim/v2{at}/.search"), &body).await
}

/// The ids a filter finds, in the order of the list.
async fn found(client: &Client, at: &str, filter: &str) -> Vec<String> {
    let list = search(client, at, json!({ "filter": filter, "count": 1000 })).await;
    assert_eq!(list.status, 200, "{filter}: {}", list.text);
    ids(&list.body)
}

fn ids(list: &Value) -> Vec<String> {
    list["Resources"].as_array().unwrap().iter().map(id_of).collect()
}

fn id_of(resource: &Value) -> String {
    resource["id"].as_str().unwrap().to_owned()
}
