//! Values as they went over the wire, written as text, so that a statement can be executed again by other means.

use chrono::{DateTime, Utc};
use tokio_postgres::types::Type;
use uuid::Uuid;

use super::tap::Parameter;

/// Seconds between the epoch of Unix and that of Postgres.
const EPOCH: i64 = 946_684_800;

/// Values that statements are executed with, by the names that stand for them.
#[derive(Default)]
pub(crate) struct Variables {
    /// Of every sample alike.
    same: Vec<String>,
    /// Arrays of the values of so many samples at a time.
    of_samples: Vec<Vec<String>>,
}

impl Variables {
    /// Names and values to begin with.
    pub(crate) fn all(&self) -> impl Iterator<Item = (String, &String)> {
        let same = self.same.iter().enumerate().map(|(at, value)| (format!("v{at}"), value));
        same.chain(self.of_samples.iter().enumerate().map(|(at, arrays)| (sampled(at), &arrays[0])))
    }

    /// Names and arrays of what differs from sample to sample, but for the first so many.
    pub(crate) fn of_samples(&self, but: usize) -> impl Iterator<Item = (String, &[String])> {
        self.of_samples.iter().enumerate().skip(but).map(|(at, arrays)| (sampled(at), arrays.as_slice()))
    }

    /// What stands for a value that is the same in every sample.
    pub(crate) fn same(&mut self, kind: &Type, value: &Parameter) -> String {
        let Some(bytes) = value else { return format!("NULL::{}", name(kind)) };
        let value = text(kind, bytes);
        if value.is_empty() {
            // Of which pgbench makes no variable.
            return format!("''::{}", name(kind));
        }
        format!(":v{}::{}", place(&mut self.same, value), name(kind))
    }

    /// What stands for the value of the sample whose number is in `:n`, among so many that are at hand at a time.
    pub(crate) fn of_sample(&mut self, kind: &Type, values: &[&Parameter], at_hand: usize) -> String {
        let element = |value: &&Parameter| match value {
            Some(bytes) => quoted_element(&text(kind, bytes)),
            None => "NULL".to_owned(),
        };
        let array = |values: &[&Parameter]| format!("{{{}}}", values.iter().map(element).collect::<Vec<_>>().join(","));
        let at = place(&mut self.of_samples, values.chunks_exact(at_hand).map(array).collect());
        format!("((:{}::text[])[:n])::{}", sampled(at), name(kind))
    }
}

fn sampled(at: usize) -> String {
    format!("s{at}")
}

/// Where it is, put at the end unless it is there.
fn place<T: PartialEq>(all: &mut Vec<T>, one: T) -> usize {
    all.iter().position(|known| *known == one).unwrap_or_else(|| {
        all.push(one);
        all.len() - 1
    })
}

/// The statement with these in place of `$1`, `$2`, ….
pub(crate) fn put_in(text: &str, stand_ins: &[String]) -> String {
    let mut sql = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        sql.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let number: usize = rest[..end].parse().unwrap();
        sql.push_str(&stand_ins[number - 1]);
        rest = &rest[end..];
    }
    sql + rest
}

/// A constant in which pgbench sees no variable: it looks for `:name` in constants too.
pub(crate) fn quoted(text: &str) -> String {
    match text.contains(':') {
        true => format!("E'{}'", text.replace('\\', "\\\\").replace('\'', "''").replace(':', "\\x3A")),
        false => format!("'{}'", text.replace('\'', "''")),
    }
}

/// An array type goes by the name of its elements in the catalogue.
fn name(kind: &Type) -> String {
    match kind.name().strip_prefix('_') {
        Some(element) => format!("{element}[]"),
        None => kind.name().to_owned(),
    }
}

fn text(kind: &Type, bytes: &[u8]) -> String {
    match *kind {
        Type::UUID => Uuid::from_slice(bytes).unwrap().to_string(),
        Type::BOOL => (bytes[0] != 0).to_string(),
        Type::INT8 | Type::INT4 => integer(bytes).to_string(),
        Type::TIMESTAMPTZ => instant(bytes).to_rfc3339(),
        // Behind the number of its version.
        Type::JSONB => String::from_utf8(bytes[1..].to_vec()).unwrap(),
        Type::TEXT | Type::VARCHAR => String::from_utf8(bytes.to_vec()).unwrap(),
        Type::UUID_ARRAY => array(&Type::UUID, bytes),
        Type::TEXT_ARRAY => array(&Type::TEXT, bytes),
        Type::INT8_ARRAY => array(&Type::INT8, bytes),
        Type::BOOL_ARRAY => array(&Type::BOOL, bytes),
        Type::TIMESTAMPTZ_ARRAY => array(&Type::TIMESTAMPTZ, bytes),
        Type::JSONB_ARRAY => array(&Type::JSONB, bytes),
        ref other => panic!("{other} has no entry in this table of types"),
    }
}

fn quoted_element(value: &str) -> String {
    format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
}

/// As wide as the server has said it is, which may be less than Postgres takes a bare statement to mean.
fn integer(bytes: &[u8]) -> i64 {
    let narrow = bytes.try_into().map(|bytes| i64::from(i32::from_be_bytes(bytes)));
    narrow.unwrap_or_else(|_| i64::from_be_bytes(bytes.try_into().unwrap()))
}

fn instant(bytes: &[u8]) -> DateTime<Utc> {
    let microseconds = i64::from_be_bytes(bytes.try_into().unwrap());
    DateTime::from_timestamp_micros(microseconds + EPOCH * 1_000_000).unwrap()
}

/// Dimensions, whether there are NULLs, the type; then for each dimension length and lower bound; then each element behind
/// its length.
fn array(element: &Type, bytes: &[u8]) -> String {
    let number = |at: usize| i32::from_be_bytes(bytes[at..at + 4].try_into().unwrap());
    let count = if number(0) == 0 { 0 } else { number(12) };
    let mut at = 20;
    let mut elements = Vec::new();
    for _ in 0..count {
        let length = usize::try_from(number(at));
        at += 4;
        // A negative length is NULL.
        elements
            .push(length.map_or("NULL".to_owned(), |length| quoted_element(&text(element, &bytes[at..at + length]))));
        at += length.unwrap_or(0);
    }
    format!("{{{}}}", elements.join(","))
}
