//! Any text as a filter: read or refused. What is read prints as a filter that reads back as the same tree, and fits the
//! schemas or is refused.

#![no_main]

use convoke::schema::Mode;
use convoke::schema::address::Addresses;
use convoke::schema::filter::{self, MAX_BYTES};
use convoke_fuzz::{text, types};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some(text) = text(data) else { return };
    let addresses = Addresses::new(vec!["https://host.example/scim/v2".to_owned()], types());
    for mode in [Mode::Compat, Mode::Strict] {
        let read = filter::parse(&text, mode);
        if let Ok(tree) = &read {
            let printed = tree.to_string();
            if printed.len() <= MAX_BYTES {
                assert_eq!(filter::parse(&printed, Mode::Compat).as_ref(), Ok(tree), "{printed}");
            }
        }
        let checked = filter::compile(&text, &types(), &addresses, mode);
        assert!(read.is_ok() || checked.is_err(), "{text}");
    }
});
