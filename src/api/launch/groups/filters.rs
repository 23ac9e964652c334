//! `GET /api/admin/groups/filters`: what the list can be filtered and sorted by, for programs that build a form of it.

use poem_openapi::payload::Json;
use poem_openapi::{ApiResponse, Object, OpenApi};

use crate::api::launch::Tag;
use crate::api::launch::auth::{Allowed, Reading};
use crate::api::launch::error::Refusal;
use crate::api::launch::filters::{FIELDS, SORTS};

pub(in crate::api::launch) struct Filters;

/// A field that can be filtered by.
#[derive(Object)]
struct FilterField {
    /// Its name; a parameter is the name, two underscores and an operator.
    name: String,
    /// What it holds: `string`, `datetime`, `integer` or `id`.
    #[oai(rename = "type")]
    kind: String,
    /// Its operators.
    operators: Vec<String>,
    /// Whether `sort_by` takes it.
    sortable: bool,
}

/// An order.
#[derive(Object)]
struct DefaultSort {
    /// The field.
    sort_by: String,
    /// `asc` or `desc`.
    sort_order: String,
}

/// How a list can be ordered.
#[derive(Object)]
struct Sorting {
    /// Where nothing is asked for.
    default: DefaultSort,
    /// What `sort_by` takes.
    fields: Vec<String>,
}

/// What a list takes.
#[derive(Object)]
struct FiltersDocument {
    /// What the list shows.
    resource: String,
    /// What it can be filtered by.
    fields: Vec<FilterField>,
    /// How it can be ordered.
    sort: Sorting,
}

#[derive(ApiResponse)]
enum Shown {
    /// The filters.
    #[oai(status = 200)]
    Document(Json<FiltersDocument>),
}

#[OpenApi]
impl Filters {
    /// Describe the filters
    ///
    /// Made of the same table by which the list reads its parameters.
    #[oai(path = "/api/admin/groups/filters", method = "get", operation_id = "group_filters", tag = "Tag::Groups")]
    async fn filters(&self, _caller: Allowed<Reading>) -> Result<Shown, Refusal> {
        let fields = FIELDS.iter().map(|row| FilterField {
            name: row.name.to_owned(),
            kind: row.kind.as_str().to_owned(),
            operators: row.operators.iter().map(|operator| (*operator).to_owned()).collect(),
            sortable: row.sortable,
        });
        Ok(Shown::Document(Json(FiltersDocument {
            resource: "group".to_owned(),
            fields: fields.collect(),
            sort: Sorting {
                default: DefaultSort { sort_by: SORTS[0].to_owned(), sort_order: "desc".to_owned() },
                fields: SORTS.iter().map(|name| (*name).to_owned()).collect(),
            },
        })))
    }
}
