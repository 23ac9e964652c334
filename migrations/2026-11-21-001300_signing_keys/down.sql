ALTER TABLE platform_clients DROP COLUMN jwks;
ALTER TABLE clients DROP COLUMN jwks;
DROP INDEX signing_keys_current;
ALTER TABLE signing_keys DROP COLUMN verifies_until;
