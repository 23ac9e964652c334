//! Attributes of a resource that have no column. They come from the database as text, and stay that until somebody looks
//! into them: most resources are only shown, and what is shown of them is copied.

use std::borrow::Cow;
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::OnceLock;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

/// Attributes in the schema's spelling, values as the client sent them: a text, a tree, or both, made of each other.
#[derive(Clone, Default)]
pub struct Attributes {
    text: OnceLock<Box<str>>,
    tree: OnceLock<Map<String, Value>>,
}

impl Attributes {
    /// Of the text of a JSON object. What is none has no attributes.
    #[must_use]
    pub fn stored(text: String) -> Self {
        Self { text: text.into_boxed_str().into(), tree: OnceLock::new() }
    }

    /// The attributes as a tree of one's own.
    #[must_use]
    pub fn into_map(mut self) -> Map<String, Value> {
        std::mem::take(&mut *self)
    }

    fn tree(&self) -> &Map<String, Value> {
        let read = || self.text.get().and_then(|text| serde_json::from_str(text).ok());
        self.tree.get_or_init(|| read().unwrap_or_default())
    }

    /// Each attribute with the text of its value.
    #[must_use]
    pub fn texts(&self) -> Texts<'_> {
        Texts::of(self.text.get_or_init(|| serde_json::to_string(&**self).unwrap_or_default().into()))
    }
}

impl From<Map<String, Value>> for Attributes {
    fn from(map: Map<String, Value>) -> Self {
        Self { text: OnceLock::new(), tree: map.into() }
    }
}

impl Deref for Attributes {
    type Target = Map<String, Value>;

    fn deref(&self) -> &Map<String, Value> {
        self.tree()
    }
}

impl DerefMut for Attributes {
    fn deref_mut(&mut self) -> &mut Map<String, Value> {
        self.tree();
        self.text = OnceLock::new();
        self.tree.get_mut().expect("it has just been read")
    }
}

impl PartialEq for Attributes {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl fmt::Debug for Attributes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

/// Names of an object, each with the text of its value.
#[derive(Debug, Default)]
pub struct Texts<'t>(Vec<(Cow<'t, str>, &'t RawValue)>);

impl<'t> Texts<'t> {
    /// Of a text; none where that is no object.
    #[must_use]
    pub fn of(text: &'t str) -> Self {
        serde_json::from_str(text).unwrap_or_default()
    }

    /// The text of a value.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(own, _)| own == name).map(|(_, value)| value.get())
    }

    /// The same of every value whose name is a URN: extensions have one, attributes none (RFC 7643 section 2.1).
    #[must_use]
    pub fn extensions(&self) -> Vec<(Cow<'t, str>, Self)> {
        let extensions = self.0.iter().filter(|(name, _)| name.contains(':'));
        extensions.map(|(name, value)| (name.clone(), Self::of(value.get()))).collect()
    }
}

impl<'de: 't, 't> Deserialize<'de> for Texts<'t> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;

        impl<'de> Visitor<'de> for Members {
            type Value = Texts<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Texts<'de>, A::Error> {
                let mut texts = Vec::with_capacity(16);
                while let Some((Name(name), value)) = members.next_entry::<Name<'de>, &RawValue>()? {
                    texts.push((name, value));
                }
                Ok(Texts(texts))
            }
        }

        deserializer.deserialize_map(Members)
    }
}

/// A name, borrowed where it has no escapes.
#[derive(serde::Deserialize)]
struct Name<'n>(#[serde(borrow)] Cow<'n, str>);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    const TEXT: &str = r#"{"title": "Dr. \"A\"", "na\u006de": {"givenName": "Ada"}, "emails": []}"#;

    #[test]
    fn text_and_tree_say_the_same() {
        let stored = Attributes::stored(TEXT.to_owned());
        let texts = stored.texts();
        assert_eq!(texts.get("name"), Some(r#"{"givenName": "Ada"}"#));
        assert_eq!((texts.get("title"), texts.get("Title")), (Some(r#""Dr. \"A\"""#), None));
        assert_eq!(stored["title"], "Dr. \"A\"");
        let tree = Attributes::from(stored.clone().into_map());
        assert_eq!((&tree, tree.texts().get("emails")), (&stored, Some("[]")));
    }

    #[test]
    fn what_is_changed_is_not_shown_as_it_was() {
        let mut attributes = Attributes::stored(TEXT.to_owned());
        attributes.insert("title".to_owned(), "Prof.".into());
        assert_eq!(attributes.texts().get("title"), Some("\"Prof.\""));
        attributes.shift_remove("title");
        assert_eq!(attributes.texts().get("title"), None);
        assert_eq!(attributes.texts().0.len(), 2);
    }

    #[test]
    fn what_is_no_object_has_nothing() {
        for text in ["", "null", "[]", "{", "\"text\""] {
            let attributes = Attributes::stored(text.to_owned());
            assert!(attributes.is_empty() && attributes.texts().0.is_empty(), "{text}");
        }
        assert_eq!(Attributes::default(), Attributes::from(Map::new()));
    }

    proptest! {
        #[test]
        fn every_value_keeps_its_text(members in prop::collection::btree_map(".{0,8}", prop::num::i64::ANY, 0..8)) {
            let map: Map<String, Value> = members.iter().map(|(name, number)| (name.clone(), json!([number, name]))).collect();
            let attributes = Attributes::stored(Value::Object(map.clone()).to_string());
            let texts = attributes.texts();
            let read = texts.0.iter().map(|(name, text)| {
                (name.to_string(), serde_json::from_str(text.get()).unwrap())
            }).collect::<Map<String, Value>>();
            prop_assert_eq!(&read, &map);
            prop_assert_eq!(attributes.into_map(), map);
        }
    }
}
