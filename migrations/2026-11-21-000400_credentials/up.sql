-- Opaque tokens and API keys of tenants. Only the hash of the random part is stored; the text names tenant and id.
CREATE TABLE tokens (
    tenant_id uuid NOT NULL REFERENCES tenants (id),
    id uuid NOT NULL,
    hash bytea NOT NULL,
    name text NOT NULL DEFAULT '',
    api_key boolean NOT NULL DEFAULT false,
    scopes text[] NOT NULL DEFAULT '{}',
    roles text[] NOT NULL DEFAULT '{}',
    user_id uuid,
    created_at timestamptz NOT NULL,
    expires_at timestamptz,
    last_used_at timestamptz,
    revoked_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id)
) WITH (fillfactor = 70);
CREATE INDEX tokens_of_user ON tokens (tenant_id, user_id) WHERE user_id IS NOT NULL;

-- Tokens that belong to no tenant: the platform's, and those of partners.
CREATE TABLE platform_tokens (
    id uuid PRIMARY KEY,
    partner_id uuid REFERENCES partners (id),
    hash bytea NOT NULL,
    name text NOT NULL DEFAULT '',
    scopes text[] NOT NULL DEFAULT '{}',
    roles text[] NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL,
    expires_at timestamptz,
    last_used_at timestamptz,
    revoked_at timestamptz
);

-- OAuth clients. A rotated secret leaves the one before it valid until `previous_until`.
CREATE TABLE clients (
    tenant_id uuid NOT NULL REFERENCES tenants (id),
    id uuid NOT NULL,
    name text NOT NULL DEFAULT '',
    scopes text[] NOT NULL DEFAULT '{}',
    secret_hash bytea NOT NULL,
    previous_hash bytea,
    previous_until timestamptz,
    created_at timestamptz NOT NULL,
    revoked_at timestamptz,
    PRIMARY KEY (tenant_id, id)
);

CREATE TABLE platform_clients (
    id uuid PRIMARY KEY,
    name text NOT NULL DEFAULT '',
    scopes text[] NOT NULL DEFAULT '{}',
    secret_hash bytea NOT NULL,
    previous_hash bytea,
    previous_until timestamptz,
    created_at timestamptz NOT NULL,
    revoked_at timestamptz
);

-- Keys the server signs its own tokens with; several are live while one replaces another.
CREATE TABLE signing_keys (
    id uuid PRIMARY KEY,
    algorithm text NOT NULL,
    private_key bytea NOT NULL,
    -- Whether private_key is encrypted with the key from the configuration.
    encrypted boolean NOT NULL DEFAULT false,
    public_jwk jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    active_from timestamptz NOT NULL,
    retired_at timestamptz
);
