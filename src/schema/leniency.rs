//! Every deviation from the RFCs that compat mode tolerates, in one list: what it is, which client needs it. Functions of
//! this room and of PATCH record here what they had to forgive, so that an administrator can see what an identity
//! provider does and whether the tenant could be strict. It decides nothing about what a deviation means.

use super::{Mode, refusal::Refusal};

/// One tolerated deviation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Leniency {
    /// `"op": "Replace"`. Microsoft Entra ID without `aadOptscim062020`.
    CapitalisedOperation,
    /// `Operations: []` is a PATCH that changes nothing. Microsoft SCIM validator.
    EmptyOperations,
    /// A message without its URN in `schemas`, such as a PATCH without PatchOp. authentik and hand-written connectors.
    MissingMessageSchema,
    /// `"path": ""` means no path. Hand-written connectors.
    EmptyPath,
    /// `"True"`, `"false"` for a boolean. Microsoft Entra ID without `aadOptscim062020`.
    BooleanAsString,
    /// `"42"` for a number. Microsoft Entra ID (every mapped value is a string).
    NumberAsString,
    /// `42` or `true` for a string. JumpCloud and template-driven clients such as OneLogin.
    ScalarForString,
    /// One value where an array belongs. OneLogin templates.
    SingleForArray,
    /// An array of one where a single value belongs. Microsoft Entra ID (`manager`).
    ArrayForSingle,
    /// A bare string for a complex attribute that has `value`. Microsoft Entra ID (`manager`), JumpCloud (`emails`).
    BareValueForComplex,
    /// `""` means unassigned. Microsoft Entra ID (removal of `manager`).
    EmptyStringUnassigns,
    /// An extension attribute without its URN. Microsoft Entra ID (`manager`, `department`).
    UnqualifiedExtension,
    /// `urn:…:User.manager`, a dot after the URN. Microsoft Entra ID, older dialect.
    DotAfterUrn,
    /// `"name.givenName"` or `"urn:…:User:department"` as a key of an object. Microsoft Entra ID.
    PathAsKey,
    /// An attribute no schema knows; it is ignored. Microsoft Entra ID (`display/displayName`), Okta, lightdash.
    UnknownAttribute,
    /// An extension URN no schema has, or a malformed one; it is ignored. Microsoft Entra ID (`…enterprise:2.0User`).
    UnknownSchema,
    /// A resource without `schemas`, or with one that is not a list. authentik before 2024.
    MissingSchemas,
    /// `id` in the value of a PATCH without path, equal to the resource's. Okta group push.
    IdInValue,
    /// A readOnly attribute in the value of a PATCH without path; it is ignored. Clients that send back what they read.
    ReadOnlyInValue,
    /// `remove` with a `value`: only the values listed go. Microsoft Entra ID, JumpCloud (`members`).
    RemoveWithValue,
    /// A value filter on a single-valued attribute, `manager[value eq "m"]`. Microsoft Entra ID.
    FilterOnSingleValue,
    /// A value filter that selects nothing creates what it describes. Microsoft Entra ID (`emails[type eq "work"].value`).
    CreatedFromFilter,
    /// A replaced element keeps what its filter says of it. Microsoft Entra ID (`addresses[type eq "work"]`).
    KeptFilterTerms,
    /// A member given by `$ref` alone. PingFederate.
    MemberByReference,
    /// A string literal in single quotes. The RFC's own example in section 3.7.1.
    SingleQuotedLiteral,
    /// A string literal without quotes. The RFC's own example in section 3.4.2.1.
    UnquotedLiteral,
    /// `"method": "post"` in a Bulk. Hand-written connectors.
    MethodCase,
    /// A Bulk path without its slash, with the base URL before it or a query behind it. Hand-written connectors.
    BulkPathForm,
    /// A Bulk's PATCH whose `data` is the list of operations itself. The RFC's own example in section 3.7.3.
    OperationsWithoutMessage,
}

impl Leniency {
    /// A short stable name, for logs and counters.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::CapitalisedOperation => "capitalised-operation",
            Self::EmptyOperations => "empty-operations",
            Self::MissingMessageSchema => "missing-message-schema",
            Self::EmptyPath => "empty-path",
            Self::BooleanAsString => "boolean-as-string",
            Self::NumberAsString => "number-as-string",
            Self::ScalarForString => "scalar-for-string",
            Self::SingleForArray => "single-for-array",
            Self::ArrayForSingle => "array-for-single",
            Self::BareValueForComplex => "bare-value-for-complex",
            Self::EmptyStringUnassigns => "empty-string-unassigns",
            Self::UnqualifiedExtension => "unqualified-extension",
            Self::DotAfterUrn => "dot-after-urn",
            Self::PathAsKey => "path-as-key",
            Self::UnknownAttribute => "unknown-attribute",
            Self::UnknownSchema => "unknown-schema",
            Self::MissingSchemas => "missing-schemas",
            Self::IdInValue => "id-in-value",
            Self::ReadOnlyInValue => "read-only-in-value",
            Self::RemoveWithValue => "remove-with-value",
            Self::FilterOnSingleValue => "filter-on-single-value",
            Self::CreatedFromFilter => "created-from-filter",
            Self::KeptFilterTerms => "kept-filter-terms",
            Self::MemberByReference => "member-by-reference",
            Self::SingleQuotedLiteral => "single-quoted-literal",
            Self::UnquotedLiteral => "unquoted-literal",
            Self::MethodCase => "method-case",
            Self::BulkPathForm => "bulk-path-form",
            Self::OperationsWithoutMessage => "operations-without-message",
        }
    }
}

/// The mode a request is read in, and what has been forgiven so far.
#[derive(Debug, Clone)]
pub struct Stance {
    mode: Mode,
    used: Vec<Leniency>,
}

impl Stance {
    /// Nothing forgiven yet.
    #[must_use]
    pub const fn new(mode: Mode) -> Self {
        Self { mode, used: Vec::new() }
    }

    /// Whether deviations are refused.
    #[must_use]
    pub fn is_strict(&self) -> bool {
        self.mode == Mode::Strict
    }

    /// The mode.
    #[must_use]
    pub const fn mode(&self) -> Mode {
        self.mode
    }

    /// Records a deviation that both modes accept.
    pub fn record(&mut self, leniency: Leniency) {
        if !self.used.contains(&leniency) {
            self.used.push(leniency);
        }
    }

    /// Records a deviation in compat mode, refuses it in strict mode.
    ///
    /// # Errors
    /// What `refusal` says, in strict mode.
    pub fn tolerate(&mut self, leniency: Leniency, refusal: impl FnOnce() -> Refusal) -> Result<(), Refusal> {
        if self.is_strict() {
            return Err(refusal());
        }
        self.record(leniency);
        Ok(())
    }

    /// What was forgiven, each once, in the order met.
    #[must_use]
    pub fn into_used(self) -> Vec<Leniency> {
        self.used
    }
}
