//! What every server is asked, in the same order.

use std::cell::Cell;

use rand::RngExt;
use serde_json::Value;

use super::contestant::Running;
use super::crowd;
use super::http::Call;
use super::measure::{Outcome, delay, rate};
use super::options::Options;
use super::people::{self, Numbers, members, name, newcomers};
use super::sheet::{Row, Sheet};

/// Small groups that changes go to in turn, so that they stay small.
const SMALL_GROUPS: usize = 16;
/// Members of a small group at the most; it is not worth while to read one.
const SMALL: usize = 100;

/// Users that are there, and who is in no group.
struct Staff {
    users: Vec<String>,
    newcomers: Vec<String>,
}

/// Makes users, and asks everything.
pub(crate) async fn sit(running: &Running<'_>, options: &Options) -> Sheet {
    let mut sheet = Sheet::of(running);
    let numbers = Numbers::default();
    let made = people::make(running, options, &numbers).await;
    match made.and_then(|users| Staff::of(users, newcomers(options))) {
        Err(reason) => sheet.add(Row::Post, Err(reason)),
        Ok(staff) => ask(running, options, &staff, &numbers, &mut sheet).await,
    }
    sheet.resident_mib = running.resident_mib();
    sheet
}

/// Asks everything of a server that has users.
async fn ask(running: &Running<'_>, options: &Options, staff: &Staff, numbers: &Numbers, sheet: &mut Sheet) {
    running.settle().await;
    sheet.add(Row::LookUp, look_up(running, options, staff).await);
    sheet.add(Row::List, list(running, options).await);
    for &size in &options.sizes {
        groups(running, options, staff, size, sheet).await;
    }
    sheet.lost = crowd::lost(running, &staff.users, &staff.newcomers).await;
    sheet.add(Row::Post, rate(running, options, || people::user(numbers.next()), |_| Ok(())).await);
}

impl Staff {
    fn of(mut users: Vec<String>, newcomers: usize) -> Result<Self, String> {
        let few = || format!("no more than {} users were made in time", users.len());
        let newcomers = users.split_off(users.len().checked_sub(newcomers).ok_or_else(few)?);
        Ok(Self { users, newcomers })
    }
}

async fn look_up(running: &Running<'_>, options: &Options, staff: &Staff) -> Outcome {
    let call = || {
        let name = name(rand::rng().random_range(0..staff.users.len())).replace('@', "%40");
        Call::get(format!("/Users?filter=userName+eq+%22{name}%22"))
    };
    rate(running, options, call, |answer| found(answer, 1)).await
}

async fn list(running: &Running<'_>, options: &Options) -> Outcome {
    rate(running, options, || Call::get("/Users?count=100"), |answer| found(answer, 100)).await
}

fn found(answer: &Value, wanted: usize) -> Result<(), String> {
    let found = answer["Resources"].as_array().map_or(0, Vec::len);
    if found == wanted { Ok(()) } else { Err(format!("{found} users are answered instead of {wanted}")) }
}

/// Reading groups of a size, and then changing them.
async fn groups(running: &Running<'_>, options: &Options, staff: &Staff, size: usize, sheet: &mut Sheet) {
    let groups = match make(running, staff, size).await {
        Ok(groups) => groups,
        Err(reason) => {
            if size > SMALL {
                sheet.add(Row::Get(size), Err(reason.clone()));
            }
            return sheet.add(Row::Add(size), Err(reason));
        }
    };
    let get = || Call::get(format!("/Groups/{}", groups[0]));
    let right = |answer: &Value| match members(answer).len() {
        there if there == size => Ok(()),
        there => Err(format!("{there} members are answered instead of {size}")),
    };
    running.settle().await;
    if size > SMALL {
        sheet.add(Row::Get(size), rate(running, options, get, right).await);
    }
    let turn = Cell::new(0);
    let next = || {
        let at = turn.replace(turn.get() + 1);
        people::add(&groups[at % groups.len()], &staff.newcomers[at..=at])
    };
    sheet.add(Row::Add(size), delay(running, options, next).await);
}

async fn make(running: &Running<'_>, staff: &Staff, size: usize) -> Result<Vec<String>, String> {
    let users = staff.users.get(..size).ok_or_else(|| format!("{} users were made in time", staff.users.len()))?;
    let mut groups = Vec::new();
    for number in 0..if size <= SMALL { SMALL_GROUPS } else { 1 } {
        groups.push(people::group(running, &format!("Group {size} {number}"), users).await?);
    }
    Ok(groups)
}
