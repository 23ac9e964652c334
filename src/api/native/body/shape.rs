//! The schema of a body with everything it refers to, ready to be held against JSON.

use std::collections::BTreeMap;

use poem_openapi::registry::{MetaSchema, MetaSchemaRef, Registry};
use poem_openapi::types::Type;

/// A type's schema, and the schemas it refers to.
pub(in crate::api) struct Shape {
    root: MetaSchemaRef,
    named: BTreeMap<String, MetaSchema>,
}

impl Shape {
    /// The shape of a type, as the document has it.
    pub(in crate::api) fn of<T: Type>() -> Self {
        let mut registry = Registry::new();
        T::register(&mut registry);
        Self { root: T::schema_ref(), named: registry.schemas }
    }

    pub(super) const fn root(&self) -> &MetaSchemaRef {
        &self.root
    }

    /// What the reference stands for. A name the framework did not register stands for anything.
    pub(super) fn resolve<'s>(&'s self, reference: &'s MetaSchemaRef) -> &'s MetaSchema {
        const ANYTHING: &MetaSchema = &MetaSchema::ANY;
        match reference {
            MetaSchemaRef::Inline(schema) => schema,
            MetaSchemaRef::Reference(name) => self.named.get(name).unwrap_or(ANYTHING),
        }
    }
}
