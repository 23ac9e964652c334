//! What the `path` of an operation names. It is relative to the base URL; in compat it may lack its slash, carry the base
//! URL itself, or a query, which has no meaning here.

use poem::http::Method;

use crate::api::scim::error::Error;
use crate::api::scim::route::Route;
use crate::schema::leniency::{Leniency, Stance};
use crate::schema::refusal::{Refusal, shown};

/// The resources an operation can be about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Collection {
    Users,
    Groups,
}

/// A collection, or one resource in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) collection: Collection,
    /// As sent: an id, or `bulkId:…`.
    pub(super) id: Option<String>,
}

/// Reads a path.
pub(super) fn read(text: &str, base: &str, stance: &mut Stance) -> Result<Target, Error> {
    let relative = relative(text, base, stance)?;
    let segments: Vec<&str> = relative.trim_end_matches('/').split('/').collect();
    let route = Route::parse(&segments);
    if let Some((_, false)) = route {
        let refusal =
            || Refusal::value(format!("\"path\" is \"{}\"; endpoints have case: /Users, /Groups", shown(text)));
        stance.tolerate(Leniency::EndpointCase, refusal)?;
    }
    match route.map(|(route, _)| route) {
        Some(Route::Users) => Ok(Target { collection: Collection::Users, id: None }),
        Some(Route::User(id)) => Ok(Target { collection: Collection::Users, id: Some(id) }),
        Some(Route::Groups) => Ok(Target { collection: Collection::Groups, id: None }),
        Some(Route::Group(id)) => Ok(Target { collection: Collection::Groups, id: Some(id) }),
        Some(_) => {
            let path = shown(text);
            Err(Error::value(format!("\"path\" is \"{path}\"; an operation of a Bulk is about /Users or /Groups")))
        }
        None => Err(Error::no_such_endpoint(&segments)),
    }
}

/// Refuses a method the path does not take, as the single request would be.
pub(super) fn check_method(target: &Target, method: &Method) -> Result<(), Error> {
    let id = target.id.clone();
    match (target.collection, id) {
        (Collection::Users, None) => Route::Users,
        (Collection::Users, Some(id)) => Route::User(id),
        (Collection::Groups, None) => Route::Groups,
        (Collection::Groups, Some(id)) => Route::Group(id),
    }
    .check_method(method)
}

/// The path without the slash before it.
fn relative<'t>(text: &'t str, base: &str, stance: &mut Stance) -> Result<&'t str, Refusal> {
    let (path, query) = text.split_once('?').map_or((text, false), |(path, _)| (path, true));
    let below = |base: &str| path.strip_prefix(base).filter(|_| !base.is_empty())?.strip_prefix('/');
    let based = below(base).or_else(|| below(without_origin(base)));
    match based.or_else(|| path.strip_prefix('/')) {
        Some(relative) if based.is_none() && !query => Ok(relative),
        found => {
            let refusal = || {
                let detail =
                    format!("\"path\" is \"{}\"; it must be relative to the base URL, as in \"/Users\"", shown(text));
                Refusal::value(detail)
            };
            stance.tolerate(Leniency::BulkPathForm, refusal)?;
            Ok(found.unwrap_or(path))
        }
    }
}

/// `/scim/v2` of `https://host/scim/v2`: clients know the server by other names than it sees.
fn without_origin(base: &str) -> &str {
    let behind = base.find("://").map_or(0, |at| at + 3);
    base.get(behind..).and_then(|rest| rest.find('/').and_then(|at| rest.get(at..))).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Mode;

    const BASE: &str = "https://id.example.com/scim/v2";

    fn read_in(mode: Mode, text: &str) -> Option<(Collection, Option<String>)> {
        read(text, BASE, &mut Stance::new(mode)).ok().map(|target| (target.collection, target.id))
    }

    #[test]
    fn paths_are_read_in_every_form_of_compat() {
        let one = Some((Collection::Groups, Some("x".to_owned())));
        for text in [
            "/Groups/x",
            "Groups/x",
            "/groups/x/",
            "/scim/v2/Groups/x",
            "https://id.example.com/scim/v2/Groups/x",
            "/Groups/x?attributes=id",
        ] {
            assert_eq!(read_in(Mode::Compat, text), one, "{text}");
        }
        assert_eq!(read_in(Mode::Compat, "Users"), Some((Collection::Users, None)));
    }

    #[test]
    fn strict_takes_relative_paths_alone() {
        assert_eq!(read_in(Mode::Strict, "/Users/bulkId:q"), Some((Collection::Users, Some("bulkId:q".to_owned()))));
        for text in ["Users", "/scim/v2/Users", "https://id.example.com/scim/v2/Users", "/Users?x=1"] {
            assert_eq!(read_in(Mode::Strict, text), None, "{text}");
        }
    }

    #[test]
    fn other_endpoints_are_refused() {
        for text in ["", "/", "/Bulk", "/Me", "/Schemas", "/ServiceProviderConfig", "/Users/a/b", "/Devices", "?", "é"]
        {
            assert_eq!(read_in(Mode::Compat, text), None, "{text}");
        }
    }
}
