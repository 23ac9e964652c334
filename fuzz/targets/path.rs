//! Any text as a path: read or refused. What is read prints as a path that reads back as the same, and names something or
//! is refused; so does what could be sorted by.

#![no_main]

use convoke::schema::Mode;
use convoke::schema::filter::MAX_BYTES;
use convoke::schema::leniency::Stance;
use convoke::schema::path;
use convoke::schema::project::Projection;
use convoke_fuzz::{text, types};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some(text) = text(data) else { return };
    for mode in [Mode::Compat, Mode::Strict] {
        let mut stance = Stance::new(mode);
        if let Ok(read) = path::parse(&text, &mut stance) {
            let printed = read.to_string();
            if printed.len() <= MAX_BYTES {
                assert_eq!(path::parse(&printed, &mut Stance::new(Mode::Compat)).as_ref(), Ok(&read), "{printed}");
            }
            for resource_type in types() {
                let _ = path::resolve(resource_type, &read, &mut stance);
            }
        }
        for resource_type in types() {
            let _ = path::sort_field(resource_type, &text, &mut stance);
            let _ = Projection::parse(Some(&text), None, resource_type);
            let _ = Projection::parse(None, Some(&text), resource_type);
        }
    }
});
