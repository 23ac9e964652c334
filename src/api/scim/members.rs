//! Writing groups with their members. A group can have a million: members are written as they are read, in pieces, and no
//! answer is whole in memory unless it is small.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::StreamExt;
use poem::Body;
use tokio::sync::mpsc;

use super::context::Call;
use super::error::Error;
use super::payload::{self, View};
use super::plain;
use crate::domain::{MemberStream, StreamedMember};
use crate::model::group::Group;
use crate::model::ids::GroupId;
use crate::model::membership::{Member, UserGroup};
use crate::model::user::User;
use crate::schema::project::{Layout, Projection, push};

/// Up to so many members in all, an answer is put together before it is sent, so that a failure is an error with a
/// status. Beyond, it is streamed, and a failure ends the connection.
const BUFFERED: i64 = 1_000;

/// A write is answered with a group's members only up to so many, unless `attributes` asks for them.
pub(super) const ECHOED: i64 = 100;

/// Bytes of a resource without members, as a guess.
const TYPICAL: usize = 640;

/// Bytes after which a piece of a streamed answer is sent.
const PIECE: usize = 32 * 1024;

/// Which sub-attributes of a member are shown.
#[derive(Debug, Clone)]
struct Shape {
    base: String,
    value: bool,
    reference: bool,
    sort: bool,
    display: bool,
}

impl Shape {
    fn of(view: View<'_>, projection: &Projection) -> Self {
        Self {
            base: view.base.to_owned(),
            value: projection.wants("members.value"),
            reference: projection.wants("members.$ref"),
            sort: projection.wants("members.type"),
            display: projection.wants("members.display"),
        }
    }

    fn write(&self, member: &StreamedMember, out: &mut Vec<u8>) {
        let (endpoint, sort) = match member.member {
            Member::User(_) => ("Users", r#""type":"User","#),
            Member::Group(_) => ("Groups", r#""type":"Group","#),
        };
        let id = member.member.uuid();
        let start = out.len();
        out.push(b'{');
        if self.value {
            out.extend_from_slice(b"\"value\":");
            plain::id(id, out);
            out.push(b',');
        }
        if self.reference {
            out.extend_from_slice(b"\"$ref\":");
            plain::reference(&self.base, endpoint, id, out);
            out.push(b',');
        }
        if self.sort {
            out.extend_from_slice(sort.as_bytes());
        }
        if let Some(display) = member.display.as_ref().filter(|_| self.display) {
            out.extend_from_slice(b"\"display\":");
            push(display, out);
            out.push(b',');
        }
        if out.len() > start + 1 {
            out.pop();
        }
        out.push(b'}');
    }
}

/// How resources are written.
pub struct Looks {
    users: Arc<Layout>,
    groups: Arc<Layout>,
    members: Shape,
}

impl Looks {
    /// As these projections show them.
    #[must_use]
    pub fn new(view: View<'_>, users: &Projection, groups: &Projection) -> Self {
        Self {
            users: users.layout(view.schemas.user()),
            groups: groups.layout(view.schemas.group()),
            members: Shape::of(view, groups),
        }
    }
}

/// A resource to be written.
pub(super) enum Entry<'r> {
    /// A user with the groups it is in.
    User(&'r User, &'r [UserGroup]),
    /// A group, whose members are read as it is written.
    Group(&'r Group),
}

impl Entry<'_> {
    /// Writes the resource: complete, or a group without its members up to the closing brace. Which group it is.
    fn open(&self, view: View<'_>, looks: &Looks, out: &mut Vec<u8>) -> Option<GroupId> {
        match self {
            Entry::User(user, groups) => {
                payload::user(view, user, groups, &looks.users, out);
                None
            }
            Entry::Group(group) => {
                payload::open_group(view, group, &looks.groups, out);
                Some(group.id)
            }
        }
    }
}

/// A resource that was opened.
struct Head {
    group: Option<GroupId>,
    text: Vec<u8>,
}

/// Writes resources one behind the other, and members where they belong.
struct Writer {
    shape: Shape,
    heads: VecDeque<Head>,
    current: Option<GroupId>,
    written: usize,
    in_members: bool,
    tail: &'static str,
    out: Vec<u8>,
}

impl Writer {
    fn new(view: View<'_>, entries: &[Entry<'_>], looks: &Looks, frame: Option<Vec<u8>>) -> Self {
        let head = |entry: &Entry<'_>| {
            let mut text = Vec::new();
            let group = entry.open(view, looks, &mut text);
            Head { group, text }
        };
        Self {
            shape: looks.members.clone(),
            heads: entries.iter().map(head).collect(),
            current: None,
            written: 0,
            in_members: false,
            tail: if frame.is_some() { "]}" } else { "" },
            out: frame.unwrap_or_default(),
        }
    }

    /// Takes members in the order of the groups.
    fn feed(&mut self, members: &[StreamedMember]) {
        for member in members {
            while self.current != Some(member.group) && self.next() {}
            self.out.extend_from_slice(if self.in_members { b"," } else { b",\"members\":[" });
            self.in_members = true;
            self.shape.write(member, &mut self.out);
        }
    }

    /// Closes the group at hand and opens the next resource.
    fn next(&mut self) -> bool {
        self.close_group();
        let Some(head) = self.heads.pop_front() else { return false };
        if self.written > 0 {
            self.out.push(b',');
        }
        self.written += 1;
        self.current = head.group;
        self.out.extend_from_slice(&head.text);
        true
    }

    fn close_group(&mut self) {
        if self.current.take().is_some() {
            self.out.extend_from_slice(if self.in_members { b"]}" } else { b"}" });
            self.in_members = false;
        }
    }

    fn finish(&mut self) {
        while self.next() {}
        self.out.extend_from_slice(self.tail.as_bytes());
    }
}

/// Whether members are shown, and only what their rows say of them.
pub(super) fn bare(projection: &Projection) -> bool {
    projection.wants("members") && !projection.wants("members.display")
}

/// The JSON of one group with these members.
pub fn at_hand(view: View<'_>, group: &Group, members: &[Member], looks: &Looks) -> Vec<u8> {
    let mut writer = Writer::new(view, &[Entry::Group(group)], looks, None);
    let streamed = |member: &Member| StreamedMember { group: group.id, member: *member, display: None };
    writer.feed(&members.iter().map(streamed).collect::<Vec<_>>());
    writer.finish();
    writer.out
}

/// The JSON of one resource, or of a list that `frame` opens; with `wanted`, members of groups are read and shown.
pub(super) async fn body(
    call: &Call,
    entries: Vec<Entry<'_>>,
    looks: &Looks,
    wanted: bool,
    frame: Option<Vec<u8>>,
) -> Result<Body, Error> {
    let of_group =
        |entry: &Entry<'_>| if let Entry::Group(group) = entry { Some((group.id, size(group))) } else { None };
    let sizes: Vec<(GroupId, i64)> =
        entries.iter().filter_map(of_group).filter(|(_, size)| wanted && *size > 0).collect();
    if sizes.is_empty() {
        return Ok(Body::from(at_once(call.into(), &entries, looks, frame)));
    }
    let writer = Writer::new(call.into(), &entries, looks, frame);
    let with_members: Vec<GroupId> = sizes.iter().map(|(id, _)| *id).collect();
    let members = Box::pin(call.domain().stream_members(&call.scope, &with_members, writer.shape.display)).await?;
    if sizes.iter().map(|(_, size)| size).sum::<i64>() <= BUFFERED {
        buffered(writer, members).await
    } else {
        Ok(streamed(writer, members))
    }
}

/// Members and child groups of a group.
pub(super) const fn size(group: &Group) -> i64 {
    group.member_count() + group.nested_groups
}

/// Resources of which no members are shown.
fn at_once(view: View<'_>, entries: &[Entry<'_>], looks: &Looks, frame: Option<Vec<u8>>) -> Vec<u8> {
    let tail: &[u8] = if frame.is_some() { b"]}" } else { b"" };
    let mut out = frame.unwrap_or_default();
    out.reserve(entries.len() * TYPICAL);
    for (at, entry) in entries.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        if entry.open(view, looks, &mut out).is_some() {
            out.push(b'}');
        }
    }
    out.extend_from_slice(tail);
    out
}

async fn buffered(mut writer: Writer, mut members: MemberStream) -> Result<Body, Error> {
    while let Some(chunk) = members.next().await {
        writer.feed(&chunk.map_err(crate::domain::Error::from)?);
    }
    writer.finish();
    Ok(Body::from(writer.out))
}

fn streamed(mut writer: Writer, mut members: MemberStream) -> Body {
    let (sender, receiver) = mpsc::channel::<io::Result<Bytes>>(4);
    tokio::spawn(async move {
        while let Some(chunk) = members.next().await {
            match chunk {
                Ok(chunk) => writer.feed(&chunk),
                Err(error) => {
                    tracing::error!(%error, "a stream of members broke");
                    let _ = sender.send(Err(io::Error::other("the stream broke"))).await;
                    return;
                }
            }
            if writer.out.len() >= PIECE && sender.send(Ok(std::mem::take(&mut writer.out).into())).await.is_err() {
                return;
            }
        }
        writer.finish();
        let _ = sender.send(Ok(writer.out.into())).await;
    });
    Body::from_bytes_stream(futures_util::stream::unfold(receiver, |mut receiver| async {
        receiver.recv().await.map(|piece| (piece, receiver))
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::clock::Clock;
    use crate::model::ids::UserId;

    fn writer(groups: &[GroupId]) -> Writer {
        let shape = Shape { base: "b".to_owned(), value: true, reference: false, sort: true, display: true };
        let heads =
            groups.iter().map(|id| Head { group: Some(*id), text: format!("{{\"id\":\"{id}\"").into() }).collect();
        Writer { shape, heads, current: None, written: 0, in_members: false, tail: "]", out: "[".into() }
    }

    #[test]
    fn members_go_into_their_groups_and_empty_groups_have_none() {
        let clock = Clock::system();
        let groups: Vec<GroupId> = (0..4).map(|_| GroupId::generate(&clock)).collect();
        let user = UserId::generate(&clock);
        let member = |group, display: Option<&str>| StreamedMember {
            group,
            member: Member::User(user),
            display: display.map(str::to_owned),
        };
        let mut writer = writer(&groups);
        writer.heads.insert(2, Head { group: None, text: "{}".into() });
        writer.feed(&[member(groups[1], None), member(groups[1], Some("a\"b"))]);
        writer.feed(&[member(groups[2], None)]);
        writer.finish();
        let written: serde_json::Value = serde_json::from_slice(&writer.out).unwrap();
        let sizes: Vec<_> = written.as_array().unwrap().iter().map(|g| g["members"].as_array().map(Vec::len)).collect();
        assert_eq!(sizes, [None, Some(2), None, Some(1), None]);
        assert_eq!(written[1]["members"][1]["display"], "a\"b");
    }
}
