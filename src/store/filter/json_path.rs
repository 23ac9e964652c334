//! Where the values of a field lie in a document, in the language of SQL/JSON paths. Paths are bound like any other value.
//! In its lax mode a path sees the elements of a list one by one and a single value as a list of one.

use crate::model::filter::Field;

/// Each value of the field by itself.
pub(super) fn values(field: &Field) -> String {
    let mut path = to_attribute(field);
    if field.multi_valued {
        path.push_str("[*]");
    }
    if let Some(sub) = &field.sub {
        push_key(&mut path, sub);
    }
    if field.sub_multi_valued {
        path.push_str("[*]");
    }
    path
}

/// Every value of the field that is not empty; of a complex attribute those of its sub-attributes.
pub(super) fn something(field: &Field) -> String {
    const FILLED: &str = "? (@.type() != \"string\" || @ != \"\")";
    let values = values(field);
    if field.sub.is_some() {
        return format!("{values} {FILLED}");
    }
    // Lax: what has no members of its own is taken as it is by the first path, and gives nothing to the second.
    format!("{values} ? ((@.type() != \"object\" && (@.type() != \"string\" || @ != \"\")) || exists (@.* {FILLED}))")
}

fn to_attribute(field: &Field) -> String {
    let mut path = "$".to_owned();
    let attribute = Some(&field.attribute).filter(|name| !name.is_empty());
    for key in field.extension.iter().chain(attribute) {
        push_key(&mut path, key);
    }
    path
}

/// Keys are JSON strings, so no name can be anything but a name.
fn push_key(path: &mut String, key: &str) {
    path.push('.');
    path.push_str(&serde_json::Value::from(key).to_string());
}

#[cfg(test)]
mod tests {
    use super::{something, values};
    use crate::model::filter::{Field, Kind};

    #[test]
    fn lists_are_opened_where_the_schema_has_them() {
        let field = Field { sub: Some("value".to_owned()), ..Field::core("emails", Kind::Text) };
        assert_eq!(values(&field), r#"$."emails"."value""#);
        let many = Field { multi_valued: true, ..field.clone() };
        assert_eq!(values(&many), r#"$."emails"[*]."value""#);
        let within = Field { sub_multi_valued: true, extension: Some("urn:x".to_owned()), ..field };
        assert_eq!(values(&within), r#"$."urn:x"."emails"."value"[*]"#);
    }

    #[test]
    fn names_cannot_leave_their_quotes() {
        let field = Field::core(r#"a" || exists (@)"#, Kind::Text);
        assert_eq!(values(&field), r#"$."a\" || exists (@)""#);
        assert!(something(&field).starts_with(r#"$."a\" || exists (@)" ?"#));
    }
}
