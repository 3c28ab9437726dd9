//! The relation "depends on".
//!
//! Two steps of different processes are *independent* if each order of the two leads to the same
//! state, and neither makes the other possible or impossible. Orders that differ only in such
//! steps have the same outcome, so the search runs one of them. What is declared independent
//! here without being so is an outcome missed; what is declared dependent without need is only
//! time. Hence each step says what it touches, and the table below is all there is to know.
//!
//! | object | read by | changed by | added to by |
//! |---|---|---|---|
//! | [`Object::Data`]: bytes in a pipe, a terminal, the captured output | `poll` | `read`, `write`, `fcntl` that sets flags | |
//! | [`Object::Writers`]: open write ends of a pipe | `read`, `poll` | | `close`, `exec`, `exit` |
//! | [`Object::Readers`]: open read ends | `write`, `poll` | | `close`, `exec`, `exit` |
//! | [`Object::Sockets`]: all sockets at once | `poll` | every other call on a socket | |
//! | [`Object::Content`]: bytes of a file | `read`, `pread`, `fstat` | `write`, `pwrite`, `ftruncate`, `open` that truncates, `rename` and `unlink` of the file | |
//! | [`Object::Offset`]: where a file is read or written next | | `read`, `write`, `lseek`, `fcntl` that sets flags | |
//! | [`Object::Locks`]: on one file | | `flock`, `fcntl`; `close` and `exit` of a holder | |
//! | [`Object::Path`]: a name in the file system | `stat`, `access`, `open`, `exec` | `open` that creates, `rename`, `unlink`, `mkdir`, `link` | |
//! | [`Object::Entries`]: the list of a directory | `getdents` | what changes a path in it | |
//! | [`Object::End`]: whether a process has ended and been reaped | `wait`, `kill`, `setpgid`, `poll` of a pidfd | `exit`; `wait` that reaps | |
//! | [`Object::Parent`]: which process is the parent | `getppid`, `exit` | `exit` of the parent | |
//! | [`Object::Actions`]: what signals do to a process | `kill`, `exit` of its child | `sigaction`, `sigprocmask` | |
//! | [`Object::Process`]: a process's pending signals | *every step of that process* | `kill`, `exit` of its child if SIGCHLD is caught | |
//! | [`Object::Groups`]: which process is in which process group | `kill` of a group, `wait` for one, `getpgid`, `exec` | `setpgid`, `setsid` | |
//! | [`Object::Family`]: which processes there are | `kill` of a group or of all | | `fork` |
//! | [`Object::Faults`]: how many planted faults are left | | every planted fault | |
//! | [`Object::World`]: everything | | a call that is not modelled; a step that ends a process unannounced | |
//!
//! Two steps depend on each other if they are of one process, or if they touch one object and
//! the two kinds of access conflict: reads do not conflict with reads, and additions do not
//! conflict with additions, as two closed ends are two closed ends in either order.
//!
//! What a step touches may depend on the state, but a step between two others that is independent of
//! the first must not take their dependence away. For this reason a `read` touches `Writers` of a
//! pipe that holds bytes, although no close changes what it returns: without those bytes, which a
//! third process has written, it would. Likewise a `wait` reads the ends of all children, also of
//! those that are younger than the zombie it takes, and a `kill` touches what the end of its target
//! would touch, also if the target has a handler. The search relies on this where it turns one race
//! around at a time: it is a property that the proof of the reduction asks of the relation.

use crate::object::{Access, Object};
use crate::step::Step;

/// Whether the order of two steps matters.
pub(crate) fn dependent(a: &Step, b: &Step) -> bool {
    a.process() == b.process() || signals(a, b) || signals(b, a) || share(a, b)
}

/// Whether `a` sends a signal that `b`'s process may handle before or after `b`.
fn signals(a: &Step, b: &Step) -> bool {
    a.touches.iter().any(|touch| {
        touch.access == Access::Change
            && matches!(&touch.object, Object::Process(name) if name == b.process())
    })
}

fn share(a: &Step, b: &Step) -> bool {
    a.touches.iter().any(|x| b.touches.iter().any(|y| x.matters_to(y) || y.matters_to(x)))
}
