//! Preconditions of a write and of a read (RFC 9110 section 13): what the client believes the version to be. They are
//! only read here; a write compares inside its transaction.

use poem::{Request, RequestBody};
use poem_openapi::registry::{MetaParamIn, MetaSchema, MetaSchemaRef};
use poem_openapi::{ApiExtractor, ApiExtractorType, ExtractParamOptions};

use crate::api::context::header;
use crate::model::version::{EntityTags, Version};

/// `If-Match`: the write happens only while the resource has one of these versions; weak comparison, `*` fits any.
/// Name the parameter `If-Match`.
pub(in crate::api) struct IfMatch(pub(in crate::api) Option<EntityTags>);

/// `If-None-Match`: the answer is 304 while the resource has one of these versions. Name the parameter `If-None-Match`.
pub(in crate::api) struct IfNoneMatch(pub(in crate::api) Option<EntityTags>);

impl IfNoneMatch {
    /// Whether the client has this version already.
    pub(in crate::api) fn knows(&self, version: Version) -> bool {
        self.0.as_ref().is_some_and(|tags| tags.matches(version))
    }
}

macro_rules! entity_tags {
    ($header:ident) => {
        impl<'a> ApiExtractor<'a> for $header {
            const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::Parameter];
            type ParamType = ();
            type ParamRawType = ();

            fn param_in() -> Option<MetaParamIn> {
                Some(MetaParamIn::Header)
            }

            fn param_schema_ref() -> Option<MetaSchemaRef> {
                Some(MetaSchemaRef::Inline(Box::new(MetaSchema::new("string"))))
            }

            async fn from_request(
                request: &'a Request,
                _: &mut RequestBody,
                options: ExtractParamOptions<()>,
            ) -> poem::Result<Self> {
                Ok(Self(header(request.headers(), options.name).map(EntityTags::parse)))
            }
        }
    };
}

entity_tags!(IfMatch);
entity_tags!(IfNoneMatch);
