CREATE INDEX users_by_change ON users (tenant_id, updated_at) WHERE deleted_at IS NULL;
DROP INDEX users_in_order_of_change;
CREATE INDEX users_by_display_name ON users (tenant_id, display_name_key) WHERE deleted_at IS NULL;
DROP INDEX users_in_order_of_display_name;
