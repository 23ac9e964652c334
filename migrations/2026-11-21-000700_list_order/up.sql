-- A page of a sorted list starts in the middle of the index: at a value and, among equal values, at an id. So the id is
-- in the index. What was indexed by the value alone is served by the same index.
CREATE INDEX users_in_order_of_display_name ON users (tenant_id, display_name_key, id) WHERE deleted_at IS NULL;
DROP INDEX users_by_display_name;
CREATE INDEX users_in_order_of_change ON users (tenant_id, updated_at, id) WHERE deleted_at IS NULL;
DROP INDEX users_by_change;
