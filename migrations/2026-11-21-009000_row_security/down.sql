DO $$
BEGIN
    ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON TABLES FROM convoke_tenant;
    ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON SEQUENCES FROM convoke_tenant;
    REVOKE ALL ON ALL TABLES IN SCHEMA public FROM convoke_tenant;
    REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM convoke_tenant;
    REVOKE ALL ON SCHEMA public FROM convoke_tenant;
EXCEPTION
    WHEN undefined_object OR insufficient_privilege THEN NULL;
END $$;

DO $$
DECLARE
    home name;
BEGIN
    FOR home IN SELECT tablename FROM pg_policies WHERE schemaname = 'public' AND policyname = 'own_tenant' LOOP
        EXECUTE format('DROP POLICY own_tenant ON %I', home);
        EXECUTE format('ALTER TABLE %I DISABLE ROW LEVEL SECURITY', home);
    END LOOP;
END $$;
