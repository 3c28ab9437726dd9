//! The steps that parked processes could take.
//!
//! * [`offer`] says in which ways a parked process could continue now;
//! * [`ready`] finds out from outside whether a call would block;
//! * [`touch`] says what each call touches, and [`words`] what it is for people.

pub(crate) mod offer;
pub(crate) mod ready;
pub(crate) mod touch;
pub(crate) mod words;
