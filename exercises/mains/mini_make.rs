//! Yours to change: `cargo coach run mini_make` runs it, outside the checks. Press Ctrl-C while it
//! runs, and look at which files are left.

use std::fs;

use exercises::mini_make::{Rule, build, parse, plan};

const MAKEFILE: &str = "\
all: one two three
    cat one two three > all
one: source
    echo one begins; sleep 1; cat source > one; echo one ends
two: source
    echo two begins; sleep 2; cat source > two; echo two ends
three: one
    echo three begins; sleep 1; cat one > three; echo three ends
";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::temp_dir().join(format!("mini_make-demo-{}", std::process::id()));
    fs::create_dir(&folder)?;
    std::env::set_current_dir(&folder)?;
    fs::write("source", "text\n")?;
    let rules = parse(MAKEFILE)?;
    let targets = |plan: &[&Rule]| plan.iter().map(|rule| rule.target.clone()).collect::<Vec<_>>();
    let stale = plan(&rules, "all").map_err(|why| format!("{why:?}"))?;
    println!("stale: {:?}", targets(&stale));
    println!("{:?}", build(&stale, 2)?);
    let stale = plan(&rules, "all").map_err(|why| format!("{why:?}"))?;
    println!("stale: {:?}", targets(&stale));
    Ok(fs::remove_dir_all(folder)?)
}
