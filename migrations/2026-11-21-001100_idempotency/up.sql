-- What came of requests with an Idempotency-Key, kept for a day. `request` is the digest of who may repeat it, of method,
-- path and key; `fingerprint` that of everything else that makes it the same request. Platform credentials have the nil
-- UUID for their tenant, hence no reference. `status` is absent while the first request runs, whose lease it renews.
CREATE TABLE idempotency_keys (
    tenant_id uuid NOT NULL,
    request bytea NOT NULL,
    fingerprint bytea NOT NULL,
    attempt uuid NOT NULL,
    created_at timestamptz NOT NULL,
    lease_until timestamptz NOT NULL,
    status integer,
    headers jsonb,
    -- Absent of an answer that showed a secret: that is nowhere kept.
    body bytea,
    PRIMARY KEY (tenant_id, request)
) WITH (fillfactor = 50);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);
