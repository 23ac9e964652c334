//! Cursors (RFC 9865): where the next or the previous page starts, as text the client gives back. The server keeps nothing
//! of them. A cursor is good for the tenant, endpoint, filter and order it was made for, and for a day; it grants nothing:
//! the credential is judged anew on every page.

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::context::Call;
use super::error::Error;
use crate::model::listing::{Cut, ResourceKind};

/// Seconds a cursor can be used after it was given.
pub(super) const TIMEOUT_SECONDS: i64 = 24 * 60 * 60;

/// Longest text that is looked at: several times what the longest sort key makes.
const MAX_TEXT: usize = 32 * 1024;

const BACKWARD: u8 = 1;
const BEHIND: u8 = 2;
const GROUP: u8 = 4;
const KEYED: u8 = 8;
const COUNTED: u8 = 16;

/// What a cursor says: walk from here, in this direction, in a list of this size if it has been counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cursor {
    pub(super) cut: Cut,
    pub(super) backward: bool,
    pub(super) total: Option<i64>,
}

/// What a cursor is bound to beside the tenant: every parameter that decides which rows come in which order.
#[derive(Debug, Clone)]
pub(super) struct Binding {
    pub(super) endpoint: &'static str,
    pub(super) filter: String,
    pub(super) order: String,
}

/// The cursor's text.
pub(super) async fn seal(call: &Call, binding: &Binding, cursor: &Cursor) -> Result<String, Error> {
    let expires = call.domain().clock().now() + TimeDelta::seconds(TIMEOUT_SECONDS);
    let tenant = call.scope.tenant().to_string();
    Ok(call.domain().seal(&context(binding, &tenant), &write(cursor, expires)).await?)
}

/// What a cursor's text says, if it is one for this very query.
pub(super) async fn open(call: &Call, binding: &Binding, text: &str) -> Result<Cursor, Error> {
    let tenant = call.scope.tenant().to_string();
    let payload = match text.len() {
        0..=MAX_TEXT => call.domain().unseal(&context(binding, &tenant), text).await?,
        _ => None,
    };
    let (cursor, expires) = payload.as_deref().and_then(read).ok_or_else(|| {
        Error::cursor(
            "the cursor is none this server gave for this query: send nextCursor or previousCursor unchanged, with the \
             same filter, sortBy and sortOrder, or an empty cursor to start again",
        )
    })?;
    if expires < call.domain().clock().now() {
        let hours = TIMEOUT_SECONDS / 3600;
        return Err(Error::expired_cursor(format!(
            "the cursor has expired: it could be used for {hours} hours; send an empty cursor to start again"
        )));
    }
    Ok(cursor)
}

fn context<'b>(binding: &'b Binding, tenant: &'b str) -> [&'b str; 5] {
    ["scim cursor 1", tenant, binding.endpoint, &binding.filter, &binding.order]
}

fn write(cursor: &Cursor, expires: DateTime<Utc>) -> Vec<u8> {
    let cut = &cursor.cut;
    let flag = |set: bool, bit: u8| if set { bit } else { 0 };
    let flags = flag(cursor.backward, BACKWARD)
        | flag(cut.behind, BEHIND)
        | flag(cut.kind == ResourceKind::Group, GROUP)
        | flag(cut.key.is_some(), KEYED)
        | flag(cursor.total.is_some(), COUNTED);
    let mut bytes = vec![flags];
    bytes.extend_from_slice(&expires.timestamp().to_be_bytes());
    bytes.extend_from_slice(cut.id.as_bytes());
    bytes.extend_from_slice(&cursor.total.unwrap_or_default().to_be_bytes());
    bytes.extend_from_slice(cut.key.as_deref().unwrap_or_default().as_bytes());
    bytes
}

fn read(bytes: &[u8]) -> Option<(Cursor, DateTime<Utc>)> {
    let (&flags, rest) = bytes.split_first()?;
    let (expires, rest) = rest.split_first_chunk::<8>()?;
    let (id, rest) = rest.split_first_chunk::<16>()?;
    let (total, key) = rest.split_first_chunk::<8>()?;
    let key = String::from_utf8(key.to_vec()).ok()?;
    let cut = Cut {
        kind: if flags & GROUP == 0 { ResourceKind::User } else { ResourceKind::Group },
        key: (flags & KEYED != 0).then_some(key),
        id: Uuid::from_bytes(*id),
        behind: flags & BEHIND != 0,
    };
    let expires = DateTime::from_timestamp(i64::from_be_bytes(*expires), 0)?;
    let total = (flags & COUNTED != 0).then_some(i64::from_be_bytes(*total));
    Some((Cursor { cut, backward: flags & BACKWARD != 0, total }, expires))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_was_written_is_read(
            key: Option<String>, id: u128, flags: [bool; 3], total: Option<i64>, seconds in 0_i64..4_000_000_000,
        ) {
            let [group, behind, backward] = flags;
            let kind = if group { ResourceKind::Group } else { ResourceKind::User };
            let cursor = Cursor { cut: Cut { kind, key, id: Uuid::from_u128(id), behind }, backward, total };
            let expires = DateTime::from_timestamp(seconds, 0).unwrap();
            prop_assert_eq!(read(&write(&cursor, expires)), Some((cursor, expires)));
        }

        #[test]
        fn any_bytes_are_read_without_panic(bytes: Vec<u8>) {
            let _ = read(&bytes);
        }
    }
}
