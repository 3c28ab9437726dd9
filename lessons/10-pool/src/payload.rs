//! What may cross between parent and worker: any serde type, and plain bytes.

use std::borrow::Cow;

use serde::Serialize;
use serde::de::DeserializeOwned;

/// A value that can be sent to a worker and back.
///
/// Every type with serde's `Serialize` and `DeserializeOwned` is one: it travels in the format of
/// [postcard](https://docs.rs/postcard). [`Bytes`] is the other: it travels as it is.
pub trait Payload: Sized {
    /// Appends the value to `buffer` as bytes; or, if it *is* bytes, gives them back as they are,
    /// so that nothing is copied.
    ///
    /// # Errors
    ///
    /// The encoder's reason. `buffer` may then end with half of the value.
    fn encode(self, buffer: &mut Vec<u8>) -> Result<Option<Vec<u8>>, String>;

    /// The value again.
    ///
    /// # Errors
    ///
    /// The decoder's reason.
    fn decode(bytes: Cow<'_, [u8]>) -> Result<Self, String>;
}

impl<T: Serialize + DeserializeOwned> Payload for T {
    #[inline]
    fn encode(self, buffer: &mut Vec<u8>) -> Result<Option<Vec<u8>>, String> {
        postcard::to_io(&self, buffer).map(|_| None).map_err(|error| error.to_string())
    }

    #[inline]
    fn decode(bytes: Cow<'_, [u8]>) -> Result<Self, String> {
        match postcard::take_from_bytes(&bytes) {
            Ok((value, [])) => Ok(value),
            Ok((_, rest)) => Err(format!("{} bytes too many", rest.len())),
            Err(error) => Err(error.to_string()),
        }
    }
}

/// Bytes that travel as they are: the fast path for what is large or already encoded.
///
/// A plain `Vec<u8>` works too, but serde encodes it number by number.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Bytes(pub Vec<u8>);

impl Payload for Bytes {
    fn encode(self, _: &mut Vec<u8>) -> Result<Option<Vec<u8>>, String> {
        Ok(Some(self.0))
    }

    fn decode(bytes: Cow<'_, [u8]>) -> Result<Self, String> {
        Ok(Bytes(bytes.into_owned()))
    }
}
