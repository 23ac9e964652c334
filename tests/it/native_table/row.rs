//! A row of the table: one endpoint, what it is sent, and what it is to answer in each case.

/// Every column of the table, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Case {
    /// What it is for, done.
    Happy,
    /// A body that is no JSON.
    Malformed,
    /// A value of another type than documented, in the body or in the query.
    WrongType,
    /// A field (without a body: a parameter) nobody knows, beside a request that is right.
    Unheard,
    /// Null for every optional field.
    Null,
    /// An id in the path that nothing has.
    UnknownId,
    /// An id in the path that something of another tenant has.
    ForeignId,
    /// An id in the body that nothing has.
    UnknownInBody,
    /// An id in the body that something of another tenant has.
    ForeignInBody,
    /// No credential.
    NoToken,
    /// A credential of the right reach without the right.
    NoScope,
    /// The state of things stands in the way.
    Conflict,
    /// `If-Match` with a version that is over.
    Stale,
    /// The path's other form: with a slash at its end, or without.
    Slash,
    /// HEAD.
    Head,
    /// A method the path is not for.
    Method,
}

impl Case {
    /// In the order of a row's expectations; `|` stands for a stroke between them.
    pub(super) const ALL: [Self; 16] = [
        Self::Happy,
        Self::Malformed,
        Self::WrongType,
        Self::Unheard,
        Self::Null,
        Self::UnknownId,
        Self::ForeignId,
        Self::UnknownInBody,
        Self::ForeignInBody,
        Self::NoToken,
        Self::NoScope,
        Self::Conflict,
        Self::Stale,
        Self::Slash,
        Self::Head,
        Self::Method,
    ];
}

/// How an endpoint is brought into conflict.
#[derive(Clone, Copy)]
pub(super) enum Clash {
    /// It cannot be; the row's expectation says why.
    Never,
    /// With this body.
    Body(&'static str),
    /// On these things instead of the row's.
    On(&'static [&'static str]),
    /// By a repeat of its `Idempotency-Key` for another request.
    Key,
}

/// What is to come of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Expected {
    /// This status.
    Status(u16),
    /// The case is none for this endpoint.
    Inapplicable(Reason),
}

/// Why a case is none for an endpoint. Each is checked against the document or the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reason {
    /// It takes no body.
    NoBody,
    /// It takes neither a body nor a parameter that has a type other than text.
    NothingTyped,
    /// Its path names nothing.
    NoId,
    /// Its body names nothing.
    NoIdInBody,
    /// Tenants' credentials are of no use here, so there is no other tenant either.
    PlatformOnly,
    /// It changes nothing.
    Reads,
    /// No state of things refuses it.
    Unhindered,
    /// What it names has no version to be held against, or does not exist before it.
    NoVersion,
    /// HEAD of this path is that of another row.
    HeadOfGet,
}

const REASONS: &[(&str, Reason)] = &[
    ("no-body", Reason::NoBody),
    ("untyped", Reason::NothingTyped),
    ("no-id", Reason::NoId),
    ("none-named", Reason::NoIdInBody),
    ("platform", Reason::PlatformOnly),
    ("reads", Reason::Reads),
    ("unhindered", Reason::Unhindered),
    ("no-version", Reason::NoVersion),
    ("of-get", Reason::HeadOfGet),
];

/// An endpoint and what is known of it.
#[derive(Clone, Copy)]
pub(super) struct Row {
    /// Its method and its path, as the document has them.
    pub(super) endpoint: &'static str,
    /// Which things stand for the parameters of its path, in order; see [`super::scene`].
    pub(super) ids: &'static [&'static str],
    /// A query that belongs to every request, without `?`.
    pub(super) query: &'static str,
    /// The body it takes, with things in braces; empty for none.
    pub(super) body: &'static str,
    /// A body, or a query after `?`, with a value of a wrong type.
    pub(super) wrong: &'static str,
    /// A body in which everything optional is null.
    pub(super) nulls: &'static str,
    /// What stands in its way.
    pub(super) clash: Clash,
    /// It takes a credential of the platform; else one of the tenant.
    pub(super) platform: bool,
    /// What comes of each case.
    pub(super) expected: &'static str,
}

/// The row of an endpoint, to be completed.
pub(super) const fn row(endpoint: &'static str, expected: &'static str) -> Row {
    Row {
        endpoint,
        expected,
        ids: &[],
        query: "",
        body: "",
        wrong: "",
        nulls: "",
        clash: Clash::Never,
        platform: false,
    }
}

impl Row {
    /// Its method.
    pub(super) fn method(&self) -> &'static str {
        self.endpoint.split_once(' ').expect("a method and a path").0
    }

    /// Its path as the document has it.
    pub(super) fn path(&self) -> &'static str {
        self.endpoint.split_once(' ').expect("a method and a path").1
    }

    /// What is to come of each case.
    pub(super) fn expectations(&self) -> Vec<(Case, Expected)> {
        let words: Vec<&str> = self.expected.split_whitespace().filter(|word| *word != "|").collect();
        assert_eq!(words.len(), Case::ALL.len(), "{}: one expectation a case", self.endpoint);
        Case::ALL.into_iter().zip(words.into_iter().map(|word| self.read(word))).collect()
    }

    fn read(&self, word: &str) -> Expected {
        if let Ok(status) = word.parse() {
            return Expected::Status(status);
        }
        let known = REASONS.iter().find(|(name, _)| *name == word);
        Expected::Inapplicable(known.unwrap_or_else(|| panic!("{}: {word} is no reason", self.endpoint)).1)
    }
}
