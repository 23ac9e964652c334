//! The paths of the facade and their methods, in one table. Names are read in any case, and whether they were spelled
//! exactly is told besides: SCIM paths are case-sensitive, and clients are not.

use poem::http::Method;

use super::error::Error;
use super::list::Reach;
use crate::api::paths::parameters;

/// What a path names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Route {
    Users,
    User(String),
    Groups,
    Group(String),
    /// The base URI: everything there is (RFC 7644 section 3.4.2.1).
    Root,
    /// `.search` below what it searches.
    Search(Reach),
    ServiceProviderConfig,
    ResourceTypes(Option<String>),
    Schemas(Option<String>),
    Bulk,
    Me,
}

impl Route {
    /// Reads the segments behind the base path. Besides it tells whether the fixed words are spelled as they are published.
    pub(super) fn parse(segments: &[&str]) -> Option<(Self, bool)> {
        let (pattern, route, parameter) = find(segments)?;
        let exact = parameters(pattern, or_base(segments), str::eq).is_some();
        Some((route(decode(parameter)), exact))
    }

    /// Every path there is, with its methods.
    pub(super) fn all() -> impl Iterator<Item = (&'static str, &'static [&'static str])> {
        PATHS.into_iter().map(|(pattern, route)| (pattern, route(String::new()).methods()))
    }

    /// Whether a request only reads. A search does, although it is a POST.
    pub(super) fn reads(&self, method: &Method) -> bool {
        *method == Method::GET || matches!(self, Self::Search(_))
    }

    /// The methods the path takes.
    const fn methods(&self) -> &'static [&'static str] {
        match self {
            Self::Users | Self::Groups => &["GET", "HEAD", "POST"],
            Self::User(_) | Self::Group(_) => &["GET", "HEAD", "PUT", "PATCH", "DELETE"],
            Self::Search(_) => &["POST"],
            Self::Root | Self::ServiceProviderConfig | Self::ResourceTypes(_) | Self::Schemas(_) => &["GET", "HEAD"],
            Self::Bulk => &["POST"],
            Self::Me => &["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"],
        }
    }

    /// Refuses a method the path does not take.
    pub(super) fn check_method(&self, method: &Method) -> Result<(), Error> {
        if self.methods().contains(&method.as_str()) {
            return Ok(());
        }
        Err(Error::method_not_allowed(method, self.methods()))
    }
}

/// What a path names, by the value of its parameter.
type Named = fn(String) -> Route;

/// The paths, with what each names. A literal goes before a parameter in its place.
const PATHS: [(&str, Named); 15] = [
    ("", |_| Route::Root),
    (".search", |_| Route::Search(Reach::All)),
    ("Users", |_| Route::Users),
    ("Users/.search", |_| Route::Search(Reach::Users)),
    ("Users/{id}", Route::User),
    ("Groups", |_| Route::Groups),
    ("Groups/.search", |_| Route::Search(Reach::Groups)),
    ("Groups/{id}", Route::Group),
    ("ServiceProviderConfig", |_| Route::ServiceProviderConfig),
    ("ResourceTypes", |_| Route::ResourceTypes(None)),
    ("ResourceTypes/{name}", |name| Route::ResourceTypes(Some(name))),
    ("Schemas", |_| Route::Schemas(None)),
    ("Schemas/{urn}", |urn| Route::Schemas(Some(urn))),
    ("Bulk", |_| Route::Bulk),
    ("Me", |_| Route::Me),
];

/// The first path that fits, in any case: its pattern, what it names, and the value of its parameter.
fn find<'p>(segments: &[&'p str]) -> Option<(&'static str, Named, &'p str)> {
    PATHS.into_iter().find_map(|(pattern, route)| {
        let parameters = parameters(pattern, or_base(segments), str::eq_ignore_ascii_case)?;
        // A search of what cannot be searched is no resource of that name.
        if parameters.iter().any(|value| value.eq_ignore_ascii_case(".search")) {
            return None;
        }
        Some((pattern, route, parameters.first().copied().unwrap_or_default()))
    })
}

/// The base URI comes without a segment as well as with an empty one.
const fn or_base<'s, 'p>(segments: &'s [&'p str]) -> &'s [&'p str] {
    if segments.is_empty() { &[""] } else { segments }
}

/// Undoes percent encoding, which some clients apply to the colons of a schema's URN.
fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let decoded = (first == b'%').then(|| after.get(..2)).flatten();
        let decoded =
            decoded.and_then(|hex| std::str::from_utf8(hex).ok()).and_then(|hex| u8::from_str_radix(hex, 16).ok());
        bytes.push(decoded.unwrap_or(first));
        rest = if decoded.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_in_any_case() {
        assert_eq!(Route::parse(&["users"]), Some((Route::Users, false)));
        assert_eq!(Route::parse(&["GROUPS", "x"]), Some((Route::Group("x".to_owned()), false)));
        assert_eq!(Route::parse(&["schemas"]), Some((Route::Schemas(None), false)));
        let is_exact = |path| Route::parse(path).is_some_and(|(_, exact)| exact);
        for exact in [&[][..], &[""], &["Users"], &["Users", "X"], &["Groups", ".search"], &["ServiceProviderConfig"]] {
            assert!(is_exact(exact), "{exact:?}");
        }
        for inexact in [&["users"][..], &["Groups", ".Search"], &["GROUPS", "x"], &["me"]] {
            assert!(!is_exact(inexact), "{inexact:?}");
        }
    }

    #[test]
    fn percent_encoded_urns_are_read() {
        let route = Route::parse(&["Schemas", "urn%3Aietf%3aparams%zz"]);
        assert_eq!(route, Some((Route::Schemas(Some("urn:ietf:params%zz".to_owned())), true)));
    }

    #[test]
    fn searches_only_read() {
        assert_eq!(Route::parse(&["Groups", ".search"]), Some((Route::Search(Reach::Groups), true)));
        assert_eq!(Route::parse(&[".Search"]), Some((Route::Search(Reach::All), false)));
        assert_eq!(Route::parse(&[]), Some((Route::Root, true)));
        let search = Route::Search(Reach::Users);
        assert!(search.reads(&Method::POST) && search.check_method(&Method::GET).is_err());
        assert!(!Route::Users.reads(&Method::POST) && Route::Root.reads(&Method::GET));
    }

    #[test]
    fn other_paths_are_none() {
        for path in [
            &["Schemas", ".search"][..],
            &["", ""],
            &["Users", "a", "b"],
            &["Devices"],
            &["ServiceProviderConfig", "x"],
        ] {
            assert_eq!(Route::parse(path), None, "{path:?}");
        }
    }
}
