-- A plan that is kept serves every tenant and every group, the largest too. By default it is made for the average one: of a
-- tenant among a thousand small ones it expects a hundred users, finds that reading them all is cheaper than ten look-ups by
-- key, and then reads the million of the one that is not like the others. With one distinct value, as the statistics are
-- told here, it expects what the commonest value has; a plan made for a value goes by that value as before. A table that
-- gets a tenant_id later needs the same; a test compares.
DO $$
DECLARE
    home name;
BEGIN
    FOR home IN
        SELECT relname FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
        WHERE attname = 'tenant_id' AND NOT attisdropped AND relkind IN ('r', 'p')
            AND relnamespace = 'public'::regnamespace
    LOOP
        EXECUTE format('ALTER TABLE %I ALTER COLUMN tenant_id SET (n_distinct = 1)', home);
    END LOOP;
END $$;

-- And a hundredth of all memberships of a group: more than it takes to prefer keys, and too few to prefer the whole table.
ALTER TABLE members ALTER COLUMN group_id SET (n_distinct = 100);
ALTER TABLE dormant_members ALTER COLUMN group_id SET (n_distinct = 100);
