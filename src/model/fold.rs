//! Case folding for everything that compares without regard to case: names, user names, attributes that are not
//! `caseExact`. One function, applied before a value reaches the database, so that no answer depends on a locale.

use unicode_normalization::UnicodeNormalization;

/// NFKC, full Unicode case folding, NFKC again: what RFC 8265 asks of user names in practice, and native names alike.
/// The result is only ever compared, never shown.
#[must_use]
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let composed: String = text.nfkc().collect();
    caseless::default_case_fold_str(&composed).nfkc().collect()
}

#[cfg(test)]
mod tests {
    use super::fold;

    #[test]
    fn letters_of_every_script_fold() {
        assert_eq!(fold("Straße"), fold("STRASSE"));
        assert_eq!(fold("ÀÉ"), fold("àé"));
        assert_eq!(fold("ΣΊΣΥΦΟΣ"), fold("σίσυφος"));
        assert_ne!(fold("a"), fold("b"));
    }

    #[test]
    fn compatibility_forms_are_one_name() {
        assert_eq!(fold("ﬁle"), "file");
        assert_eq!(fold("Ａｄａ"), "ada");
    }
}
