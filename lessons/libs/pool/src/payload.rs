//! What may cross between parent and worker: any serde type, and plain bytes.

use std::any::Any;
use std::borrow::Cow;
use std::io::Write;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::message::LARGE;

/// A value that can be sent to a worker and back.
///
/// Every type with serde's `Serialize` and `DeserializeOwned` is one: it travels in the format of
/// [postcard](https://docs.rs/postcard), or as its eight bytes if it is just a `u64`, `i64` or
/// `usize`. [`Bytes`] is the other: it travels as it is.
pub trait Payload: Sized {
    /// Writes the value as bytes.
    ///
    /// # Errors
    ///
    /// The encoder's reason, or `to` is full. Half of the value may have been written then.
    fn encode(&self, to: &mut impl Write) -> Result<(), String>;

    /// If the value *is* bytes, and many: gives them as they are, so that nothing is copied.
    ///
    /// # Errors
    ///
    /// It is not; the value again.
    fn into_bytes(self) -> Result<Vec<u8>, Self> {
        Err(self)
    }

    /// The value again.
    ///
    /// # Errors
    ///
    /// The decoder's reason.
    fn decode(bytes: Cow<'_, [u8]>) -> Result<Self, String>;
}

impl<T: Serialize + DeserializeOwned + 'static> Payload for T {
    #[inline]
    fn encode(&self, to: &mut impl Write) -> Result<(), String> {
        match number_to_bytes(self) {
            Some(bytes) => to.write_all(&bytes).map_err(|error| error.to_string()),
            None => pack(self, to),
        }
    }

    #[inline]
    fn decode(bytes: Cow<'_, [u8]>) -> Result<Self, String> {
        number_from_bytes(&bytes).map_or_else(|| unpack(&bytes), Ok)
    }
}

fn pack<T: Serialize>(value: &T, to: &mut impl Write) -> Result<(), String> {
    postcard::to_io(value, to).map(drop).map_err(|error| error.to_string())
}

fn unpack<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    match postcard::take_from_bytes(bytes) {
        Ok((value, [])) => Ok(value),
        Ok((_, rest)) => Err(format!("{} bytes too many", rest.len())),
        Err(error) => Err(error.to_string()),
    }
}

/// The bytes of a `u64`, `i64` or `usize`. `None` for every other type.
///
/// The compiler knows the type, and nothing is left of the questions at run time.
#[inline]
fn number_to_bytes<T: 'static>(value: &T) -> Option<[u8; 8]> {
    let value: &dyn Any = value;
    let unsigned = value.downcast_ref::<u64>().map(|number| number.to_le_bytes());
    let signed = || value.downcast_ref::<i64>().map(|number| number.to_le_bytes());
    let size = || value.downcast_ref::<usize>().map(|&number| (number as u64).to_le_bytes());
    unsigned.or_else(signed).or_else(size)
}

/// The number again. `None` if `T` is no such type, or there are not just eight bytes.
#[inline]
fn number_from_bytes<T: 'static>(bytes: &[u8]) -> Option<T> {
    let bytes = bytes.try_into().ok()?;
    let (mut unsigned, mut signed) =
        (Some(u64::from_le_bytes(bytes)), Some(i64::from_le_bytes(bytes)));
    let mut size = unsigned.and_then(|number| usize::try_from(number).ok());
    let candidates: [&mut dyn Any; 3] = [&mut unsigned, &mut signed, &mut size];
    candidates.into_iter().find_map(|any| any.downcast_mut::<Option<T>>()?.take())
}

/// Bytes that travel as they are: the fast path for what is large or already encoded.
///
/// A plain `Vec<u8>` works too, but serde encodes it number by number.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Bytes(pub Vec<u8>);

impl Payload for Bytes {
    fn encode(&self, to: &mut impl Write) -> Result<(), String> {
        to.write_all(&self.0).map_err(|error| error.to_string())
    }

    fn into_bytes(self) -> Result<Vec<u8>, Self> {
        if self.0.len() >= LARGE { Ok(self.0) } else { Err(self) }
    }

    fn decode(bytes: Cow<'_, [u8]>) -> Result<Self, String> {
        Ok(Bytes(bytes.into_owned()))
    }
}
