//! The child asks for its own account and sends it home; `stat` is taken apart from its end, as bytes.

use std::fs;
use std::io::{self, Read, Write, pipe};
use std::process::exit;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, Pid, fork};

/// What a child took.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    pub wall: Duration,
    pub processor: Duration,
}

fn errno(error: io::Error) -> Errno {
    error.raw_os_error().map_or(Errno::EIO, Errno::from_raw)
}

fn own_time() -> nix::Result<i64> {
    let usage = getrusage(UsageWho::RUSAGE_SELF)?;
    Ok((usage.user_time() + usage.system_time()).num_microseconds())
}

pub fn cost_of(work: impl FnOnce()) -> nix::Result<Cost> {
    let (mut reader, mut writer) = pipe().map_err(errno)?;
    let start = Instant::now();
    // SAFETY: this process has one thread; the checks see to that.
    let child = match unsafe { fork()? } {
        ForkResult::Child => {
            work();
            let time = own_time().unwrap_or(-1);
            exit(writer.write_all(&time.to_ne_bytes()).is_err().into())
        }
        ForkResult::Parent { child } => child,
    };
    drop(writer);
    let mut bytes = [0; 8];
    let read = reader.read_exact(&mut bytes);
    waitpid(child, None)?;
    let wall = start.elapsed();
    read.map_err(errno)?;
    let micros = u64::try_from(i64::from_ne_bytes(bytes)).map_err(|_| Errno::EIO)?;
    Ok(Cost { wall, processor: Duration::from_micros(micros) })
}

/// What stands behind the name.
fn behind_the_name(process: i32) -> io::Result<String> {
    let mut stat = fs::read(format!("/proc/{process}/stat"))?;
    let end = stat.iter().rposition(|byte| *byte == b')').ok_or(io::ErrorKind::InvalidData)?;
    let fields = stat.split_off(end + 2);
    String::from_utf8(fields).map_err(io::Error::other)
}

pub fn state_of(process: Pid) -> io::Result<char> {
    let fields = behind_the_name(process.as_raw())?;
    fields.chars().next().ok_or(io::ErrorKind::InvalidData.into())
}

pub fn living_children(parent: Pid) -> io::Result<usize> {
    let wanted = parent.to_string();
    let mut count = 0;
    for entry in fs::read_dir("/proc")? {
        let Some(process) = entry?.file_name().to_str().and_then(|name| name.parse().ok()) else {
            continue;
        };
        let Ok(fields) = behind_the_name(process) else { continue };
        let mut fields = fields.split(' ');
        let lives = fields.next() != Some("Z");
        count += usize::from(lives && fields.next() == Some(&wanted));
    }
    Ok(count)
}
