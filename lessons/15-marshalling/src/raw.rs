//! Why the bytes that the structure has in memory cannot be sent.

use lesson_cli::{Failure, say};

use crate::voyage::Voyage;

pub(crate) fn show(voyage: &Voyage) -> Result<(), Failure> {
    let name = &voyage.stops[0].port;
    let (length, capacity, text) = (name.len(), name.capacity(), name.as_ptr());
    say!("RAW: the same log in this process's memory");
    say!("A Voyage takes {} bytes there, however many stops it has.", size_of_val(voyage));
    say!("A String takes {}. For \"{name}\", these hold only:", size_of_val(name));
    say!("    the text's address {text:p}, its length {length}, and its capacity {capacity}");
    say!("They contain none of the letters. A process that got them would look at this");
    say!("address in its own memory, where there is something else or nothing. Text, lists");
    say!("and maps therefore need a format. Plain numbers do not:");
    say!("all {} bytes of a [u16; 3] are data.", size_of::<[u16; 3]>());
    Ok(())
}
