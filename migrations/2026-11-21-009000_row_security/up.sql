-- A second wall between tenants: whoever works as a role that does not own the tables sees the rows of the tenant that the
-- session names, and without one none. The owner, as which the server works above tenants, sees all. A table that gets a
-- tenant_id later needs the same two statements; a test compares.
DO $$
DECLARE
    home name;
BEGIN
    FOR home IN
        SELECT relname FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
        WHERE attname = 'tenant_id' AND NOT attisdropped AND relkind IN ('r', 'p')
            AND relnamespace = 'public'::regnamespace
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', home);
        EXECUTE format(
            'CREATE POLICY own_tenant ON %I USING (tenant_id = nullif(current_setting(''convoke.tenant'', true), '''')::uuid)',
            home);
    END LOOP;
END $$;

-- The role is one of the whole cluster, so another database may have made it; and who migrates may be none who can make
-- roles. Then an administrator makes it and repeats what follows (docs/security.md).
DO $$
BEGIN
    CREATE ROLE convoke_tenant NOLOGIN;
EXCEPTION
    WHEN duplicate_object OR unique_violation OR insufficient_privilege THEN NULL;
END $$;

DO $$
BEGIN
    EXECUTE format('GRANT convoke_tenant TO %I', current_user);
    GRANT USAGE ON SCHEMA public TO convoke_tenant;
    GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO convoke_tenant;
    REVOKE ALL ON signing_keys, installation_keys FROM convoke_tenant;
    GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO convoke_tenant;
    ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO convoke_tenant;
    ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE ON SEQUENCES TO convoke_tenant;
EXCEPTION
    WHEN undefined_object OR insufficient_privilege THEN NULL;
END $$;
