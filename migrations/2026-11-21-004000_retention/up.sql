-- What was deleted is found by when, for the purge, and by the deletion it fell with, for a restore.
CREATE INDEX groups_by_deletion_time ON groups (tenant_id, deleted_at) WHERE deleted_at IS NOT NULL;
CREATE INDEX groups_by_deletion ON groups (tenant_id, deletion_id) WHERE deletion_id IS NOT NULL;
CREATE INDEX users_by_deletion_time ON users (tenant_id, deleted_at) WHERE deleted_at IS NOT NULL;

-- Where a deleted group hung is told by the edges laid aside; the column says where a live one hangs.
UPDATE groups SET parent_group_id = NULL WHERE deleted_at IS NOT NULL AND parent_group_id IS NOT NULL;
