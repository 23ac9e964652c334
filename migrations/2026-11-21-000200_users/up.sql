-- Hot attributes are columns, the rest is one document. `search` is the whole record folded by its schema's case rules:
-- filters compare with it, so no comparison depends on a locale. Keys of indexes are folded by the server, in columns.
CREATE TABLE users (
    tenant_id uuid NOT NULL REFERENCES tenants (id),
    id uuid NOT NULL,
    user_name text NOT NULL,
    user_name_key text COLLATE "C" NOT NULL,
    external_id text COLLATE "C",
    display_name text,
    display_name_key text COLLATE "C",
    email text,
    -- Absent when a client took the attribute away; the account is then usable.
    active boolean DEFAULT true,
    attributes jsonb NOT NULL DEFAULT '{}',
    search jsonb NOT NULL DEFAULT '{}',
    source text NOT NULL DEFAULT 'native',
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    deleted_at timestamptz,
    PRIMARY KEY (tenant_id, id)
) WITH (fillfactor = 80);

-- A name is free again as soon as its owner is deleted.
CREATE UNIQUE INDEX users_by_user_name ON users (tenant_id, user_name_key) WHERE deleted_at IS NULL;
CREATE INDEX users_by_external_id ON users (tenant_id, external_id) WHERE external_id IS NOT NULL;
CREATE INDEX users_by_display_name ON users (tenant_id, display_name_key) WHERE deleted_at IS NULL;
CREATE INDEX users_by_change ON users (tenant_id, updated_at) WHERE deleted_at IS NULL;
CREATE INDEX users_live ON users (tenant_id, id) WHERE deleted_at IS NULL;
-- Equality on any attribute, also within one element of a list, is containment.
CREATE INDEX users_by_attribute ON users USING gin (search jsonb_path_ops) WHERE deleted_at IS NULL;
