//! Documents with parts between marks that a driver writes anew.

/// Puts what was measured between the marks of this name.
pub(crate) fn fill(document: &mut String, mark: &str, measured: &str) {
    let (start, end) = (format!("<!-- measured: {mark} -->\n"), format!("<!-- end of {mark} -->"));
    let from = document.find(&start).unwrap() + start.len();
    let to = document.find(&end).unwrap();
    document.replace_range(from..to, measured);
}
