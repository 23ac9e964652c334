-- Until when what a key has signed is believed; unset while nothing has taken its place. A key that was replaced stays
-- published until its last token has expired.
ALTER TABLE signing_keys ADD COLUMN verifies_until timestamptz;

-- One key signs. Servers that make the first one at the same time, or replace it, meet here.
CREATE UNIQUE INDEX signing_keys_current ON signing_keys ((retired_at IS NULL)) WHERE retired_at IS NULL;

-- The public keys with which a client proves itself instead of a secret (RFC 7523), as a JWK set.
ALTER TABLE clients ADD COLUMN jwks jsonb;
ALTER TABLE platform_clients ADD COLUMN jwks jsonb;
