//! (being built)
use poem::Response;

pub(super) fn document(_api: &str) -> Option<String> {
    None
}

pub(super) fn explorer() -> Response {
    Response::default()
}

pub(super) fn serve(_api: &str) -> Response {
    Response::default()
}
