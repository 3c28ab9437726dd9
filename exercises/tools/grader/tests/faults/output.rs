//! Wrong text, and things left behind.

use std::io::{BufWriter, Write, stdout};
use std::process::exit;

use grader::WrongAnswer;

use crate::refused;
use crate::tools::{child, end, forked, reap};

pub(crate) fn all() -> Vec<WrongAnswer> {
    vec![
        refused!("wrong output", a_println_to_see.prints("one\ntwo\n"), "+ x = 3", "eprintln!"),
        refused!("wrong output", misspelt.prints("one\ntwo\n"), "- two", "+ tow"),
        refused!("wrong output", unfinished_line_twice.prints("start end\n"), "printed twice"),
        refused!(
            "wrong output",
            buffer_twice.prints_in_any_order(&["header", "child", "parent"]),
            "+ header",
            "printed twice"
        ),
        refused!("wrong output", lost_in_the_buffer.prints("child\n"), "- child", "libc::_exit"),
        refused!("wrong output", one_word_missing.output(three_words), "three words were wanted"),
        refused!("child returned", guard_dropped_twice.prints("cleaned up\n")),
        refused!(
            "descriptors left open",
            leaks_a_pipe.closes_descriptors(),
            "descriptors 3 (pipe:[",
            "and 4 (pipe:["
        ),
        refused!("files left behind", leaves_files.in_empty_folder(), "1.txt and 2.txt"),
    ]
}

fn a_println_to_see() {
    println!("one\nx = 3\ntwo");
}

fn misspelt() {
    println!("one\ntow");
}

fn three_words(text: &str) -> Result<(), String> {
    let count = text.split_whitespace().count();
    if count == 3 { Ok(()) } else { Err(format!("three words were wanted, not {count}")) }
}

fn one_word_missing() {
    println!("one two");
}

fn unfinished_line_twice() {
    print!("start ");
    let child = forked().unwrap_or_else(|| exit(0)); // exit flushes the child's copy
    reap(child);
    println!("end");
}

fn buffer_twice() {
    let mut out = BufWriter::new(stdout());
    writeln!(out, "header").expect("write failed");
    let Some(child) = forked() else {
        writeln!(out, "child").expect("write failed");
        out.flush().expect("write failed");
        end(0)
    };
    reap(child);
    writeln!(out, "parent").expect("write failed");
}

fn lost_in_the_buffer() {
    reap(child(|| print!("child"))); // _exit does not flush
}

struct CleanUp;

impl Drop for CleanUp {
    fn drop(&mut self) {
        println!("cleaned up");
    }
}

fn guard_dropped_twice() {
    let _guard = CleanUp;
    if let Some(child) = forked() {
        reap(child);
    }
}

fn leaks_a_pipe() {
    std::mem::forget(std::io::pipe().expect("pipe failed"));
}

fn leaves_files() {
    for name in ["2.txt", "1.txt"] {
        std::fs::write(name, "left").expect("write failed");
    }
}
