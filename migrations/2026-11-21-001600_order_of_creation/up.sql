-- Lists of groups begin with the newest where the caller does not say otherwise. The time of creation never changes, so this
-- costs a write when a group is made and none later.
CREATE INDEX groups_in_order_of_creation ON groups (tenant_id, created_at, id) WHERE deleted_at IS NULL;
