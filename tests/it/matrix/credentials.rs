//! Every credential of the matrix: of each kind and reach, with each scope and each role by itself, and those that are none.

use chrono::TimeDelta;
use convoke::api;
use convoke::domain::NewToken;
use convoke::edge::limits::Rates;
use convoke::model::ids::PartnerId;
use convoke::model::principal::{Reach, Role, Scope};
use convoke::model::tenant::Tenant;
use jsonwebtoken::Algorithm;
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use crate::oauth::issuer::{Issuer, Pair};
use crate::oauth::{GRANT, PLATFORM, ask, register};
use crate::support::{Setup, TestServer, sql};

/// How far a credential reaches, seen from the tenant of the matrix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum From {
    Platform,
    Partner,
    OtherPartner,
    Tenant,
    OtherTenant,
}

/// Kinds of credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// None that is valid.
    Invalid,
    /// Nothing at all.
    Nothing,
    Opaque,
    Key,
    Client,
    External,
}

/// A credential.
#[derive(Debug, Clone)]
pub(super) struct Credential {
    pub(super) kind: Kind,
    pub(super) from: From,
    pub(super) scopes: Vec<Scope>,
    pub(super) roles: Vec<Role>,
    /// The header that carries it.
    pub(super) header: Option<(&'static str, String)>,
}

/// The server of the matrix: a tenant of a partner, another tenant and another partner, and an issuer that may speak for
/// all of them.
pub(super) struct Site {
    pub(super) server: TestServer,
    pub(super) tenant: Tenant,
    pub(super) other: Tenant,
    partner: PartnerId,
    other_partner: PartnerId,
    pair: Pair,
    issuer: Issuer,
}

/// What a credential may be given: each scope and each role alone, and nothing.
fn grants() -> Vec<(Vec<Scope>, Vec<Role>)> {
    let scopes = Scope::ALL.map(|scope| (vec![scope], Vec::new()));
    let roles = Role::ALL.map(|role| (Vec::new(), vec![role]));
    scopes.into_iter().chain(roles).chain([(Vec::new(), Vec::new())]).collect()
}

impl Site {
    pub(super) async fn start() -> Self {
        let pair = Pair::new("a", Algorithm::ES256);
        let issuer = Issuer::start(&[&pair]).await;
        let trusted = convoke::model::issuer::ExternalIssuer { platform: true, ..issuer.trusted() };
        // Each credential asks everything there is, as fast as the machine can.
        let api = api::Options { rates: Rates::off(), ..api::Options::default() };
        let server = TestServer::start_with(Setup { api, issuers: vec![trusted], ..Setup::default() }).await;
        let tenant = server.domain.create_tenant("owned", None, Some("reseller"), false).await.unwrap();
        let other = server.domain.create_tenant("elsewhere", None, Some("rival"), false).await.unwrap();
        let (partner, other_partner) = (tenant.partner.unwrap(), other.partner.unwrap());
        Self { server, tenant, other, partner, other_partner, pair, issuer }
    }

    fn reach(&self, from: From) -> Reach {
        match from {
            From::Platform => Reach::Platform,
            From::Partner => Reach::Partner(self.partner),
            From::OtherPartner => Reach::Partner(self.other_partner),
            From::Tenant => Reach::Tenant(self.tenant.id),
            From::OtherTenant => Reach::Tenant(self.other.id),
        }
    }

    async fn token(&self, reach: Reach, scopes: &[Scope], roles: &[Role], api_key: bool) -> String {
        let (scopes, roles) = (scopes.to_vec(), roles.to_vec());
        let ttl = Some(TimeDelta::days(1));
        let new = NewToken { reach, scopes, roles, user_name: None, name: "matrix".to_owned(), ttl, api_key };
        self.server.domain.issue_token(&new).await.unwrap().1.expose_secret().to_owned()
    }

    fn jwt(&self, reach: Reach, scopes: &[Scope], roles: &[Role], more: &Value) -> String {
        let mut claims = self.issuer.claims(self.server.domain.clock());
        let (name, value) = match reach {
            Reach::Platform => ("platform_token", json!(true)),
            Reach::Partner(id) => ("partner_id", json!(id)),
            Reach::Tenant(id) => ("tenant_id", json!(id)),
        };
        claims["tenant_id"] = Value::Null;
        claims[name] = value;
        claims["scope"] = json!(scopes.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "));
        claims["roles"] = json!(roles.iter().map(ToString::to_string).collect::<Vec<_>>());
        for (name, value) in more.as_object().into_iter().flatten() {
            claims[name] = value.clone();
        }
        self.pair.sign(&claims)
    }

    async fn client(&self, from: From, scopes: &[Scope]) -> String {
        let (tenant, path) = match from {
            From::Platform | From::Partner | From::OtherPartner => (None, PLATFORM.to_owned()),
            From::Tenant => (Some(&self.tenant), "/api/v1/auth/tenants/owned/oauth/token".to_owned()),
            From::OtherTenant => (Some(&self.other), "/api/v1/auth/tenants/elsewhere/oauth/token".to_owned()),
        };
        let client = register(&self.server, tenant.map(|tenant| tenant.id), scopes, None).await;
        let answer = ask(&self.server, &path, Some(&client), &[GRANT]).await.expect(200);
        answer["access_token"].as_str().unwrap().to_owned()
    }

    /// Opaque tokens of this reach, one for each scope and role, and one that has all.
    pub(super) async fn opaque(&self, from: From) -> Vec<Credential> {
        let mut all = Vec::new();
        for (scopes, roles) in grants().into_iter().filter(|(_, roles)| self.fit(from, roles)) {
            let text = self.token(self.reach(from), &scopes, &roles, false).await;
            all.push(Credential { kind: Kind::Opaque, from, scopes, roles, header: bearer(&text) });
        }
        all
    }

    /// The same as JWTs of another issuer.
    pub(super) fn external(&self, from: From) -> Vec<Credential> {
        let fitting = grants().into_iter().filter(|(_, roles)| self.fit(from, roles));
        let signed = fitting.map(|(scopes, roles)| {
            let header = bearer(&self.jwt(self.reach(from), &scopes, &roles, &Value::Null));
            Credential { kind: Kind::External, from, scopes, roles, header }
        });
        signed.collect()
    }

    /// The same as JWTs of the server's own, which have no roles.
    pub(super) async fn clients(&self, from: From) -> Vec<Credential> {
        let mut all = Vec::new();
        for scope in Scope::ALL {
            let header = bearer(&self.client(from, &[scope]).await);
            all.push(Credential { kind: Kind::Client, from, scopes: vec![scope], roles: Vec::new(), header });
        }
        all
    }

    /// API keys, which belong to tenants, as they are to be sent.
    pub(super) async fn keys(&self) -> Vec<Credential> {
        let mut all = Vec::new();
        for scope in [Scope::GroupsRead, Scope::GroupsWrite, Scope::Admin, Scope::UsersRead] {
            let text = self.token(self.reach(From::Tenant), &[scope], &[], true).await;
            let header = Some(("x-api-key", text));
            all.push(Credential {
                kind: Kind::Key,
                from: From::Tenant,
                scopes: vec![scope],
                roles: Vec::new(),
                header,
            });
        }
        all
    }

    /// Those that have every right, and not here.
    pub(super) async fn strangers(&self) -> Vec<Credential> {
        let (scopes, mut all) = (Scope::ALL.to_vec(), Vec::new());
        for (from, role) in [(From::OtherTenant, Role::TenantAdmin), (From::OtherPartner, Role::PartnerAdmin)] {
            let reach = self.reach(from);
            let opaque = self.token(reach, &scopes, &[role], false).await;
            let external = self.jwt(reach, &scopes, &[role], &Value::Null);
            for (kind, text) in [(Kind::Opaque, opaque), (Kind::External, external)] {
                all.push(Credential { kind, from, scopes: scopes.clone(), roles: vec![role], header: bearer(&text) });
            }
        }
        let from = From::OtherTenant;
        let header = bearer(&self.client(from, &scopes).await);
        all.push(Credential { kind: Kind::Client, from, scopes, roles: Vec::new(), header });
        all
    }

    /// Nothing, and everything that is not valid, or not any more, though it would have every right.
    pub(super) async fn invalid(&self) -> Vec<Credential> {
        let (reach, scopes, roles) = (self.reach(From::Tenant), Scope::ALL, [Role::TenantAdmin]);
        let (expired, revoked) =
            (self.token(reach, &scopes, &roles, false).await, self.token(reach, &scopes, &roles, false).await);
        let database = sql(self.server.database_url()).await;
        for (column, token) in [("expires_at", &expired), ("revoked_at", &revoked)] {
            let id = convoke::model::token::PresentedToken::parse(token).unwrap().id.to_string();
            let statement = format!("UPDATE tokens SET {column} = now() - interval '1 hour' WHERE id::text = $1");
            assert_eq!(database.execute(&statement, &[&id]).await.unwrap(), 1);
        }
        let key = self.token(reach, &[Scope::GroupsRead], &[], true).await;
        let good = self.token(reach, &scopes, &roles, false).await;
        let signed = |more: Value| self.jwt(reach, &scopes, &roles, &more);
        let texts = [
            bearer("nonsense"),
            bearer("cvk_nonsense"),
            bearer("ey.ey.ey"),
            bearer(&altered(&good)),
            bearer(&expired),
            bearer(&revoked),
            bearer(&key),
            Some(("x-api-key", good)),
            bearer(&signed(json!({ "exp": 1 }))),
            bearer(&signed(json!({ "aud": "somebody" }))),
            Some(("authorization", "Basic YTpi".to_owned())),
        ];
        let invalid = |header: Option<(&'static str, String)>| Credential {
            kind: if header.is_some() { Kind::Invalid } else { Kind::Nothing },
            from: From::Tenant,
            scopes: scopes.to_vec(),
            roles: roles.to_vec(),
            header,
        };
        texts.into_iter().chain([None]).map(invalid).collect()
    }

    fn fit(&self, from: From, roles: &[Role]) -> bool {
        roles.iter().all(|role| role.fits(self.reach(from)))
    }
}

/// The same text but for one character of its secret.
fn altered(token: &str) -> String {
    let (start, end) = token.split_at(token.len() - 10);
    let other = if end.starts_with('a') { "b" } else { "a" };
    format!("{start}{other}{}", &end[1..])
}

fn bearer(text: &str) -> Option<(&'static str, String)> {
    Some(("authorization", format!("Bearer {text}")))
}
