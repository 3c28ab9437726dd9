//! Change this file as you like: `cargo coach run snapshot` runs it, without checks.

use std::io::Write;

use exercises::snapshot::start_save;

fn main() -> std::io::Result<()> {
    let path = std::env::temp_dir().join(format!("snapshot-{}", std::process::id()));
    let mut data = vec![1, 2, 3];
    let saving = start_save(&path, |file| writeln!(file, "{data:?}"))?;
    data[0] = 7;
    println!("in memory: {data:?}");
    println!("outcome: {:?}", saving.finish()?);
    print!("in the file: {}", std::fs::read_to_string(&path)?);
    std::fs::remove_file(path)
}
