CREATE INDEX events_by_resource ON events (tenant_id, resource, seq);
DROP INDEX events_by_request;
DROP INDEX events_in_order_of_api;
DROP INDEX events_in_order_of_kind;
DROP INDEX events_in_order_of_actor;
DROP INDEX events_in_order_of_resource;
DROP INDEX events_in_order;

DROP TABLE platform_events;

DROP INDEX platform_tokens_of_partner;

CREATE INDEX tenants_of_partner ON tenants (partner_id) WHERE partner_id IS NOT NULL;
DROP INDEX tenants_in_order_of_partner;
DROP INDEX tenants_by_name;
DROP INDEX partners_by_name;
DROP INDEX tenants_by_slug;
DROP INDEX partners_by_slug;

-- What was deleted stays out of use, and leaves its slug to whoever has it by now.
UPDATE tenants SET slug = 'deleted-' || id, status = 'SUSPENDED' WHERE deleted_at IS NOT NULL;
UPDATE partners SET slug = 'deleted-' || id, status = 'SUSPENDED' WHERE deleted_at IS NOT NULL;
ALTER TABLE tenants
    ADD CONSTRAINT tenants_slug_key UNIQUE (slug),
    DROP COLUMN deleted_at,
    DROP COLUMN version,
    DROP COLUMN name_key;
ALTER TABLE partners
    ADD CONSTRAINT partners_slug_key UNIQUE (slug),
    DROP COLUMN deleted_at,
    DROP COLUMN version,
    DROP COLUMN name_key;
