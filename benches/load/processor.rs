//! Processor time that a process uses.

use std::time::Duration;

/// What the kernel counts in, for every program (`USER_HZ`, proc(5)).
const TICK: Duration = Duration::from_millis(10);

/// What all threads of a process have used so far; nothing where that cannot be read.
pub(crate) fn used(process: u32) -> Option<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name before it may have blanks and brackets.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = |at: usize| fields.get(at)?.parse::<u32>().ok();
    Some(TICK * (ticks(11)? + ticks(12)?))
}
