//! The types of single settings: each reads its text and refuses what cannot be meant.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use ipnet::IpNet;

/// Why a text is not a value of its setting.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{text}\" {reason}")]
pub struct Unfit {
    text: String,
    reason: String,
}

pub(super) fn unfit(text: &str, reason: impl Into<String>) -> Unfit {
    Unfit { text: text.to_owned(), reason: reason.into() }
}

/// Where to listen: a host name or address, and a port; port 0 takes any free one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListenAddress(String);

impl Default for ListenAddress {
    fn default() -> Self {
        Self("127.0.0.1:8080".to_owned())
    }
}

impl FromStr for ListenAddress {
    type Err = Unfit;

    fn from_str(text: &str) -> Result<Self, Unfit> {
        let (host, port) = text.rsplit_once(':').ok_or_else(|| unfit(text, "has no port"))?;
        port.parse::<u16>()
            .map_err(|_| unfit(text, format!("has \"{port}\" for a port, which goes from 0 to 65535")))?;
        if host.is_empty() {
            return Err(unfit(text, "has no host; 0.0.0.0 stands for every address"));
        }
        if host.contains(':') && !(host.starts_with('[') && host.ends_with(']')) {
            return Err(unfit(text, "has an IPv6 address without brackets"));
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for ListenAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The address clients know the server by, without a slash at the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl(String);

impl PublicUrl {
    /// As text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for PublicUrl {
    type Err = Unfit;

    fn from_str(text: &str) -> Result<Self, Unfit> {
        let url: reqwest::Url = text.parse().map_err(|error| unfit(text, format!("is no URL: {error}")))?;
        if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
            return Err(unfit(text, "does not begin with http:// or https://"));
        }
        if url.query().is_some() || url.fragment().is_some() || !url.username().is_empty() || url.password().is_some() {
            return Err(unfit(text, "has more than a host, a port and a path"));
        }
        Ok(Self(text.trim_end_matches('/').to_owned()))
    }
}

/// An origin of pages in a browser, as browsers send it: scheme, host, and a port unless it is the scheme's own; or `*`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin(pub String);

impl FromStr for Origin {
    type Err = Unfit;

    fn from_str(text: &str) -> Result<Self, Unfit> {
        if text == "*" {
            return Ok(Self(text.to_owned()));
        }
        let url: reqwest::Url = text.parse().map_err(|error| unfit(text, format!("is no origin: {error}")))?;
        let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        let bare = bare && url.username().is_empty() && url.password().is_none();
        if !matches!(url.scheme(), "http" | "https") || !bare {
            return Err(unfit(text, "is no origin: it has more, or less, than http:// or https://, a host and a port"));
        }
        Ok(Self(url.origin().ascii_serialization()))
    }
}

/// An address, or a network in the notation of CIDR.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network(pub IpNet);

impl FromStr for Network {
    type Err = Unfit;

    fn from_str(text: &str) -> Result<Self, Unfit> {
        let network = text.parse().or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
        network.map(Self).map_err(|_| unfit(text, "is neither an address nor a network"))
    }
}

/// A number of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ByteSize(pub usize);

impl FromStr for ByteSize {
    type Err = Unfit;

    fn from_str(text: &str) -> Result<Self, Unfit> {
        const LARGEST: usize = 1 << 30;
        let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let factor = match text[digits.len()..].to_ascii_lowercase().as_str() {
            "" | "b" => 1,
            "kib" | "k" => 1 << 10,
            "mib" | "m" => 1 << 20,
            "gib" | "g" => 1 << 30,
            other => return Err(unfit(text, format!("has the unknown unit {other}"))),
        };
        let number = digits.trim().parse::<usize>().map_err(|_| unfit(text, "is no number of bytes"))?;
        let bytes = number.checked_mul(factor).filter(|bytes| (1..=LARGEST).contains(bytes));
        bytes.map(Self).ok_or_else(|| unfit(text, "is out of range"))
    }
}

/// Connections a pool may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Connections(pub u32);

impl Default for Connections {
    /// Four a core, and not fewer than 8: Postgres does the work, and more connections than that only queue there.
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self(u32::try_from(cores.saturating_mul(4)).unwrap_or(u32::MAX).clamp(8, 64))
    }
}

impl FromStr for Connections {
    type Err = Unfit;

    fn from_str(text: &str) -> Result<Self, Unfit> {
        let number = text.trim().parse().ok().filter(|number| (1..=1000).contains(number));
        number.map(Self).ok_or_else(|| unfit(text, "does not fit"))
    }
}

/// Threads that work on requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Workers(pub usize);

impl Default for Workers {
    /// Half of the cores. The database needs the others, and on a machine that both share threads that wake each other for
    /// every step of a request cost more than they bring.
    fn default() -> Self {
        Self(std::thread::available_parallelism().map_or(1, |cores| cores.get().div_ceil(2)))
    }
}

impl FromStr for Workers {
    type Err = Unfit;

    fn from_str(text: &str) -> Result<Self, Unfit> {
        let number = text.trim().parse().ok().filter(|number| (1..=1000).contains(number));
        number.map(Self).ok_or_else(|| unfit(text, "does not fit"))
    }
}

/// Tokens a cache may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tokens(pub usize);

impl Default for Tokens {
    /// A few megabytes.
    fn default() -> Self {
        Self(10_000)
    }
}

impl FromStr for Tokens {
    type Err = Unfit;

    fn from_str(text: &str) -> Result<Self, Unfit> {
        let number = text.trim().parse().ok().filter(|number| *number <= 1_000_000);
        number.map(Self).ok_or_else(|| unfit(text, "does not fit"))
    }
}

/// Something that is done or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Switch(pub bool);

impl FromStr for Switch {
    type Err = Unfit;

    fn from_str(text: &str) -> Result<Self, Unfit> {
        match text.trim() {
            "true" | "on" => Ok(Self(true)),
            "false" | "off" => Ok(Self(false)),
            _ => Err(unfit(text, "is neither true nor false")),
        }
    }
}

/// Which log lines are written, in the notation of `tracing`'s filters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogFilter(String);

impl LogFilter {
    /// As text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for LogFilter {
    type Err = Unfit;

    fn from_str(text: &str) -> Result<Self, Unfit> {
        // A bare word that is no level would be taken for a module and silence everything.
        let bare = |part: &str| {
            !part.contains(['=', '[', ':']) && part.parse::<tracing::level_filters::LevelFilter>().is_err()
        };
        if let Some(part) = text.split(',').map(str::trim).find(|part| bare(part)) {
            return Err(unfit(
                text,
                format!("has \"{part}\", which is no level (off, error, warn, info, debug, trace)"),
            ));
        }
        match tracing_subscriber::EnvFilter::try_new(text) {
            Ok(_) => Ok(Self(text.to_owned())),
            Err(error) => Err(unfit(text, format!("is no filter: {error}"))),
        }
    }
}

/// The form of log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

impl FromStr for LogFormat {
    type Err = Unfit;

    fn from_str(text: &str) -> Result<Self, Unfit> {
        match text {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => Err(unfit(text, "is no format")),
        }
    }
}
