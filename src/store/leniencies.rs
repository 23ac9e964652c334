//! The counts of what compat mode forgives, tenant by tenant.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Text, Timestamptz};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::Store;
use super::error::Error;
use super::statement::statement;
use super::tables::leniency_uses;
use super::transaction::TenantTx;
use crate::model::ids::TenantId;
use crate::model::leniency::LeniencyUse;

impl Store {
    /// Adds counts of any tenants to what the database has, in one statement, so that several servers add up. A tenant
    /// that is gone by now is passed over. Rows are taken in one order, so that servers do not get in each other's way.
    ///
    /// # Errors
    /// The database cannot be reached; then nothing was added.
    pub async fn add_leniency_uses(&self, counts: &[(TenantId, LeniencyUse)]) -> Result<(), Error> {
        let mut loan = self.loan().await?;
        let tenants: Vec<Uuid> = counts.iter().map(|(tenant, _)| tenant.uuid()).collect();
        let rules: Vec<&str> = counts.iter().map(|(_, count)| count.rule.as_str()).collect();
        let uses: Vec<i64> = counts.iter().map(|(_, count)| count.uses).collect();
        let last: Vec<DateTime<Utc>> = counts.iter().map(|(_, count)| count.last_used_at).collect();
        statement(
            "INSERT INTO leniency_uses AS known (tenant_id, rule, uses, last_used_at)
             SELECT tenants.id, counted.rule, counted.uses, counted.last_used_at
             FROM unnest($1::uuid[], $2::text[], $3::bigint[], $4::timestamptz[])
                 AS counted (tenant_id, rule, uses, last_used_at)
             JOIN tenants ON tenants.id = counted.tenant_id
             ORDER BY tenants.id, counted.rule COLLATE \"C\"
             ON CONFLICT (tenant_id, rule) DO UPDATE
             SET uses = known.uses + excluded.uses, last_used_at = greatest(known.last_used_at, excluded.last_used_at)",
        )
        .bind::<Array<diesel::sql_types::Uuid>, _>(tenants)
        .bind::<Array<Text>, _>(rules)
        .bind::<Array<BigInt>, _>(uses)
        .bind::<Array<Timestamptz>, _>(last)
        .execute(&mut *loan)
        .await?;
        Ok(())
    }
}

impl TenantTx {
    /// What is known of the tenant, the rule used last first.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn leniency_uses(&mut self) -> Result<Vec<LeniencyUse>, Error> {
        let rows: Vec<(String, i64, DateTime<Utc>)> = leniency_uses::table
            .filter(leniency_uses::tenant_id.eq(self.tenant))
            .order((leniency_uses::last_used_at.desc(), leniency_uses::rule))
            .select((leniency_uses::rule, leniency_uses::uses, leniency_uses::last_used_at))
            .load(self.connection())
            .await?;
        Ok(rows.into_iter().map(|(rule, uses, last_used_at)| LeniencyUse { rule, uses, last_used_at }).collect())
    }
}
