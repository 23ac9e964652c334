-- Assertions by which clients have proved themselves (RFC 7523), until they expire: none is taken twice, by whichever server.
-- `assertion` is the digest of its jti, or of what was signed. Clients of the platform have the nil UUID for their tenant,
-- hence no reference.
CREATE TABLE client_assertions (
    tenant_id uuid NOT NULL,
    client_id uuid NOT NULL,
    assertion bytea NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, client_id, assertion)
);
CREATE INDEX client_assertions_by_end ON client_assertions (expires_at);
