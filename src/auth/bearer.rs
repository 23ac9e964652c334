//! Reading the `Authorization` header.

use super::denied::Denied;

/// The token of a `Bearer` header. The scheme is read in any case (RFC 9110 section 11.1), blanks around are dropped:
/// tokens are pasted by people.
pub(super) fn token(header: Option<&str>) -> Result<&str, Denied> {
    let header = header.map(str::trim).filter(|text| !text.is_empty()).ok_or(Denied::Missing)?;
    match header.split_once(char::is_whitespace) {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => Ok(token.trim()),
        _ => Err(Denied::NotBearer),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scheme_is_read_in_any_case() {
        for header in ["Bearer abc", "bearer abc", "BEARER  abc ", " Bearer\tabc"] {
            assert_eq!(token(Some(header)).ok(), Some("abc"), "{header}");
        }
    }

    #[test]
    fn other_schemes_and_nothing_are_told_apart() {
        assert!(matches!(token(None), Err(Denied::Missing)));
        assert!(matches!(token(Some(" ")), Err(Denied::Missing)));
        for header in ["Basic abc", "abc", "Bearerabc"] {
            assert!(matches!(token(Some(header)), Err(Denied::NotBearer)), "{header}");
        }
    }
}
