//! A piece of a page as XHTML, as readers of EPUB want it.

use std::collections::BTreeSet;
use std::fmt::Write;

use markup5ever_rcdom::{Handle, NodeData};

/// Elements without content.
const VOID: [&str; 8] = ["area", "br", "col", "hr", "img", "source", "track", "wbr"];

/// Elements that mean something only where they can be clicked on, or to a screen.
const LEFT_OUT: [&str; 7] = ["button", "input", "label", "link", "script", "style", "textarea"];

/// Attributes in which an id stands.
const WITH_IDS: [&str; 5] = ["id", "aria-labelledby", "aria-describedby", "aria-controls", "for"];

/// The name of an HTML element.
pub(crate) fn name(node: &Handle) -> Option<&str> {
    match &node.data {
        NodeData::Element { name, .. } => Some(&name.local),
        _ => None,
    }
}

/// The value of an attribute.
pub(crate) fn attribute(node: &Handle, wanted: &str) -> Option<String> {
    let NodeData::Element { attrs, .. } = &node.data else { return None };
    let attrs = attrs.borrow();
    attrs.iter().find(|found| &*found.name.local == wanted).map(|found| found.value.to_string())
}

/// Whether the element has a class.
pub(crate) fn has_class(node: &Handle, class: &str) -> bool {
    attribute(node, "class").is_some_and(|all| all.split_whitespace().any(|one| one == class))
}

/// All text in a node.
pub(crate) fn text(node: &Handle) -> String {
    match &node.data {
        NodeData::Text { contents } => contents.borrow().to_string(),
        _ => node.children.borrow().iter().map(text).collect(),
    }
}

/// All ids in a node.
pub(crate) fn ids(node: &Handle, found: &mut BTreeSet<String>) {
    found.extend(attribute(node, "id"));
    node.children.borrow().iter().for_each(|child| ids(child, found));
}

/// An id as XML allows it: it does not begin with a digit, and has no odd characters.
pub(crate) fn id(id: &str) -> String {
    let fine = |c: char| c.is_alphanumeric() || "_-.".contains(c);
    let id: String = id.chars().map(|c| if fine(c) { c } else { '_' }).collect();
    if id.starts_with(|c: char| c.is_alphabetic() || c == '_') { id } else { format!("id-{id}") }
}

/// Writes nodes as XML. `address` gives the file of an id, so that links find it.
pub(crate) struct Writer<'a> {
    pub(crate) address: &'a dyn Fn(&str) -> Option<String>,
    pub(crate) out: String,
}

impl Writer<'_> {
    /// Writes a node with all that is in it.
    pub(crate) fn node(&mut self, node: &Handle) {
        match &node.data {
            NodeData::Text { contents } => self.out.push_str(&escape(&contents.borrow())),
            NodeData::Element { name, .. } => self.element(node, &name.local),
            NodeData::Document => self.children(node),
            _ => {}
        }
    }

    fn children(&mut self, node: &Handle) {
        node.children.borrow().iter().for_each(|child| self.node(child));
    }

    fn element(&mut self, node: &Handle, name: &str) {
        // The picture for a narrow screen shows what the one beside it shows.
        if has_class(node, "for-phone") || (LEFT_OUT.contains(&name) && !in_svg(node)) {
            // What is chosen is still to be read.
            if name == "label" {
                self.children(node);
            }
            return;
        }
        // A fold that is open and cannot be closed is a part of the page.
        let name = match name {
            "details" | "fieldset" => "div",
            "summary" | "legend" => "p",
            other => other,
        };
        let _ = write!(self.out, "<{name}");
        if name == "svg" {
            self.out.push_str(" xmlns=\"http://www.w3.org/2000/svg\"");
        }
        self.attributes(node, name);
        if VOID.contains(&name) {
            self.out.push_str("/>");
            return;
        }
        self.out.push('>');
        self.children(node);
        let _ = write!(self.out, "</{name}>");
    }

    fn attributes(&mut self, node: &Handle, name: &str) {
        let NodeData::Element { attrs, .. } = &node.data else { return };
        for attr in attrs.borrow().iter() {
            let (key, value) = (&*attr.name.local, attr.value.to_string());
            let value = match key {
                "open" | "tabindex" | "xmlns" | "role" | "aria-labelledby" => continue,
                _ if key.starts_with("data-") || key.starts_with("on") => continue,
                "href" if name == "a" => match value.strip_prefix('#') {
                    Some(target) => match (self.address)(target) {
                        Some(address) => address,
                        None => continue,
                    },
                    None if value.contains("://") || value.starts_with("mailto:") => value,
                    None => continue,
                },
                _ if WITH_IDS.contains(&key) => {
                    value.split(' ').map(id).collect::<Vec<_>>().join(" ")
                }
                _ => value,
            };
            let _ = write!(self.out, " {key}=\"{}\"", escape(&value));
        }
    }
}

/// Whether a node is in a picture, where `style` is a part of it.
fn in_svg(node: &Handle) -> bool {
    let NodeData::Element { name, .. } = &node.data else { return false };
    name.ns.ends_with("svg")
}

/// Text as it stands in XML, also inside of an attribute.
pub(crate) fn escape(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    text.replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_becomes_xml() {
        let html = "<p id=\"1a\">x &amp; y<br><a href=\"#b\">in</a> <a href=\"x.html\">out</a></p>\
                    <details open><summary>S</summary><input type=radio><label for=q>L</label></details>\
                    <svg viewBox=\"0 0 1 1\"><style>a{}</style></svg>";
        let dom = crate::epub::parse(html);
        let address = |id: &str| Some(format!("c1.xhtml#{id}"));
        let mut writer = Writer { address: &address, out: String::new() };
        writer.node(&crate::epub::find(&dom, "body").unwrap());
        let expected = "<body><p id=\"id-1a\">x &amp; y<br/><a href=\"c1.xhtml#b\">in</a> <a>out</a></p>\
                        <div><p>S</p>L</div>\
                        <svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 1 1\"><style>a{}</style></svg></body>";
        assert_eq!(writer.out, expected);
    }
}
