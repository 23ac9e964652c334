//! Pages of effective members are found by looking a little way into every group: they must be the same pieces of the same
//! list, however members are spread over the groups, and wherever and however long a page is.

use std::collections::{BTreeMap, BTreeSet};

use convoke::domain::{MemberSlice, Membership};
use convoke::model::ids::{GroupId, UserId};
use convoke::model::membership::MemberDetail;
use convoke::model::page::Seek;

use super::Desk;

const GROUPS: usize = 24;
const USERS: usize = 150;

/// A graph of groups: each hangs below one made before it, every third below another one as well.
struct Graph {
    desk: Desk,
    groups: Vec<GroupId>,
    below: Vec<BTreeSet<usize>>,
    members: Vec<BTreeSet<UserId>>,
}

impl Graph {
    /// With the members of each group by its number.
    async fn plant(belongs: impl Fn(usize, usize) -> bool) -> Self {
        let desk = Desk::set_up(&[]).await;
        let mut people = Vec::new();
        for number in 0..USERS {
            people.push(desk.user(&format!("user{number}")).await);
        }
        let (mut groups, mut below) = (Vec::new(), vec![BTreeSet::new(); GROUPS]);
        let mut members = Vec::new();
        for group in 0..GROUPS {
            let id = desk.group(&format!("group{group}")).await;
            let own: BTreeSet<UserId> =
                (0..USERS).filter(|user| belongs(group, *user)).map(|user| people[user]).collect();
            if !own.is_empty() {
                desk.add(id, &own.iter().map(|user| user.uuid()).collect::<Vec<_>>()).await.unwrap();
            }
            members.push(own);
            let second = (group % 3 == 2).then_some(group / 2);
            for parent in (group > 0).then(|| (group - 1) / 3).into_iter().chain(second) {
                if below[parent].insert(group) {
                    desk.add(groups[parent], &[id.uuid()]).await.unwrap();
                }
            }
            groups.push(id);
        }
        Self { desk, groups, below, members }
    }

    fn closure(&self, group: usize) -> BTreeSet<usize> {
        let mut found = BTreeSet::from([group]);
        let mut open = vec![group];
        while let Some(next) = open.pop() {
            open.extend(self.below[next].iter().copied().filter(|child| found.insert(*child)));
        }
        found
    }

    /// Everybody in the group or below it, with the groups below it that they are in.
    fn everybody(&self, group: usize) -> BTreeMap<UserId, BTreeSet<GroupId>> {
        let mut everybody: BTreeMap<UserId, BTreeSet<GroupId>> = BTreeMap::new();
        for other in self.closure(group) {
            for user in &self.members[other] {
                everybody.entry(*user).or_default().insert(self.groups[other]);
            }
        }
        everybody
    }

    async fn check(&self, group: usize) {
        let everybody = self.everybody(group);
        let direct = &self.members[group];
        let (all, inherited): (Vec<UserId>, Vec<UserId>) = (
            everybody.keys().copied().collect(),
            everybody.keys().filter(|user| !direct.contains(user)).copied().collect(),
        );
        let (domain, scope, id) = (self.desk.domain(), &self.desk.scope, self.groups[group]);
        for limit in [1, 7, 8, 20, 64, 200] {
            for (which, whole) in [(Membership::Any, &all), (Membership::Inherited, &inherited)] {
                let (mut after, mut read) = (None, Vec::new());
                loop {
                    let page = domain.seek_members(scope, id, which, Seek { after, limit }).await.unwrap();
                    assert!(
                        !page.more || page.items.len() == usize::try_from(limit).unwrap(),
                        "a short page with more"
                    );
                    after = page.items.last().map(|member| member.user_id);
                    read.extend(page.items);
                    if !page.more {
                        break;
                    }
                }
                let ids: Vec<UserId> = read.iter().map(|member| member.user_id).collect();
                assert_eq!(ids, *whole, "group {group} by {limit}, {which:?}");
                self.check_ways(&read, &everybody, direct);
            }
            for offset in [0, 1, 30, 149] {
                let slice = MemberSlice { seek: Seek { after: None, limit }, offset };
                let page = domain.effective_members(scope, id, slice).await.unwrap();
                let ids: Vec<UserId> = page.items.iter().map(|member| member.user_id).collect();
                let (first, count) = (usize::try_from(offset).unwrap(), usize::try_from(limit).unwrap());
                let piece: Vec<UserId> = all.iter().skip(first).take(count).copied().collect();
                assert_eq!((ids, page.total), (piece, i64::try_from(all.len()).unwrap()), "{limit} from {offset}");
            }
        }
    }

    fn check_ways(
        &self,
        read: &[MemberDetail],
        everybody: &BTreeMap<UserId, BTreeSet<GroupId>>,
        direct: &BTreeSet<UserId>,
    ) {
        for member in read {
            let via: BTreeSet<GroupId> = member.via.iter().map(|link| link.id).collect();
            let ways = &everybody[&member.user_id];
            if direct.contains(&member.user_id) {
                assert!(via.is_empty());
            } else {
                // Up to ten are told.
                assert!(via.is_subset(ways) && via.len() == member.via.len() && via.len() == ways.len().min(10));
                let named = |link: &convoke::model::membership::GroupLink| {
                    let place = self.groups.iter().position(|id| *id == link.id).unwrap();
                    link.name == format!("group{place}")
                };
                assert!(member.via.iter().all(named));
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_are_pieces_of_the_list_where_members_are_scattered() {
    let graph = Graph::plant(|group, user| (user * 7 + group * 13) % 5 == 0).await;
    for group in [0, 1, 3, GROUPS - 1] {
        graph.check(group).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_are_pieces_of_the_list_where_groups_have_stretches_of_it() {
    // One stretch a group, the last group's first; one group has everybody of half of them, one has nobody.
    let belongs = |group, user| match group {
        5 => false,
        7 => user % 2 == 0,
        _ => (GROUPS - group) * 6 <= user && user < (GROUPS - group) * 6 + 9,
    };
    let graph = Graph::plant(belongs).await;
    for group in [0, 1, 2, 5] {
        graph.check(group).await;
    }
}
