//! Every deviation that compat mode tolerates, in one list: its name, what it is, which client needs it, and what a strict
//! tenant gets instead. Functions of this room and of the SCIM facade record here what they had to forgive, and it is
//! counted under that name, so that an administrator can see what an identity provider does and whether the tenant could
//! be strict. A few rules are no deviation from the RFCs but from the 2026 interoperability profile, which forbids some of
//! what they allow. The list decides nothing about what a deviation means.

mod stance;

pub use self::stance::Stance;

/// What becomes, in a strict tenant, of a request that needs a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InStrict {
    /// It is refused, and the refusal names attribute, value and remedy.
    Refused,
    /// It is accepted and does something else: what that is.
    Differs(&'static str),
}

macro_rules! rules {
    ($($rule:ident: $name:literal, $what:literal, for $client:literal, $strict:expr;)*) => {
        /// One tolerated deviation.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Leniency {
            $(#[doc = concat!($what, ". ", $client, ".")] $rule,)*
        }

        impl Leniency {
            /// Every rule, in the order of the list.
            pub const ALL: &'static [Self] = &[$(Self::$rule),*];

            /// A short stable name, for logs and counters.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$rule => $name,)* }
            }

            /// What is tolerated, in words.
            #[must_use]
            pub const fn what(self) -> &'static str {
                match self { $(Self::$rule => $what,)* }
            }

            /// The client that needs it, or who else writes so.
            #[must_use]
            pub const fn client(self) -> &'static str {
                match self { $(Self::$rule => $client,)* }
            }

            /// What a strict tenant does instead.
            #[must_use]
            pub const fn in_strict(self) -> InStrict {
                match self { $(Self::$rule => $strict,)* }
            }
        }
    };
}

use InStrict::{Differs, Refused};

rules! {
    // The request around the body.
    NeedlessSlash: "needless-slash", "A slash at the end of a path or doubled before it, `/Users/`, `//Users`",
        for "Connectors that join addresses by hand", Refused;
    EndpointCase: "endpoint-case", "An endpoint in another case, `/users`",
        for "Hand-written connectors", Refused;
    IdSpelling: "id-spelling",
        "An id in upper case or with the prefix of a native API; ids have case (RFC 7643 section 3.1)",
        for "Connectors that keep ids in a column of SQL Server, or take them from a native API", Refused;
    JsonMediaType: "json-media-type", "A body sent as `application/json`",
        for "Okta's test suite, scim2-client", Refused;
    MissingMediaType: "missing-media-type", "A body without a Content-Type",
        for "Hand-written connectors", Refused;
    ParameterCase: "parameter-case", "A query parameter in another case, `startindex=1`",
        for "Hand-written connectors", Refused;
    EmptyParameter: "empty-parameter", "A query parameter without a value, `sortBy=`, is as good as left out",
        for "Template-driven clients such as OneLogin", Refused;
    RepeatedParameter: "repeated-parameter",
        "A query parameter given twice: lists are joined, of others the first counts",
        for "HTTP libraries that write a list as several parameters", Refused;
    UnquotedEntityTag: "unquoted-entity-tag", "A version without quotes, `If-Match: 3`",
        for "Hand-written connectors", Refused;
    FilterOnWrite: "filter-on-write", "A `filter` in the URL of a write; it is ignored",
        for "Hand-written connectors", Refused;

    // Messages and what they say of their schemas.
    MissingMessageSchema: "missing-message-schema",
        "A message without its URN in `schemas`, such as a PATCH without PatchOp",
        for "authentik and hand-written connectors", Refused;
    MissingSchemas: "missing-schemas", "A resource without `schemas`, or with one that is not a list of texts",
        for "authentik before 2024", Refused;
    RepeatedSchema: "repeated-schema", "A URN that is in `schemas` twice",
        for "Template-driven clients such as OneLogin", Refused;
    UnlistedExtension: "unlisted-extension", "Attributes of an extension whose URN is not in `schemas`",
        for "Template-driven clients such as OneLogin", Refused;
    UnknownAttribute: "unknown-attribute", "An attribute no schema knows; it is ignored",
        for "Microsoft Entra ID (`display/displayName`), Okta, lightdash", Refused;
    UnknownSchema: "unknown-schema", "An extension URN no schema has, or a malformed one; it is ignored",
        for "Microsoft Entra ID (`…enterprise:2.0User`)", Refused;
    PasswordDropped: "password-dropped", "A `password`; it is dropped, for passwords are the identity provider's",
        for "Okta", Refused;

    // Values.
    BooleanAsString: "boolean-as-string", "`\"True\"`, `\"false\"` for a boolean",
        for "Microsoft Entra ID without `aadOptscim062020`", Refused;
    NumberAsString: "number-as-string", "`\"42\"` for a number",
        for "Microsoft Entra ID (every mapped value is a string)", Refused;
    ScalarForString: "scalar-for-string", "`42` or `true` for a string",
        for "JumpCloud and template-driven clients such as OneLogin", Refused;
    SingleForArray: "single-for-array", "One value where an array belongs",
        for "OneLogin templates", Refused;
    ArrayForSingle: "array-for-single", "An array of one where a single value belongs",
        for "Microsoft Entra ID (`manager`)", Refused;
    BareValueForComplex: "bare-value-for-complex", "A bare string for a complex attribute that has `value`",
        for "Microsoft Entra ID (`manager`), JumpCloud (`emails`)", Refused;
    EmptyStringUnassigns: "empty-string-unassigns", "`\"\"` means unassigned",
        for "Microsoft Entra ID (removal of `manager`)",
        Differs("refused, or stored as an empty text where text may be");
    NonCanonicalValue: "non-canonical-value", "A value that is not among the canonical ones of its attribute",
        for "The Microsoft SCIM validator (`type`)", Refused;

    // Names of attributes.
    UnqualifiedExtension: "unqualified-extension", "An extension attribute without its URN",
        for "Microsoft Entra ID (`manager`, `department`)", Refused;
    DotAfterUrn: "dot-after-urn", "`urn:…:User.manager`, a dot after the URN",
        for "Microsoft Entra ID, older dialect", Refused;
    PathAsKey: "path-as-key", "`\"name.givenName\"`, `\"urn:…:User:department\"` or the URN of the core schema as a key of an object",
        for "Microsoft Entra ID; clients that put each schema's attributes under its URN", Refused;

    // PATCH.
    CapitalisedOperation: "capitalised-operation", "`\"op\": \"Replace\"`",
        for "Microsoft Entra ID without `aadOptscim062020`", Refused;
    EmptyOperations: "empty-operations", "`Operations: []` is a PATCH that changes nothing",
        for "The Microsoft SCIM validator", Refused;
    PathlessOperation: "pathless-operation",
        "An operation without `path`, its attributes in `value`; the profile wants a path",
        for "Okta, Microsoft Entra ID", Refused;
    EmptyPath: "empty-path", "`\"path\": \"\"` means no path",
        for "Hand-written connectors", Refused;
    BareValuePath: "bare-value-path",
        "A value filter that names no sub-attribute, `emails[type eq \"work\"]`; the profile forbids it but to remove a member",
        for "Whoever follows the examples of RFC 7644 section 3.5.2", Refused;
    SeveralSelected: "several-selected", "A value filter that selects several values; the profile allows one",
        for "Whoever follows RFC 7644 section 3.5.2.3", Refused;
    MergedReplace: "merged-replace",
        "A replaced complex attribute keeps the sub-attributes that are not named (RFC 7644 section 3.5.2.3)",
        for "Microsoft Entra ID, Okta (`name`)",
        Differs("sub-attributes that are not named are removed, as the profile has it");
    IdInValue: "id-in-value", "`id` in the value of a PATCH without path, equal to the resource's",
        for "Okta group push", Refused;
    ReadOnlyInValue: "read-only-in-value", "A readOnly attribute beside others in the value of a PATCH; it is ignored",
        for "Clients that send back what they read", Refused;
    RemoveWithValue: "remove-with-value",
        "`remove` with a `value`: of many values only those listed go, elsewhere it is ignored",
        for "Microsoft Entra ID, JumpCloud (`members`)", Refused;
    FilterOnSingleValue: "filter-on-single-value",
        "A value filter on a single-valued attribute, `manager[value eq \"m\"]`",
        for "Microsoft Entra ID", Refused;
    CreatedFromFilter: "created-from-filter", "A value filter that selects nothing creates what it describes",
        for "Microsoft Entra ID (`emails[type eq \"work\"].value`)", Refused;
    KeptFilterTerms: "kept-filter-terms", "A replaced element keeps what its filter says of it",
        for "Microsoft Entra ID (`addresses[type eq \"work\"]`)", Refused;

    // Members.
    MemberByReference: "member-by-reference", "A member given by `$ref` alone",
        for "PingFederate", Refused;
    MalformedMember: "malformed-member",
        "A PATCH that adds, beside others, a member whose id no server of ours can have issued",
        for "scim-sanity", Refused;
    MembersNotAsserted: "members-not-asserted",
        "A PUT of a group without `members` leaves them (RFC 7644 section 3.5.1)",
        for "Connectors that rename groups by PUT", Differs("the group has no members afterwards");

    // Filters.
    SingleQuotedLiteral: "single-quoted-literal", "A string literal in single quotes",
        for "The RFC's own example in section 3.7.1", Refused;
    UnquotedLiteral: "unquoted-literal", "A string literal without quotes",
        for "The RFC's own example in section 3.4.2.1", Refused;
    LiteralCase: "literal-case", "`True`, `NULL`: a literal of JSON in another case",
        for "Connectors in Python and .NET", Refused;
    MissingBlank: "missing-blank", "No blank between operator and value, `value eq\"x\"`",
        for "The RFC's own example in section 3.5.2.2", Refused;
    ValuePathCompared: "value-path-compared",
        "A sub-attribute behind the brackets of a filter, `emails[type eq \"work\"].value eq \"x\"`",
        for "Microsoft Entra ID", Refused;

    // Bulk.
    MethodCase: "method-case", "`\"method\": \"post\"` in a Bulk",
        for "Hand-written connectors", Refused;
    BulkPathForm: "bulk-path-form", "A Bulk path without its slash, with the base URL before it or a query behind it",
        for "Hand-written connectors", Refused;
    BulkIdCase: "bulk-id-case", "`bulkid:x`, the prefix of a reference in another case",
        for "Hand-written connectors", Refused;
    OperationsWithoutMessage: "operations-without-message",
        "A Bulk's PATCH whose `data` is the list of operations itself",
        for "The RFC's own example in section 3.7.3", Refused;
}

impl Leniency {
    /// The rule of that name; `None` for one that another release has.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|rule| rule.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::Leniency;

    #[test]
    fn names_are_those_of_the_rules_and_differ() {
        for rule in Leniency::ALL {
            let spelled: String = format!("{rule:?}")
                .chars()
                .flat_map(|c| {
                    let dash = c.is_ascii_uppercase().then_some('-');
                    dash.into_iter().chain([c.to_ascii_lowercase()])
                })
                .collect();
            assert_eq!(spelled.trim_start_matches('-'), rule.name());
            assert_eq!(Leniency::named(rule.name()), Some(*rule));
        }
    }
}
