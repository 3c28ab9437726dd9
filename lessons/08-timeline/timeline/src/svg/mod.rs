//! stub
use crate::Run;
/// Style
#[derive(Debug, Default)]
pub struct Style {}
/// Draw.
pub fn draw(_run: &Run, _style: &Style) -> String { String::new() }
