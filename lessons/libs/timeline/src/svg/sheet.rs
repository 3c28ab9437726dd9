//! The sheet that is drawn on: elements of SVG as text, and where there is room for a label.

/// What a letter takes at most, on average, in a label of 12 pixels.
pub(super) const LETTER: f64 = 6.5;

/// SVG so far.
#[derive(Debug, Default)]
pub(super) struct Sheet {
    pub(super) text: String,
    /// The labels so far, and what else they may not hide: left, top, right, bottom.
    taken: Vec<[f64; 4]>,
}

impl Sheet {
    pub(super) fn rect(&mut self, class: &str, x: f64, y: f64, width: f64, height: f64) {
        let (width, height) = (width.max(0.0), height.max(0.0));
        self.text += &format!(
            "<rect class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" \
             height=\"{height:.1}\" rx=\"1.5\"/>\n"
        );
    }

    /// `rest` is what stands behind the class: the path's data, and other attributes.
    pub(super) fn path(&mut self, class: &str, data: &str, rest: &str) {
        self.text += &format!("<path class=\"{class}\" d=\"{data}\"{rest}/>\n");
    }

    /// The sign of an end by a signal, around `x`, `y`.
    pub(super) fn cross(&mut self, x: f64, y: f64) {
        let data = format!("M{:.1} {:.1}l12 12m0 -12l-12 12", x - 6.0, y - 6.0);
        self.path("tl-kill", &data, "");
    }

    /// The sign of a signal that arrives at `x`, `y`.
    pub(super) fn pointer(&mut self, x: f64, y: f64) {
        self.path("tl-signal", &format!("M{:.1} {:.1}l14 5l-14 5z", x - 14.0, y - 5.0), "");
    }

    /// The sign of a new parent, around `x`, `y`.
    pub(super) fn diamond(&mut self, x: f64, y: f64) {
        self.path("tl-orphan", &format!("M{x:.1} {:.1}l7 7l-7 7l-7 -7z", y - 7.0), "");
    }

    /// The sign of a question, around `x`, `y`, which is on a bar.
    pub(super) fn dot(&mut self, x: f64, y: f64) {
        let data = format!("M{:.1} {y:.1}a3 3 0 1 1 6 0a3 3 0 1 1 -6 0z", x - 3.0);
        self.path("tl-asked", &data, "");
    }

    /// A label that begins at `x` (or ends there, or has its middle there: `anchor`).
    pub(super) fn label(&mut self, class: &str, x: f64, y: f64, anchor: &str, text: &str) {
        let width = width(text);
        let left = match anchor {
            "end" => x - width,
            "middle" => x - width / 2.0,
            _ => x,
        };
        self.taken.push([left, y - 10.0, left + width, y + 3.0]);
        let text = escape(text);
        let class = if class.is_empty() { String::new() } else { format!(" class=\"{class}\"") };
        let anchor =
            if anchor.is_empty() { String::new() } else { format!(" text-anchor=\"{anchor}\"") };
        self.text += &format!("<text{class} x=\"{x:.1}\" y=\"{y:.1}\"{anchor}>{text}</text>\n");
    }

    /// No label is to be here: left, top, right, bottom.
    pub(super) fn keep_free(&mut self, place: [f64; 4]) {
        self.taken.push(place);
    }

    /// Where the rightmost label ends.
    pub(super) fn right(&self) -> f64 {
        self.taken.iter().map(|place| place[2]).fold(0.0, f64::max)
    }

    /// A label at `x`, `y` or a little below it; or none, if others are in its place.
    pub(super) fn label_if_free(&mut self, class: &str, x: f64, y: f64, text: &str) -> bool {
        let free = [0.0, 5.0, 10.0, 14.0].into_iter().map(|down| y + down).find(|y| {
            let (left, top, right, bottom) = (x, y - 10.0, x + width(text), y + 3.0);
            !self.taken.iter().any(|t| left < t[2] && t[0] < right && top < t[3] && t[1] < bottom)
        });
        if let Some(y) = free {
            self.label(class, x, y, "", text);
        }
        free.is_some()
    }
}

/// About how wide a label is, in pixels.
pub(super) fn width(text: &str) -> f64 {
    LETTER * count(text.chars().count())
}

/// A number of things, to reckon with.
pub(super) fn count(n: usize) -> f64 {
    u32::try_from(n).map_or(f64::MAX, f64::from)
}

/// `text`, so that it means itself in SVG. Control characters, which XML forbids, are shown.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::new();
    for letter in text.chars() {
        match letter {
            '&' => escaped += "&amp;",
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '"' => escaped += "&quot;",
            control if control.is_control() => escaped.push('\u{FFFD}'),
            plain => escaped.push(plain),
        }
    }
    escaped
}
