DROP TABLE resource_counts;
DROP TABLE tenant_locks;
DROP TABLE tenants;
DROP TABLE partners;
