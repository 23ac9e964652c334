//! One way to ask for a part of a list, in two spellings: a window that counts (SCIM `startIndex`/`count`, native
//! `page`/`per_page`) and a seek that never does (keyset, for any depth at one cost).

/// Rows to skip and rows to take; the answer also says how many there are in all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
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

impl Window {
    /// The size of the whole list, when the rows that came already tell it: the page was not full, so the list ends there.
    #[must_use]
    pub fn total_if_known(self, rows: usize) -> Option<i64> {
        let rows = i64::try_from(rows).unwrap_or(i64::MAX);
        let reaches_the_end = rows < self.limit && (rows > 0 || self.offset == 0);
        reaches_the_end.then_some(self.offset + rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_that_is_not_full_tells_the_total() {
        assert_eq!(Window { offset: 0, limit: 10 }.total_if_known(3), Some(3));
        assert_eq!(Window { offset: 20, limit: 10 }.total_if_known(3), Some(23));
        assert_eq!(Window { offset: 0, limit: 10 }.total_if_known(0), Some(0));
    }

    #[test]
    fn a_full_page_or_one_past_the_end_does_not() {
        assert_eq!(Window { offset: 0, limit: 10 }.total_if_known(10), None);
        assert_eq!(Window { offset: 20, limit: 10 }.total_if_known(0), None);
        assert_eq!(Window { offset: 0, limit: 0 }.total_if_known(0), None);
    }

    #[test]
    fn one_row_too_many_says_that_there_is_more() {
        let stretch = Stretch::from_overfetch(vec![1, 2, 3], 2);
        assert_eq!((stretch.items, stretch.more), (vec![1, 2], true));
        assert!(!Stretch::from_overfetch(vec![1, 2], 2).more);
    }
}
