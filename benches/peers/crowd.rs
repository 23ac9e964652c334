//! Many add one member each to the same group at once, and every addition that was acknowledged is to be there.

use std::collections::BTreeSet;

use futures_util::future::join_all;

use super::contestant::Running;
use super::http::Call;
use super::people::{add, group, members};

/// Additions at once.
pub(crate) const CROWD: usize = 64;

/// What became of the additions.
pub(crate) struct Lost {
    /// Acknowledged, and not there.
    pub(crate) lost: usize,
    /// Not acknowledged.
    pub(crate) refused: usize,
}

/// Lets the crowd in and counts who is there.
///
/// # Errors
/// There is no such group, or nobody is let in.
pub(crate) async fn lost(running: &Running<'_>, users: &[String], newcomers: &[String]) -> Result<Lost, String> {
    let group = group(running, "Crowd", &users[..10]).await?;
    let links = newcomers.iter().take(CROWD).map(|user| async move {
        let mut link = running.link();
        // Connections are made before anybody goes.
        link.send(&Call::get("/ServiceProviderConfig")).await?;
        Ok((link, user))
    });
    let links: Result<Vec<_>, String> = join_all(links).await.into_iter().collect();
    let additions = links?.into_iter().map(|(mut link, user)| {
        let call = add(&group, std::slice::from_ref(user));
        async move { (user, link.send(&call).await) }
    });
    let answers = join_all(additions).await;
    let acknowledged: Vec<&String> = answers.iter().filter(|(_, sent)| sent.is_ok()).map(|(user, _)| *user).collect();
    if let (true, Some((_, Err(reason)))) = (acknowledged.is_empty(), answers.first()) {
        return Err(reason.clone());
    }
    let there = running.link().ask(&Call::get(format!("/Groups/{group}"))).await?;
    let there: BTreeSet<&str> = members(&there).into_iter().collect();
    let lost = acknowledged.iter().filter(|user| !there.contains(user.as_str())).count();
    Ok(Lost { lost, refused: CROWD - acknowledged.len() })
}
