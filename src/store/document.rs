//! A column of JSON that is taken as it comes.

use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::pg::{Pg, PgValue};
use diesel::sql_types::Jsonb;

use crate::model::attributes::Attributes;

/// The version that `jsonb` crosses the wire in, as its first byte.
const VERSION: u8 = 1;

/// The attributes in it.
#[derive(Debug, FromSqlRow)]
#[diesel(sql_type = Jsonb)]
pub(super) struct Document(pub(super) Attributes);

impl FromSql<Jsonb, Pg> for Document {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        match value.as_bytes().split_first() {
            Some((&VERSION, text)) => Ok(Self(Attributes::stored(std::str::from_utf8(text)?.to_owned()))),
            _ => Err("jsonb of an unknown version".into()),
        }
    }
}
