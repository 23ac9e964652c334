-- The integer id of the Auth-Admin API. Gaps are fine, repeats are not.
CREATE SEQUENCE group_num AS bigint;

-- Counters and version live on the row and change with every membership, so pages keep room for that (HOT updates).
CREATE TABLE groups (
    tenant_id uuid NOT NULL REFERENCES tenants (id),
    id uuid NOT NULL,
    num bigint NOT NULL DEFAULT nextval('group_num'),
    name text NOT NULL,
    name_key text COLLATE "C" NOT NULL,
    -- Among which groups the name is unique: the nil UUID for the tenant, the primary parent for siblings, the group's
    -- own id for nobody. One index serves all three settings.
    name_scope uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
    description text,
    -- Absent while nobody has said; it is a security group then.
    group_type text CHECK (group_type IN ('SECURITY', 'DISTRIBUTION')),
    is_privileged boolean NOT NULL DEFAULT false,
    parent_group_id uuid,
    external_id text COLLATE "C",
    custom_attributes jsonb,
    attributes jsonb NOT NULL DEFAULT '{}',
    search jsonb NOT NULL DEFAULT '{}',
    scopes text[] NOT NULL DEFAULT '{}',
    source text NOT NULL DEFAULT 'native',
    standing_members bigint NOT NULL DEFAULT 0 CHECK (standing_members >= 0),
    nested_groups bigint NOT NULL DEFAULT 0 CHECK (nested_groups >= 0),
    -- Whether a membership with a window was ever in it. Where none was, there are none to count, which would be half of what
    -- a page of groups costs.
    has_windows boolean NOT NULL DEFAULT false,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    deleted_at timestamptz,
    -- The deletion this row fell with: a cascade is restored as one.
    deletion_id uuid,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, parent_group_id) REFERENCES groups (tenant_id, id)
) WITH (fillfactor = 50);

CREATE UNIQUE INDEX groups_by_scoped_name ON groups (tenant_id, name_scope, name_key) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX groups_by_num ON groups (tenant_id, num);
CREATE INDEX groups_by_name ON groups (tenant_id, name_key, id) WHERE deleted_at IS NULL;
CREATE INDEX groups_by_external_id ON groups (tenant_id, external_id) WHERE external_id IS NOT NULL;
CREATE INDEX groups_by_parent ON groups (tenant_id, parent_group_id) WHERE parent_group_id IS NOT NULL;
CREATE INDEX groups_live ON groups (tenant_id, id) WHERE deleted_at IS NULL;
CREATE INDEX groups_by_attribute ON groups USING gin (search jsonb_path_ops) WHERE deleted_at IS NULL;

-- One row a membership. Only users that are not deleted are here; see dormant_members. The window is in the index, so
-- that a page of members is read from the index alone.
CREATE TABLE members (
    tenant_id uuid NOT NULL,
    group_id uuid NOT NULL,
    user_id uuid NOT NULL,
    added_at timestamptz NOT NULL,
    added_by text NOT NULL,
    source text NOT NULL,
    valid_from timestamptz,
    expires_at timestamptz,
    PRIMARY KEY (tenant_id, group_id, user_id) INCLUDE (valid_from, expires_at),
    FOREIGN KEY (tenant_id, group_id) REFERENCES groups (tenant_id, id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id),
    CHECK (valid_from < expires_at)
) WITH (autovacuum_vacuum_insert_scale_factor = 0.02, autovacuum_vacuum_scale_factor = 0.05);
CREATE INDEX members_by_user ON members (tenant_id, user_id, group_id);
-- The few members with a window are found without reading the others. The user is in it so that the primary key, which has
-- all members, is never the cheaper plan.
CREATE INDEX members_with_window ON members (tenant_id, group_id, user_id) INCLUDE (valid_from, expires_at)
    WHERE valid_from IS NOT NULL OR expires_at IS NOT NULL;

-- Memberships of deleted users: out of every count and list, kept for an administrator's restore.
CREATE TABLE dormant_members (
    tenant_id uuid NOT NULL,
    user_id uuid NOT NULL,
    group_id uuid NOT NULL,
    added_at timestamptz NOT NULL,
    added_by text NOT NULL,
    source text NOT NULL,
    valid_from timestamptz,
    expires_at timestamptz,
    PRIMARY KEY (tenant_id, user_id, group_id),
    FOREIGN KEY (tenant_id, group_id) REFERENCES groups (tenant_id, id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id)
);
CREATE INDEX dormant_members_by_group ON dormant_members (tenant_id, group_id);

-- One row a nesting edge between live groups: a directed acyclic graph. At most one primary parent a child.
CREATE TABLE edges (
    tenant_id uuid NOT NULL,
    parent_id uuid NOT NULL,
    child_id uuid NOT NULL,
    is_primary boolean NOT NULL DEFAULT false,
    added_at timestamptz NOT NULL,
    added_by text NOT NULL,
    source text NOT NULL,
    PRIMARY KEY (tenant_id, parent_id, child_id),
    FOREIGN KEY (tenant_id, parent_id) REFERENCES groups (tenant_id, id),
    FOREIGN KEY (tenant_id, child_id) REFERENCES groups (tenant_id, id),
    CHECK (parent_id <> child_id)
);
CREATE INDEX edges_by_child ON edges (tenant_id, child_id, parent_id);
CREATE UNIQUE INDEX edges_one_primary ON edges (tenant_id, child_id) WHERE is_primary;

-- The edges a deleted group hung by, and, after a cascade, those inside the deleted tree: kept for its restore.
CREATE TABLE dormant_edges (
    tenant_id uuid NOT NULL,
    child_id uuid NOT NULL,
    parent_id uuid NOT NULL,
    is_primary boolean NOT NULL,
    added_at timestamptz NOT NULL,
    added_by text NOT NULL,
    source text NOT NULL,
    PRIMARY KEY (tenant_id, child_id, parent_id),
    FOREIGN KEY (tenant_id, parent_id) REFERENCES groups (tenant_id, id),
    FOREIGN KEY (tenant_id, child_id) REFERENCES groups (tenant_id, id)
);
CREATE INDEX dormant_edges_by_parent ON dormant_edges (tenant_id, parent_id);

CREATE TABLE scope_sets (
    tenant_id uuid NOT NULL REFERENCES tenants (id),
    id uuid NOT NULL,
    name text NOT NULL,
    name_key text COLLATE "C" NOT NULL,
    scopes text[] NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, name_key)
);

CREATE TABLE group_scope_sets (
    tenant_id uuid NOT NULL,
    group_id uuid NOT NULL,
    scope_set_id uuid NOT NULL,
    PRIMARY KEY (tenant_id, group_id, scope_set_id),
    FOREIGN KEY (tenant_id, group_id) REFERENCES groups (tenant_id, id),
    FOREIGN KEY (tenant_id, scope_set_id) REFERENCES scope_sets (tenant_id, id)
);
CREATE INDEX group_scope_sets_by_set ON group_scope_sets (tenant_id, scope_set_id);
