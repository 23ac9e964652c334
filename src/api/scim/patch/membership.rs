//! Operations on `members`, folded into one delta. The last word on an id counts, so the delta has the effect of the
//! operations in their order and can be applied as one set operation, without ever reading the members.

use std::collections::HashMap;

use serde_json::Value;
use uuid::Uuid;

use super::{envelope::Verb, profile::several_selected};
use crate::{
    model::filter::Operator,
    schema::{
        accept::{MemberId, MemberKind, members},
        filter::Expr,
        input::Input,
        leniency::{Leniency, Stance},
        names,
        refusal::Refusal,
    },
};

/// What a membership delta starts from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Base {
    /// The members the group has.
    #[default]
    Keep,
    /// None.
    Clear,
}

/// The net effect of all member operations of a PATCH: the base, less `remove` and `remove_kinds`, plus `add`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MembershipDelta {
    /// Where it starts.
    pub base: Base,
    /// Ids to add, each once; never also in `remove`.
    pub add: Vec<Uuid>,
    /// What is to be added and can be nobody's id, as sent.
    pub strangers: Vec<String>,
    /// Ids to remove, each once; empty when the base is cleared. What can be nobody's id is in no group.
    pub remove: Vec<Uuid>,
    /// Kinds of member to remove before adding.
    pub remove_kinds: Vec<MemberKind>,
}

/// The last thing said of an id, and when it was first spoken of since the last clearing.
#[derive(Debug, Clone, Copy)]
struct Said {
    at: u32,
    is_member: bool,
}

/// A delta in the making.
#[derive(Debug, Default)]
pub(super) struct Fold {
    base: Base,
    kinds: Vec<MemberKind>,
    known: HashMap<Uuid, Said>,
    strangers: HashMap<String, Said>,
}

impl Fold {
    /// Folds in `add`, `remove` or `replace` of `members`.
    pub(super) fn operate(&mut self, verb: Verb, value: Option<Input<'_>>, stance: &mut Stance) -> Result<(), Refusal> {
        match (verb, value) {
            (Verb::Remove, None) => self.clear(),
            (Verb::Remove, Some(listed)) if listed.is_null() => self.clear(),
            (Verb::Remove, Some(listed)) => self.say(listed, false, stance)?,
            (Verb::Add, Some(listed)) => self.say(listed, true, stance)?,
            (Verb::Replace, Some(listed)) => {
                self.clear();
                self.say(listed, true, stance)?;
            }
            (Verb::Add | Verb::Replace, None) => {
                let detail = format!("{} members needs a \"value\": an array of members", verb.name());
                return Err(Refusal::value(detail));
            }
        }
        Ok(())
    }

    /// Folds in `remove members[…]`: terms on `value` joined by `or`, or one on `type`.
    ///
    /// `remove` of one member by `value` is the one path in brackets without a sub-attribute that strict takes: see
    /// [`crate::schema::Mode::Strict`].
    pub(super) fn select(&mut self, verb: Verb, filter: &Expr, stance: &mut Stance) -> Result<(), Refusal> {
        if verb != Verb::Remove {
            let detail = format!("{} does not work on selected members; remove them and add others", verb.name());
            return Err(Refusal::path(detail));
        }
        if let Some(kind) = kind_of(filter) {
            stance.tolerate(Leniency::SeveralSelected, || several_selected(&format!("members[{filter}]")))?;
            return self.remove_kind(kind);
        }
        let mut ids = Vec::new();
        if !collect_ids(filter, &mut ids) {
            let detail = "members are selected by members[value eq \"id\"], such terms joined by or, or members[type eq \"User\"]";
            return Err(Refusal::filter(detail));
        }
        if ids.len() > 1 {
            stance.tolerate(Leniency::SeveralSelected, || several_selected(&format!("members[{filter}]")))?;
        }
        for id in ids {
            self.put(MemberId::read(&id, stance)?, false);
        }
        Ok(())
    }

    fn clear(&mut self) {
        *self = Self { base: Base::Clear, ..Self::default() };
    }

    fn say(&mut self, listed: Input<'_>, is_member: bool, stance: &mut Stance) -> Result<(), Refusal> {
        members::read_each(listed, stance, &mut |id| self.put(id, is_member))
    }

    fn put(&mut self, id: MemberId, is_member: bool) {
        // A body has fewer ids than there are numbers.
        let at = u32::try_from(self.known.len() + self.strangers.len()).unwrap_or(u32::MAX);
        let said = Said { at, is_member };
        match id {
            MemberId::Known(id) => self.known.entry(id).or_insert(said),
            MemberId::Stranger(text) => self.strangers.entry(text).or_insert(said),
        }
        .is_member = is_member;
    }

    /// Of ids added before it in the same request only the database knows the kind.
    fn remove_kind(&mut self, kind: MemberKind) -> Result<(), Refusal> {
        if self.known.values().chain(self.strangers.values()).any(|said| said.is_member) {
            return Err(Refusal::value("remove members by type before adding members, or in a request of its own"));
        }
        if !self.kinds.contains(&kind) {
            self.kinds.push(kind);
        }
        Ok(())
    }

    /// The net effect.
    pub(super) fn into_delta(self) -> MembershipDelta {
        let keeps = self.base == Base::Keep;
        let (add, remove) = sorted(self.known);
        MembershipDelta {
            base: self.base,
            add,
            strangers: sorted(self.strangers).0,
            remove: if keeps { remove } else { Vec::new() },
            remove_kinds: if keeps { self.kinds } else { Vec::new() },
        }
    }
}

/// Those to be in and those to be out, in the order they were spoken of.
fn sorted<T>(said: HashMap<T, Said>) -> (Vec<T>, Vec<T>) {
    let mut said: Vec<_> = said.into_iter().collect();
    said.sort_unstable_by_key(|(_, said)| said.at);
    let (add, remove): (Vec<_>, Vec<_>) = said.into_iter().partition(|(_, said)| said.is_member);
    let ids = |list: Vec<(T, Said)>| list.into_iter().map(|(id, _)| id).collect();
    (ids(add), ids(remove))
}

fn kind_of(filter: &Expr) -> Option<MemberKind> {
    match filter {
        Expr::Compare(name, Operator::Eq, Value::String(kind)) if name.eq_ignore_ascii_case(names::TYPE) => {
            MemberKind::named(kind)
        }
        _ => None,
    }
}

fn collect_ids(filter: &Expr, ids: &mut Vec<String>) -> bool {
    match filter {
        Expr::Compare(name, Operator::Eq, Value::String(id)) if name.eq_ignore_ascii_case(names::VALUE) => {
            ids.push(id.clone());
            true
        }
        Expr::Or(terms) => terms.iter().all(|term| collect_ids(term, ids)),
        _ => false,
    }
}
