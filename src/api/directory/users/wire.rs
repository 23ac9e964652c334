//! Users as the API shows and takes them: flat, the texts of a SCIM user that administrators work with.

use poem_openapi::Object;
use poem_openapi::types::{Example, MaybeUndefined};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::api::directory::paging::CursorPagination;
use crate::api::directory::wire::{Ids, Meta, examples};
use crate::api::native::body::sent;
use crate::api::native::types::{Nullable, Timestamp};
use crate::domain::{ProfileChange, ProfileField};
use crate::model::ids::TenantId;
use crate::model::membership::UserGroup;
use crate::model::settings::IdStyle;
use crate::model::user::{User, UserRecord};
use crate::model::version::Version;

/// A page of a list of users.
#[derive(Object, Serialize)]
pub(super) struct UserListing {
    /// The users.
    pub(super) data: Vec<UserItem>,
    /// Where the page lies.
    pub(super) pagination: CursorPagination,
    /// Of the request.
    pub(super) meta: Meta,
}

/// A user in a list.
#[derive(Object, Serialize)]
#[oai(example)]
pub(super) struct UserItem {
    /// The user.
    id: String,
    /// The tenant.
    tenant_id: String,
    /// Name to log in with; unique in the tenant, in any case of letters.
    user_name: String,
    /// Primary e-mail address.
    email: Nullable<String>,
    /// Name to show.
    display_name: Nullable<String>,
    /// Given name.
    given_name: Nullable<String>,
    /// Family name.
    family_name: Nullable<String>,
    /// Casual name.
    nick_name: Nullable<String>,
    /// Title, such as `Vice President`.
    title: Nullable<String>,
    /// Relation to the organisation, such as `Employee`.
    user_type: Nullable<String>,
    /// Preferred language, such as `en-GB`.
    preferred_language: Nullable<String>,
    /// Locale for numbers and times, such as `de-CH`.
    locale: Nullable<String>,
    /// Time zone, such as `Europe/Zurich`.
    timezone: Nullable<String>,
    /// The identity provider's own id of the user.
    external_id: Nullable<String>,
    /// Whether the account may be used.
    active: bool,
    /// `active` or `inactive`.
    status: String,
    /// When it was created.
    created_at: Timestamp,
    /// When it was last changed; null until then.
    updated_at: Nullable<Timestamp>,
}

impl UserItem {
    pub(super) fn new(ids: Ids, tenant: TenantId, user: &User) -> Self {
        let text = |field: ProfileField| field.of(user).into();
        let changed = Some(user.updated_at).filter(|at| *at != user.created_at);
        Self {
            id: ids.user(user.id),
            tenant_id: ids.tenant(tenant),
            user_name: user.record.user_name.clone(),
            email: text(ProfileField::Email),
            display_name: text(ProfileField::DisplayName),
            given_name: text(ProfileField::GivenName),
            family_name: text(ProfileField::FamilyName),
            nick_name: text(ProfileField::NickName),
            title: text(ProfileField::Title),
            user_type: text(ProfileField::UserType),
            preferred_language: text(ProfileField::PreferredLanguage),
            locale: text(ProfileField::Locale),
            timezone: text(ProfileField::Timezone),
            external_id: text(ProfileField::ExternalId),
            active: user.record.active != Some(false),
            status: user.record.status().to_owned(),
            created_at: Timestamp(user.created_at),
            updated_at: changed.map(Timestamp).into(),
        }
    }
}

/// A user by itself, with the groups it is in.
#[derive(Object)]
#[oai(rename = "User", example)]
pub(super) struct UserResponse {
    #[oai(flatten)]
    user: UserItem,
    /// The groups it is in, directly or through nesting.
    groups: Vec<HeldGroup>,
}

/// A group that a user is in.
#[derive(Object)]
struct HeldGroup {
    /// The group.
    group_id: String,
    /// Its name.
    name: String,
    /// `DIRECT`, or `INHERITED` when the membership is that of a group below it.
    membership_type: String,
}

impl UserResponse {
    pub(super) fn new(ids: Ids, tenant: TenantId, user: &User, groups: Vec<UserGroup>) -> Self {
        let held = |group: UserGroup| HeldGroup {
            group_id: ids.group(group.group_id),
            name: group.name,
            membership_type: if group.direct { "DIRECT" } else { "INHERITED" }.to_owned(),
        };
        Self { user: UserItem::new(ids, tenant, user), groups: groups.into_iter().map(held).collect() }
    }
}

fn ada() -> User {
    let name = Map::from_iter([("givenName".to_owned(), "Ada".into()), ("familyName".to_owned(), "King".into())]);
    let record = UserRecord {
        user_name: "ada".to_owned(),
        external_id: Some("00u1".to_owned()),
        display_name: Some("Ada King".to_owned()),
        active: Some(true),
        email: Some("ada@example.com".to_owned()),
        attributes: Map::from_iter([("name".to_owned(), Value::Object(name))]).into(),
        search: Value::Null,
    };
    let (created_at, updated_at) = (examples::at(), examples::at());
    User { id: examples::uuid(3).into(), record, created_at, updated_at, version: Version(1) }
}

impl Example for UserItem {
    fn example() -> Self {
        Self::new(Ids(IdStyle::Plain), examples::uuid(8).into(), &ada())
    }
}

impl Example for UserResponse {
    fn example() -> Self {
        let group = UserGroup {
            user_id: examples::uuid(3).into(),
            group_id: examples::uuid(2).into(),
            name: "Platform".to_owned(),
            direct: true,
        };
        Self::new(Ids(IdStyle::Plain), examples::uuid(8).into(), &ada(), vec![group])
    }
}

/// A user to be made.
#[derive(Object)]
pub(super) struct UserCreate {
    /// Name to log in with; unique in the tenant, in any case of letters.
    #[oai(validator(min_length = 1, max_length = 256))]
    user_name: String,
    #[oai(flatten)]
    texts: UserTexts,
    /// Whether the account may be used; it may when this is left out.
    active: Option<bool>,
}

sent!(UserCreate);

/// What is to change of a user; what is left out stays.
#[derive(Object)]
pub(super) struct UserUpdate {
    /// Name to log in with; unique in the tenant, in any case of letters.
    #[oai(validator(min_length = 1, max_length = 256))]
    user_name: Option<String>,
    #[oai(flatten)]
    texts: UserTexts,
    /// Whether the account may be used. When it may not, the user's tokens end.
    active: Option<bool>,
}

sent!(UserUpdate);

/// Texts of a user; null takes one away.
#[derive(Object)]
struct UserTexts {
    /// Primary e-mail address; null takes all of the user's addresses away.
    #[oai(validator(min_length = 1, max_length = 320))]
    email: MaybeUndefined<String>,
    /// Name to show.
    #[oai(validator(min_length = 1, max_length = 256))]
    display_name: MaybeUndefined<String>,
    /// Given name.
    #[oai(validator(min_length = 1, max_length = 256))]
    given_name: MaybeUndefined<String>,
    /// Family name.
    #[oai(validator(min_length = 1, max_length = 256))]
    family_name: MaybeUndefined<String>,
    /// Casual name.
    #[oai(validator(min_length = 1, max_length = 256))]
    nick_name: MaybeUndefined<String>,
    /// Title, such as `Vice President`.
    #[oai(validator(min_length = 1, max_length = 256))]
    title: MaybeUndefined<String>,
    /// Relation to the organisation, such as `Employee`.
    #[oai(validator(min_length = 1, max_length = 256))]
    user_type: MaybeUndefined<String>,
    /// Preferred language, such as `en-GB`.
    #[oai(validator(min_length = 1, max_length = 256))]
    preferred_language: MaybeUndefined<String>,
    /// Locale for numbers and times, such as `de-CH`.
    #[oai(validator(min_length = 1, max_length = 256))]
    locale: MaybeUndefined<String>,
    /// Time zone, such as `Europe/Zurich`.
    #[oai(validator(min_length = 1, max_length = 256))]
    timezone: MaybeUndefined<String>,
    /// The identity provider's own id of the user.
    #[oai(validator(min_length = 1, max_length = 256))]
    external_id: MaybeUndefined<String>,
}

impl UserTexts {
    fn changes(self) -> Vec<(ProfileField, Option<String>)> {
        let all = [
            (ProfileField::Email, self.email),
            (ProfileField::DisplayName, self.display_name),
            (ProfileField::GivenName, self.given_name),
            (ProfileField::FamilyName, self.family_name),
            (ProfileField::NickName, self.nick_name),
            (ProfileField::Title, self.title),
            (ProfileField::UserType, self.user_type),
            (ProfileField::PreferredLanguage, self.preferred_language),
            (ProfileField::Locale, self.locale),
            (ProfileField::Timezone, self.timezone),
            (ProfileField::ExternalId, self.external_id),
        ];
        let change = |(field, text)| match text {
            MaybeUndefined::Undefined => None,
            MaybeUndefined::Null => Some((field, None)),
            MaybeUndefined::Value(text) => Some((field, Some(text))),
        };
        all.into_iter().filter_map(change).collect()
    }
}

impl From<UserCreate> for ProfileChange {
    fn from(body: UserCreate) -> Self {
        Self { user_name: Some(body.user_name), active: body.active, texts: body.texts.changes() }
    }
}

impl From<UserUpdate> for ProfileChange {
    fn from(body: UserUpdate) -> Self {
        Self { user_name: body.user_name, active: body.active, texts: body.texts.changes() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::native::written::assert_spelled_alike;

    #[test]
    fn a_user_is_spelled_alike_in_a_list() {
        assert_spelled_alike::<UserItem>();
    }
}
