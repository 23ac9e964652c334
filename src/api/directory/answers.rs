//! The answers that endpoints beside groups have in common.

use poem_openapi::ApiResponse;
use poem_openapi::payload::Json;
use poem_openapi::types::{ParseFromJSON, ToJSON};
use serde::Serialize;

use super::wire::{Listing, Meta, Single};
use crate::api::native::written::Written;
use crate::model::version::Version;

/// A page of a list.
#[derive(ApiResponse)]
pub(super) enum Listed<T: ParseFromJSON + ToJSON + Serialize> {
    /// The page asked for; empty past the end.
    #[oai(status = 200)]
    Page(Written<Listing<T>>),
}

/// One resource, read or changed.
#[derive(ApiResponse)]
pub(super) enum Shown<T: ParseFromJSON + ToJSON> {
    /// The resource.
    #[oai(status = 200)]
    Resource(
        Json<Single<T>>,
        /// Its version.
        #[oai(header = "ETag")]
        String,
    ),
}

impl<T: ParseFromJSON + ToJSON> Shown<T> {
    pub(super) fn new(data: T, meta: Meta, version: Version) -> Self {
        Self::Resource(Json(Single { data, meta }), version.etag())
    }
}

/// One resource, made just now.
#[derive(ApiResponse)]
pub(super) enum Made<T: ParseFromJSON + ToJSON> {
    /// The new resource.
    #[oai(status = 201)]
    Resource(
        Json<Single<T>>,
        /// Its path.
        #[oai(header = "Location")]
        String,
        /// Its version.
        #[oai(header = "ETag")]
        String,
    ),
}

impl<T: ParseFromJSON + ToJSON> Made<T> {
    pub(super) fn new(data: T, meta: Meta, location: String, version: Version) -> Self {
        Self::Resource(Json(Single { data, meta }), location, version.etag())
    }
}

/// A credential with its secret, made just now.
#[derive(ApiResponse)]
pub(super) enum Issued<T: ParseFromJSON + ToJSON> {
    /// The new credential. Its secret is shown this once.
    #[oai(status = 201)]
    Credential(
        Json<Single<T>>,
        /// Its path.
        #[oai(header = "Location")]
        String,
        /// `no-store`: the answer holds a secret.
        #[oai(header = "Cache-Control")]
        String,
    ),
}

impl<T: ParseFromJSON + ToJSON> Issued<T> {
    pub(super) fn new(data: T, meta: Meta, location: String) -> Self {
        Self::Credential(Json(Single { data, meta }), location, "no-store".to_owned())
    }
}

/// Nothing is left to show.
#[derive(ApiResponse)]
pub(super) enum Gone {
    /// It is done.
    #[oai(status = 204)]
    Done,
}

/// One resource without a version.
#[derive(ApiResponse)]
pub(super) enum Read<T: ParseFromJSON + ToJSON> {
    /// The resource.
    #[oai(status = 200)]
    Resource(Json<Single<T>>),
}

/// A credential with a new secret.
#[derive(ApiResponse)]
pub(super) enum Reissued<T: ParseFromJSON + ToJSON> {
    /// The credential. Its new secret is shown this once.
    #[oai(status = 200)]
    Credential(
        Json<Single<T>>,
        /// `no-store`: the answer holds a secret.
        #[oai(header = "Cache-Control")]
        String,
    ),
}

impl<T: ParseFromJSON + ToJSON> Reissued<T> {
    pub(super) fn new(data: T, meta: Meta) -> Self {
        Self::Credential(Json(Single { data, meta }), "no-store".to_owned())
    }
}
