//! Judging a credential, by the whole function that every request passes: a token whose row is remembered, and JWTs of an
//! issuer whose keys are. A database is started, which has to vouch for what is remembered, and is not asked.

use std::sync::LazyLock;
use std::time::Duration;

use convoke::auth::{Authenticator, Trust};
use convoke::model::clock::Clock;
use convoke::store::{self, Remember, Store};
use divan::{Bencher, black_box};
use jsonwebtoken::Algorithm;
use tokio::runtime::Runtime;

use super::case::Case;
use super::issuer::{Issuer, Pair};
use super::site::{Site, TENANT};

/// What runs, for as long as the process.
struct Stage {
    runtime: Runtime,
    authenticator: Authenticator,
    /// `Authorization` headers.
    token: String,
    es256: String,
    rs256: String,
    _issuer: Issuer,
    _site: Site,
}

static STAGE: LazyLock<Stage> = LazyLock::new(|| {
    let runtime = Runtime::new().unwrap();
    let [elliptic, rsa] = [Algorithm::ES256, Algorithm::RS256].map(|of| Pair::new(&format!("{of:?}"), of));
    let (site, issuer, authenticator) = runtime.block_on(async {
        let site = Site::open(None).await;
        let issuer = Issuer::start(&[&elliptic, &rsa]).await;
        let trust = Trust { issuer: None, issuers: vec![issuer.trusted()] };
        let options = store::Options {
            url: site.database_url.clone(),
            max_connections: 2,
            wait: Duration::from_secs(10),
            remember: Remember { tokens: 10, lasts: Duration::from_secs(3_600) },
            row_security: false,
            replica: None,
        };
        let authenticator = Authenticator::new(Store::connect(&options).await.unwrap(), Clock::system(), trust);
        (site, issuer, authenticator)
    });
    let mut claims = issuer.claims(&Clock::system());
    claims["tenant_id"] = TENANT.into();
    Stage {
        runtime,
        authenticator,
        token: format!("Bearer {}", site.token),
        es256: format!("Bearer {}", elliptic.sign(&claims)),
        rs256: format!("Bearer {}", rsa.sign(&claims)),
        _issuer: issuer,
        _site: site,
    }
});

/// Which of the headers.
type Header = fn(&Stage) -> &String;

fn headers() -> [Case<Header>; 3] {
    [
        Case::new("token, remembered", |stage| &stage.token),
        Case::new("JWT, ES256", |stage| &stage.es256),
        Case::new("JWT, RS256", |stage| &stage.rs256),
    ]
}

#[divan::bench(args = headers())]
fn judged(bencher: Bencher<'_, '_>, header: &Case<Header>) {
    let header = (header.of)(&STAGE);
    let judge = || STAGE.runtime.block_on(STAGE.authenticator.authenticate(Some(black_box(header)))).unwrap();
    judge();
    bencher.bench(judge);
}
