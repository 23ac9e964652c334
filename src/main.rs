//! The program: hands over to the command line.

use std::process::ExitCode;

/// Under load it is a tenth to a fifth faster than the system's, and gives memory back.
#[cfg(not(target_env = "msvc"))]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    convoke::cli::run(std::env::args_os())
}
