//! `GET /api/admin/groups/`: groups, filtered and sorted, read on by cursor. A cursor says where a page ended; groups that
//! are there from the first page to the last are shown exactly once, whatever comes and goes meanwhile.

use std::sync::Arc;

use poem::{Request, RequestBody};
use poem_openapi::payload::Json;
use poem_openapi::registry::MetaSchema;
use poem_openapi::{ApiExtractor, ApiExtractorType, ApiResponse, ExtractParamOptions, OpenApi};
use serde_json::json;

use crate::api::launch::Tag;
use crate::api::launch::auth::{Allowed, ReadingByKey};
use crate::api::launch::error::Refusal;
use crate::api::launch::filters::{self, SORTS};
use crate::api::launch::wire::{GroupPage, GroupRead};
use crate::api::native::parameters::{Asked, Parameter, Text, Unfit, integer, truth, unfit};
use crate::api::native::refused::{Fault, Refused};
use crate::model::filter::Filter;
use crate::model::group::Group;
use crate::model::listing::{Cut, Listed as Found, Part, Resource, ResourceKind, Walk, Wanted};

pub(in crate::api::launch) struct List;

#[derive(ApiResponse)]
enum Listed {
    /// The page asked for.
    #[oai(status = 200)]
    Page(Json<GroupPage>),
}

#[OpenApi]
impl List {
    /// List groups
    ///
    /// Filters are parameters of the form `field__operator`, all of which must hold; `name=x` means `name__eq=x`. Texts
    /// compare without regard to case. A parameter that is none of those described is refused.
    #[oai(path = "/api/admin/groups", method = "get", operation_id = "list_groups", tag = "Tag::Groups")]
    #[expect(clippy::too_many_arguments, reason = "each is a parameter of the endpoint")]
    async fn list(
        &self,
        caller: Allowed<ReadingByKey>,
        /// The `next_cursor` of the page before, with everything but `limit` unchanged.
        Asked(cursor): Asked<Text>,
        /// Groups a page.
        Asked(limit): Asked<Limit>,
        /// What the groups are sorted by; those that are equal in it go by id.
        Asked(sort_by): Asked<SortBy>,
        /// From the greatest to the least, or the other way round.
        Asked(sort_order): Asked<SortOrder>,
        /// Whether scope sets are shown whole, or by their ids.
        Asked(hydrate): Asked<Yes>,
        /// Whether the groups of the whole list are counted.
        Asked(include_total): Asked<Yes>,
        filters: Filters,
    ) -> Result<Listed, Refusal> {
        let sort = filters::sort(sort_by.0, sort_order.descending());
        let wanted =
            Wanted { kind: ResourceKind::Group, filter: filters.filter, sort, groups: false, base: String::new() };
        let query = ["launch groups", sort_by.0, sort_order.0, &filters.text];
        let from = match cursor.0.as_deref().map(str::trim).filter(|text| !text.is_empty()) {
            Some(text) => Some(place(&caller, &query, text).await?),
            None => None,
        };
        let walk = Walk { from, backward: false, limit: limit.0, total: (!include_total.0).then_some(0) };
        let found = caller.domain().list(&caller.scope, &[wanted], &Part::Walk(walk)).await?;
        let next = match &found.next {
            Some(cut) => Some(caller.domain().seal_cut(&caller.scope, &query, cut).await?),
            None => None,
        };
        Ok(Listed::Page(Json(GroupPage {
            next_page: next.is_some(),
            next_cursor: next.into(),
            limit: limit.0,
            collection_total: found.total,
            items: rows(&caller, Arc::unwrap_or_clone(found), hydrate.0).await?,
        })))
    }
}

async fn place(caller: &Allowed<ReadingByKey>, query: &[&str], text: &str) -> Result<Cut, Refusal> {
    let cut = caller.domain().unseal_cut(&caller.scope, query, text).await?;
    cut.ok_or_else(|| Refusal::unfit("Cursor does not match this query"))
}

async fn rows(caller: &Allowed<ReadingByKey>, found: Found, hydrate: bool) -> Result<Vec<GroupRead>, Refusal> {
    let groups: Vec<Group> = found
        .items
        .into_iter()
        .filter_map(|item| match item {
            Resource::Group(group) => Some(*group),
            Resource::User(_) => None,
        })
        .collect();
    let ids: Vec<_> = groups.iter().map(|group| group.id).collect();
    let mut grants = caller.domain().grants(&caller.scope, &ids).await?;
    let row = |group: Group| {
        let own = grants.remove(&group.id).unwrap_or_default();
        GroupRead::new(group, own, hydrate)
    };
    Ok(groups.into_iter().map(row).collect())
}

/// Groups a page.
struct Limit(i64);

impl Default for Limit {
    fn default() -> Self {
        Self(50)
    }
}

impl Parameter for Limit {
    fn schema() -> MetaSchema {
        MetaSchema {
            minimum: Some(1.0),
            maximum: Some(250.0),
            default: Some(json!(50)),
            ..MetaSchema::new_with_format("integer", "int64")
        }
    }

    fn read(text: &str) -> Result<Self, Unfit> {
        integer(text, 1, 250).map(Self)
    }
}

/// What a list is sorted by.
struct SortBy(&'static str);

impl Default for SortBy {
    fn default() -> Self {
        Self(SORTS[0])
    }
}

impl Parameter for SortBy {
    fn schema() -> MetaSchema {
        let words = SORTS.iter().map(|name| json!(name)).collect();
        MetaSchema { enum_items: words, default: Some(json!(SORTS[0])), ..MetaSchema::new("string") }
    }

    fn read(text: &str) -> Result<Self, Unfit> {
        match SORTS.iter().find(|name| **name == text) {
            Some(name) => Ok(Self(name)),
            None => unfit("enum", &format!("Input should be one of {}", SORTS.join(", ")), text),
        }
    }
}

/// In which direction.
struct SortOrder(&'static str);

impl SortOrder {
    fn descending(&self) -> bool {
        self.0 == "desc"
    }
}

impl Default for SortOrder {
    fn default() -> Self {
        Self("desc")
    }
}

impl Parameter for SortOrder {
    fn schema() -> MetaSchema {
        let words = vec![json!("asc"), json!("desc")];
        MetaSchema { enum_items: words, default: Some(json!("desc")), ..MetaSchema::new("string") }
    }

    fn read(text: &str) -> Result<Self, Unfit> {
        match text.to_ascii_lowercase().as_str() {
            "asc" => Ok(Self("asc")),
            "desc" => Ok(Self("desc")),
            _ => unfit("enum", "Input should be 'asc' or 'desc'", text),
        }
    }
}

/// Yes, where it is left out.
pub(in crate::api::launch) struct Yes(pub(in crate::api::launch) bool);

impl Default for Yes {
    fn default() -> Self {
        Self(true)
    }
}

impl Parameter for Yes {
    fn schema() -> MetaSchema {
        MetaSchema { default: Some(json!(true)), ..MetaSchema::new("boolean") }
    }

    fn read(text: &str) -> Result<Self, Unfit> {
        truth(text).map(Self)
    }
}

/// The parameters with names of their own.
const NAMED: [&str; 6] = ["cursor", "limit", "sort_by", "sort_order", "hydrate", "include_total"];

/// All other parameters, each a filter. The document learns of them from the table they are read by.
struct Filters {
    filter: Option<Filter>,
    /// What a cursor is bound to.
    text: String,
}

impl<'a> ApiExtractor<'a> for Filters {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::PoemExtractor];
    type ParamType = ();
    type ParamRawType = ();

    async fn from_request(request: &'a Request, _: &mut RequestBody, _: ExtractParamOptions<()>) -> poem::Result<Self> {
        let mut given: Vec<(String, String)> = request.params().unwrap_or_default();
        given.retain(|(name, _)| !NAMED.contains(&name.as_str()));
        given.sort();
        let (mut filters, mut faults) = (Vec::new(), Vec::<Fault>::new());
        for (name, value) in &given {
            match filters::filter(name, value) {
                Ok(filter) => filters.push(filter),
                Err(fault) => faults.push(fault),
            }
        }
        if !faults.is_empty() {
            return Err(Refused::Faults(faults).into());
        }
        let text = given.iter().map(|(name, value)| format!("{name}={value}\n")).collect();
        Ok(Self { filter: (!filters.is_empty()).then_some(Filter::And(filters)), text })
    }
}
