//! What Python's multiprocessing is used for, in Rust, part by part: `from_python PART`.
//!
//! Its twin, with the same parts, is `book/examples/python/from_python.py`.

use std::error::Error;
use std::io::{self, Read, Write};
use std::process::exit;

use nix::sys::signal::{Signal, raise};
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, fork};
use pool::Pool;

fn main() -> Result<(), Box<dyn Error>> {
    match std::env::args().nth(1).as_deref() {
        Some("process") => process(),
        Some("message") => message(),
        Some("squares") => squares(),
        Some("closure") => closure(),
        Some("error") => error(),
        Some("death") => death(),
        Some("later") => later(),
        _ => Err("a part: process, message, squares, closure, error, death or later".into()),
    }
}

fn square(number: u64) -> u64 {
    number * number
}

fn process() -> Result<(), Box<dyn Error>> {
    // SAFETY: this process has one thread, so nothing is locked by a thread the child lacks.
    match unsafe { fork() }? {
        ForkResult::Child => exit(3),
        ForkResult::Parent { child } => match waitpid(child, None)? {
            WaitStatus::Exited(_, code) => println!("exit status: {code}"),
            other => println!("ended in another way: {other:?}"),
        },
    }
    Ok(())
}

fn message() -> Result<(), Box<dyn Error>> {
    let (ours, theirs) = io::pipe()?;
    // SAFETY: this process has one thread, so nothing is locked by a thread the child lacks.
    match unsafe { fork() }? {
        ForkResult::Child => {
            let sent = serde_json::to_writer(theirs, &("apples", 2));
            exit(sent.is_err().into());
        }
        ForkResult::Parent { child } => {
            drop(theirs); // otherwise the parent would never see end-of-file
            let received: Result<(String, u32), _> = serde_json::from_reader(ours);
            waitpid(child, None)?;
            let (what, many) = received?;
            println!("the child has {many} {what}");
        }
    }
    Ok(())
}

fn squares() -> Result<(), Box<dyn Error>> {
    let pool = Pool::new(2, square)?;
    println!("squares: {:?}", pool.map(0..5)?);
    Ok(())
}

fn closure() -> Result<(), Box<dyn Error>> {
    let factor = 10;
    let pool = Pool::new(2, move |number: u64| number * factor)?;
    println!("times ten: {:?}", pool.map(0..5)?);
    Ok(())
}

fn fragile(number: u64) -> u64 {
    assert!(number != 2, "bad luck");
    square(number)
}

fn error() -> Result<(), Box<dyn Error>> {
    let pool = Pool::new(2, fragile)?;
    for result in pool.map_all(0..5) {
        match result {
            Ok(square) => println!("{square}"),
            Err(reason) => println!("{reason}"),
        }
    }
    Ok(())
}

fn deadly(number: u64) -> u64 {
    if number == 2 {
        let _ = raise(Signal::SIGKILL); // does not return
    }
    square(number)
}

fn death() -> Result<(), Box<dyn Error>> {
    let pool = Pool::new(2, deadly)?;
    for result in pool.map_all(0..5) {
        match result {
            Ok(square) => println!("{square}"),
            Err(reason) => println!("{reason}"),
        }
    }
    Ok(())
}

fn later() -> Result<(), Box<dyn Error>> {
    let (mut gate, mut word) = io::pipe()?;
    let pool = Pool::new(2, move |number| {
        let heard = gate.read_exact(&mut [0]);
        heard.map(|()| square(number)).unwrap_or_default()
    })?;
    let result = pool.apply_async(7);
    println!("ready: {}", result.ready());
    word.write_all(b".")?;
    println!("result: {}", result.join()?);
    Ok(())
}
