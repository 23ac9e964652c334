//! Where a request really comes from. `Forwarded` (RFC 7239) and `X-Forwarded-For`, `-Proto` and `-Host` are anybody's to
//! write, so they are read only as far as configured proxies vouch for them: from the nearest hop backwards, until one is
//! no proxy of ours. Without configured proxies the connection alone tells. Who comes by a socket in the file system is a
//! proxy by that: the file's permissions say who may.

use std::net::{IpAddr, SocketAddr};

use ipnet::IpNet;
use poem::http::{HeaderMap, HeaderName};

const FORWARDED: HeaderName = HeaderName::from_static("forwarded");
const FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
/// Hops that are looked at; a chain of proxies that one runs oneself is shorter.
const MOST_HOPS: usize = 32;

/// The proxies that are believed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Proxies(Vec<IpNet>);

/// Who is at the other end of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Peer {
    /// Somebody at this address.
    At(IpAddr),
    /// Somebody who may open the server's socket in the file system.
    Local,
    /// Nobody knows.
    Unknown,
}

/// Who sent a request, as far as it can be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// The address; `None` where a connection has none.
    pub address: Option<IpAddr>,
    /// The host the client asked for, when a proxy says so.
    pub host: Option<String>,
    /// Whether the client's own connection is one of TLS.
    pub https: bool,
}

/// What one hop says of the one before it.
#[derive(Debug, Default)]
struct Hop {
    from: Option<String>,
    proto: Option<String>,
    host: Option<String>,
}

impl Proxies {
    /// Believes proxies in these networks.
    #[must_use]
    pub const fn new(networks: Vec<IpNet>) -> Self {
        Self(networks)
    }

    /// Who sent the request with these headers, over a connection from `peer`.
    #[must_use]
    pub fn client(&self, peer: Peer, https: bool, headers: &HeaderMap) -> Client {
        let (known, believed) = match peer {
            Peer::At(address) => (Some(address), self.vouch(address)),
            Peer::Local => (None, true),
            Peer::Unknown => (None, false),
        };
        let mut client = Client { address: known, host: None, https };
        if !believed {
            return client;
        }
        for hop in hops(headers) {
            if let Some(host) = hop.host {
                client.host = Some(host);
            }
            if let Some(proto) = hop.proto {
                client.https = proto.eq_ignore_ascii_case("https");
            }
            // What is no address ("unknown", a hidden name) ends the chain: whoever said so is the last one known.
            let Some(from) = hop.from.as_deref().and_then(address) else { break };
            client.address = Some(from);
            if !self.vouch(from) {
                break;
            }
        }
        client
    }

    /// Whether this is the address of one of them.
    #[must_use]
    pub fn vouch(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address.to_canonical()))
    }
}

/// The hops, the nearest first. `Forwarded` says more exactly which belongs to which and is preferred.
fn hops(headers: &HeaderMap) -> Vec<Hop> {
    let forwarded = values(headers, &FORWARDED);
    if !forwarded.is_empty() {
        return forwarded.iter().rev().take(MOST_HOPS).map(|element| read(element)).collect();
    }
    let (from, proto, host) = (values(headers, &FOR), values(headers, &PROTO), values(headers, &HOST));
    let length = from.len().max(proto.len()).max(host.len()).min(MOST_HOPS);
    let nth = |all: &[String], at: usize| all.len().checked_sub(at + 1).and_then(|at| all.get(at)).cloned();
    (0..length).map(|at| Hop { from: nth(&from, at), proto: nth(&proto, at), host: nth(&host, at) }).collect()
}

/// The elements of a list header, over all its lines. Commas within quotes do not part.
fn values(headers: &HeaderMap, name: &HeaderName) -> Vec<String> {
    let lines = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    let elements = lines.flat_map(|line| split(line, ','));
    elements.map(|element| element.trim().to_owned()).filter(|element| !element.is_empty()).collect()
}

fn split(text: &str, at: char) -> Vec<&str> {
    let mut quoted = false;
    let parting = |c: char| {
        quoted ^= c == '"';
        c == at && !quoted
    };
    text.split(parting).collect()
}

/// One element of `Forwarded`.
fn read(element: &str) -> Hop {
    let mut hop = Hop::default();
    for pair in split(element, ';') {
        let Some((name, value)) = pair.split_once('=') else { continue };
        let value = Some(value.trim().trim_matches('"').to_owned());
        match name.trim().to_ascii_lowercase().as_str() {
            "for" => hop.from = value,
            "proto" => hop.proto = value,
            "host" => hop.host = value,
            _ => {}
        }
    }
    hop
}

/// An address, with or without a port, an IPv6 one with or without brackets.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.trim_start_matches('[').trim_end_matches(']');
    bare.parse::<IpAddr>().or_else(|_| text.parse::<SocketAddr>().map(|socket| socket.ip())).ok()
}

#[cfg(test)]
mod tests {
    use poem::http::HeaderValue;

    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, HeaderValue::from_str(value).unwrap());
        }
        headers
    }

    /// Of a request through `10.0.0.1`, with `10.0.0.0/8` and `2001:db8::/32` believed.
    fn told(pairs: &[(&'static str, &str)]) -> (String, bool, String) {
        told_by("10.0.0.1", pairs)
    }

    fn told_by(peer: &str, pairs: &[(&'static str, &str)]) -> (String, bool, String) {
        let proxies = Proxies::new(vec!["10.0.0.0/8".parse().unwrap(), "2001:db8::/32".parse().unwrap()]);
        let client = proxies.client(Peer::At(peer.parse().unwrap()), false, &headers(pairs));
        (client.address.unwrap().to_string(), client.https, client.host.unwrap_or_default())
    }

    #[test]
    fn strangers_are_not_believed() {
        let claims =
            [("x-forwarded-for", "192.0.2.1"), ("x-forwarded-proto", "https"), ("x-forwarded-host", "evil.example")];
        assert_eq!(told_by("198.51.100.1", &claims), ("198.51.100.1".to_owned(), false, String::new()));
        let none = Proxies::default().client(Peer::At("127.0.0.1".parse().unwrap()), true, &headers(&claims));
        assert_eq!((none.address.unwrap().to_string().as_str(), none.https, none.host), ("127.0.0.1", true, None));
        assert_eq!(Proxies::default().client(Peer::Unknown, false, &headers(&claims)).address, None);
    }

    #[test]
    fn who_may_open_the_socket_is_believed() {
        let local = |chain: &str| {
            let headers = headers(&[("x-forwarded-for", chain), ("x-forwarded-proto", "https")]);
            let client = Proxies::new(vec!["10.0.0.0/8".parse().unwrap()]).client(Peer::Local, false, &headers);
            (client.address.map(|address| address.to_string()), client.https)
        };
        assert_eq!(local("192.0.2.1"), (Some("192.0.2.1".to_owned()), true));
        assert_eq!(local("203.0.113.9, 192.0.2.1, 10.0.0.2"), (Some("192.0.2.1".to_owned()), true));
        assert_eq!(local("unknown"), (None, true));
        let silent = Proxies::default().client(Peer::Local, false, &HeaderMap::new());
        assert_eq!(silent, Client { address: None, host: None, https: false });
    }

    #[test]
    fn proxies_are_believed_as_far_as_they_vouch() {
        let claims =
            [("x-forwarded-for", "192.0.2.1"), ("x-forwarded-proto", "https"), ("x-forwarded-host", "id.example.com")];
        assert_eq!(told(&claims), ("192.0.2.1".to_owned(), true, "id.example.com".to_owned()));
        // What the client itself has written stands to the left of what the proxy appends.
        let spoofed = [("x-forwarded-for", "203.0.113.9, 192.0.2.1"), ("x-forwarded-for", "10.0.0.2")];
        assert_eq!(told(&spoofed).0, "192.0.2.1");
        assert_eq!(told(&[("x-forwarded-host", "evil.example, id.example.com")]).2, "id.example.com");
        assert_eq!(told_by("::ffff:10.0.0.1", &claims).0, "192.0.2.1");
    }

    #[test]
    fn forwarded_is_read_as_its_rfc_has_it() {
        let element =
            "for=203.0.113.9;host=evil.example, For=\"[2001:db9::1]:4711\";proto=https;Host=\"id.example.com\"";
        let expected = ("2001:db9::1".to_owned(), true, "id.example.com".to_owned());
        assert_eq!(told(&[("forwarded", element), ("x-forwarded-for", "192.0.2.1")]), expected);
        assert_eq!(told(&[("forwarded", "for=192.0.2.1, for=unknown;proto=https")]).0, "10.0.0.1");
        assert_eq!(told(&[("forwarded", "for=_hidden")]).0, "10.0.0.1");
        assert_eq!(
            told(&[("forwarded", "for=192.0.2.1;by=\"a,b;c\";proto=http, for=\"[2001:db8::7]\"")]).0,
            "192.0.2.1"
        );
    }

    #[test]
    fn nonsense_does_no_harm() {
        let long = "10.0.0.9, ".repeat(10_000);
        for text in ["", ",,,", ";=;", "for", "for=", "for=\"", "\"", "[", "[]:1", "999.1.1.1", long.as_str()] {
            for name in ["forwarded", "x-forwarded-for"] {
                let (address, https, host) = told(&[(name, text)]);
                assert!(address.starts_with("10.0.0.") && !https && host.is_empty(), "{name}: {text:.40}");
            }
        }
    }
}
