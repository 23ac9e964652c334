//! Operations on `members`, folded into one delta. The last word on an id counts, so the delta has the effect of the
//! operations in their order and can be applied as one set operation, without ever reading the members.

use std::collections::HashMap;

use serde_json::Value;
use uuid::Uuid;

use super::{envelope::Verb, profile::several_selected};
use crate::{
    model::filter::Operator,
    schema::{
        accept::{MemberKind, members},
        filter::Expr,
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
    /// Ids to add, as sent, each once; never also in `remove`.
    pub add: Vec<String>,
    /// Ids to remove, as sent, each once; empty when the base is cleared.
    pub remove: Vec<String>,
    /// Kinds of member to remove before adding.
    pub remove_kinds: Vec<MemberKind>,
}

/// The last thing said of an id, and when it was first spoken of since the last clearing.
#[derive(Debug)]
struct Said {
    at: usize,
    sent: String,
    is_member: bool,
}

/// A delta in the making.
#[derive(Debug, Default)]
pub(super) struct Fold {
    base: Base,
    kinds: Vec<MemberKind>,
    /// By id whatever its spelling.
    said: HashMap<String, Said>,
}

impl Fold {
    /// Folds in `add`, `remove` or `replace` of `members`.
    pub(super) fn operate(&mut self, verb: Verb, value: Option<Value>, stance: &mut Stance) -> Result<(), Refusal> {
        match (verb, value) {
            (Verb::Remove, None | Some(Value::Null)) => self.clear(),
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
            self.put(id, false);
        }
        Ok(())
    }

    fn clear(&mut self) {
        *self = Self { base: Base::Clear, ..Self::default() };
    }

    fn say(&mut self, listed: Value, is_member: bool, stance: &mut Stance) -> Result<(), Refusal> {
        for member in members::read(listed, stance)? {
            self.put(member.value, is_member);
        }
        Ok(())
    }

    /// The same UUID in another spelling is the same member.
    fn put(&mut self, id: String, is_member: bool) {
        let key = Uuid::try_parse(&id).map_or_else(|_| id.clone(), |uuid| uuid.to_string());
        let at = self.said.len();
        self.said.entry(key).or_insert(Said { at, sent: id, is_member }).is_member = is_member;
    }

    /// Of ids added before it in the same request only the database knows the kind.
    fn remove_kind(&mut self, kind: MemberKind) -> Result<(), Refusal> {
        if self.said.values().any(|said| said.is_member) {
            return Err(Refusal::value("remove members by type before adding members, or in a request of its own"));
        }
        if !self.kinds.contains(&kind) {
            self.kinds.push(kind);
        }
        Ok(())
    }

    /// The net effect.
    pub(super) fn into_delta(self) -> MembershipDelta {
        let mut said: Vec<_> = self.said.into_values().collect();
        said.sort_by_key(|said| said.at);
        let (add, remove): (Vec<_>, Vec<_>) = said.into_iter().partition(|said| said.is_member);
        let ids = |list: Vec<Said>| list.into_iter().map(|said| said.sent).collect::<Vec<_>>();
        let keeps = self.base == Base::Keep;
        MembershipDelta {
            base: self.base,
            add: ids(add),
            remove: if keeps { ids(remove) } else { Vec::new() },
            remove_kinds: if keeps { self.kinds } else { Vec::new() },
        }
    }
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
