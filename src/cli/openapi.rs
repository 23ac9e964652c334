//! `convoke openapi`.

use clap::{Args, ValueEnum};

use super::exit::Failure;
use super::output::Output;
use crate::app;

/// Print the OpenAPI document of an API
#[derive(Args)]
#[command(after_help = "Example: convoke openapi directory > directory.json")]
pub(super) struct Arguments {
    /// The API
    #[arg(value_enum, default_value_t = Api::Directory)]
    api: Api,
}

/// The APIs there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Api {
    /// Directory API: /api/v1/admin/groups and /api/v1/tenants/{id}/groups
    Directory,
    /// Auth-Admin API: /auth/admin/group
    AuthAdmin,
    /// Launch API: /api/admin/groups
    Launch,
    /// Accounts-style Groups API: /api/v1/groups
    Accounts,
}

impl Api {
    const fn name(self) -> &'static str {
        match self {
            Self::Directory => "directory",
            Self::AuthAdmin => "auth-admin",
            Self::Launch => "launch",
            Self::Accounts => "accounts",
        }
    }
}

pub(super) fn run(arguments: &Arguments, out: &mut Output) -> Result<(), Failure> {
    let name = arguments.api.name();
    let document = app::openapi_document(name);
    out.line(&document.ok_or_else(|| Failure::Failed(format!("this build has no document for {name}")))?)
}
