//! A library may start threads without notice: how many this process has, before and after.

use std::fs::read_dir;
use std::io;

use rayon::prelude::*;

fn main() -> io::Result<()> {
    println!("threads in main: {}", threads()?);
    let sum: u32 = (1..=9_u32).into_par_iter().sum();
    println!("threads after a parallel sum, {sum}: {}", threads()?);
    Ok(())
}

/// From Linux's `/proc`. See proc(5).
fn threads() -> io::Result<usize> {
    let tasks = read_dir("/proc/self/task");
    let tasks = tasks.map_err(|_| io::Error::other("no /proc/self/task here: it is Linux's"))?;
    Ok(tasks.count())
}
