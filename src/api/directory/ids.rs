//! Ids in bodies. Clients spell lists of them in several ways; whichever it was, one that names nobody is told of by the
//! place where it stood.

use std::collections::HashSet;
use std::fmt::Display;
use std::str::FromStr;

use poem_openapi::{Object, Union};

use crate::api::native::refused::{Fault, Step};

/// A user by id alone.
#[derive(Object)]
pub(super) struct ById {
    /// The user's id.
    user_id: String,
}

/// A user, as its id or as an object with it.
#[derive(Union)]
pub(super) enum UserRef {
    /// The id.
    Id(String),
    /// An object with the id.
    Object(ById),
}

/// Ids as they were sent, each with the way to it.
#[derive(Default)]
pub(super) struct SentIds(Vec<(Vec<Step>, String)>);

impl SentIds {
    /// A list of ids, or none.
    pub(super) fn list(field: &str, ids: Option<Vec<String>>) -> Self {
        let entry = |(position, text): (usize, String)| (vec![field.into(), position.into()], text);
        Self(ids.into_iter().flatten().enumerate().map(entry).collect())
    }

    /// A list of users, or none.
    pub(super) fn users(field: &str, users: Option<Vec<UserRef>>) -> Self {
        let entry = |(position, user): (usize, UserRef)| match user {
            UserRef::Id(text) => (vec![field.into(), position.into()], text),
            UserRef::Object(ById { user_id }) => (vec![field.into(), position.into(), "user_id".into()], user_id),
        };
        Self(users.into_iter().flatten().enumerate().map(entry).collect())
    }

    /// One id, or none.
    pub(super) fn one(field: &str, id: Option<String>) -> Self {
        Self(id.into_iter().map(|text| (vec![field.into()], text)).collect())
    }

    /// These and those.
    pub(super) fn and(mut self, others: Self) -> Self {
        self.0.extend(others.0);
        self
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Those that can be somebody's, and the texts that cannot.
    pub(super) fn sort_out<Id: FromStr>(&self) -> (Vec<Id>, Vec<String>) {
        let (mut ids, mut malformed) = (Vec::new(), Vec::new());
        for (_, text) in &self.0 {
            match text.parse() {
                Ok(id) => ids.push(id),
                Err(_) => malformed.push(text.clone()),
            }
        }
        (ids, malformed)
    }

    /// A fault for every place where one of the unknown ids stood.
    pub(super) fn not_found<Id: FromStr + Display>(&self, what: &str, unknown: &[String]) -> Vec<Fault> {
        self.among::<Id>(unknown).map(|(way, text)| not_found(what, way, text)).collect()
    }

    /// Those of the unknown ids, as they were sent, each once.
    pub(super) fn passed_over<Id: FromStr + Display>(&self, unknown: &[String]) -> Vec<String> {
        let mut seen = HashSet::new();
        self.among::<Id>(unknown).filter(|(_, text)| seen.insert(text)).map(|(_, text)| text.clone()).collect()
    }

    fn among<Id: FromStr + Display>(&self, ids: &[String]) -> impl Iterator<Item = &(Vec<Step>, String)> {
        let ids: HashSet<String> = ids.iter().cloned().collect();
        let canonical = |text: &str| text.parse::<Id>().map_or_else(|_| text.to_owned(), |id| id.to_string());
        self.0.iter().filter(move |(_, text)| ids.contains(&canonical(text)))
    }

    /// A fault for every one of them.
    pub(super) fn every_not_found(&self, what: &str) -> Vec<Fault> {
        self.0.iter().map(|(way, text)| not_found(what, way, text)).collect()
    }

    /// A fault for every place where an id stands that is in the other list too.
    pub(super) fn also_in<Id: FromStr + Display>(&self, other: &Self, name: &str) -> Vec<Fault> {
        let theirs: HashSet<String> = other.sort_out::<Id>().0.iter().map(ToString::to_string).collect();
        let twice = |text: &str| text.parse::<Id>().is_ok_and(|id| theirs.contains(&id.to_string()));
        let message = format!("The same user is in {name}: it can only come or go");
        self.0
            .iter()
            .filter(|(_, text)| twice(text))
            .map(|(way, _)| Fault::new("body", way.iter().cloned(), "value_error", message.clone()))
            .collect()
    }
}

fn not_found(what: &str, way: &[Step], text: &str) -> Fault {
    let shown: String = text.chars().take(80).collect();
    Fault::new("body", way.iter().cloned(), "not_found", format!("{what} not found: \"{shown}\""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ids::UserId;

    const ADA: &str = "01980000-0000-7000-8000-000000000001";
    const BEN: &str = "01980000-0000-7000-8000-000000000002";

    #[test]
    fn what_is_unknown_is_told_by_its_places() {
        let object = UserRef::Object(ById { user_id: format!("usr_{BEN}") });
        let users = vec![UserRef::Id(ADA.to_owned()), object, UserRef::Id("nobody".to_owned())];
        let sent = SentIds::users("members", Some(users)).and(SentIds::one("user_id", Some(BEN.to_uppercase())));
        let (known, malformed) = sent.sort_out::<UserId>();
        assert_eq!((known.len(), malformed), (3, vec!["nobody".to_owned()]));
        let faults = sent.not_found::<UserId>("User", &[BEN.to_owned(), "nobody".to_owned()]);
        let ways: Vec<Vec<Step>> = faults.into_iter().map(|fault| fault.loc[1..].to_vec()).collect();
        let expected: [Vec<Step>; 3] = [
            vec!["members".into(), 1.into(), "user_id".into()],
            vec!["members".into(), 2.into()],
            vec!["user_id".into()],
        ];
        assert_eq!(ways, expected);
    }

    #[test]
    fn nobody_comes_and_goes() {
        let add = SentIds::list("users_to_add", Some(vec![ADA.to_owned(), BEN.to_owned()]));
        let remove = SentIds::list("users_to_remove", Some(vec!["x".to_owned(), format!("usr_{ADA}")]));
        let faults = remove.also_in::<UserId>(&add, "users_to_add");
        assert_eq!(faults.len(), 1);
        assert_eq!(faults[0].loc[1..], ["users_to_remove".into(), Step::from(1)]);
        assert!(add.also_in::<UserId>(&SentIds::default(), "nothing").is_empty());
    }
}
