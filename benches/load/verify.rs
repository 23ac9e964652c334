//! Checks that what was written is there, and nothing else.

use std::collections::{BTreeMap, BTreeSet};

use super::drive::Written;
use super::http::Call;
use super::site::Site;

/// How many memberships are lost or were never made, asked of the server group by group.
pub(crate) async fn memberships(site: &Site, written: &Written) -> usize {
    let mut connection = site.connect().await;
    let mut by_group: BTreeMap<&str, Vec<(&str, bool)>> = BTreeMap::new();
    for ((group, user), inside) in written {
        by_group.entry(group).or_default().push((user, *inside));
    }
    let mut wrong = 0;
    for (group, users) in by_group {
        let answer = connection.must(&Call::get(format!("/Groups/{group}?attributes=members"))).await;
        let members = answer["members"].as_array().into_iter().flatten();
        let members: BTreeSet<&str> = members.filter_map(|member| member["value"].as_str()).collect();
        wrong += users.iter().filter(|(user, inside)| members.contains(user) != *inside).count();
    }
    wrong
}
