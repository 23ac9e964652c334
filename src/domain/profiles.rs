//! Users as the native APIs see them: a flat record of a few texts. Each is an attribute of the user's document, so what is
//! written here is judged by the same schema as what identity providers write, and everything else they wrote stays.

use serde_json::{Map, Value, json};

use super::records::{user_document, user_record};
use super::{Created, Domain, Error, Result};
use crate::model::filter::{Filter, Operator};
use crate::model::ids::UserId;
use crate::model::principal::TenantScope;
use crate::model::user::{User, UserRecord};
use crate::model::version::EntityTags;
use crate::schema::filter::{Expr, check};
use crate::schema::resource_type::ResourceType;
use crate::schema::{Document, Mode, accept};

/// A text of the flat record that may be absent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProfileField {
    /// The primary e-mail address.
    Email,
    /// Name to show.
    DisplayName,
    /// Given name.
    GivenName,
    /// Family name.
    FamilyName,
    /// Casual name.
    NickName,
    /// Title, such as "Vice President".
    Title,
    /// Relation to the organisation, such as "Employee".
    UserType,
    /// Preferred language, such as `en-GB`.
    PreferredLanguage,
    /// Locale for numbers and times, such as `de-CH`.
    Locale,
    /// Time zone, such as `Europe/Zurich`.
    Timezone,
    /// The client's own identifier.
    ExternalId,
}

/// Where a text lies in the document.
enum Spot {
    Attribute(&'static str),
    Part(&'static str, &'static str),
    /// `value` of the primary element.
    Primary(&'static str),
}

impl ProfileField {
    const fn spot(self) -> Spot {
        match self {
            Self::Email => Spot::Primary("emails"),
            Self::DisplayName => Spot::Attribute("displayName"),
            Self::GivenName => Spot::Part("name", "givenName"),
            Self::FamilyName => Spot::Part("name", "familyName"),
            Self::NickName => Spot::Attribute("nickName"),
            Self::Title => Spot::Attribute("title"),
            Self::UserType => Spot::Attribute("userType"),
            Self::PreferredLanguage => Spot::Attribute("preferredLanguage"),
            Self::Locale => Spot::Attribute("locale"),
            Self::Timezone => Spot::Attribute("timezone"),
            Self::ExternalId => Spot::Attribute("externalId"),
        }
    }

    const fn attribute(self) -> &'static str {
        match self.spot() {
            Spot::Attribute(name) | Spot::Part(name, _) | Spot::Primary(name) => name,
        }
    }

    /// The text a user has there.
    #[must_use]
    pub fn of(self, user: &User) -> Option<String> {
        let record = &user.record;
        match self {
            Self::Email => record.email.clone(),
            Self::DisplayName => record.display_name.clone(),
            Self::ExternalId => record.external_id.clone(),
            _ => self.read(&record.attributes),
        }
    }

    fn read(self, document: &Document) -> Option<String> {
        let value = document.get(self.attribute())?;
        let text = match self.spot() {
            Spot::Attribute(_) => value,
            Spot::Part(_, part) => value.get(part)?,
            Spot::Primary(_) => value.as_array()?.iter().find(|element| is_primary(element))?.get("value")?,
        };
        text.as_str().map(str::to_owned)
    }

    fn write(self, document: &mut Document, text: Option<&str>) {
        let name = self.attribute();
        match (self.spot(), text) {
            (Spot::Attribute(_), Some(text)) => {
                document.insert(name.to_owned(), text.into());
            }
            (Spot::Part(_, part), text) => {
                let whole = document.entry(name).or_insert_with(|| json!({}));
                write_part(whole, part, text);
            }
            (Spot::Primary(_), Some(text)) => {
                let elements = document.entry(name).or_insert_with(|| json!([]));
                write_primary(elements, text);
            }
            // Of a list everything goes: the next address must not slip into the place of the one taken away.
            (Spot::Attribute(_) | Spot::Primary(_), None) => {
                document.shift_remove(name);
            }
        }
        if document.get(name).is_some_and(|value| value == &json!({}) || value == &json!([])) {
            document.shift_remove(name);
        }
    }
}

fn is_primary(element: &Value) -> bool {
    element.get("primary") == Some(&Value::Bool(true))
}

fn write_part(whole: &mut Value, part: &str, text: Option<&str>) {
    let Some(parts) = whole.as_object_mut() else { return };
    match text {
        Some(text) => {
            parts.insert(part.to_owned(), text.into());
        }
        None => {
            parts.shift_remove(part);
        }
    }
    // What was put together of the old parts is no longer true.
    parts.shift_remove("formatted");
}

fn write_primary(elements: &mut Value, text: &str) {
    let Some(elements) = elements.as_array_mut() else { return };
    let position = elements.iter().position(is_primary).unwrap_or(0);
    match elements.get_mut(position).and_then(Value::as_object_mut) {
        Some(element) => {
            element.insert("value".to_owned(), text.into());
            element.shift_remove("display");
        }
        None => elements.push(json!({ "value": text, "type": "work", "primary": true })),
    }
}

/// What is to become of a user's flat record.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProfileChange {
    /// The new user name.
    pub user_name: Option<String>,
    /// Whether the account may be used.
    pub active: Option<bool>,
    /// Texts to write, or to take away.
    pub texts: Vec<(ProfileField, Option<String>)>,
}

impl ProfileChange {
    /// The document with the change in it; what changes is judged by the schema, nothing else is touched.
    fn apply(&self, resource_type: &ResourceType, current: &Document) -> Result<Document> {
        let mut changed: Vec<&str> = self.texts.iter().map(|(field, _)| field.attribute()).collect();
        let mut wanted = current.clone();
        for (field, text) in &self.texts {
            field.write(&mut wanted, text.as_deref());
        }
        if let Some(user_name) = &self.user_name {
            wanted.insert("userName".to_owned(), user_name.as_str().into());
            changed.push("userName");
        }
        if let Some(active) = self.active {
            wanted.insert("active".to_owned(), active.into());
            changed.push("active");
        }
        let part = judged(resource_type, &wanted, &changed);
        let received = accept::read(resource_type, part.into(), Mode::Compat)?;
        let mut document = current.clone();
        for name in changed {
            match received.document().get(name) {
                Some(value) if wanted.contains_key(name) => document.insert(name.to_owned(), value.clone()),
                _ => document.shift_remove(name),
            };
        }
        Ok(document)
    }
}

/// The part of a document that changes, with what every document must have.
fn judged(resource_type: &ResourceType, wanted: &Document, changed: &[&str]) -> Document {
    let kept = |name: &str| name == "userName" || changed.contains(&name);
    let mut part: Map<String, Value> =
        wanted.iter().filter(|(name, _)| kept(name)).map(|(name, value)| (name.clone(), value.clone())).collect();
    part.insert("schemas".to_owned(), json!([resource_type.schema.id]));
    part
}

/// Which users a list shows; all conditions hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UserSelection {
    /// Text that user name, name to show or an e-mail address contains, in any case of letters.
    pub search: Option<String>,
    /// Whether their accounts may be used.
    pub active: Option<bool>,
    /// With this user name, in any case of letters.
    pub user_name: Option<String>,
    /// With this e-mail address among theirs, in any case of letters.
    pub email: Option<String>,
    /// With this external id, letter by letter.
    pub external_id: Option<String>,
}

impl UserSelection {
    fn expression(&self) -> Option<Expr> {
        let compare = |name: &str, operator, value: Value| Expr::Compare(name.to_owned(), operator, value);
        let mut terms = Vec::new();
        if let Some(text) = &self.search {
            let found = |name| compare(name, Operator::Co, text.as_str().into());
            terms.push(Expr::Or(["userName", "displayName", "emails.value"].map(found).to_vec()));
        }
        let equal = [("userName", &self.user_name), ("emails.value", &self.email), ("externalId", &self.external_id)];
        for (name, text) in equal {
            terms.extend(text.as_deref().map(|text| compare(name, Operator::Eq, text.into())));
        }
        // An account nobody said anything of can be used.
        terms.extend(self.active.map(|active| {
            let inactive = compare("active", Operator::Eq, false.into());
            if active { Expr::Not(Box::new(inactive)) } else { inactive }
        }));
        (!terms.is_empty()).then_some(Expr::And(terms))
    }
}

impl Domain {
    /// The filter of a selection; `None` for everybody.
    ///
    /// # Errors
    /// [`Error::Refused`] where a value cannot be compared.
    pub fn user_filter(&self, wanted: &UserSelection) -> Result<Option<Filter>> {
        let filter = wanted.expression().map(|expression| check(self.schemas.user(), &expression, Mode::Compat));
        Ok(filter.transpose()?)
    }

    /// Creates a user of a flat record; see [`Domain::create_user`]. The account can be used unless that is said otherwise.
    ///
    /// # Errors
    /// As [`Domain::create_user`], and [`Error::Refused`].
    pub async fn create_profile(&self, scope: &TenantScope, wanted: &ProfileChange) -> Result<Created<User>> {
        let wanted = ProfileChange { active: Some(wanted.active.unwrap_or(true)), ..wanted.clone() };
        let document = wanted.apply(self.schemas.user(), &Document::new())?;
        self.create_user(scope, user_record(&self.schemas, document)).await
    }

    /// Changes a user's flat record; see [`Domain::modify_user`].
    ///
    /// # Errors
    /// As [`Domain::modify_user`], and [`Error::Refused`].
    pub async fn modify_profile(
        &self,
        scope: &TenantScope,
        id: UserId,
        precondition: Option<&EntityTags>,
        change: &ProfileChange,
    ) -> Result<User> {
        let record = |user: &User| -> Result<UserRecord> {
            let document = change.apply(self.schemas.user(), &user_document(&user.record))?;
            Ok::<_, Error>(user_record(&self.schemas, document))
        };
        self.modify_user(scope, id, precondition, record).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::registry::Registry;

    fn applied(current: Value, change: &ProfileChange) -> Value {
        let schemas = Registry::load(None).unwrap();
        let Value::Object(current) = current else { unreachable!() };
        Value::Object(change.apply(schemas.user(), &current).unwrap())
    }

    fn texts(texts: &[(ProfileField, Option<&str>)]) -> ProfileChange {
        let texts = texts.iter().map(|(field, text)| (*field, text.map(str::to_owned))).collect();
        ProfileChange { texts, ..ProfileChange::default() }
    }

    #[test]
    fn a_flat_record_becomes_a_document() {
        use ProfileField::{Email, ExternalId, FamilyName, GivenName};
        let change = ProfileChange {
            user_name: Some("ada".to_owned()),
            active: Some(true),
            ..texts(&[
                (Email, Some("ada@x.org")),
                (GivenName, Some("Ada")),
                (FamilyName, Some("L")),
                (ExternalId, None),
            ])
        };
        let expected = json!({
            "userName": "ada", "active": true, "name": { "givenName": "Ada", "familyName": "L" },
            "emails": [{ "value": "ada@x.org", "type": "work", "primary": true }],
        });
        assert_eq!(applied(json!({}), &change), expected);
    }

    #[test]
    fn what_is_not_named_stays_as_it_was() {
        let current = json!({
            "userName": "ada", "title": "T", "name": { "givenName": "Ada", "familyName": "L", "formatted": "Ada L" },
            "emails": [{ "value": "a@home" }, { "value": "a@work", "type": "work", "primary": true, "display": "A" }],
        });
        let change = texts(&[(ProfileField::FamilyName, Some("King")), (ProfileField::Email, Some("a@new"))]);
        let expected = json!({
            "userName": "ada", "title": "T", "name": { "givenName": "Ada", "familyName": "King" },
            "emails": [{ "value": "a@home" }, { "value": "a@new", "type": "work", "primary": true }],
        });
        assert_eq!(applied(current.clone(), &change), expected);
        let change = texts(&[
            (ProfileField::GivenName, None),
            (ProfileField::FamilyName, None),
            (ProfileField::Email, None),
            (ProfileField::Title, None),
        ]);
        assert_eq!(applied(current, &change), json!({ "userName": "ada" }));
    }
}
