//! The command line: one file a command. Standard output has what scripts rely on and nothing else (an id, a secret, a
//! JSON object, a list); everything for people goes to standard error. No rule of the domain stands here.

mod client;
mod doctor;
mod exit;
mod key;
mod list;
mod migrate;
mod openapi;
mod output;
mod scope_set;
mod serve;
mod session;
mod tenant;
mod testdb;
mod token;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use self::exit::Failure;
use self::output::Output;
use crate::config::{self, DatabaseFlags, Environment, Flags, LoggingFlags, ServerFlags, Settings};
use crate::telemetry;

/// Identity provisioning server: SCIM 2.0 and native group APIs over one Postgres.
///
/// Without a command it serves. Every option is also an environment variable and a key of convoke.toml (--max-body,
/// CONVOKE_MAX_BODY, max_body); flags go before the environment, the environment before the file.
#[derive(Parser)]
#[command(
    name = "convoke",
    version,
    max_term_width = 100,
    after_help = "\
Exit codes: 0 done, 1 failed, 2 wrong usage or settings, 70 database lost for good.

Example: convoke                     serve on 127.0.0.1:8080 with a private Postgres
         convoke tenant create acme  while it runs, in another terminal"
)]
struct Arguments {
    /// Settings file, which must exist [env: CONVOKE_CONFIG] [default: convoke.toml, if it exists]
    #[arg(long, value_name = "PATH", global = true)]
    config: Option<String>,
    #[command(flatten)]
    server: ServerFlags,
    #[command(flatten)]
    database: DatabaseFlags,
    #[command(flatten)]
    logging: LoggingFlags,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    Serve(serve::Arguments),
    Migrate(migrate::Arguments),
    #[command(subcommand)]
    Tenant(tenant::Command),
    #[command(subcommand)]
    Token(token::Command),
    #[command(subcommand)]
    Client(client::Command),
    #[command(subcommand)]
    Key(key::Command),
    #[command(subcommand)]
    ScopeSet(scope_set::Command),
    Openapi(openapi::Arguments),
    /// Check configuration, database, clock and keys, one line each, and say what to do; changes nothing
    #[command(
        after_help = "Each line begins with OK, WARN or FAIL; the exit code is 1 when one fails.\n\nExample: convoke doctor"
    )]
    Doctor,
    #[command(hide = true)]
    Testdb(testdb::Arguments),
}

/// Runs a command line, the program's name first.
#[must_use]
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(refusal) => return exit::usage(&refusal),
    };
    let (command, settings) = match prepare(arguments) {
        Ok(prepared) => prepared,
        Err(failure) => return exit::report(&failure),
    };
    let workers = settings.as_ref().map_or(1, |settings| settings.server.workers.0);
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(workers).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return exit::report(&Failure::Failed(format!("no runtime: {error}"))),
    };
    let outcome = runtime.block_on(Box::pin(dispatch(command, settings)));
    // What is left are notes of a token's last use and the like; nobody should wait for a hanging one.
    runtime.shutdown_timeout(std::time::Duration::from_secs(1));
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => exit::report(&failure),
    }
}

type Loaded = Result<Settings, config::Error>;

fn prepare(arguments: Arguments) -> Result<(Command, Loaded), Failure> {
    let mut flags = Flags {
        config: arguments.config,
        server: arguments.server,
        database: arguments.database,
        logging: arguments.logging,
    };
    let command = arguments.command.unwrap_or_else(|| Command::Serve(serve::Arguments::default()));
    if let Command::Serve(own) = &command {
        flags.server = own.flags.clone().or(flags.server);
    } else if let Some(flag) = flags.server.first_given() {
        return Err(Failure::Usage(format!("{flag} belongs to `convoke serve`")));
    }
    Ok((command, Settings::load(&flags, &Environment::of_process())))
}

async fn dispatch(command: Command, settings: Loaded) -> Result<(), Failure> {
    let mut out = Output::standard();
    if matches!(command, Command::Doctor) {
        return doctor::run(settings, &mut out).await;
    }
    let settings = settings?;
    let serves = matches!(command, Command::Serve(_) | Command::Testdb(_));
    telemetry::start(&settings.logging, if serves { "info,poem=warn" } else { "warn" });
    execute(command, &settings, &mut out).await
}

async fn execute(command: Command, settings: &Settings, out: &mut Output) -> Result<(), Failure> {
    match command {
        Command::Serve(_) => serve::run(settings, out).await,
        Command::Migrate(arguments) => migrate::run(&arguments, settings).await,
        Command::Tenant(command) => tenant::run(command, settings, out).await,
        Command::Token(command) => token::run(command, settings, out).await,
        Command::Client(command) => client::run(command, settings, out).await,
        Command::Key(command) => key::run(command, settings, out).await,
        Command::ScopeSet(command) => scope_set::run(command, settings, out).await,
        Command::Openapi(arguments) => openapi::run(&arguments, out),
        Command::Doctor => doctor::run(Ok(settings.clone()), out).await,
        Command::Testdb(arguments) => testdb::run(&arguments).await,
    }
}

#[cfg(test)]
mod tests;
