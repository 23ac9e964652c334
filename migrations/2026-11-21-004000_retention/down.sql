UPDATE groups g SET parent_group_id = d.parent_id FROM dormant_edges d
WHERE d.tenant_id = g.tenant_id AND d.child_id = g.id AND d.is_primary AND g.deleted_at IS NOT NULL;
DROP INDEX users_by_deletion_time;
DROP INDEX groups_by_deletion;
DROP INDEX groups_by_deletion_time;
