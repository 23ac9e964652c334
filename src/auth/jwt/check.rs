//! What is checked of any JWT, whoever issued it (RFC 8725): size and header before a key is looked for, the signature with
//! a key of the issuer and no other, then the times. Keys and addresses of keys in the header are never looked at.

use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{Algorithm, Header, Validation, decode, decode_header};
use serde_json::{Map, Value};

use super::fault::JwtFault;
use crate::model::jwk::{ACCEPTED, PublicKey};

/// Bytes a token may have.
const LARGEST: usize = 16 * 1024;
/// How far clocks may be apart.
pub(super) const LEEWAY: TimeDelta = TimeDelta::seconds(60);

/// What a token says, once its signature has been checked.
pub(super) type Claims = Map<String, Value>;

/// A JWT whose signature nobody has checked yet.
pub(super) struct Unverified<'t> {
    text: &'t str,
    /// The algorithm of its signature, one of those accepted.
    pub(super) algorithm: Algorithm,
    /// The key it names.
    pub(super) kid: Option<String>,
    typ: Option<String>,
    /// Who it says has issued it.
    pub(super) issuer: String,
    /// Whom it says it is about.
    pub(super) subject: Option<String>,
}

/// Whether a text has the form of a JWT, so far as that tells it from other tokens.
pub(in crate::auth) fn looks_like_one(text: &str) -> bool {
    text.starts_with("ey") && text.bytes().filter(|byte| *byte == b'.').count() == 2
}

impl<'t> Unverified<'t> {
    pub(super) fn read(text: &'t str) -> Result<Self, JwtFault> {
        if text.len() > LARGEST {
            return Err(JwtFault::TooLarge);
        }
        let Header { alg, kid, typ, crit, .. } = decode_header(text).map_err(|_| JwtFault::Malformed)?;
        if !ACCEPTED.contains(&alg) || crit.is_some() {
            return Err(JwtFault::Header);
        }
        let claims: Claims = jsonwebtoken::dangerous::insecure_decode_claims(text).map_err(|_| JwtFault::Malformed)?;
        let issuer = self::text(&claims, "iss").ok_or(JwtFault::Issuer)?.to_owned();
        let subject = self::text(&claims, "sub").map(str::to_owned);
        Ok(Self { text, algorithm: alg, kid, typ, issuer, subject })
    }

    /// The type of its header, without the prefix that may be left out (RFC 7515 section 4.1.9), in lower case.
    pub(super) fn typ(&self) -> Option<String> {
        let typ = self.typ.as_ref()?.to_ascii_lowercase();
        Some(typ.strip_prefix("application/").map(str::to_owned).unwrap_or(typ))
    }

    /// The part of its text that is signed.
    pub(super) fn signed(&self) -> &str {
        self.text.rsplit_once('.').map_or(self.text, |(signed, _)| signed)
    }

    /// Its claims, if the key has signed them.
    pub(super) fn verify(&self, key: &PublicKey) -> Result<Claims, JwtFault> {
        let mut signature_alone = Validation::new(self.algorithm);
        signature_alone.required_spec_claims.clear();
        // The library would ask the system for the time, and takes a list for an issuer: claims are checked here.
        signature_alone.validate_exp = false;
        signature_alone.validate_nbf = false;
        signature_alone.validate_aud = false;
        let verified = decode::<Claims>(self.text, &key.key, &signature_alone);
        Ok(verified.map_err(|_| JwtFault::Signature)?.claims)
    }
}

/// Refuses a token before and after its time.
pub(super) fn check_times(claims: &Claims, now: DateTime<Utc>) -> Result<(), JwtFault> {
    let ends = time(claims, "exp")?.ok_or(JwtFault::Claim("exp"))?;
    if ends + LEEWAY <= now {
        return Err(JwtFault::Expired(ends));
    }
    match time(claims, "nbf")? {
        Some(begins) if begins - LEEWAY > now => Err(JwtFault::NotYet),
        _ => Ok(()),
    }
}

/// Refuses a token whose `aud`, a text or a list, has none of these.
pub(super) fn check_audience<S: AsRef<str>>(claims: &Claims, audiences: &[S]) -> Result<(), JwtFault> {
    let is_one = |value: &Value| audiences.iter().any(|audience| value.as_str() == Some(audience.as_ref()));
    let found = match claims.get("aud") {
        Some(Value::Array(several)) => several.iter().any(is_one),
        Some(one) => is_one(one),
        None => false,
    };
    if found { Ok(()) } else { Err(JwtFault::Audience) }
}

/// A claim's text.
pub(super) fn text<'c>(claims: &'c Claims, name: &str) -> Option<&'c str> {
    claims.get(name).and_then(Value::as_str)
}

/// A `NumericDate` (RFC 7519 section 2), which may have a fraction; that is dropped. Years out of reach are refused.
pub(super) fn time(claims: &Claims, name: &'static str) -> Result<Option<DateTime<Utc>>, JwtFault> {
    /// The end of the year 9999, in seconds: sums with it stay within what a time can be.
    const LAST: f64 = 253_402_300_799.0;
    let Some(value) = claims.get(name) else { return Ok(None) };
    let seconds = value.as_f64().filter(|seconds| (0.0..=LAST).contains(seconds)).ok_or(JwtFault::Claim(name))?;
    // The range was checked: nothing but a fraction of a second is lost.
    DateTime::from_timestamp(seconds as i64, 0).map(Some).ok_or(JwtFault::Claim(name))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn claims(value: Value) -> Claims {
        serde_json::from_value(value).unwrap()
    }

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    #[test]
    fn a_minute_is_allowed_on_either_side() {
        let short = claims(json!({ "exp": 1000, "nbf": 900.5 }));
        assert_eq!(check_times(&short, at(1059)), Ok(()));
        assert_eq!(check_times(&short, at(1060)), Err(JwtFault::Expired(at(1000))));
        assert_eq!(check_times(&short, at(840)), Ok(()));
        assert_eq!(check_times(&short, at(839)), Err(JwtFault::NotYet));
    }

    #[test]
    fn times_that_are_none_are_refused() {
        for value in [json!("1000"), json!(-1), json!(1e300), json!(null), json!([1000])] {
            let odd = claims(json!({ "exp": value, "nbf": 0 }));
            assert_eq!(check_times(&odd, at(0)), Err(JwtFault::Claim("exp")), "{value}");
        }
        assert_eq!(check_times(&claims(json!({})), at(0)), Err(JwtFault::Claim("exp")));
        assert_eq!(check_times(&claims(json!({ "exp": 9, "nbf": "0" })), at(0)), Err(JwtFault::Claim("nbf")));
    }

    #[test]
    fn one_of_several_audiences_is_enough_and_none_is_not() {
        let audience = |aud: Value| check_audience(&claims(json!({ "aud": aud })), &["here", "there"]);
        assert!(audience(json!("here")).is_ok() && audience(json!(["else", "there"])).is_ok());
        for aud in [json!("elsewhere"), json!([]), json!(7), json!({ "here": 1 }), json!("Here")] {
            assert_eq!(audience(aud), Err(JwtFault::Audience));
        }
        assert_eq!(check_audience(&claims(json!({})), &["here"]), Err(JwtFault::Audience));
    }

    #[test]
    fn what_is_no_token_is_told_before_any_key_is_looked_for() {
        let fault = |text: &str| Unverified::read(text).err().unwrap();
        assert_eq!(fault(&format!("ey{}..", "a".repeat(LARGEST))), JwtFault::TooLarge);
        assert_eq!(fault("ey.ey.ey"), JwtFault::Malformed);
        // {"alg":"none"}, {"iss":"x"}
        assert_eq!(fault("eyJhbGciOiJub25lIn0.eyJpc3MiOiJ4In0."), JwtFault::Malformed);
        // {"alg":"HS256"}, {"iss":"x"}
        assert_eq!(fault("eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJ4In0.AAAA"), JwtFault::Header);
        assert!(!looks_like_one("cvk_abc") && !looks_like_one("ey") && looks_like_one("ey.a.b"));
    }
}
