-- Partners own tenants. Both are small and read everywhere: reference tables when the schema is sharded by tenant_id.
CREATE TABLE partners (
    id uuid PRIMARY KEY,
    slug text COLLATE "C" NOT NULL UNIQUE,
    name text NOT NULL,
    status text NOT NULL DEFAULT 'ACTIVE' CHECK (status IN ('ACTIVE', 'SUSPENDED')),
    max_tenants bigint,
    max_users_per_tenant bigint,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE tenants (
    id uuid PRIMARY KEY,
    partner_id uuid REFERENCES partners (id),
    slug text COLLATE "C" NOT NULL UNIQUE,
    name text NOT NULL,
    status text NOT NULL DEFAULT 'ACTIVE' CHECK (status IN ('ACTIVE', 'SUSPENDED')),
    settings jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX tenants_of_partner ON tenants (partner_id) WHERE partner_id IS NOT NULL;

-- The row on which the edge writes of one tenant serialise. Not the tenants row itself: that one is replicated to every
-- shard, this one lives on the tenant's own.
CREATE TABLE tenant_locks (
    tenant_id uuid PRIMARY KEY REFERENCES tenants (id)
);

-- How many live resources a tenant has, spread over rows so that concurrent writers do not queue for one. The total is
-- the sum; it spares a list its count(*).
CREATE TABLE resource_counts (
    tenant_id uuid NOT NULL REFERENCES tenants (id),
    kind text NOT NULL CHECK (kind IN ('user', 'group')),
    shard smallint NOT NULL,
    live bigint NOT NULL,
    PRIMARY KEY (tenant_id, kind, shard)
) WITH (fillfactor = 50);
