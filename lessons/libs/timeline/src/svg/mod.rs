//! A run as a picture in SVG: a column for each process, time from top to bottom.
//!
//! Its colours are CSS variables: `--timeline-run`, `-zombie`, `-reap`, `-kill`, `-stop`, `-ink`
//! (text), `-dim`, `-guide` and `-paper`, each with a default for light and one for dark
//! (`prefers-color-scheme`). A page that holds the picture sets them on any element around it.

mod layout;
mod picture;
mod sheet;

use crate::lanes::lanes;
use crate::{Run, words};
use layout::Layout;
use picture::Drawing;
use sheet::escape;

/// How to draw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Style {
    /// What the picture shows, for its `<title>`; none for the sum of the run.
    pub title: Option<String>,
    /// What the names in the picture begin with. They are names in the whole page: two pictures
    /// in one page need different ones. Letters, digits and dashes.
    pub id: String,
    /// How many pixels wide it should be, if the columns can be kept readable: 720 suits a
    /// page, 360 a phone. A picture of few processes is narrower.
    pub width: u16,
    /// Whether it is a file of its own: with its colours and its paper. Inside a page,
    /// [`css`] is to be there once.
    pub alone: bool,
}

impl Default for Style {
    /// A file of its own, 720 pixels wide.
    fn default() -> Self {
        Style { title: None, id: "tl".to_owned(), width: 720, alone: true }
    }
}

/// With more lanes than this, processes that are alike share one.
const MANY: usize = 24;
/// A longer list of sentences would tire a listener.
const SENTENCES: usize = 120;

/// The style sheet of the pictures, for a page that holds some.
pub fn css() -> &'static str {
    include_str!("style.css")
}

/// Draws `run`: the picture, its legend, and below it what is to be noted and the sum. The
/// whole run in words is in its `<desc>`.
pub fn draw(run: &Run, style: &Style) -> String {
    let lanes = lanes(run, MANY);
    let layout = Layout::new(run, &lanes, f64::from(style.width));
    let narrowest = f64::from(style.width.min(460));
    frame(run, style, &picture::draw(run, &lanes, &layout, &style.id, narrowest))
}

/// The document around the picture.
fn frame(run: &Run, style: &Style, drawing: &Drawing) -> String {
    let Drawing { elements, width, height } = drawing;
    let id = &style.id;
    let title = escape(&style.title.clone().unwrap_or_else(|| words::summary(run)));
    let mut words = words::sentences(run);
    let more = words.len().saturating_sub(SENTENCES);
    words.truncate(SENTENCES);
    if more > 0 {
        words.push(format!("And {more} more events. {}.", words::summary(run)));
    }
    let words = escape(&words.join(" "));
    let (css, paper) = if style.alone {
        (
            format!("<style>{}</style>\n", css()),
            "<rect class=\"tl-paper\" width=\"100%\" height=\"100%\"/>\n",
        )
    } else {
        (String::new(), "")
    };
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"tl\" viewBox=\"0 0 {width:.0} {height:.0}\" \
         width=\"{width:.0}\" height=\"{height:.0}\" role=\"img\" aria-labelledby=\"{id}-title {id}-words\">\n\
         <title id=\"{id}-title\">{title}</title>\n<desc id=\"{id}-words\">{words}</desc>\n{css}{}{paper}{elements}</svg>\n",
        definitions(id)
    )
}

/// The hatching of zombies, and the heads of arrows.
fn definitions(id: &str) -> String {
    let head = |name: &str| {
        format!(
            "<marker id=\"{id}-{name}\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"8\" \
             markerHeight=\"8\" markerUnits=\"userSpaceOnUse\" orient=\"auto\">\
             <path class=\"tl-head-{name}\" d=\"M0 0L8 4L0 8Z\"/></marker>\n"
        )
    };
    format!(
        "<defs><pattern id=\"{id}-hatch\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" \
         patternTransform=\"rotate(45)\"><rect class=\"tl-paper\" width=\"6\" height=\"6\"/>\
         <path class=\"tl-hatch\" d=\"M1.5 0V6\"/></pattern>\n{}{}</defs>\n",
        head("fork"),
        head("reap")
    )
}
