-- Random keys of this installation, each made once by whichever server needs it first. Small and the same for everybody: a
-- reference table when the schema is sharded.
CREATE TABLE installation_keys (
    name text PRIMARY KEY,
    key bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
