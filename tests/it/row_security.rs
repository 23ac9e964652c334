//! The second wall between tenants: what a statement sees that forgets to name its tenant, as the role that owns no table.

use serde_json::json;

use crate::support::{Setup, TestServer, database, sql};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_table_of_tenants_has_the_wall() {
    const OPEN: &str = "
        SELECT relname::text FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
        WHERE attname = 'tenant_id' AND NOT attisdropped AND relkind IN ('r', 'p')
            AND relnamespace = 'public'::regnamespace
            AND (NOT relrowsecurity OR NOT EXISTS (
                SELECT FROM pg_policy WHERE polrelid = attrelid AND polname = 'own_tenant' AND polcmd = '*'))";
    let database = database().await;
    let client = sql(&database.url).await;
    let names = |rows: Vec<tokio_postgres::Row>| rows.iter().map(|row| row.get(0)).collect::<Vec<String>>();
    assert_eq!(names(client.query(OPEN, &[]).await.unwrap()), Vec::<String>::new());
    client.batch_execute("CREATE TABLE breach (tenant_id uuid)").await.unwrap();
    assert_eq!(names(client.query(OPEN, &[]).await.unwrap()), ["breach"], "the rule is told from its breach");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_statement_that_forgets_the_tenant_sees_and_changes_nothing_of_others() {
    let server = TestServer::start().await;
    let (globex, other) = server.other_tenant("globex").await;
    for client in [&*server, &other] {
        client.post("/scim/v2/Users", &json!({ "userName": "ada" })).await.expect(201);
    }
    let client = sql(server.database_url()).await;
    let count = async |statement: &str| client.query(statement, &[]).await.unwrap().len();
    let (users, events) = (count("SELECT FROM users").await, count("SELECT FROM events").await);
    client.batch_execute("SET ROLE convoke_tenant").await.unwrap();
    let tables = "SELECT tablename::text FROM pg_policies WHERE policyname = 'own_tenant'";
    let tables = client.query(tables, &[]).await.unwrap();
    assert!(tables.len() > 10, "{} tables only", tables.len());
    for table in tables.iter().map(|row| row.get::<_, String>(0)) {
        assert_eq!(count(&format!("SELECT FROM {table}")).await, 0, "{table}, without a tenant");
    }
    let within = format!("SET convoke.tenant = '{}'", globex.id);
    client.batch_execute(&within).await.unwrap();
    assert_eq!((users, count("SELECT FROM users").await), (2, 1));
    assert_eq!(count("UPDATE users SET display_name = 'x' RETURNING id").await, 1);
    let own = count("SELECT FROM events").await;
    assert_eq!(count("DELETE FROM events RETURNING seq").await, own);
    assert!(own > 0 && own < events);
    let foreign = format!("UPDATE users SET tenant_id = '{}'", server.tenant.id);
    let refused = client.batch_execute(&foreign).await.unwrap_err();
    assert!(refused.as_db_error().unwrap().message().contains("row-level security"), "{refused:?}");
    for hidden in ["signing_keys", "installation_keys"] {
        assert!(client.query(&format!("SELECT FROM {hidden}"), &[]).await.is_err(), "{hidden}");
    }
    client.batch_execute("RESET ROLE").await.unwrap();
    let named = server.get("/scim/v2/Users").await.expect(200);
    assert!(named["Resources"][0].get("displayName").is_none(), "acme's row is as it was: {named}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_work_behind_the_wall_when_it_is_on() {
    for (row_security, expected) in [(true, 500), (false, 200)] {
        let server = TestServer::start_with(Setup { row_security, ..Setup::default() }).await;
        assert_eq!(server.get("/scim/v2/Users").await.status, 200);
        let client = sql(server.database_url()).await;
        client.batch_execute("REVOKE SELECT ON users FROM convoke_tenant").await.unwrap();
        let answer = server.get("/scim/v2/Users").await;
        assert_eq!(answer.status, expected, "as whom the request asks: {}", answer.text);
    }
}
