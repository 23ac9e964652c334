//! How far primary and replica have come. The primary's answer is shared by all who asked before the question was sent:
//! whatever they may rely on was acknowledged by then. Who comes later waits for the next one.

use std::sync::{Arc, Mutex, PoisonError};

use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Bool};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared};

use crate::store::error::Error;
use crate::store::pool::{Loan, Manner, Plans, Pool};
use crate::store::statement::statement;

/// How far the primary has come, and who it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, QueryableByName)]
pub(super) struct Position {
    #[diesel(sql_type = BigInt)]
    place: i64,
    #[diesel(sql_type = BigInt)]
    timeline: i64,
    #[diesel(sql_type = BigInt)]
    system: i64,
    /// Whether rows may lie on other nodes, of whose logs this one says nothing.
    #[diesel(sql_type = Bool)]
    distributed: bool,
}

// The place of the next record, not of the last one on disk: with synchronous_commit off a commit is acknowledged before
// it is there.
const POSITION: &str = "
SELECT pg_wal_lsn_diff(at.place, '0/0')::bigint AS place, at.timeline, s.system_identifier AS system,
    to_regclass('pg_dist_partition') IS NOT NULL AS distributed
FROM (SELECT place, ('x' || left(pg_walfile_name(place), 8))::bit(32)::bigint AS timeline
    FROM pg_current_wal_insert_lsn() AS place OFFSET 0) at, pg_control_system() s";

impl Position {
    pub(super) async fn look(connection: &mut AsyncPgConnection) -> Result<Self, Error> {
        Ok(statement(POSITION).get_result(connection).await?)
    }
}

type Answer = Result<Position, Arc<Error>>;
type Question = Shared<BoxFuture<'static, Answer>>;

/// Asks the primary how far it has come, one question at a time.
#[derive(Clone)]
pub(super) struct Index(Arc<Asking>);

struct Asking {
    primary: Pool,
    /// The question that has not been sent yet.
    next: Mutex<Option<Question>>,
    turn: tokio::sync::Mutex<()>,
}

impl Index {
    pub(super) fn new(primary: Pool) -> Self {
        Self(Arc::new(Asking { primary, next: Mutex::new(None), turn: tokio::sync::Mutex::new(()) }))
    }

    /// A position behind everything that was acknowledged before this call.
    ///
    /// # Errors
    /// The primary cannot be asked.
    pub(super) async fn ask(&self) -> Result<Position, Error> {
        let question = {
            let mut next = self.0.next.lock().unwrap_or_else(PoisonError::into_inner);
            next.get_or_insert_with(|| Arc::clone(&self.0).question().boxed().shared()).clone()
        };
        question.await.map_err(|error| Error::Unavailable(error.to_string()))
    }
}

impl Asking {
    async fn question(self: Arc<Self>) -> Answer {
        let _turn = self.turn.lock().await;
        let taken = Loan::take(&self.primary, Manner { plans: Plans::Kept, within: None }).await;
        // Whatever comes of it, whoever asks from here on has to ask anew.
        self.next.lock().unwrap_or_else(PoisonError::into_inner).take();
        let mut loan = taken?;
        Ok(Position::look(&mut loan).await?)
    }
}

/// How far a replica has come, and whose it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, QueryableByName)]
pub(super) struct Standby {
    #[diesel(sql_type = Bool)]
    recovering: bool,
    #[diesel(sql_type = BigInt)]
    place: i64,
    #[diesel(sql_type = BigInt)]
    timeline: i64,
    #[diesel(sql_type = BigInt)]
    system: i64,
}

// The timeline is that of the last restart point. After a failover it is the new one some minutes late, never early.
const STANDBY: &str = "
SELECT pg_is_in_recovery() AS recovering,
    coalesce(pg_wal_lsn_diff(pg_last_wal_replay_lsn(), '0/0'), 0)::bigint AS place,
    c.timeline_id::bigint AS timeline, s.system_identifier AS system
FROM pg_control_checkpoint() c, pg_control_system() s";

impl Standby {
    pub(super) async fn look(connection: &mut AsyncPgConnection) -> Result<Self, Error> {
        Ok(statement(STANDBY).get_result(connection).await?)
    }

    /// How many bytes of the log are missing up to a position of the primary.
    ///
    /// # Errors
    /// Places cannot be compared: it follows another primary, or one from before a failover, or none.
    pub(super) fn lag_behind(&self, primary: &Position) -> Result<u64, &'static str> {
        if primary.distributed {
            return Err("the tables are distributed, and its place says nothing of other nodes");
        }
        if !self.recovering {
            return Err("it is no standby; give the address of one");
        }
        if self.system != primary.system {
            return Err("it is a standby of another database; give the address of one of this");
        }
        if self.timeline != primary.timeline {
            return Err("it is on another timeline: a failover has just been, or it still follows the old primary");
        }
        Ok(u64::try_from(primary.place - self.place).unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PRIMARY: Position = Position { place: 1_000, timeline: 2, system: 7, distributed: false };
    const STANDBY: Standby = Standby { recovering: true, place: 1_000, timeline: 2, system: 7 };

    #[test]
    fn a_standby_is_as_far_behind_as_its_place_says() {
        assert_eq!(STANDBY.lag_behind(&PRIMARY), Ok(0));
        assert_eq!(Standby { place: 990, ..STANDBY }.lag_behind(&PRIMARY), Ok(10));
        assert_eq!(Standby { place: 1_010, ..STANDBY }.lag_behind(&PRIMARY), Ok(0));
    }

    #[test]
    fn places_in_other_logs_say_nothing() {
        let further = Standby { place: 9_999, ..STANDBY };
        let others = [
            Standby { recovering: false, ..further },
            Standby { timeline: 1, ..further },
            Standby { system: 8, ..further },
        ];
        for other in others {
            assert!(other.lag_behind(&PRIMARY).is_err(), "{other:?}");
        }
        assert!(further.lag_behind(&Position { distributed: true, ..PRIMARY }).is_err());
    }
}
