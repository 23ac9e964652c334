//! The columns of the tables that queries are built over, as `diesel print-schema` prints them. Never edited by hand: a
//! test compares them with the catalogue of a migrated database.

diesel::table! {
    users (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        user_name -> Text,
        user_name_key -> Text,
        external_id -> Nullable<Text>,
        display_name -> Nullable<Text>,
        display_name_key -> Nullable<Text>,
        email -> Nullable<Text>,
        active -> Nullable<Bool>,
        attributes -> Jsonb,
        search -> Jsonb,
        source -> Text,
        version -> Int8,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        deleted_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    groups (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        num -> Int8,
        name -> Text,
        name_key -> Text,
        name_scope -> Uuid,
        description -> Nullable<Text>,
        group_type -> Nullable<Text>,
        is_privileged -> Bool,
        parent_group_id -> Nullable<Uuid>,
        external_id -> Nullable<Text>,
        custom_attributes -> Nullable<Jsonb>,
        attributes -> Jsonb,
        search -> Jsonb,
        scopes -> Array<Text>,
        source -> Text,
        standing_members -> Int8,
        nested_groups -> Int8,
        has_windows -> Bool,
        version -> Int8,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        deleted_at -> Nullable<Timestamptz>,
        deletion_id -> Nullable<Uuid>,
    }
}

diesel::table! {
    members (tenant_id, group_id, user_id) {
        tenant_id -> Uuid,
        group_id -> Uuid,
        user_id -> Uuid,
        added_at -> Timestamptz,
        added_by -> Text,
        source -> Text,
        valid_from -> Nullable<Timestamptz>,
        expires_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    edges (tenant_id, parent_id, child_id) {
        tenant_id -> Uuid,
        parent_id -> Uuid,
        child_id -> Uuid,
        is_primary -> Bool,
        added_at -> Timestamptz,
        added_by -> Text,
        source -> Text,
    }
}

diesel::table! {
    partners (id) {
        id -> Uuid,
        slug -> Text,
        name -> Text,
        status -> Text,
        max_tenants -> Nullable<Int8>,
        max_users_per_tenant -> Nullable<Int8>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        name_key -> Text,
        version -> Int8,
        deleted_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    tenants (id) {
        id -> Uuid,
        partner_id -> Nullable<Uuid>,
        slug -> Text,
        name -> Text,
        status -> Text,
        settings -> Jsonb,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        name_key -> Text,
        version -> Int8,
        deleted_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    tenant_locks (tenant_id) {
        tenant_id -> Uuid,
    }
}

diesel::table! {
    tokens (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        hash -> Bytea,
        name -> Text,
        api_key -> Bool,
        scopes -> Array<Text>,
        roles -> Array<Text>,
        user_id -> Nullable<Uuid>,
        created_at -> Timestamptz,
        expires_at -> Nullable<Timestamptz>,
        last_used_at -> Nullable<Timestamptz>,
        revoked_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    platform_tokens (id) {
        id -> Uuid,
        partner_id -> Nullable<Uuid>,
        hash -> Bytea,
        name -> Text,
        scopes -> Array<Text>,
        roles -> Array<Text>,
        created_at -> Timestamptz,
        expires_at -> Nullable<Timestamptz>,
        last_used_at -> Nullable<Timestamptz>,
        revoked_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    clients (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        name -> Text,
        scopes -> Array<Text>,
        secret_hash -> Bytea,
        previous_hash -> Nullable<Bytea>,
        previous_until -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
        revoked_at -> Nullable<Timestamptz>,
        jwks -> Nullable<Jsonb>,
    }
}

diesel::table! {
    platform_clients (id) {
        id -> Uuid,
        name -> Text,
        scopes -> Array<Text>,
        secret_hash -> Bytea,
        previous_hash -> Nullable<Bytea>,
        previous_until -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
        revoked_at -> Nullable<Timestamptz>,
        jwks -> Nullable<Jsonb>,
    }
}

diesel::table! {
    signing_keys (id) {
        id -> Uuid,
        algorithm -> Text,
        private_key -> Bytea,
        encrypted -> Bool,
        public_jwk -> Jsonb,
        created_at -> Timestamptz,
        active_from -> Timestamptz,
        retired_at -> Nullable<Timestamptz>,
        verifies_until -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    scope_sets (tenant_id, id) {
        tenant_id -> Uuid,
        id -> Uuid,
        name -> Text,
        name_key -> Text,
        scopes -> Array<Text>,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    events (tenant_id, seq) {
        tenant_id -> Uuid,
        seq -> Int8,
        at -> Timestamptz,
        actor -> Text,
        api -> Text,
        request_id -> Text,
        kind -> Text,
        resource -> Uuid,
        before -> Nullable<Jsonb>,
        after -> Nullable<Jsonb>,
    }
}

diesel::table! {
    platform_events (seq) {
        seq -> Int8,
        partner_id -> Nullable<Uuid>,
        at -> Timestamptz,
        actor -> Text,
        api -> Text,
        request_id -> Text,
        kind -> Text,
        resource -> Uuid,
        before -> Nullable<Jsonb>,
        after -> Nullable<Jsonb>,
    }
}

diesel::table! {
    client_assertions (tenant_id, client_id, assertion) {
        tenant_id -> Uuid,
        client_id -> Uuid,
        assertion -> Bytea,
        expires_at -> Timestamptz,
    }
}

diesel::table! {
    idempotency_keys (tenant_id, request) {
        tenant_id -> Uuid,
        request -> Bytea,
        fingerprint -> Bytea,
        attempt -> Uuid,
        created_at -> Timestamptz,
        lease_until -> Timestamptz,
        status -> Nullable<Int4>,
        headers -> Nullable<Jsonb>,
        body -> Nullable<Bytea>,
    }
}

diesel::table! {
    leniency_uses (tenant_id, rule) {
        tenant_id -> Uuid,
        rule -> Text,
        uses -> Int8,
        last_used_at -> Timestamptz,
    }
}

diesel::table! {
    installation_keys (name) {
        name -> Text,
        key -> Bytea,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    unique_values (tenant_id, resource_type, attribute, value_key) {
        tenant_id -> Uuid,
        resource_type -> Text,
        attribute -> Text,
        value_key -> Text,
        resource_id -> Uuid,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    users,
    groups,
    members,
    edges,
    partners,
    tenants,
    tenant_locks,
    tokens,
    platform_tokens,
    clients,
    platform_clients,
    signing_keys,
    scope_sets,
    events,
    platform_events,
    client_assertions,
    idempotency_keys,
    leniency_uses,
    installation_keys,
    unique_values,
);
