//! What can go wrong at the database, sorted by what the caller can do about it. It names constraints, never SQL.

use diesel::result::{DatabaseErrorKind, Error as DieselError};

/// A failure at the database.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A unique index refused the row. The name is the index's.
    #[error("a row with this key exists already ({0})")]
    Duplicate(String),
    /// A foreign key or check refused the row. The name is the constraint's.
    #[error("the row breaks {0}")]
    Broken(String),
    /// Another transaction was in the way; the same work done again may pass.
    #[error("another transaction was in the way")]
    Collision(#[source] DieselError),
    /// No connection could be had, or the one at hand broke.
    #[error("the database cannot be reached: {0}")]
    Unavailable(String),
    /// Anything else: a defect, or a damaged database.
    #[error("the database refused: {0}")]
    Unexpected(#[source] DieselError),
}

impl Error {
    /// Whether the whole transaction may be tried again.
    #[must_use]
    pub const fn is_collision(&self) -> bool {
        matches!(self, Self::Collision(_))
    }
}

impl From<DieselError> for Error {
    fn from(error: DieselError) -> Self {
        let DieselError::DatabaseError(kind, info) = &error else {
            return match error {
                DieselError::BrokenTransactionManager => Self::Unavailable("the connection broke".to_owned()),
                other => Self::Unexpected(other),
            };
        };
        let constraint = || info.constraint_name().unwrap_or("an unnamed constraint").to_owned();
        match kind {
            DatabaseErrorKind::UniqueViolation => Self::Duplicate(constraint()),
            DatabaseErrorKind::ForeignKeyViolation | DatabaseErrorKind::CheckViolation => Self::Broken(constraint()),
            DatabaseErrorKind::SerializationFailure => Self::Collision(error),
            DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::UnableToSendCommand => {
                Self::Unavailable(info.message().to_owned())
            }
            // Postgres reports a deadlock's victim by message alone through this library.
            _ if info.message().starts_with("deadlock detected") => Self::Collision(error),
            _ if info.message().contains("connection closed") || info.message().contains("terminating connection") => {
                Self::Unavailable(info.message().to_owned())
            }
            _ => Self::Unexpected(error),
        }
    }
}

impl From<bb8::RunError<Self>> for Error {
    fn from(error: bb8::RunError<Self>) -> Self {
        match error {
            bb8::RunError::User(error) => error,
            bb8::RunError::TimedOut => Self::Unavailable("no connection became free in time".to_owned()),
        }
    }
}
