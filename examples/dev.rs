use convoke::{api, auth, domain, model, schema, store};
use poem::listener::{Acceptor, Listener};
use secrecy::ExposeSecret;
#[tokio::main]
async fn main() {
    let url = std::env::args().nth(1).unwrap();
    let tenant = std::env::args().nth(2).unwrap();
    tracing_subscriber::fmt().with_writer(std::io::stderr).with_max_level(tracing::Level::WARN).init();
    println!("{:?}", store::migrate(&url).await.unwrap());
    let s =
        store::Store::connect(&store::Options { url, max_connections: 10, wait: std::time::Duration::from_secs(10) })
            .await
            .unwrap();
    let reg = std::sync::Arc::new(schema::registry::Registry::load(None).unwrap());
    let clock = model::clock::Clock::system();
    let d = domain::Domain::new(s.clone(), reg, clock.clone());
    let t = match d.tenant(&tenant).await {
        Ok(t) => t,
        Err(_) => d.create_tenant(&tenant, None, None, false).await.unwrap(),
    };
    use model::principal::Scope::*;
    let (_, tok) = d
        .issue_token(&domain::NewToken {
            reach: model::principal::Reach::Tenant(t.id),
            scopes: vec![Scim, GroupsRead, AdminRead],
            roles: vec![],
            user_name: None,
            name: "x".into(),
            ttl: None,
            api_key: false,
        })
        .await
        .unwrap();
    let acc = poem::listener::TcpListener::bind("127.0.0.1:0").into_acceptor().await.unwrap();
    println!("{} {}", acc.local_addr()[0], tok.expose_secret());
    std::fs::write(
        "/tmp/dev.env",
        format!("BASE=http://{}\nTOKEN={}\n", acc.local_addr()[0].as_socket_addr().unwrap(), tok.expose_secret()),
    )
    .unwrap();
    let ep = api::endpoint(api::Services::new(d, auth::Authenticator::new(s, clock), api::Options::default()));
    poem::Server::new_with_acceptor(acc).run(ep).await.unwrap();
}
