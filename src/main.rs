//! The program: hands over to the command line.

use std::process::ExitCode;

fn main() -> ExitCode {
    convoke::cli::run(std::env::args_os())
}
