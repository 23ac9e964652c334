use clap::CommandFactory;

use super::*;

fn help_of(path: &[&str]) -> String {
    let mut command = Arguments::command();
    command.build();
    let found = path.iter().fold(&mut command, |command, name| command.find_subcommand_mut(name).unwrap());
    found.render_long_help().to_string()
}

#[test]
fn the_definitions_are_consistent() {
    Arguments::command().debug_assert();
}

#[test]
fn every_setting_names_its_variable_in_help() {
    let help = help_of(&["serve"]).split_whitespace().collect::<Vec<_>>().join(" ");
    for variable in [
        "CONVOKE_CONFIG",
        "CONVOKE_LISTEN",
        "CONVOKE_PUBLIC_URL",
        "CONVOKE_READY_FILE",
        "CONVOKE_MAX_BODY",
        "CONVOKE_SCHEMA_DIR",
        "DATABASE_URL",
        "CONVOKE_DATA_DIR",
        "CONVOKE_PG_BIN",
        "CONVOKE_CACHE_DIR",
        "CONVOKE_MAX_CONNECTIONS",
        "CONVOKE_LOG",
        "CONVOKE_LOG_FORMAT",
    ] {
        assert!(help.contains(&format!("[env: {variable}]")), "{variable}\n{help}");
    }
}

#[rstest::rstest]
#[case(&["serve"])]
#[case(&["migrate"])]
#[case(&["doctor"])]
#[case(&["openapi"])]
#[case(&["tenant", "create"])]
#[case(&["tenant", "list"])]
#[case(&["tenant", "set"])]
#[case(&["token", "create"])]
#[case(&["token", "list"])]
#[case(&["token", "revoke"])]
#[case(&["client", "create"])]
#[case(&["client", "list"])]
#[case(&["client", "revoke"])]
#[case(&["client", "rotate"])]
#[case(&["scope-set", "create"])]
#[case(&["scope-set", "list"])]
#[case(&["scope-set", "delete"])]
fn every_command_has_an_example(#[case] path: &[&str]) {
    let help = help_of(path);
    assert!(help.contains("Example"), "{help}");
}

#[test]
fn flags_of_serve_are_taken_without_the_word_and_after_it() {
    let parse = |line: &str| Arguments::try_parse_from(line.split(' ')).unwrap();
    assert_eq!(parse("convoke --listen a:1 --data-dir d").server.listen.as_deref(), Some("a:1"));
    let after = parse("convoke serve --listen a:1 --data-dir d");
    assert_eq!(after.database.data_dir.as_deref(), Some("d"));
    assert!(matches!(after.command, Some(Command::Serve(own)) if own.flags.listen.as_deref() == Some("a:1")));
    assert_eq!(parse("convoke tenant list --data-dir d").database.data_dir.as_deref(), Some("d"));
    assert_eq!(parse("convoke --data-dir d tenant list").database.data_dir.as_deref(), Some("d"));
}

#[rstest::rstest]
#[case("token create")]
#[case("token create --tenant a --platform")]
#[case("token create --platform --user u")]
#[case("token create --platform --api-key")]
#[case("token create --tenant a --scope everything")]
#[case("token create --tenant a --ttl soon")]
#[case("token revoke not-an-id")]
#[case("client create --tenant a")]
#[case("tenant set a")]
#[case("scope-set create --tenant a --name n")]
#[case("openapi teapot")]
#[case("frobnicate")]
fn what_cannot_be_meant_is_refused_as_usage(#[case] line: &str) {
    let refusal = Arguments::try_parse_from(std::iter::once("convoke").chain(line.split(' '))).err().unwrap();
    assert_eq!(refusal.exit_code(), 2, "{refusal}");
}
