DROP TABLE group_scope_sets;
DROP TABLE scope_sets;
DROP TABLE dormant_edges;
DROP TABLE edges;
DROP TABLE dormant_members;
DROP TABLE members;
DROP TABLE groups;
DROP SEQUENCE group_num;
