DROP TABLE signing_keys;
DROP TABLE platform_clients;
DROP TABLE clients;
DROP TABLE platform_tokens;
DROP TABLE tokens;
