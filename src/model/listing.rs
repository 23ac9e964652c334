//! Lists of resources of one kind or several, sorted and cut into pages. A page is asked for by number of rows (a
//! [`Window`]) or as a [`Walk`] on from where another page ended, which costs the same at any depth. No cursor text here:
//! how a [`Cut`] travels is for the facades.

use uuid::Uuid;

use super::filter::{Field, Filter, Operator};
use super::group::Group;
use super::membership::UserGroup;
use super::page::Window;
use super::user::User;

/// The kinds of resources that can be listed, in the order they have in a list of several kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ResourceKind {
    /// Users.
    User,
    /// Groups.
    Group,
}

/// A resource of either kind.
#[derive(Debug, Clone)]
pub enum Resource {
    /// A user.
    User(Box<User>),
    /// A group.
    Group(Box<Group>),
}

impl Resource {
    /// Its kind.
    #[must_use]
    pub const fn kind(&self) -> ResourceKind {
        match self {
            Self::User(_) => ResourceKind::User,
            Self::Group(_) => ResourceKind::Group,
        }
    }

    /// The user, if it is one.
    #[must_use]
    pub const fn as_user(&self) -> Option<&User> {
        match self {
            Self::User(user) => Some(user),
            Self::Group(_) => None,
        }
    }

    /// Its id.
    #[must_use]
    pub const fn uuid(&self) -> Uuid {
        match self {
            Self::User(user) => user.id.uuid(),
            Self::Group(group) => group.id.uuid(),
        }
    }
}

/// By what a list is ordered (RFC 7644 section 3.4.2.3). Resources without a value come last, or first in descending
/// order; those with the same value go by id, in the same direction.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Sort {
    /// The attribute; `None` where resources of the kind have none such, so that all of them are without a value. Of a
    /// multi-valued one the primary value counts, else the first.
    pub field: Option<Field>,
    /// From the greatest value to the least.
    pub descending: bool,
}

/// Which resources of one kind a list shows, and in which order; without a sort in order of creation. Kinds that are listed
/// together are all sorted or none is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Wanted {
    /// The kind.
    pub kind: ResourceKind,
    /// What they satisfy.
    pub filter: Option<Filter>,
    /// How they are ordered.
    pub sort: Option<Sort>,
    /// The base of the addresses that answers show; filters may ask for those.
    pub base: String,
    /// Whether the groups of users are wanted with them.
    pub groups: bool,
}

impl Wanted {
    /// Whether it looks somebody up by a name that few or none share.
    #[must_use]
    pub fn looks_up(&self) -> bool {
        self.filter.as_ref().is_some_and(names)
    }

    /// Whether few are to be expected: whoever has a name, or an address.
    #[must_use]
    pub fn expects_few(&self) -> bool {
        self.filter.as_ref().is_some_and(|filter| names(filter) || has_address(filter))
    }

    /// Whether it is the whole list as it grew.
    #[must_use]
    pub const fn is_everything(&self) -> bool {
        self.filter.is_none() && self.sort.is_none()
    }
}

fn names(filter: &Filter) -> bool {
    const NAMES: [&str; 4] = ["id", "userName", "externalId", "displayName"];
    match filter {
        Filter::And(terms) => terms.iter().any(names),
        Filter::Compare(field, Operator::Eq, _) => {
            field.extension.is_none() && NAMES.contains(&field.attribute.as_str())
        }
        _ => false,
    }
}

fn has_address(filter: &Filter) -> bool {
    let emails = |field: &Field| field.extension.is_none() && field.attribute == "emails";
    match filter {
        Filter::And(terms) => terms.iter().any(has_address),
        Filter::Compare(field, Operator::Eq, _) => emails(field) && field.sub.as_deref() == Some("value"),
        Filter::Element(field, inner) if emails(field) => match &**inner {
            Filter::And(terms) => terms.iter().any(equals_value),
            inner => equals_value(inner),
        },
        _ => false,
    }
}

/// Whether the sub-attribute `value` has to equal something.
fn equals_value(filter: &Filter) -> bool {
    matches!(filter, Filter::Compare(field, Operator::Eq, _) if field.sub.as_deref() == Some("value"))
}

/// A place between two neighbours of an ordered list, told by one of them. It stays where it is when the row it was told
/// by changes or goes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Cut {
    /// The row's kind.
    pub kind: ResourceKind,
    /// The value the row was sorted by, as text, if it had one and the list was sorted.
    pub key: Option<String>,
    /// The row's id.
    pub id: Uuid,
    /// Whether the cut is behind the row or before it.
    pub behind: bool,
}

/// Rows on one side of a cut, those nearest to it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Walk {
    /// Where to start; `None` for the start of the list.
    pub from: Option<Cut>,
    /// Towards the start of the list instead of its end.
    pub backward: bool,
    /// Rows wanted at the most; 0 asks for the total alone.
    pub limit: i64,
    /// How many the list has, when that was counted for a page before and need not be again.
    pub total: Option<i64>,
}

/// Which part of a list is wanted.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Part {
    /// Rows by their number.
    Window(Window),
    /// Rows next to a cut.
    Walk(Walk),
}

/// A part of a list.
#[derive(Debug, Clone)]
pub struct Listed {
    /// The resources in the order of the list. Without a sort, users come before groups.
    pub items: Vec<Resource>,
    /// The groups of the users, by user and group, when they were wanted.
    pub groups: Vec<UserGroup>,
    /// How many the whole list has.
    pub total: i64,
    /// Where to walk backward from; `None` when nothing comes before. Only a walk knows.
    pub previous: Option<Cut>,
    /// Where to walk on from; `None` when nothing follows. Only a walk knows.
    pub next: Option<Cut>,
}
