//! Why not send the bytes that the structure has in memory.

use lesson_cli::{Failure, say};

use crate::voyage::Voyage;

pub(crate) fn show(voyage: &Voyage) -> Result<(), Failure> {
    let name = &voyage.stops[0].port;
    let (length, capacity, text) = (name.len(), name.capacity(), name.as_ptr());
    say!("RAW: the same log in this process's memory");
    say!("A Voyage takes {} bytes there, however long it gets.", size_of_val(voyage));
    say!("A String takes {}. Those of \"{name}\" say:", size_of_val(name));
    say!("    the text is at {text:p}, it has {length} bytes, there is room for {capacity}");
    say!("and hold not one letter. Sent as they are, they would name an address of this");
    say!("process to another one, which has something else there, or nothing. So text,");
    say!("lists and maps need a format. Plain numbers do not:");
    say!("all {} bytes of a [u16; 3] are data.", size_of::<[u16; 3]>());
    Ok(())
}
