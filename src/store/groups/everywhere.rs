//! The list of groups over all tenants that an administrator reaches. Each tenant gives at most as many rows as the page
//! can need, from its own index; nothing else is read of it.

use diesel::dsl::{AsSelect, SqlTypeOf};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Nullable, Text};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::super::statement::{Bound, Statement, Text as SqlText, statement};
use super::super::transaction::PlatformTx;
use super::{Error, Row, windowed};
use crate::model::group::{Group, GroupType};
use crate::model::ids::{PartnerId, TenantId};
use crate::model::page::{Page, Window};
use crate::model::principal::Reach;
use crate::model::settings::IdStyle;

type SqlUuid = diesel::sql_types::Uuid;

/// Which groups of which tenants; all conditions hold.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct WideSelection {
    /// Only tenants within it.
    pub within: Reach,
    /// Only this tenant's.
    pub tenant: Option<TenantId>,
    /// Only those of this partner's tenants.
    pub partner: Option<PartnerId>,
    /// Folded text that the name, or the first 1,000 characters of the description, contains.
    pub search: Option<String>,
    /// Only this type.
    pub group_type: Option<GroupType>,
}

impl WideSelection {
    /// Whether it is about one tenant, or none.
    #[must_use]
    pub const fn is_in_one_tenant(&self) -> bool {
        self.tenant.is_some() || matches!(self.within, Reach::Tenant(_))
    }
}

/// A group, and whose it is.
#[derive(Debug, Clone, PartialEq)]
pub struct OwnedGroup {
    /// The group.
    pub group: Group,
    /// Its tenant.
    pub tenant: TenantId,
    /// The partner that owns the tenant.
    pub partner: Option<PartnerId>,
    /// How the tenant has ids printed.
    pub id_style: IdStyle,
}

/// A group's columns, its members inside a window, its tenant, that one's partner, whether ids are prefixed there, and how
/// many groups there are in all where nothing is looked for.
type OwnedRow = (Row, i64, Uuid, Option<Uuid>, bool, i64);
type OwnedColumns = (SqlTypeOf<AsSelect<Row, Pg>>, BigInt, SqlUuid, Nullable<SqlUuid>, Bool, BigInt);

fn owned((columns, windowed, tenant, partner, prefixed, _): OwnedRow) -> OwnedGroup {
    OwnedGroup {
        group: columns.with_windowed(windowed),
        tenant: tenant.into(),
        partner: partner.map(PartnerId::from),
        id_style: if prefixed { IdStyle::Prefixed } else { IdStyle::Plain },
    }
}

#[derive(QueryableByName)]
struct Total {
    #[diesel(sql_type = BigInt)]
    total: i64,
}

impl PlatformTx {
    /// Live groups that are selected, by name.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn list_groups_everywhere(
        &mut self,
        wanted: &WideSelection,
        window: Window,
    ) -> Result<Page<OwnedGroup>, Error> {
        let texts = if wanted.is_in_one_tenant() { &IN_ONE } else { &IN_ALL };
        let rows: Vec<OwnedRow> = selecting(texts.list, wanted)
            .bind::<BigInt, _>(window.limit)
            .bind::<BigInt, _>(window.offset)
            .returning::<OwnedColumns>()
            .load(self.connection())
            .await?;
        let all = wanted.search.is_none() && wanted.group_type.is_none();
        let counted = if all { texts.count_all } else { texts.count };
        let total = match (window.total_if_known(rows.len()), rows.as_slice()) {
            (Some(total), _) => total,
            (None, [(.., total), ..]) if all => *total,
            (None, _) => selecting(counted, wanted).get_result::<Total>(self.connection()).await?.total,
        };
        Ok(Page { items: rows.into_iter().map(owned).collect(), total })
    }
}

type Id = Option<Uuid>;
type Word = Option<String>;
type Selecting = Bound<
    Bound<
        Bound<
            Bound<Bound<Bound<SqlText, Nullable<SqlUuid>, Id>, Nullable<SqlUuid>, Id>, Nullable<SqlUuid>, Id>,
            Nullable<SqlUuid>,
            Id,
        >,
        Nullable<Text>,
        Word,
    >,
    Nullable<Text>,
    Word,
>;

fn selecting(sql: &'static str, wanted: &WideSelection) -> Statement<Selecting> {
    let (partner, tenant) = match wanted.within {
        Reach::Platform => (None, None),
        Reach::Partner(partner) => (Some(partner.uuid()), None),
        Reach::Tenant(tenant) => (None, Some(tenant.uuid())),
    };
    statement(sql)
        .bind::<Nullable<SqlUuid>, _>(tenant)
        .bind::<Nullable<SqlUuid>, _>(partner)
        .bind::<Nullable<SqlUuid>, _>(wanted.tenant.map(TenantId::uuid))
        .bind::<Nullable<SqlUuid>, _>(wanted.partner.map(PartnerId::uuid))
        .bind::<Nullable<Text>, _>(wanted.search.clone())
        .bind::<Nullable<Text>, _>(wanted.group_type.map(|group_type| group_type.as_str().to_owned()))
}

/// The tenants, and what is asked of their groups. Where it is one tenant at the most, `$only` says so to a plan that is made
/// for any values.
macro_rules! wide {
    ($only:literal, $before:expr, $of_groups:literal, $after:literal) => {
        concat!(
            "WITH reached AS (
                SELECT id, partner_id, coalesce(settings ->> 'ids.style' = 'prefixed', false) AS prefixed FROM tenants
                WHERE ",
            $only,
            "deleted_at IS NULL AND ($1::uuid IS NULL OR id = $1) AND ($2::uuid IS NULL OR partner_id = $2)
                    AND ($3::uuid IS NULL OR id = $3) AND ($4::uuid IS NULL OR partner_id = $4)
            ) ",
            $before,
            $of_groups,
            " FROM groups g WHERE g.tenant_id = t.id AND g.deleted_at IS NULL
                AND ($5::text IS NULL OR strpos(g.name_key, $5) > 0
                    OR strpos(g.search #>> '{urn:ietf:params:scim:schemas:extension:convoke:2.0:Group,description}', $5) > 0)
                AND ($6::text IS NULL OR coalesce(g.group_type, 'SECURITY') = $6) ",
            $after
        )
    };
}

/// Those of [`Row`], in their order.
macro_rules! columns {
    () => {
        "g.id, g.num, g.name, g.description, g.group_type, g.is_privileged, g.parent_group_id, g.external_id, \
         g.custom_attributes, g.attributes, g.source, g.standing_members, g.nested_groups, g.version, g.created_at, g.updated_at"
    };
}

macro_rules! list {
    ($only:literal) => {
        wide!(
            $only,
            concat!(
                "SELECT ",
                columns!(),
                ", ",
                windowed!("g"),
                " AS windowed,
                t.id, t.partner_id, t.prefixed, (",
                count_all!($only),
                ") AS total
             FROM reached t CROSS JOIN LATERAL ("
            ),
            "SELECT g.*",
            "ORDER BY g.name_key, g.id LIMIT $7::bigint + $8::bigint
             ) g ORDER BY g.name_key, g.id LIMIT $7 OFFSET $8"
        )
    };
}

macro_rules! count {
    ($only:literal) => {
        wide!(
            $only,
            "SELECT coalesce(sum(g.found), 0)::bigint AS total FROM reached t CROSS JOIN LATERAL (",
            "SELECT count(*) AS found",
            ") g"
        )
    };
}

macro_rules! count_all {
    ($only:literal) => {
        concat!(
            "SELECT coalesce(sum(c.live), 0)::bigint AS total FROM tenants t
            JOIN resource_counts c ON c.tenant_id = t.id AND c.kind = 'group'
            WHERE ",
            $only,
            "t.deleted_at IS NULL AND ($1::uuid IS NULL OR t.id = $1) AND ($2::uuid IS NULL OR t.partner_id = $2)
                AND ($3::uuid IS NULL OR t.id = $3) AND ($4::uuid IS NULL OR t.partner_id = $4)
                AND $5::text IS NULL AND $6::text IS NULL"
        )
    };
}

/// A page, and how many there are in all: of what is looked for, and where nothing is.
struct Texts {
    list: &'static str,
    count: &'static str,
    count_all: &'static str,
}

static IN_ALL: Texts = Texts { list: list!(""), count: count!(""), count_all: count_all!("") };

static IN_ONE: Texts = Texts {
    list: list!("id = coalesce($1::uuid, $3::uuid) AND "),
    count: count!("id = coalesce($1::uuid, $3::uuid) AND "),
    count_all: count_all!("t.id = coalesce($1::uuid, $3::uuid) AND "),
};

#[cfg(test)]
mod tests {
    use super::super::groups;
    use super::*;

    #[test]
    fn columns_are_read_in_the_order_of_a_row() {
        let selected = diesel::debug_query::<Pg, _>(&groups::table.select(Row::as_select())).to_string();
        let in_order = columns!().split(", g.").map(|column| column.trim_start_matches("g.").to_owned());
        let quoted: Vec<_> = in_order.map(|column| format!("\"groups\".\"{column}\"")).collect();
        assert!(selected.contains(&format!("SELECT {} FROM", quoted.join(", "))), "{selected}");
    }
}
