//! Secrets recognised by their looks. The first line of defence is that nobody writes one down; this is the last, for the
//! texts that strangers choose: a token pasted into a path, a header or a name.

use std::borrow::Cow;

/// How the product's own secrets begin.
const PREFIXES: [&str; 4] = ["cvk_", "cva_", "cvp_", "cvs_"];
/// Characters behind a prefix that are no secret yet: people write about prefixes.
const HARMLESS: usize = 7;
/// What stands for what was taken out.
const MARK: &str = "[redacted]";

/// The text without secrets in it: tokens, keys and client secrets of this product, and JWTs.
#[must_use]
pub fn redact(text: &str) -> Cow<'_, str> {
    if !PREFIXES.iter().any(|prefix| text.contains(prefix)) && !text.contains("eyJ") {
        return Cow::Borrowed(text);
    }
    let mut told = String::with_capacity(text.len());
    for part in text.split_inclusive(|c: char| !is_of_a_secret(c)) {
        let word = part.trim_end_matches(|c: char| !is_of_a_secret(c));
        match secret(word) {
            Some(at) => told.extend([&word[..at], MARK, &part[word.len()..]]),
            None => told.push_str(part),
        }
    }
    Cow::Owned(told)
}

const fn is_of_a_secret(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.')
}

/// Where a secret begins in a word. It may follow something else, such as the digits of `%3A`.
fn secret(word: &str) -> Option<usize> {
    let own = PREFIXES.iter().filter_map(|prefix| {
        let at = word.find(prefix)?;
        (word.len() - at - prefix.len() > HARMLESS).then_some(at)
    });
    // Base64 of `{"`, which the header of every JWT begins with.
    let jwt = word.find("eyJ").filter(|at| word[*at..].contains('.'));
    own.chain(jwt).min()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case("GET /scim/v2/cvk_aaaabbbbccccdddd/x?y=1", "GET /scim/v2/[redacted]/x?y=1")]
    #[case("a=cvs_aaaabbbbccccdddd&b=%3Acva_aaaabbbbccccdddd", "a=[redacted]&b=%3A[redacted]")]
    #[case("\"cvp_aaaabbbbccccdddd\", é", "\"[redacted]\", é")]
    #[case("Bearer eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJ4In0.c2ln ok", "Bearer [redacted] ok")]
    #[case("the prefix cvk_ and eyJ are harmless", "the prefix cvk_ and eyJ are harmless")]
    #[case("/scim/v2/Users", "/scim/v2/Users")]
    fn secrets_go_and_the_rest_stays(#[case] text: &str, #[case] told: &str) {
        assert_eq!(redact(text), told);
    }
}
