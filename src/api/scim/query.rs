//! The query string. Parameters SCIM does not know are ignored (RFC 7644 section 3.4.2): Entra puts a flag of its own
//! there (`?aadOptscim062020`). A blank comes as `+` or `%20`, as clients please.

use poem::Request;

use super::error::Error;
use crate::model::page::Window;
use crate::schema::leniency::{Leniency, Stance};
use crate::schema::project::Projection;
use crate::schema::refusal::{Refusal, shown};
use crate::schema::resource_type::ResourceType;

/// Rows a list gives when the client names no count.
pub(super) const DEFAULT_COUNT: i64 = 100;
/// Rows a list gives at the most; a larger count is cut, not refused (RFC 7644 section 3.4.2.4).
pub(super) const MAX_COUNT: i64 = 1_000;

/// Which page of a list is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Paging {
    /// By number.
    Index(Window),
    /// By cursor; an empty one means the first page.
    Cursor { text: String, count: i64 },
}

/// The parameters SCIM knows (RFC 7644 section 3.4.2, RFC 9865 section 2).
const KNOWN: [&str; 8] =
    ["filter", "sortBy", "sortOrder", "startIndex", "count", "cursor", "attributes", "excludedAttributes"];

/// Those whose value is a list.
const LISTS: [&str; 2] = ["attributes", "excludedAttributes"];

/// The parameters, decoded, each once.
#[derive(Debug, Clone, Default)]
pub(super) struct Query(Vec<(&'static str, String)>);

impl Query {
    /// Reads the query string.
    pub(super) fn of(request: &Request, stance: &mut Stance) -> Result<Self, Error> {
        let pairs = request.params::<Vec<(String, String)>>();
        let pairs = pairs.map_err(|_| Error::value("the query string cannot be read; send it percent-encoded"))?;
        let mut query = Self::default();
        for (name, value) in pairs {
            let Some(known) = Self::known(&name) else { continue };
            if known != name {
                let refusal =
                    || Refusal::value(format!("there is no query parameter \"{}\"; write {known}", shown(&name)));
                stance.tolerate(Leniency::ParameterCase, refusal)?;
            }
            query.put(known, value, stance)?;
        }
        Ok(query)
    }

    /// The parameter of that name, in any case, as it is spelled.
    pub(super) fn known(name: &str) -> Option<&'static str> {
        KNOWN.into_iter().find(|known| known.eq_ignore_ascii_case(name))
    }

    /// Takes a parameter in, wherever it stood.
    pub(super) fn put(&mut self, name: &'static str, value: String, stance: &mut Stance) -> Result<(), Refusal> {
        // An empty cursor asks for the first page, and an empty filter is no filter that could be read.
        if value.trim().is_empty() && !["cursor", "filter"].contains(&name) {
            let refusal = || Refusal::value(format!("the parameter {name} is empty; give it a value or leave it out"));
            return stance.tolerate(Leniency::EmptyParameter, refusal);
        }
        let Some((_, held)) = self.0.iter_mut().find(|(known, _)| *known == name) else {
            self.0.push((name, value));
            return Ok(());
        };
        let refusal = || Refusal::value(format!("the parameter {name} is there twice; give it once"));
        stance.tolerate(Leniency::RepeatedParameter, refusal)?;
        if LISTS.contains(&name) {
            held.push(',');
            held.push_str(&value);
        }
        Ok(())
    }

    /// The parameter's value, if it was sent.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }

    /// What the answer shows, by `attributes` and `excludedAttributes`.
    pub(super) fn projection(&self, resource_type: &ResourceType) -> Result<Projection, Error> {
        Ok(Projection::parse(self.get("attributes"), self.get("excludedAttributes"), resource_type)?)
    }

    /// Whether `sortOrder` is descending. It means nothing without `sortBy`, but is read all the same.
    pub(super) fn descending(&self) -> Result<bool, Error> {
        match self.get("sortOrder").map(str::trim) {
            None => Ok(false),
            Some(order) if order.eq_ignore_ascii_case("ascending") => Ok(false),
            Some(order) if order.eq_ignore_ascii_case("descending") => Ok(true),
            Some(order) => {
                Err(Error::value(format!("sortOrder must be ascending or descending, not \"{}\"", shown(order))))
            }
        }
    }

    /// Which page is asked for: with a `cursor`, even an empty one, the one behind it (RFC 9865 section 2), else the one
    /// at `startIndex` (RFC 7644 section 3.4.2.4: below 1 is 1). A `count` below 0 is 0.
    pub(super) fn paging(&self) -> Result<Paging, Error> {
        let count = |wrong: fn(String) -> Error| -> Result<i64, Error> {
            Ok(self.integer("count", wrong)?.unwrap_or(DEFAULT_COUNT).clamp(0, MAX_COUNT))
        };
        let Some(cursor) = self.get("cursor") else {
            let start = self.integer("startIndex", Error::value)?.unwrap_or(1).max(1);
            return Ok(Paging::Index(Window { offset: start - 1, limit: count(Error::value)? }));
        };
        if self.get("startIndex").is_some() {
            return Err(Error::value("cursor and startIndex exclude each other; give one of them"));
        }
        Ok(Paging::Cursor { text: cursor.trim().to_owned(), count: count(Error::count)? })
    }

    fn integer(&self, name: &str, wrong: fn(String) -> Error) -> Result<Option<i64>, Error> {
        let Some(text) = self.get(name).map(str::trim) else { return Ok(None) };
        match text.parse::<i64>() {
            Ok(number) => Ok(Some(number)),
            Err(error) if *error.kind() == std::num::IntErrorKind::PosOverflow => Ok(Some(i64::from(i32::MAX))),
            Err(error) if *error.kind() == std::num::IntErrorKind::NegOverflow => Ok(Some(0)),
            Err(_) => Err(wrong(format!("{name} must be a whole number, not \"{}\"", shown(text)))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Mode;

    fn query(text: &str) -> Query {
        read(text, Mode::Compat).unwrap().0
    }

    fn read(text: &str, mode: Mode) -> Option<(Query, Vec<Leniency>)> {
        let mut stance = Stance::new(mode);
        let query = Query::of(&Request::builder().uri_str(format!("/x?{text}")).finish(), &mut stance).ok()?;
        Some((query, stance.into_used()))
    }

    #[test]
    fn blanks_come_as_plus_or_percent() {
        assert_eq!(
            query("filter=userName+eq+%22a%22").get("filter"),
            query("filter=userName%20eq%20%22a%22").get("filter")
        );
        assert_eq!(query("filter=a%2Bb").get("filter"), Some("a+b"));
    }

    #[test]
    fn windows_are_clamped() {
        let window = |offset, limit| Paging::Index(Window { offset, limit });
        let paging = |text: &str| query(text).paging().unwrap();
        assert_eq!(paging(""), window(0, 100));
        assert_eq!(paging("startIndex=0&count=-3"), window(0, 0));
        assert_eq!(paging("startIndex=11&count=100000"), window(10, 1000));
        assert_eq!(paging("STARTINDEX=2&count=99999999999999999999"), window(1, 1000));
        assert!(query("count=ten").paging().is_err());
    }

    #[test]
    fn a_cursor_even_an_empty_one_asks_for_cursor_pages() {
        let cursor = |text: &str, count| Paging::Cursor { text: text.to_owned(), count };
        assert_eq!(query("cursor&count=10").paging().unwrap(), cursor("", 10));
        assert_eq!(query("cursor=").paging().unwrap(), cursor("", 100));
        assert_eq!(query("cursor=ab-_&count=5000").paging().unwrap(), cursor("ab-_", 1000));
        assert!(query("cursor=&startIndex=1").paging().is_err());
        assert!(query("cursor=&count=ten").paging().is_err());
    }

    #[test]
    fn orders_are_two() {
        assert!(query("sortOrder=Descending").descending().unwrap());
        assert!(!query("sortOrder=").descending().unwrap() && !query("").descending().unwrap());
        assert!(query("sortOrder=down").descending().is_err());
    }

    #[test]
    fn flags_of_clients_are_ignored() {
        assert_eq!(query("aadOptscim062020&count=1").paging().unwrap(), query("count=1").paging().unwrap());
    }

    #[test]
    fn lists_come_in_one_parameter_or_several() {
        assert_eq!(query("attributes=a,b&attributes=c").get("attributes"), Some("a,b,c"));
        assert_eq!(query("count=1&count=2").get("count"), Some("1"));
        assert_eq!(query("").get("attributes"), None);
    }

    #[test]
    fn what_is_forgiven_has_a_name() {
        for (text, rule) in [
            ("STARTINDEX=2", Leniency::ParameterCase),
            ("sortBy=", Leniency::EmptyParameter),
            ("count=1&count=2", Leniency::RepeatedParameter),
        ] {
            assert_eq!(read(text, Mode::Compat).map(|(_, used)| used), Some(vec![rule]), "{text}");
            assert!(read(text, Mode::Strict).is_none(), "{text}");
        }
        let plain = "startIndex=1&count=2&cursor=&attributes=a,b&Unknown=&Unknown=";
        assert_eq!(read(plain, Mode::Strict).map(|(_, used)| used), Some(Vec::new()));
    }
}
