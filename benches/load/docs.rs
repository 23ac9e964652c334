//! Writes what was measured into a document: the parts of it between marks, and a plot beside it.

use std::path::Path;
use std::process::Command;

use plotters::prelude::{
    BLUE, ChartBuilder, Circle, IntoDrawingArea, IntoLogRange, LineSeries, RED, SVGBackend, WHITE,
};

use super::marks;
use super::report::{Summary, table};
use super::site::Site;

/// Writes the document and its plot.
pub(crate) fn write(file: &Path, site: &Site, summaries: &[Summary]) {
    let mut text = std::fs::read_to_string(file).unwrap();
    for (mark, measured) in [("table", table(summaries)), ("machine", machine(site))] {
        marks::fill(&mut text, mark, &measured);
    }
    std::fs::write(file, text).unwrap();
    plot(&file.with_file_name("growth.svg"), summaries);
}

/// Facts of the machine, as a list.
fn machine(site: &Site) -> String {
    let read = |file: &str, key: &str| {
        let text = std::fs::read_to_string(file).unwrap_or_default();
        let line = text.lines().find(|line| line.starts_with(key)).unwrap_or_default();
        line.split_once(':').map_or_else(|| "?".to_owned(), |(_, value)| value.trim().to_owned())
    };
    let said = |program: &str, argument: &str| {
        let ran = Command::new(program).arg(argument).output().unwrap();
        String::from_utf8_lossy(&ran.stdout).trim().to_owned()
    };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let [processor, memory] = [read("/proc/cpuinfo", "model name"), read("/proc/meminfo", "MemTotal")];
    let [postgres, rust] = [said("pgbench", "--version"), said("rustc", "--version")];
    format!(
        "- {cores} cores ({processor}), {memory}; driver, server and database share them\n- {}, default durability\n\
         - {rust}, profile `dist`\n- ready {} ms after its start, on a database that is there\n",
        postgres.replace("pgbench (PostgreSQL)", "PostgreSQL"),
        site.start_up.as_millis()
    )
}

/// How long a change of one member takes in groups of all sizes, and a page of effective members over trees of all sizes.
#[expect(clippy::cast_precision_loss, reason = "sizes of groups")]
fn plot(file: &Path, summaries: &[Summary]) {
    let curve = |prefix: &str| -> Vec<(f64, f64)> {
        let point = |summary: &Summary| {
            let size: u64 = summary.scenario.strip_prefix(prefix)?.parse().ok()?;
            Some((size as f64, summary.p50_ms))
        };
        summaries.iter().filter_map(point).collect()
    };
    let curves = [
        ("add one member, by members of the group", curve("add one member, group of "), BLUE),
        ("first page of effective members, by memberships below", curve("effective members, first page of "), RED),
    ];
    let most = |of: fn(&(f64, f64)) -> f64| curves.iter().flat_map(|(_, curve, _)| curve).map(of).fold(1.0, f64::max);
    let root = SVGBackend::new(file, (800, 420)).into_drawing_area();
    root.fill(&WHITE).unwrap();
    let mut chart = ChartBuilder::on(&root)
        .margin(16)
        .x_label_area_size(40)
        .y_label_area_size(50)
        .caption("Median milliseconds of one request", ("sans-serif", 18))
        .build_cartesian_2d((10.0..most(|point| point.0)).log_scale(), 0.0..most(|point| point.1) * 1.5)
        .unwrap();
    chart.configure_mesh().x_desc("members or memberships").y_desc("ms").draw().unwrap();
    for (name, curve, color) in curves {
        chart
            .draw_series(LineSeries::new(curve.clone(), color))
            .unwrap()
            .label(name)
            .legend(move |at| Circle::new(at, 4, color));
        chart.draw_series(curve.into_iter().map(|point| Circle::new(point, 3, color))).unwrap();
    }
    chart.configure_series_labels().border_style(plotters::prelude::BLACK).draw().unwrap();
    root.present().unwrap();
}
