//! The command line as scripts rely on it: what is on standard output, exit codes, and the life of a server process.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::conformance::proves;
use crate::scale::eventually;
use crate::support::{Client, Program, Ran, Served, database};

fn is_id(text: &str) -> bool {
    text.len() == 36 && Uuid::parse_str(text).is_ok()
}

/// The lines of a list in JSON.
fn listed(program: &Program, arguments: &[&str]) -> Vec<Value> {
    let text = program.done(&[arguments, &["--json"]].concat());
    text.lines().map(|line| serde_json::from_str(line).expect("one object a line")).collect()
}

#[track_caller]
fn refused(ran: &Ran, code: i32, why: &str) {
    assert_eq!((ran.code, ran.stdout.as_str()), (code, ""), "{ran:?}");
    assert!(ran.stderr.contains(why) && !ran.stderr.contains("panicked"), "{ran:?}");
}

#[test]
fn wrong_usage_is_two_and_leaves_standard_output_empty() {
    let program = Program::private();
    for (line, why) in [
        ("frobnicate", "unrecognized subcommand"),
        ("tenant create", "<SLUG>"),
        ("tenant set acme scim.mood=strict", "scim.mode"),
        ("token create", "--tenant"),
        ("token create --tenant acme --scope everything", "groups:write"),
        ("token create --platform --role tenant_admin", "\"tenant_admin\" does not fit a platform token"),
        ("token create --tenant acme --api-key --scope scim", "\"scim\" does not fit an API key"),
        ("token create --tenant acme --ttl 0s", "--ttl"),
        ("token revoke 1", "is not an identifier"),
        ("client create --tenant acme", "--scope"),
        ("scope-set create --tenant acme --name N", "--scope"),
        ("openapi teapot", "directory"),
        ("--listen 127.0.0.1:0 tenant list", "--listen belongs to `convoke serve`"),
        ("serve --listen 8080", "--listen: \"8080\" has no port"),
        ("--config nowhere.toml migrate", "--config names nowhere.toml"),
    ] {
        refused(&program.run(&line.split(' ').collect::<Vec<_>>()), 2, why);
    }
    assert!(!program.dir().join("data").exists(), "a refused command line has started a database");
}

#[test]
fn help_goes_to_standard_output() {
    let program = Program::private();
    let help = program.done(&["--help"]);
    for word in ["serve", "tenant", "scope-set", "doctor", "Exit codes", "--database-url"] {
        assert!(help.contains(word), "{word}\n{help}");
    }
    assert!(!help.contains("testdb"));
    assert_eq!(program.done(&["--version"]), format!("convoke {}", env!("CARGO_PKG_VERSION")));
}

#[test]
fn a_wrong_file_is_named_with_its_key_and_without_its_secrets() {
    let program = Program::private();
    let with = |file: &str| {
        fs::write(program.dir().join("convoke.toml"), file).unwrap();
        program.run(&["tenant", "list"])
    };
    refused(&with("max_conections = 3"), 2, "convoke.toml: unknown key \"max_conections\"");
    refused(&with("max_connections = 'many'"), 2, "convoke.toml: max_connections: \"many\"");
    let secret = with("database_url = 'mysql://root:hidden@localhost/x'");
    refused(&secret, 2, "convoke.toml: database_url");
    let unreachable = with("database_url = 'postgres://root:hidden@127.0.0.1:1/x'");
    refused(&unreachable, 1, "cannot be reached");
    assert!(!secret.stderr.contains("hidden") && !unreachable.stderr.contains("hidden"), "{unreachable:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tenants_are_created_listed_and_configured() {
    let database = database().await;
    let program = Program::on(&database.url);
    let id = program.done(&["tenant", "create", "acme", "--name", "Acme Corp", "--partner", "resellers"]);
    assert!(is_id(&id), "{id}");
    assert!(is_id(&program.done(&["tenant", "create", "exact", "--strict"])));
    refused(&program.run(&["tenant", "create", "acme"]), 1, "slug \"acme\" is already in use");
    refused(&program.run(&["tenant", "create", "Bad_Slug"]), 2, "slug must have 1 to 63 of a-z");

    let set = ["tenant", "set", "acme", "groups.name_unique=sibling", "scim.unknown_members=skip"];
    assert_eq!(program.done(&set), "");
    refused(&program.run(&["tenant", "set", "nobody", "scim.mode=strict"]), 1, "Tenant not found");
    refused(&program.run(&["tenant", "set", "acme", "scim.mode=loose"]), 2, "compat");

    let tenants = listed(&program, &["tenant", "list"]);
    assert_eq!(tenants.len(), 2);
    assert_eq!((&tenants[0]["id"], &tenants[0]["name"]), (&json!(id), &json!("Acme Corp")));
    assert!(tenants[0]["partner_id"].is_string() && tenants[1]["partner_id"].is_null());
    assert_eq!(tenants[0]["settings"]["groups.name_unique"], "sibling");
    assert_eq!(tenants[0]["settings"]["scim.unknown_members"], "skip");
    assert_eq!(tenants[1]["settings"]["scim.mode"], "strict");
    let table = program.done(&["tenant", "list"]);
    assert!(table.starts_with("SLUG") && table.lines().count() == 3, "{table}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_is_alone_on_standard_output_and_lasts_as_long_as_asked() {
    let database = database().await;
    let program = Program::on(&database.url);
    program.done(&["tenant", "create", "acme"]);
    let create = |arguments: &str| {
        let line = format!("token create {arguments}");
        program.done(&line.split(' ').collect::<Vec<_>>())
    };
    let secrets = [
        create("--tenant acme --name plain"),
        create("--tenant acme --name limited --scope groups:read,scim --scope groups:read --ttl 90d"),
        create("--tenant acme --name key --api-key"),
        create("--partner resellers --name partner"),
        create("--platform --name platform"),
        create("--platform --name super --role super_admin"),
    ];
    for (secret, prefix) in secrets.iter().zip(["cvk_", "cvk_", "cva_", "cvp_", "cvp_", "cvp_"]) {
        assert!(secret.starts_with(prefix) && secret.lines().count() == 1 && !secret.contains(' '), "{secret}");
    }
    let tokens = listed(&program, &["token", "list"]);
    let named = |name: &str| tokens.iter().find(|token| token["name"] == name).expect("it is listed").clone();
    assert_eq!(named("plain")["scopes"], json!(["scim"]));
    assert_eq!(named("limited")["scopes"], json!(["groups:read", "scim"]));
    assert_eq!((&named("key")["scopes"], &named("key")["api_key"]), (&json!(["admin"]), &json!(true)));
    assert_eq!(named("partner")["roles"], json!(["partner_admin"]));
    assert_eq!(named("platform")["scopes"], json!(["admin:read", "admin:write"]));
    let supreme = named("super");
    assert_eq!((&supreme["scopes"], &supreme["roles"]), (&json!([]), &json!(["super_admin"])));
    let time = |value: &Value| value.as_str().unwrap().parse::<chrono::DateTime<chrono::Utc>>().unwrap();
    let limited = named("limited");
    assert_eq!(time(&limited["expires_at"]) - time(&limited["created_at"]), chrono::TimeDelta::days(90));
    assert!(named("plain")["expires_at"].is_null());
    let whole = program.done(&["token", "list"]);
    assert!(secrets.iter().all(|secret| !whole.contains(secret.as_str())), "{whole}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_ends_once_and_an_unknown_one_is_told() {
    let database = database().await;
    let program = Program::on(&database.url);
    program.done(&["token", "create", "--platform"]);
    let id = listed(&program, &["token", "list"])[0]["id"].as_str().unwrap().to_owned();
    assert_eq!(program.done(&["token", "revoke", &id]), "");
    assert_eq!(listed(&program, &["token", "list"])[0]["status"], "revoked");
    let stranger = "01890a5d-ac96-774b-bcce-b302099a8057";
    refused(&program.run(&["token", "revoke", stranger]), 1, "Token not found");
    refused(&program.run(&["token", "create", "--tenant", "nobody"]), 1, "Tenant not found");
    program.done(&["tenant", "create", "acme"]);
    let for_nobody = ["token", "create", "--tenant", "acme", "--user", "nobody"];
    refused(&program.run(&for_nobody), 1, "User not found");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_are_one_json_object_and_rotate() {
    let database = database().await;
    let program = Program::on(&database.url);
    program.done(&["tenant", "create", "acme"]);
    let object = |text: String| serde_json::from_str::<Value>(&text).expect("one JSON object");
    let made = object(program.done(&["client", "create", "--tenant", "acme", "--scope", "groups:read", "--name", "n"]));
    object(program.done(&["client", "create", "--platform", "--scope", "admin:read,admin:write"]));
    let (id, secret) = (made["client_id"].as_str().unwrap(), made["client_secret"].as_str().unwrap());
    assert!(is_id(id) && secret.starts_with("cvs_") && made.as_object().unwrap().len() == 2);
    let rotated = object(program.done(&["client", "rotate", id]));
    assert!(rotated["client_id"] == id && rotated["client_secret"] != secret);
    assert_eq!(program.done(&["client", "revoke", id]), "");
    let clients = listed(&program, &["client", "list"]);
    let state: Vec<_> = clients.iter().map(|client| (client["reach"].as_str(), client["status"].as_str())).collect();
    assert_eq!(clients.len(), 2);
    assert!(state.contains(&(Some("acme"), Some("revoked"))) && state.contains(&(Some("platform"), Some("active"))));
    refused(&program.run(&["client", "rotate", "01890a5d-ac96-774b-bcce-b302099a8057"]), 1, "Client not found");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn scope_sets_are_created_listed_and_deleted() {
    let database = database().await;
    let program = Program::on(&database.url);
    program.done(&["tenant", "create", "acme"]);
    let create =
        ["scope-set", "create", "--tenant", "acme", "--name", "Operator", "--scope", "forms:read,forms:submit"];
    let id = program.done(&create);
    assert!(is_id(&id), "{id}");
    refused(&program.run(&create), 1, "\"Operator\" is already in use");
    let blank = ["scope-set", "create", "--tenant", "acme", "--name", " ", "--scope", "x"];
    refused(&program.run(&blank), 2, "blank");
    let expected = json!({"id": id, "name": "Operator", "tenant": "acme", "scopes": ["forms:read", "forms:submit"]});
    assert_eq!(listed(&program, &["scope-set", "list", "--tenant", "acme"]), [expected]);
    assert_eq!(program.done(&["scope-set", "delete", &id]), "");
    assert!(listed(&program, &["scope-set", "list"]).is_empty());
    refused(&program.run(&["scope-set", "delete", &id]), 1, "Scope set not found");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_document_is_json_and_needs_no_database() {
    let program = Program::on("postgres://nobody@127.0.0.1:1/nothing");
    let document: Value = serde_json::from_str(&program.done(&["openapi"])).expect("JSON");
    assert!(document["openapi"].is_string() && document["paths"].is_object());
    assert_eq!(program.done(&["openapi", "directory"]), program.done(&["openapi"]));
    for api in ["auth-admin", "accounts"] {
        let document = convoke::api::openapi_document(api).unwrap();
        assert_eq!(program.done(&["openapi", api]).trim_end(), document, "{api}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn migrate_tells_people_and_leaves_standard_output_to_scripts() {
    let database = database().await;
    convoke::store::revert_all(&database.url).await.unwrap();
    let program = Program::on(&database.url);
    let first = program.run(&["migrate"]);
    assert_eq!((first.code, first.stdout.as_str()), (0, ""), "{first:?}");
    assert!(first.stderr.contains("applied "), "{first:?}");
    let again = program.run(&["migrate"]);
    assert!(again.code == 0 && again.stderr.contains("up to date"), "{again:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_that_hangs_up_causes_no_panic() {
    let database = database().await;
    let program = Program::on(&database.url);
    program.done(&["tenant", "create", "acme"]);
    let mut child = program.command(&["tenant", "list"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()), (Some(1), ""));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_a_database_of_somebody_else_nothing_is_made_up() {
    let database = database().await;
    let program = Program::on(&database.url);
    let served = program.serve(&["--listen", "0.0.0.0:0"]);
    assert!(served.base_url().starts_with("http://127.0.0.1:"), "{}", served.ready);
    assert_eq!((&served.ready["tenant"], served.ready.get("token")), (&Value::Null, None));
    assert_eq!(served.stdout(), "");
    Client::new(served.base_url(), None).get("/readyz").await.expect(200);
    assert_eq!(served.stop(), 0);

    program.done(&["tenant", "create", "acme"]);
    let served = program.serve(&["--public-url", "https://id.example.com/"]);
    let expected = json!({
        "base_url": "https://id.example.com",
        "scim_base_url": "https://id.example.com/scim/v2",
        "tenant": "acme",
    });
    assert_eq!(served.ready, expected);
    assert_eq!(served.stop(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn logs_are_json_when_asked_and_hold_no_token_no_query_and_no_body() {
    let _proof = proves(&["20.7"]);
    let database = database().await;
    let program = Program::on(&database.url);
    program.done(&["tenant", "create", "acme"]);
    let token = program.done(&["token", "create", "--tenant", "acme"]);
    let served = program.serve(&["--log-format", "json", "--log", "debug"]);
    let client = Client::new(served.base_url(), Some(&token));
    client.get("/scim/v2/Users?filter=userName%20eq%20%22bjensen%22").await.expect(200);
    let user = json!({ "userName": "bjensen", "password": "t1meMa$heen" });
    client.post("/scim/v2/Users", &user).await.expect(201);
    client.post("/scim/v2/Users", &user).await.expect(409);
    let text = served.stderr();
    assert_eq!(served.stop(), 0);
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    let answered = lines.iter().find(|line| line["message"] == "answered").expect("each request leaves a line");
    assert_eq!((&answered["http.status"], &answered["span"]["http.path"]), (&json!(200), &json!("/scim/v2/Users")));
    for kept in [token.as_str(), "bjensen", "t1meMa$heen"] {
        assert!(!text.contains(kept), "{kept}: {text}");
    }
}

/// The whole life on a private database, in one test: making a cluster takes a second.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_private_database_from_the_first_start_to_a_crash() {
    let program = Program::private();
    let doctor = program.done(&["doctor"]);
    assert!(doctor.contains("does not run now") && doctor.contains("is not there yet"), "{doctor}");
    assert!(!program.dir().join("data").exists(), "doctor has made something");

    let served = program.serve(&[]);
    let token = first_start(&program, &served).await;
    while_it_runs(&program, &served).await;
    served.signal(Signal::SIGHUP);
    Client::new(served.base_url(), Some(&token)).get("/scim/v2/Users").await.expect(200);
    assert_eq!(served.stop(), 0);

    let tenants = listed(&program, &["tenant", "list"]);
    assert_eq!(tenants.len(), 2, "commands start the database when no server runs");
    let served = program.serve(&[]);
    assert_eq!((&served.ready["tenant"], served.ready.get("token")), (&json!("demo"), None));
    assert_eq!(served.stdout(), "");
    served.crash();

    let served = program.serve(&[]);
    Client::new(served.base_url(), Some(&token)).get("/scim/v2/Users").await.expect(200);
    assert_eq!(served.stop(), 0);
}

/// What the first start tells a script and a person; the token opens SCIM.
async fn first_start(program: &Program, served: &Served) -> String {
    let token = served.ready["token"].as_str().expect("the first start makes a token").to_owned();
    assert_eq!(served.ready["tenant"], "demo");
    assert_eq!(served.ready["scim_base_url"], format!("{}/scim/v2", served.base_url()));
    let mode = fs::metadata(program.dir().join("ready.json")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let told = served.stdout();
    for word in [served.base_url(), &token, "/scim/v2", "/api/v1/tenants/demo/groups", "/docs"] {
        assert!(told.contains(word), "{word}\n{told}");
    }
    assert!(!served.stderr().contains(&token));
    let client = Client::new(served.base_url(), Some(&token));
    assert_eq!(client.get("/scim/v2/Users").await.expect(200)["totalResults"], 0);
    token
}

/// Administrative commands work beside the server; a second server is refused and says why.
async fn while_it_runs(program: &Program, served: &Served) {
    assert!(is_id(&program.done(&["tenant", "create", "acme"])));
    let token = program.done(&["token", "create", "--tenant", "acme", "--scope", "scim:read"]);
    let client = Client::new(served.base_url(), Some(&token));
    client.get("/scim/v2/Users").await.expect(200);
    let id = listed(program, &["token", "list"]).pop().unwrap()["id"].as_str().unwrap().to_owned();
    program.done(&["token", "revoke", &id]);
    eventually("the server hears that the token ended", async || client.get("/scim/v2/Users").await.status == 401)
        .await;
    let second = program.run(&["serve", "--listen", "127.0.0.1:0"]);
    refused(&second, 1, &format!("is in use by another server (pid {})", served.pid()));
    let doctor = program.done(&["doctor"]);
    assert!(doctor.lines().all(|line| line.starts_with("OK ")), "{doctor}");
}

#[test]
fn a_port_in_use_is_told_and_the_token_is_not_lost() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let program = Program::private();
    refused(&program.run(&["serve", "--listen", &address]), 1, &format!("cannot listen on {address}"));
    let served = program.serve(&[]);
    assert!(served.ready["token"].is_string(), "the failed start has used up the token");
    assert_eq!(served.stop(), 0);
}

#[test]
fn a_database_lost_for_good_is_seventy() {
    let program = Program::private();
    let mut served = program.serve(&[]);
    let cluster = program.dir().join("data/pg");
    let note = fs::read_to_string(cluster.join("postmaster.pid")).unwrap();
    let postmaster: i32 = note.lines().next().unwrap().parse().unwrap();
    fs::rename(cluster.join("global"), cluster.join("gone")).unwrap();
    kill(Pid::from_raw(postmaster), Signal::SIGKILL).unwrap();
    assert_eq!(served.wait(), 70, "{}", served.stderr());
    assert!(served.stderr().contains("lost for good"), "{}", served.stderr());
}

#[test]
fn doctor_fails_on_what_does_not_run() {
    let program = Program::on("postgres://nobody:hidden@127.0.0.1:1/nothing");
    let ran = program.run(&["doctor", "--config", "nowhere.toml"]);
    assert!(ran.code == 1 && ran.stdout.starts_with("FAIL  configuration"), "{ran:?}");
    let ran = program.run(&["doctor"]);
    assert!(ran.code == 1 && ran.stdout.contains("FAIL  database"), "{ran:?}");
    assert!(!ran.stdout.contains("hidden") && !ran.stderr.contains("hidden"), "{ran:?}");
}
