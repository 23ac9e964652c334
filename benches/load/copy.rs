//! What the database needs to hand out the members of a group at all: `COPY`, one row a member.

use std::pin::pin;
use std::time::{Duration, Instant};

use futures_util::StreamExt;

use super::place::Place;
use super::site::Site;

/// Times a second that COPY reads the large group.
#[expect(clippy::cast_precision_loss, reason = "counts of a few seconds")]
pub(crate) async fn rate(site: &Site, place: &Place, span: Duration) -> f64 {
    let client = site.sql().await;
    let members = format!(
        "COPY (SELECT user_id FROM members WHERE tenant_id = (SELECT tenant_id FROM groups WHERE id = '{0}') AND group_id = '{0}') TO STDOUT",
        place.large
    );
    let begun = Instant::now();
    let mut times = 0_u64;
    while begun.elapsed() < span {
        let mut rows = pin!(client.copy_out(&members).await.unwrap());
        while let Some(row) = rows.next().await {
            row.unwrap();
        }
        times += 1;
    }
    times as f64 / begun.elapsed().as_secs_f64()
}
