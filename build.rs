//! Rebuilds when a migration or a schema is added: both are embedded, and cargo does not see a new file in a folder by itself.
fn main() {
    println!("cargo:rerun-if-changed=migrations");
    println!("cargo:rerun-if-changed=scim-schemas");
}
