//! The speed-up as a picture, beside the ideal: N children, N times as fast.

use std::error::Error;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use lesson_cli::{Failure, printable, write_new};
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;

use crate::measure::{Run, cores};
use crate::report;

const SIZE: (u32, u32) = (800, 600);
const FONT: &str = "sans-serif";
const MEASURED: RGBColor = RGBColor(0, 90, 181);
const IDEAL: RGBColor = RGBColor(110, 110, 110);
const LIMIT: RGBColor = RGBColor(200, 70, 0);

type Chart<'a, 'b> = ChartContext<'a, SVGBackend<'b>, Cartesian2d<RangedCoordf64, RangedCoordf64>>;

/// Checks a file name before anything is measured.
pub(crate) fn svg_file(name: OsString) -> Result<PathBuf, Failure> {
    let path = PathBuf::from(name);
    if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("svg")) {
        return Ok(path);
    }
    Err(Failure::Usage(format!("--plot draws SVG: '{}' does not end in .svg", printable(&path))))
}

/// Draws `runs`, of which the first is the one with one child, into `file`.
pub(crate) fn draw(file: &Path, runs: &[Run], overwrite: bool) -> Result<(), Failure> {
    let mut svg = String::new();
    picture(&mut svg, runs).map_err(|error| Failure::Other(format!("drawing: {error}")))?;
    write_new(file, svg.as_bytes(), overwrite)
}

fn picture(svg: &mut String, runs: &[Run]) -> Result<(), Box<dyn Error>> {
    let most = runs.iter().map(|run| run.children).max().unwrap_or(1) as f64;
    let area = SVGBackend::with_string(svg, SIZE).into_drawing_area();
    area.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&area)
        .caption("The same work, divided among more and more children", (FONT, 26))
        .margin(20)
        .x_label_area_size(60)
        .y_label_area_size(70)
        .build_cartesian_2d(0.5..most + 0.5, 0.0..most + 0.5)?;
    chart
        .configure_mesh()
        .x_desc("children")
        .y_desc("speed-up over one child")
        .axis_desc_style((FONT, 20))
        .label_style((FONT, 18))
        .x_label_formatter(&|x| format!("{x:.0}"))
        .y_label_formatter(&|y| format!("{y:.0}"))
        .max_light_lines(1)
        .draw()?;
    draw_lines(&mut chart, runs, most)?;
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperLeft)
        .label_font((FONT, 18))
        .legend_area_size(36)
        .margin(14)
        .border_style(IDEAL)
        .background_style(WHITE)
        .draw()?;
    area.present()?;
    Ok(())
}

/// The ideal, the maximum for these cores, and what was measured.
fn draw_lines(chart: &mut Chart, runs: &[Run], most: f64) -> Result<(), Box<dyn Error>> {
    let legend = |colour: RGBColor| {
        move |(x, y)| PathElement::new([(x, y), (x + 24, y)], colour.stroke_width(3))
    };
    let ideal = DashedLineSeries::new([(1.0, 1.0), (most, most)], 8, 6, IDEAL.stroke_width(2));
    chart.draw_series(ideal)?.label("ideal: N children, N times as fast").legend(legend(IDEAL));

    let limit = cores() as f64;
    if limit < most {
        let text = format!("maximum for {}", report::cores());
        let limit = LineSeries::new([(limit, limit), (most, limit)], LIMIT.stroke_width(2));
        chart.draw_series(limit)?.label(text).legend(legend(LIMIT));
    }

    let points = runs.iter().map(|run| (run.children as f64, run.speed_up(&runs[0])));
    let measured = LineSeries::new(points, MEASURED.filled().stroke_width(3)).point_size(5);
    chart.draw_series(measured)?.label("measured").legend(legend(MEASURED));
    Ok(())
}
