-- How many users a group with child groups has at any depth, once it has been counted. The stamp says of which state: it
-- is made of the versions of all groups it was counted over, so a count is good while its stamp is, and until the next
-- window of a membership among them opens or closes. A row without a stamp is a place to queue at for whoever counts.
CREATE TABLE effective_counts (
    tenant_id uuid NOT NULL,
    group_id uuid NOT NULL,
    stamp uuid,
    members bigint,
    valid_until timestamptz,
    PRIMARY KEY (tenant_id, group_id),
    -- It is worth nothing without its group, and must not stand in the way of a purge.
    FOREIGN KEY (tenant_id, group_id) REFERENCES groups (tenant_id, id) ON DELETE CASCADE
) WITH (fillfactor = 70);
