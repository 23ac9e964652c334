//! Reading a token request: the form, each parameter once, and the client's credentials, in one place only
//! (RFC 6749 sections 2.3, 3.2 and 4.4.2; RFC 7523 section 2.2).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use poem::web::Form;
use poem::{Body, FromRequest, Request, RequestBody};

use super::error::Refusal;
use crate::api::context::{header, read_body};

/// Bytes a request may have: an assertion of 16 KiB and what goes with it.
const LARGEST: usize = 64 * 1024;
const ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// A token request that has the right form.
#[derive(Debug)]
pub(super) struct TokenRequest {
    /// The client's credentials.
    pub(super) credentials: Credentials,
    /// Scopes asked for.
    pub(super) scope: Option<String>,
}

/// What a client shows of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Credentials {
    /// Id and secret.
    Secret(String, String),
    /// A signed JWT, with the id if it was sent beside.
    Assertion(String, Option<String>),
}

/// The parameters of the form.
struct Parameters(Vec<(String, String)>);

impl Parameters {
    /// The value of a parameter. One without a value is taken for absent (RFC 6749 section 3.2).
    fn take(&mut self, name: &str) -> Result<Option<String>, Refusal> {
        let Some(at) = self.0.iter().position(|(known, _)| known == name) else { return Ok(None) };
        let (_, value) = self.0.swap_remove(at);
        if self.0.iter().any(|(known, _)| known == name) {
            return Err(Refusal::request(format!("{name} is given more than once")));
        }
        Ok(Some(value).filter(|value| !value.is_empty()))
    }
}

/// Reads the request.
pub(super) async fn read(mut request: Request) -> Result<TokenRequest, Refusal> {
    let basic = header(request.headers(), "authorization").map(basic).transpose()?;
    let body = read_body(request.take_body(), LARGEST).await?;
    let form = Form::<Vec<(String, String)>>::from_request(&request, &mut RequestBody::new(Body::from(body))).await;
    let Form(pairs) = form.map_err(|_| {
        Refusal::request("send the parameters as a form, with Content-Type: application/x-www-form-urlencoded")
    })?;
    let mut parameters = Parameters(pairs);
    match parameters.take("grant_type")?.as_deref() {
        Some("client_credentials") => {}
        Some(_) => return Err(Refusal::grant_type()),
        None => return Err(Refusal::request("grant_type is missing; it must be client_credentials")),
    }
    let credentials = credentials(basic, &mut parameters)?;
    Ok(TokenRequest { credentials, scope: parameters.take("scope")? })
}

fn credentials(basic: Option<(String, String)>, parameters: &mut Parameters) -> Result<Credentials, Refusal> {
    let (id, secret) = (parameters.take("client_id")?, parameters.take("client_secret")?);
    let (sort, jwt) = (parameters.take("client_assertion_type")?, parameters.take("client_assertion")?);
    if usize::from(basic.is_some()) + usize::from(secret.is_some()) + usize::from(jwt.is_some()) > 1 {
        return Err(Refusal::request("the client proves who it is in more than one way; choose one"));
    }
    match (basic, secret, jwt) {
        (Some((user, _)), ..) if id.as_ref().is_some_and(|id| *id != user) => {
            Err(Refusal::request("client_id is not the one of the Authorization header"))
        }
        (Some((user, password)), ..) => Ok(Credentials::Secret(user, password)),
        (None, Some(secret), _) => match id {
            Some(id) => Ok(Credentials::Secret(id, secret)),
            None => Err(Refusal::request("client_id is missing")),
        },
        (None, None, Some(_)) if sort.as_deref() != Some(ASSERTION) => {
            Err(Refusal::request(format!("client_assertion_type must be {ASSERTION}")))
        }
        (None, None, Some(jwt)) => Ok(Credentials::Assertion(jwt, id)),
        (None, None, None) => Err(Refusal::client(
            "no client credentials were sent: use HTTP Basic, client_id and client_secret, or client_assertion",
        )),
    }
}

/// Id and secret of a Basic header (RFC 7617), each form-encoded before that (RFC 6749 section 2.3.1). What is not encoded
/// comes through as it is.
fn basic(value: &str) -> Result<(String, String), Refusal> {
    let unreadable = || Refusal::client("the Authorization header is not of the form \"Basic <base64 of id:secret>\"");
    let (scheme, encoded) = value.trim().split_once(' ').ok_or_else(unreadable)?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return Err(unreadable());
    }
    let bytes = STANDARD.decode(encoded.trim()).map_err(|_| unreadable())?;
    let text = String::from_utf8(bytes).map_err(|_| unreadable())?;
    let (id, secret) = text.split_once(':').ok_or_else(unreadable)?;
    let decoded = |part: &str| form_decoded(part).ok_or_else(unreadable);
    Ok((decoded(id)?, decoded(secret)?))
}

fn form_decoded(text: &str) -> Option<String> {
    let (mut bytes, mut rest) = (Vec::with_capacity(text.len()), text.as_bytes());
    while let [first, after @ ..] = rest {
        rest = after;
        match first {
            b'+' => bytes.push(b' '),
            b'%' => {
                let (digits, after) = after.split_at_checked(2)?;
                bytes.push(u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?);
                rest = after;
            }
            other => bytes.push(*other),
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use poem::http::Method;

    use super::*;

    async fn asked(authorization: Option<&str>, body: &str) -> Result<TokenRequest, String> {
        let mut request = Request::builder().method(Method::POST).content_type("application/x-www-form-urlencoded");
        if let Some(value) = authorization {
            request = request.header("authorization", value);
        }
        let read = read(request.body(body.to_owned())).await;
        match read {
            Ok(request) => Ok(request),
            Err(refusal) => Err(refusal.into_response().into_body().into_string().await.unwrap()),
        }
    }

    fn secret(id: &str, secret: &str) -> Credentials {
        Credentials::Secret(id.to_owned(), secret.to_owned())
    }

    #[tokio::test]
    async fn credentials_come_in_three_ways() {
        let body = "grant_type=client_credentials&scope=groups%3Aread+scim";
        // base64 of "a%3Ab:c%2Fd+e"
        let basic = asked(Some("basic YSUzQWI6YyUyRmQrZQ=="), body).await.unwrap();
        assert_eq!(basic.credentials, secret("a:b", "c/d e"));
        assert_eq!(basic.scope.as_deref(), Some("groups:read scim"));
        let form = asked(None, "grant_type=client_credentials&client_id=a&client_secret=b&scope=").await.unwrap();
        assert_eq!((form.credentials, form.scope), (secret("a", "b"), None));
        let jwt = format!("{body}&client_assertion=x&client_assertion_type={ASSERTION}");
        let jwt = asked(None, &jwt).await.unwrap();
        assert_eq!(jwt.credentials, Credentials::Assertion("x".to_owned(), None));
    }

    #[rstest::rstest]
    #[case("client_id=a&client_secret=b", "invalid_request", "grant_type is missing")]
    #[case("grant_type=password&client_id=a&client_secret=b", "unsupported_grant_type", "client_credentials")]
    #[case("grant_type=client_credentials", "invalid_client", "no client credentials")]
    #[case("grant_type=client_credentials&client_secret=b", "invalid_request", "client_id is missing")]
    #[case(
        "grant_type=client_credentials&scope=a&scope=b&client_id=a&client_secret=b",
        "invalid_request",
        "more than once"
    )]
    #[case("grant_type=client_credentials&client_assertion=x", "invalid_request", "client_assertion_type must be")]
    #[case(
        "grant_type=client_credentials&client_id=a&client_secret=b&client_assertion=x",
        "invalid_request",
        "more than one way"
    )]
    #[tokio::test]
    async fn what_has_not_the_form_is_told(#[case] body: &str, #[case] error: &str, #[case] says: &str) {
        let text = asked(None, body).await.unwrap_err();
        assert!(text.contains(&format!("\"error\":\"{error}\"")) && text.contains(says), "{text}");
    }

    #[tokio::test]
    async fn a_header_that_is_not_basic_is_no_proof() {
        for value in ["Bearer abc", "Basic", "Basic !!!", "Basic YWJj", "Basic YSV6ejpi"] {
            let text = asked(Some(value), "grant_type=client_credentials").await.unwrap_err();
            assert!(text.contains("invalid_client"), "{value}: {text}");
        }
    }
}
