//! Micro-benchmarks: `cargo bench --bench micro`. Single functions on the way of a request, each by itself: filters, PATCH,
//! projection, JSON, bodies, credentials. They tell where a change of the code shows; what a request costs altogether is for
//! the load driver to say.

#![expect(clippy::unwrap_used, reason = "a benchmark whose material is bad stops and says where")]

mod bodies;
mod case;
mod filters;
#[path = "../load/http.rs"]
#[expect(dead_code, reason = "the load driver's, which asks for more")]
mod http;
#[path = "../../tests/it/oauth/issuer.rs"]
#[expect(dead_code, reason = "that of the tests, which ask for more")]
mod issuer;
mod material;
mod patches;
#[path = "../load/processor.rs"]
mod processor;
#[path = "../load/resident.rs"]
mod resident;
mod resources;
#[path = "../load/site.rs"]
#[expect(dead_code, reason = "the load driver's, which asks for more")]
mod site;
mod tokens;

fn main() {
    divan::main();
}
