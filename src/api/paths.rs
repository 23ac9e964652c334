//! Paths as they are written in tables: literal segments and parameters in braces. What is served and what is listed as
//! served come from the same tables.

/// The values of the parameters of a pattern such as `Users/{id}` in a path's segments; `None` where the path is another.
/// Literal segments are compared by `same`.
pub(super) fn parameters<'p>(
    pattern: &str,
    segments: &[&'p str],
    same: fn(&str, &str) -> bool,
) -> Option<Vec<&'p str>> {
    let mut wanted = pattern.split('/');
    let mut found = Vec::new();
    for segment in segments {
        match wanted.next()? {
            parameter if parameter.starts_with('{') => found.push(*segment),
            literal if same(literal, segment) => {}
            _ => return None,
        }
    }
    wanted.next().is_none().then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_met_segment_by_segment() {
        let met = |pattern, path: &'static str| {
            parameters(pattern, &path.split('/').collect::<Vec<_>>(), |one, other| one == other)
        };
        assert_eq!(met("a/{x}/b/{y}", "a/1/b/2"), Some(vec!["1", "2"]));
        assert_eq!(met("a", "a"), Some(Vec::new()));
        for path in ["a", "a/1/b", "a/1/c/2", "a/1/b/2/3", ""] {
            assert_eq!(met("a/{x}/b/{y}", path), None, "{path}");
        }
    }
}
