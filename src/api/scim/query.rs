//! The query string. Parameters SCIM does not know are ignored (RFC 7644 section 3.4.2): Entra puts a flag of its own
//! there (`?aadOptscim062020`). A blank comes as `+` or `%20`, as clients please.

use poem::Request;

use super::error::Error;
use crate::model::page::Window;

/// Rows a list gives when the client names no count.
pub(super) const DEFAULT_COUNT: i64 = 100;
/// Rows a list gives at the most; a larger count is cut, not refused (RFC 7644 section 3.4.2.4).
pub(super) const MAX_COUNT: i64 = 1_000;

/// The parameters, decoded, in the order they came.
#[derive(Debug, Clone, Default)]
pub(super) struct Query(Vec<(String, String)>);

impl Query {
    /// Reads the query string.
    pub(super) fn of(request: &Request) -> Result<Self, Error> {
        match request.params::<Vec<(String, String)>>() {
            Ok(pairs) => Ok(Self(pairs)),
            Err(_) => Err(Error::value("the query string cannot be read")),
        }
    }

    /// The parameter's value, if it was sent; its name in any case.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// A list that may come as one parameter with commas or as several.
    pub(super) fn list(&self, name: &str) -> Option<String> {
        let values: Vec<&str> =
            self.0.iter().filter(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str()).collect();
        (!values.is_empty()).then(|| values.join(","))
    }

    /// `startIndex` and `count` (RFC 7644 section 3.4.2.4): below 1 is 1, below 0 is 0.
    pub(super) fn window(&self) -> Result<Window, Error> {
        let start = self.integer("startIndex")?.unwrap_or(1).max(1);
        let count = self.integer("count")?.unwrap_or(DEFAULT_COUNT).clamp(0, MAX_COUNT);
        Ok(Window { offset: start - 1, limit: count })
    }

    fn integer(&self, name: &str) -> Result<Option<i64>, Error> {
        let Some(text) = self.get(name).map(str::trim).filter(|text| !text.is_empty()) else { return Ok(None) };
        match text.parse::<i64>() {
            Ok(number) => Ok(Some(number)),
            Err(error) if *error.kind() == std::num::IntErrorKind::PosOverflow => Ok(Some(i64::from(i32::MAX))),
            Err(error) if *error.kind() == std::num::IntErrorKind::NegOverflow => Ok(Some(0)),
            Err(_) => {
                let text: String = text.chars().take(40).collect();
                Err(Error::value(format!("{name} must be a whole number, not \"{text}\"")))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(text: &str) -> Query {
        Query::of(&Request::builder().uri_str(format!("/x?{text}")).finish()).unwrap()
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
        let window = |text: &str| query(text).window().unwrap();
        assert_eq!(window(""), Window { offset: 0, limit: 100 });
        assert_eq!(window("startIndex=0&count=-3"), Window { offset: 0, limit: 0 });
        assert_eq!(window("startIndex=11&count=100000"), Window { offset: 10, limit: 1000 });
        assert_eq!(window("STARTINDEX=2&count=99999999999999999999"), Window { offset: 1, limit: 1000 });
        assert!(query("count=ten").window().is_err());
    }

    #[test]
    fn flags_of_clients_are_ignored() {
        assert_eq!(query("aadOptscim062020&count=1").window().unwrap().limit, 1);
    }

    #[test]
    fn lists_come_in_one_parameter_or_several() {
        assert_eq!(query("attributes=a,b&attributes=c").list("attributes").as_deref(), Some("a,b,c"));
        assert_eq!(query("").list("attributes"), None);
    }
}
