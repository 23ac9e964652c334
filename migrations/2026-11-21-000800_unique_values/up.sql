-- Who has which value of the attributes that must be unique by their schema and have no column of their own. The primary
-- key is the rule. Only live resources are here, so a value is free again as soon as its owner is deleted.
CREATE TABLE unique_values (
    tenant_id uuid NOT NULL REFERENCES tenants (id),
    resource_type text COLLATE "C" NOT NULL CHECK (resource_type IN ('User', 'Group')),
    -- The attribute's path in the notation of RFC 7644 section 3.10.
    attribute text COLLATE "C" NOT NULL,
    -- The value, folded by the server unless the attribute is caseExact.
    value_key text COLLATE "C" NOT NULL,
    resource_id uuid NOT NULL,
    PRIMARY KEY (tenant_id, resource_type, attribute, value_key)
);
CREATE INDEX unique_values_by_resource ON unique_values (tenant_id, resource_id);
