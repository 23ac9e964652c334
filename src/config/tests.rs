use secrecy::ExposeSecret;

use super::*;

fn load(flags: &Flags, environment: &Environment, file: &str) -> Result<Settings, Error> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("convoke.toml");
    std::fs::write(&path, file).unwrap();
    Settings::load(&Flags { config: Some(path.display().to_string()), ..flags.clone() }, environment)
}

fn refusal(flags: &Flags, environment: &Environment, file: &str) -> String {
    load(flags, environment, file).unwrap_err().to_string()
}

fn listening(address: &str) -> Flags {
    Flags { server: ServerFlags { listen: Some(address.to_owned()), ..ServerFlags::default() }, ..Flags::default() }
}

#[test]
fn flags_go_before_environment_before_file_before_defaults() {
    let (nothing, none) = (Flags::default(), Environment::default());
    let listen = |flags: &Flags, environment: &Environment, file: &str| {
        load(flags, environment, file).unwrap().server.listen.to_string()
    };
    let environment = Environment::from([("CONVOKE_LISTEN", "127.0.0.1:2")]);
    let file = "listen = \"127.0.0.1:3\"";
    assert_eq!(listen(&listening("127.0.0.1:1"), &environment, file), "127.0.0.1:1");
    assert_eq!(listen(&nothing, &environment, file), "127.0.0.1:2");
    assert_eq!(listen(&nothing, &none, file), "127.0.0.1:3");
    assert_eq!(listen(&nothing, &none, ""), "127.0.0.1:8080");
    assert_eq!(listen(&nothing, &Environment::from([("CONVOKE_LISTEN", "")]), file), "127.0.0.1:3");
}

#[test]
fn a_wrong_value_names_its_place_and_what_would_be_right() {
    let (nothing, none) = (Flags::default(), Environment::default());
    let flag = refusal(&listening("8080"), &none, "");
    assert!(flag.starts_with("--listen: \"8080\" has no port") && flag.contains("such as 127.0.0.1:8080"), "{flag}");
    let variable = refusal(&nothing, &Environment::from([("CONVOKE_MAX_BODY", "lots")]), "");
    assert!(variable.starts_with("CONVOKE_MAX_BODY: ") && variable.contains("8MiB"), "{variable}");
    let file = refusal(&nothing, &none, "max_connections = 0");
    assert!(file.contains("convoke.toml: max_connections: \"0\"") && file.contains("from 1 to 1000"), "{file}");
    let list = refusal(&nothing, &none, "log = [\"info\"]");
    assert!(list.contains("convoke.toml: log: a list or table does not fit"), "{list}");
}

#[test]
fn every_key_of_the_file_is_read_and_an_unknown_one_refused() {
    let file = "listen = '[::1]:0'\nsocket = 'u'\npublic_url = 'https://id.example.com/'\nready_file = 'r'\nmax_body = 1024\n\
                schema_dir = 's'\ndatabase_url = 'postgres://u:hidden@h/d'\ndatabase_replica_url = 'host=r password=hidden'\ndata_dir = 'd'\npg_bin = 'b'\n\
                cache_dir = 'c'\nmax_connections = 3\nlog = 'warn,convoke=debug'\nlog_format = 'json'\n\
                token_cache = 0\nworkers = 7\n\
                encryption_key = 'aGlkZGVuIGhpZGRlbiBoaWRkZW4gaGlkZGVuIGhpZGQ='\n\
                [[issuers]]\nissuer = 'https://login.example.com'\naudiences = ['convoke']\ntenants = ['acme']\n\
                algorithms = ['RS256']\n[issuers.claims]\ntenant = 'org'\n";
    let settings = load(&Flags::default(), &Environment::default(), file).unwrap();
    assert_eq!(settings.server.public_url.as_ref().unwrap().as_str(), "https://id.example.com");
    assert_eq!((settings.server.max_body, settings.database.max_connections), (ByteSize(1024), Connections(3)));
    assert_eq!((settings.server.token_cache, settings.server.workers), (Tokens(0), Workers(7)));
    assert_eq!(settings.database.database_url.as_ref().unwrap().expose_secret(), "postgres://u:hidden@h/d");
    let replica = settings.database.database_replica_url.as_ref().unwrap();
    assert_eq!(replica.expose_secret(), "host=r password=hidden");
    assert_eq!(settings.logging.log_format, LogFormat::Json);
    let (server, database) = (&settings.server, &settings.database);
    let paths = [&server.socket, &server.ready_file, &database.data_dir, &database.pg_bin];
    assert_eq!(paths.map(|path| path.as_ref().unwrap().to_str().unwrap()), ["u", "r", "d", "b"]);
    assert!(settings.auth.encryption_key.is_some());
    let issuer = &settings.auth.issuers.0[0];
    assert_eq!((issuer.issuer.as_str(), issuer.claims.tenant.as_str()), ("https://login.example.com", "org"));
    assert!(!issuer.platform && issuer.claims.partner == "partner_id" && issuer.jwks_url.is_none());
    assert!(!format!("{settings:?}").contains("hidden"));
    let unknown = refusal(&Flags::default(), &Environment::default(), "lisen = '127.0.0.1:1'");
    assert!(unknown.contains("unknown key \"lisen\"") && unknown.contains("listen"), "{unknown}");
}

#[test]
fn no_message_shows_the_password() {
    let (nothing, none) = (Flags::default(), Environment::default());
    let refused = [
        refusal(&nothing, &Environment::from([("DATABASE_URL", "mysql://u:hidden@h/d")]), ""),
        refusal(&nothing, &none, "database_url = \"mysql://u:hidden@h/d\""),
        refusal(&nothing, &none, "database_url = \"postgres://u:hidden@h/d\nlisten = 3"),
        refusal(&nothing, &none, "database_url = \"postgres://u:hidden@h/d\" junk"),
    ];
    for text in refused {
        assert!(!text.contains("hidden"), "{text}");
    }
}

#[test]
fn a_broken_file_is_named_with_the_line() {
    let text = refusal(&Flags::default(), &Environment::default(), "listen = '127.0.0.1:1'\nlog = = 3\n");
    assert!(text.contains("convoke.toml") && text.contains("line 2"), "{text}");
}

#[test]
fn a_file_that_is_named_must_exist() {
    let named = Environment::from([("CONVOKE_CONFIG", "/nowhere/convoke.toml")]);
    let text = Settings::load(&Flags::default(), &named).unwrap_err().to_string();
    assert_eq!(text, "CONVOKE_CONFIG names /nowhere/convoke.toml, which is not a file");
}

#[test]
fn misspelt_variables_are_found() {
    let environment = Environment::from([("CONVOKE_LISTN", "x"), ("CONVOKE_LISTEN", "x"), ("CONVOKE_PG_SEARCH", "x")]);
    assert_eq!(unknown_variables(&environment), ["CONVOKE_LISTN"]);
}

#[rstest::rstest]
#[case("1", Some(1))]
#[case("8MiB", Some(8 << 20))]
#[case("64 KiB", Some(64 << 10))]
#[case("2GiB", None)]
#[case("0", None)]
#[case("-1", None)]
#[case("8TiB", None)]
#[case("99999999999999999999", None)]
fn sizes(#[case] text: &str, #[case] bytes: Option<usize>) {
    assert_eq!(text.parse().ok(), bytes.map(ByteSize));
}

#[rstest::rstest]
#[case("127.0.0.1:0", true)]
#[case("localhost:8080", true)]
#[case("[::]:8080", true)]
#[case("::1:8080", false)]
#[case(":8080", false)]
#[case("127.0.0.1:70000", false)]
fn addresses_to_listen_on(#[case] text: &str, #[case] good: bool) {
    assert_eq!(text.parse::<ListenAddress>().is_ok(), good);
}

#[rstest::rstest]
#[case("info", true)]
#[case("warn,convoke::store=trace", true)]
#[case("loud", false)]
#[case("convoke=loud", false)]
fn filters(#[case] text: &str, #[case] good: bool) {
    assert_eq!(text.parse::<LogFilter>().is_ok(), good);
}

#[rstest::rstest]
#[case("https://id.example.com/base/", true)]
#[case("http://127.0.0.1:8080", true)]
#[case("id.example.com", false)]
#[case("ftp://id.example.com", false)]
#[case("https://id.example.com/?a=b", false)]
#[case("https://user:hidden@id.example.com", false)]
fn public_addresses(#[case] text: &str, #[case] good: bool) {
    assert_eq!(text.parse::<PublicUrl>().is_ok(), good);
}

#[test]
fn an_issuer_that_would_believe_anybody_is_refused() {
    let nothing = Flags::default();
    let said = |json: &str| refusal(&nothing, &Environment::from([("CONVOKE_ISSUERS", json)]), "");
    for (json, says) in [
        (r#"[{"issuer":"https://a.example","audiences":[]}]"#, "at least one audience"),
        (r#"[{"issuer":"https://a.example","audiences":["c"],"algorithms":["HS256"]}]"#, "RS256, PS256, ES256, EdDSA"),
        (r#"[{"issuer":"https://a.example","audiences":["c"],"algorithms":["none"]}]"#, "none"),
        (r#"[{"issuer":"login","audiences":["c"]}]"#, "https:// URL"),
        (r#"[{"issuer":"https://a.example","audience":"c"}]"#, "audience"),
        ("https://a.example", "CONVOKE_ISSUERS"),
    ] {
        let text = said(json);
        assert!(text.starts_with("CONVOKE_ISSUERS") && text.contains(says), "{text}");
    }
    let twice =
        r#"[{"issuer":"https://a.example","audiences":["c"]},{"issuer":"https://a.example","audiences":["d"]}]"#;
    assert!(said(twice).contains("named twice"));
}

#[test]
fn an_encryption_key_has_32_bytes_and_is_never_shown() {
    let nothing = Flags::default();
    for text in ["aGlkZGVu", "not base64", "aGlkZGVuIGhpZGRlbiBoaWRkZW4gaGlkZGVuIGhpZGRlbg=="] {
        let said = refusal(&nothing, &Environment::from([("CONVOKE_ENCRYPTION_KEY", text)]), "");
        assert!(said.contains("openssl rand -base64 32") && !said.contains(text), "{said}");
    }
}

#[test]
fn the_edge_is_told_from_defaults_and_refused_by_key() {
    let (nothing, none) = (Flags::default(), Environment::default());
    let file = "tls_cert = 'a.pem'\ntls_key = 'b.pem'\ntrusted_proxies = ['10.0.0.0/8', '::1']\n\
                cors_origins = 'https://Console.example.com:443/, *'\ntenant_host = '{tenant}.id.example.com'\n\
                tenant_rate = 'off'\ncredential_rate = '30/min burst 5'\nservers = 3\nhead_timeout = '5s'\nmax_head = '16KiB'\n";
    let edge = load(&nothing, &none, file).unwrap().edge;
    assert_eq!(
        edge.trusted_proxies.iter().map(|proxy| proxy.0.to_string()).collect::<Vec<_>>(),
        ["10.0.0.0/8", "::1/128"]
    );
    assert_eq!(edge.cors_origins, [Origin("https://console.example.com".to_owned()), Origin("*".to_owned())]);
    assert!(edge.tls_cert.is_some() && edge.tenant_host.is_some() && edge.hsts.is_none());
    assert_eq!((edge.tenant_rate, edge.servers.map(std::num::NonZeroU32::get)), (Some(Limit(None)), Some(3)));
    assert_eq!(
        (edge.head_timeout, edge.max_head),
        (Some(Patience(std::time::Duration::from_secs(5))), Some(HeadSize(16 << 10)))
    );
    for (file, says) in [
        ("tls_key = 'b.pem'", "tls_key is set and tls_cert is not"),
        ("trusted_proxies = '10.0.0.0/33'", "\"10.0.0.0/33\" is neither an address nor a network"),
        ("cors_origins = ['https://a.example/path']", "is no origin"),
        ("tenant_host = 'id.example.com'", "{tenant}"),
        ("tenant_rate = '500'", "250/s burst 5000"),
        ("head_timeout = 15", "such as 15s"),
        ("servers = 0", "at least 1"),
    ] {
        let text = refusal(&nothing, &none, file);
        assert!(text.contains(says), "{file}: {text}");
    }
}

#[test]
fn the_documented_issuer_is_one() {
    let text = include_str!("../../docs/security.md");
    let (_, example) = text.split_once("```toml\n").unwrap();
    let (example, _) = example.split_once("```").unwrap();
    let settings = load(&Flags::default(), &Environment::default(), example).unwrap();
    let [issuer] = &settings.auth.issuers.0[..] else { panic!("{:?}", settings.auth.issuers) };
    assert_eq!(issuer.tenants, ["acme"]);
    assert_eq!(
        (issuer.claims.tenant.as_str(), &issuer.claims.roles[..]),
        ("tid", &["realm_access.roles".to_owned()][..])
    );
}

#[test]
fn every_key_is_documented() {
    let (readme, edge) = (include_str!("../../README.md"), include_str!("../../docs/network.md"));
    let security = include_str!("../../docs/security.md");
    for key in KEYS {
        let (variable, name) = (format!("`{}`", key.variable), format!("`{}`", key.name));
        let told = readme.contains(&variable) || edge.contains(&name);
        assert!(told || security.contains(&name) || security.contains(&variable), "{}", key.name);
    }
}

#[test]
fn the_edge_is_documented_key_by_key() {
    let text = include_str!("../../docs/network.md");
    let of_the_edge = KEYS.iter().map(|key| key.name).skip_while(|name| *name != "tls_cert");
    for name in of_the_edge.take_while(|name| *name != "database_url") {
        assert!(text.contains(&format!("`{name}`")), "{name}");
    }
    let rates = crate::edge::limits::Rates::default();
    for rate in [rates.tenant, rates.credential, rates.failed_address, rates.failed_id] {
        assert!(text.contains(&format!("`{}`", rate.unwrap())), "{rate:?}");
    }
}
