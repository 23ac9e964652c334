//! The Directory API over HTTP, and its document.

mod access;
mod document;
mod everywhere;
mod explorer;
mod groups;
mod members;
mod place;
mod writing;
