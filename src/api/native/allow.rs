//! Which methods a path takes, read from the OpenAPI document, so that the `Allow` header of a 405 (RFC 9110 section
//! 15.5.6) cannot differ from what is mounted.

use serde_json::Value;

/// The methods of every path.
pub(in crate::api) struct Allowed(Vec<(Vec<String>, String)>);

impl Allowed {
    /// Reads them from the document.
    pub(in crate::api) fn of(document: &Value) -> Self {
        let paths = document["paths"].as_object().into_iter().flatten();
        Self(paths.map(|(path, operations)| (segments(path), methods(operations))).collect())
    }

    /// The `Allow` header of a path; `None` where nothing is.
    pub(in crate::api) fn at(&self, path: &str) -> Option<&str> {
        let wanted = segments(path);
        let fitting = self.0.iter().filter(|(template, _)| fits(template, &wanted));
        // A literal segment beats a parameter, as in the router.
        let closest = fitting.max_by_key(|(template, _)| template.iter().filter(|part| !is_parameter(part)).count());
        closest.map(|(_, methods)| methods.as_str())
    }
}

fn segments(path: &str) -> Vec<String> {
    path.trim_matches('/').split('/').map(str::to_owned).collect()
}

fn methods(operations: &Value) -> String {
    let mut names: Vec<String> =
        operations.as_object().into_iter().flatten().map(|(name, _)| name.to_uppercase()).collect();
    if names.iter().any(|name| name == "GET") {
        names.push("HEAD".to_owned());
    }
    names.sort();
    names.join(", ")
}

fn fits(template: &[String], path: &[String]) -> bool {
    template.len() == path.len() && template.iter().zip(path).all(|(part, given)| is_parameter(part) || part == given)
}

fn is_parameter(part: &str) -> bool {
    part.starts_with('{')
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_path_names_its_own_methods() {
        let document = json!({ "paths": {
            "/groups/": { "get": {}, "post": {} },
            "/groups/{id}": { "delete": {} },
            "/groups/filters": { "get": {} },
        }});
        let allowed = Allowed::of(&document);
        assert_eq!(allowed.at("/groups"), Some("GET, HEAD, POST"));
        assert_eq!(allowed.at("/groups/7"), Some("DELETE"));
        assert_eq!(allowed.at("/groups/filters"), Some("GET, HEAD"));
        assert_eq!(allowed.at("/groups/7/members"), None);
    }
}
