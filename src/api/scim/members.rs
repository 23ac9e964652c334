//! Writing groups with their members. A group can have a million: members are written as they are read, in pieces, and no
//! answer is whole in memory unless it is small.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::io;

use bytes::Bytes;
use futures_util::StreamExt;
use poem::Body;
use tokio::sync::mpsc;

use super::context::Call;
use super::error::Error;
use super::payload::{self, View};
use crate::domain::{MemberStream, StreamedMember};
use crate::model::group::Group;
use crate::model::ids::GroupId;
use crate::model::membership::Member;
use crate::schema::project::Projection;

/// Up to so many members in all, an answer is put together before it is sent, so that a failure is an error with a
/// status. Beyond, it is streamed, and a failure ends the connection.
const BUFFERED: i64 = 1_000;

/// A write is answered with a group's members only up to so many, unless `attributes` asks for them.
pub(super) const ECHOED: i64 = 100;

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

    fn write(&self, member: &StreamedMember, out: &mut String) {
        let (endpoint, sort) = match member.member {
            Member::User(_) => ("Users", "User"),
            Member::Group(_) => ("Groups", "Group"),
        };
        let id = member.member.uuid();
        let start = out.len();
        out.push('{');
        // Writing to a String cannot fail.
        if self.value {
            let _ = write!(out, "\"value\":\"{id}\",");
        }
        if self.reference {
            let _ = write!(out, "\"$ref\":\"{}/{endpoint}/{id}\",", self.base);
        }
        if self.sort {
            let _ = write!(out, "\"type\":\"{sort}\",");
        }
        if let Some(display) = member.display.as_ref().filter(|_| self.display) {
            let _ = write!(out, "\"display\":{},", serde_json::Value::from(display.as_str()));
        }
        if out.len() > start + 1 {
            out.pop();
        }
        out.push('}');
    }
}

/// A resource to be written.
pub(super) enum Entry<'r> {
    /// Its JSON, complete.
    Whole(String),
    /// A group, whose members are read as it is written.
    Group(&'r Group),
}

/// A resource's JSON: complete, or that of a group without its members up to the closing brace.
struct Head {
    group: Option<GroupId>,
    text: String,
}

/// Writes resources one behind the other, and members where they belong.
struct Writer {
    shape: Shape,
    heads: VecDeque<Head>,
    current: Option<GroupId>,
    written: usize,
    in_members: bool,
    tail: &'static str,
    out: String,
}

impl Writer {
    fn new(view: View<'_>, entries: Vec<Entry<'_>>, projection: &Projection, frame: Option<String>) -> Self {
        Self {
            shape: Shape::of(view, projection),
            heads: entries.into_iter().map(|entry| head(view, entry, projection)).collect(),
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
            self.out.push_str(if self.in_members { "," } else { ",\"members\":[" });
            self.in_members = true;
            self.shape.write(member, &mut self.out);
        }
    }

    /// Closes the group at hand and opens the next resource.
    fn next(&mut self) -> bool {
        self.close_group();
        let Some(head) = self.heads.pop_front() else { return false };
        if self.written > 0 {
            self.out.push(',');
        }
        self.written += 1;
        self.current = head.group;
        self.out.push_str(&head.text);
        true
    }

    fn close_group(&mut self) {
        if self.current.take().is_some() {
            self.out.push_str(if self.in_members { "]}" } else { "}" });
            self.in_members = false;
        }
    }

    fn finish(&mut self) {
        while self.next() {}
        self.out.push_str(self.tail);
    }
}

/// Whether members are shown, and only what their rows say of them.
pub(super) fn bare(projection: &Projection) -> bool {
    projection.wants("members") && !projection.wants("members.display")
}

/// The JSON of one group with these members.
pub fn at_hand<'v>(view: impl Into<View<'v>>, group: &Group, members: &[Member], projection: &Projection) -> String {
    let mut writer = Writer::new(view.into(), vec![Entry::Group(group)], projection, None);
    let streamed = |member: &Member| StreamedMember { group: group.id, member: *member, display: None };
    writer.feed(&members.iter().map(streamed).collect::<Vec<_>>());
    writer.finish();
    writer.out
}

/// The JSON of one resource, or of a list that `frame` opens; with `wanted`, members of groups are read and shown.
pub(super) async fn body(
    call: &Call,
    entries: Vec<Entry<'_>>,
    projection: &Projection,
    wanted: bool,
    frame: Option<String>,
) -> Result<Body, Error> {
    let of_group =
        |entry: &Entry<'_>| if let Entry::Group(group) = entry { Some((group.id, size(group))) } else { None };
    let sizes: Vec<(GroupId, i64)> =
        entries.iter().filter_map(of_group).filter(|(_, size)| wanted && *size > 0).collect();
    let mut writer = Writer::new(call.into(), entries, projection, frame);
    if sizes.is_empty() {
        writer.finish();
        return Ok(Body::from(writer.out));
    }
    let with_members: Vec<GroupId> = sizes.iter().map(|(id, _)| *id).collect();
    let members = call.domain().stream_members(&call.scope, &with_members, writer.shape.display).await?;
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

fn head(view: View<'_>, entry: Entry<'_>, projection: &Projection) -> Head {
    let group = match entry {
        Entry::Whole(text) => return Head { group: None, text },
        Entry::Group(group) => group,
    };
    let mut text = serde_json::Value::Object(payload::group(view, group, projection)).to_string();
    text.pop();
    Head { group: Some(group.id), text }
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
        let heads = groups.iter().map(|id| Head { group: Some(*id), text: format!("{{\"id\":\"{id}\"") }).collect();
        Writer { shape, heads, current: None, written: 0, in_members: false, tail: "]", out: "[".to_owned() }
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
        writer.heads.insert(2, Head { group: None, text: "{}".to_owned() });
        writer.feed(&[member(groups[1], None), member(groups[1], Some("a\"b"))]);
        writer.feed(&[member(groups[2], None)]);
        writer.finish();
        let written: serde_json::Value = serde_json::from_str(&writer.out).unwrap();
        let sizes: Vec<_> = written.as_array().unwrap().iter().map(|g| g["members"].as_array().map(Vec::len)).collect();
        assert_eq!(sizes, [None, Some(2), None, Some(1), None]);
        assert_eq!(written[1]["members"][1]["display"], "a\"b");
    }
}
