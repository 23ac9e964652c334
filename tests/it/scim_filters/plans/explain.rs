//! The plans of the statements that a server really executes, as the database explains them while it does (`auto_explain`,
//! which comes with PostgreSQL). They appear in the log of the database, which the tests of a build share; only the
//! database watched here explains anything.

use std::path::PathBuf;

use serde_json::Value;

use crate::support::{TestServer, sql};

/// Tables whose size is that of the tenant.
const TABLES: [&str; 4] = ["users", "groups", "members", "edges"];

/// A database that explains what it does.
pub(super) struct Watch {
    log: PathBuf,
}

/// What one request did.
#[derive(Debug, Default)]
pub(super) struct Work {
    /// Each statement over the tenant's tables, with how it reached their rows.
    pub(super) statements: Vec<Statement>,
}

/// A statement and its plan.
#[derive(Debug)]
pub(super) struct Statement {
    /// Its text.
    pub(super) text: String,
    /// Each access to a table: how, by which index, rows looked at.
    pub(super) scans: Vec<(String, String, i64)>,
    /// Pages of tables and indexes that were touched.
    pub(super) buffers: i64,
}

impl Watch {
    /// Lets the server's database explain. Connections that are open already would say nothing; they are cut.
    pub(super) async fn over(server: &TestServer) -> Self {
        let tables = sql(server.database_url()).await;
        tables.batch_execute("LOAD 'auto_explain'").await.expect("PostgreSQL's auto_explain is installed");
        let settings = [
            ("session_preload_libraries", "auto_explain"),
            ("auto_explain.log_min_duration", "0"),
            ("auto_explain.log_analyze", "on"),
            ("auto_explain.log_buffers", "on"),
            ("auto_explain.log_timing", "off"),
            ("auto_explain.log_format", "json"),
        ];
        let name: String = tables.query_one("SELECT current_database()::text", &[]).await.unwrap().get(0);
        for (setting, value) in settings {
            tables.batch_execute(&format!("ALTER DATABASE {name} SET {setting} = '{value}'")).await.unwrap();
        }
        let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid()";
        tables.execute(cut, &[]).await.unwrap();
        let mut answered = 0;
        for _ in 0..100 {
            let status = server.get("/scim/v2/Users?count=0").await.status;
            answered = if status == 200 { answered + 1 } else { 0 };
            if answered == 10 {
                break;
            }
        }
        assert_eq!(answered, 10, "the server connects anew");
        let cluster: String = tables.query_one("SHOW data_directory", &[]).await.unwrap().get(0);
        Self { log: PathBuf::from(cluster).with_file_name("postgres.log") }
    }

    /// What `request` does.
    pub(super) async fn work(&self, request: impl Future<Output = ()>) -> Work {
        let before = self.text().len();
        request.await;
        let text = self.text();
        Work::read(text.get(before..).unwrap_or_default())
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(&self.log).expect("the database's log")).into_owned()
    }
}

impl Work {
    /// An explanation is a line that ends with `plan:`, and JSON in lines that begin with a tab.
    fn read(log: &str) -> Self {
        let plans = log.split("plan:\n").skip(1).map(|rest| -> String {
            rest.lines().take_while(|line| line.starts_with('\t')).collect::<Vec<_>>().join("\n")
        });
        let statements = plans.map(|plan| Statement::read(&serde_json::from_str(&plan).expect("a plan is JSON")));
        Self { statements: statements.filter(|statement| !statement.scans.is_empty()).collect() }
    }

    /// Rows looked at, in tables and indexes.
    pub(super) fn rows(&self) -> i64 {
        self.statements.iter().flat_map(|statement| &statement.scans).map(|(.., rows)| rows).sum()
    }

    /// Pages touched.
    pub(super) fn buffers(&self) -> i64 {
        self.statements.iter().map(|statement| statement.buffers).sum()
    }

    /// Indexes that were used.
    pub(super) fn indexes(&self) -> Vec<&str> {
        let used = self.statements.iter().flat_map(|statement| &statement.scans).map(|(_, index, _)| index.as_str());
        used.filter(|index| !index.is_empty()).collect()
    }

    /// Whether a table was read from end to end.
    pub(super) fn reads_a_whole_table(&self) -> bool {
        self.statements.iter().flat_map(|statement| &statement.scans).any(|(how, ..)| how.contains("Seq Scan"))
    }
}

impl Statement {
    fn read(explained: &Value) -> Self {
        let mut scans = Vec::new();
        collect(&explained["Plan"], &mut scans);
        let touched = |kind: &str| explained["Plan"][kind].as_i64().unwrap_or_default();
        Self {
            text: explained["Query Text"].as_str().unwrap_or_default().to_owned(),
            scans,
            buffers: touched("Shared Hit Blocks") + touched("Shared Read Blocks"),
        }
    }
}

fn collect(node: &Value, scans: &mut Vec<(String, String, i64)>) {
    let number = |key: &str| node[key].as_i64().unwrap_or_default();
    let word = |key: &str| node[key].as_str().unwrap_or_default().to_owned();
    let looked_at = number("Actual Rows") + number("Rows Removed by Filter") + number("Rows Removed by Index Recheck");
    let of_tenant = TABLES.contains(&word("Relation Name").as_str()) || word("Node Type") == "Bitmap Index Scan";
    if of_tenant {
        scans.push((word("Node Type"), word("Index Name"), looked_at * number("Actual Loops")));
    }
    for inner in node["Plans"].as_array().into_iter().flatten() {
        collect(inner, scans);
    }
}
