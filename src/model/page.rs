//! One way to ask for a part of a list, in two spellings: a window that counts (SCIM `startIndex`/`count`, native
//! `page`/`per_page`) and a seek that never does (keyset, for any depth at one cost).

/// Rows to skip and rows to take; the answer also says how many there are in all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Rows before the first one wanted.
    pub offset: i64,
    /// Rows wanted at the most; 0 asks for the total alone.
    pub limit: i64,
}

/// A part of a list, with the size of the whole.
#[derive(Debug, Clone)]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// How many rows there are in all.
    pub total: i64,
}

/// Where to start in a list that is read on from where the last page ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seek<Key> {
    /// The key of the last row already seen; `None` for the first page.
    pub after: Option<Key>,
    /// Rows wanted at the most.
    pub limit: i64,
}

/// A part of a list read by [`Seek`].
#[derive(Debug, Clone)]
pub struct Stretch<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Whether more follow.
    pub more: bool,
}

impl<T> Stretch<T> {
    /// From `limit + 1` rows asked for: the one too many says that there is more, and is taken off.
    #[must_use]
    pub fn from_overfetch(mut items: Vec<T>, limit: i64) -> Self {
        let limit = usize::try_from(limit).unwrap_or(0);
        let more = items.len() > limit;
        items.truncate(limit);
        Self { items, more }
    }
}
