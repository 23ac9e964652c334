ALTER TABLE dormant_members ALTER COLUMN group_id RESET (n_distinct);
ALTER TABLE members ALTER COLUMN group_id RESET (n_distinct);
DO $$
DECLARE
    home name;
BEGIN
    FOR home IN
        SELECT relname FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
        WHERE attname = 'tenant_id' AND NOT attisdropped AND relkind IN ('r', 'p')
            AND relnamespace = 'public'::regnamespace
    LOOP
        EXECUTE format('ALTER TABLE %I ALTER COLUMN tenant_id RESET (n_distinct)', home);
    END LOOP;
END $$;
