//! The Directory API over HTTP, and its document.

mod document;
