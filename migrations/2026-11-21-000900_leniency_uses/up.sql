-- How many SCIM requests of a tenant needed a rule of compat mode, and when one last did. The rule is a name of the
-- server's own list; names of other releases may stand here too. Servers add to it every few seconds, never set it.
CREATE TABLE leniency_uses (
    tenant_id uuid NOT NULL REFERENCES tenants (id),
    rule text COLLATE "C" NOT NULL,
    uses bigint NOT NULL,
    last_used_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, rule)
) WITH (fillfactor = 50);
