# The things one does here, by the same verbs as CI.

# Serve on 127.0.0.1:8080 with a private Postgres.
dev *flags:
    cargo run -- serve {{flags}}

# Formatting and lints, as CI judges them.
check:
    cargo fmt --check
    cargo clippy --all-targets -- -D warnings

# Everything, on a throwaway Postgres that the tests start themselves; `just test cli::` for a part.
test *filter:
    cargo test -- {{filter}}

# Run the tests and make docs/conformance.md of what they prove; ends in a failure when one of them failed.
conformance:
    #!/usr/bin/env bash
    set -euo pipefail
    export CONVOKE_PROOFS="$(mktemp -d)"
    trap 'rm -r "$CONVOKE_PROOFS"' EXIT
    cargo test --test it -- --skip conformance:: || true
    CONVOKE_CONFORMANCE_WRITE=1 cargo test --quiet --test it conformance::tests::what_ran -- --ignored

# Write the answers on docs/native-apis.md as the server gives them now; look at the diff before committing it.
native-docs:
    CONVOKE_DOCS_WRITE=1 cargo test --test it native_docs
    git diff --stat -- docs/native-apis.md

# Hold a live server to its OpenAPI documents with schemathesis from PyPI; `just schemathesis launch` for one of them.
schemathesis *apis:
    cargo build
    tests/schemathesis/run.sh {{apis}}

# Bring the tables of DATABASE_URL, or of the private Postgres, up to date.
migrate:
    cargo run --quiet -- migrate

# Accept the snapshots as the code makes them now; look at the diff before committing it.
snap:
    INSTA_UPDATE=always cargo test --test it
    git diff --stat -- '*.snap'

# Drive a server and measure it against its database; flags as `cargo bench --bench load -- --help` tells.
bench *flags:
    cargo bench --bench load -- {{flags}}

# The same at all sizes; docs/performance.md is made of it. It takes most of an hour.
bench-large:
    cargo bench --bench load -- --users 100000 --large 100000 --sizes 10,1000,100000,1000000 --trees 10000,100000,1000000 --docs docs/performance.md

# Put Convoke beside other SCIM servers, which npm and PyPI give out; docs/performance.md gets the table.
peers *flags:
    cargo bench --bench peers -- --docs docs/performance.md {{flags}}

# Time single functions: filters, PATCH, projection, JSON, tokens; `just micro filter` for a part.
micro *filter:
    cargo bench --bench micro -- {{filter}}
