//! What may cross between parent and worker: any serde type, and plain bytes.

use std::any::Any;
use std::borrow::Cow;
use std::io::Write;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::message::LARGE;

/// A value that can be sent to a worker and back.
///
/// Every type with serde's `Serialize` and `DeserializeOwned` is one. It travels in the format of
/// [postcard](https://docs.rs/postcard), with these exceptions: a `u64`, `i64` or `usize` that stands
/// alone as one word, a `Vec<u8>` or `String` that stands alone as its bytes. [`Bytes`] is the same as
/// `Vec<u8>`, and says so.
///
/// # What does not work
///
/// postcard does not write field names or types, so the reader must know what comes. These attributes of
/// serde ask for a self-describing format, and fail with
/// [`Cause::NotDecoded`](crate::Cause::NotDecoded), or give other values than were sent:
///
/// * `#[serde(untagged)]`, `#[serde(tag = "…")]` and `#[serde(flatten)]`;
/// * `#[serde(skip_serializing_if = "…")]`, unless the field is skipped on both sides;
/// * types that call `deserialize_any`, as `serde_json::Value` does.
///
/// `#[serde(default)]` and `#[serde(skip)]` work, and so do renamed fields.
///
/// ```
/// use pool::Payload;
/// use std::borrow::Cow;
///
/// let mut bytes = Vec::new();
/// ("seven".to_owned(), 7_u8).encode(&mut bytes)?;
/// let (word, number): (String, u8) = Payload::decode(Cow::Owned(bytes))?;
/// assert_eq!((word.as_str(), number), ("seven", 7));
/// # Ok::<(), String>(())
/// ```
pub trait Payload: Sized + 'static {
    /// Appends the value as bytes.
    ///
    /// # Errors
    ///
    /// The encoder's reason. Half of the value may have been written then.
    fn encode(&self, to: &mut Vec<u8>) -> Result<(), String>;

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

    /// If the value is just a number of 64 bits: that number. `None` for every other type.
    fn to_number(&self) -> Option<u64> {
        None
    }

    /// The number again. `None` if this type is not just a number.
    fn from_number(_: u64) -> Option<Self> {
        None
    }
}

impl<T: Serialize + DeserializeOwned + 'static> Payload for T {
    fn encode(&self, to: &mut Vec<u8>) -> Result<(), String> {
        let value: &dyn Any = self;
        let bytes = value.downcast_ref::<Vec<u8>>().map(Vec::as_slice);
        let text = || value.downcast_ref::<String>().map(String::as_bytes);
        match bytes.or_else(text) {
            Some(bytes) => to.extend_from_slice(bytes),
            None => drop(postcard::to_io(self, to).map_err(|error| error.to_string())?),
        }
        Ok(())
    }

    fn into_bytes(self) -> Result<Vec<u8>, Self> {
        let mut value = Some(self);
        let any: &mut dyn Any = &mut value;
        if let Some(bytes) = any.downcast_mut::<Option<Vec<u8>>>() {
            let large = bytes.take_if(|bytes| bytes.len() >= LARGE);
            return large.ok_or_else(|| value.expect("BUG: it was not taken"));
        }
        if let Some(text) = any.downcast_mut::<Option<String>>() {
            let large = text.take_if(|text| text.len() >= LARGE).map(String::into_bytes);
            return large.ok_or_else(|| value.expect("BUG: it was not taken"));
        }
        Err(value.expect("BUG: it was not taken"))
    }

    fn decode(bytes: Cow<'_, [u8]>) -> Result<Self, String> {
        let mut place: Option<T> = None;
        let any: &mut dyn Any = &mut place;
        if let Some(place) = any.downcast_mut::<Option<Vec<u8>>>() {
            *place = Some(bytes.into_owned());
        } else if let Some(place) = any.downcast_mut::<Option<String>>() {
            let text = String::from_utf8(bytes.into_owned());
            *place = Some(text.map_err(|error| error.to_string())?);
        } else {
            return unpack(&bytes);
        }
        Ok(place.expect("BUG: it was put there above"))
    }

    /// The compiler knows the type, and nothing is left of the questions at run time.
    #[inline]
    fn to_number(&self) -> Option<u64> {
        let value: &dyn Any = self;
        let unsigned = value.downcast_ref::<u64>().copied();
        let signed = || value.downcast_ref::<i64>().map(|number| number.cast_unsigned());
        let size = || value.downcast_ref::<usize>().map(|&number| number as u64);
        unsigned.or_else(signed).or_else(size)
    }

    #[inline]
    fn from_number(number: u64) -> Option<Self> {
        let (mut unsigned, mut signed) = (Some(number), Some(number.cast_signed()));
        let mut size = usize::try_from(number).ok();
        let candidates: [&mut dyn Any; 3] = [&mut unsigned, &mut signed, &mut size];
        candidates.into_iter().find_map(|any| any.downcast_mut::<Option<T>>()?.take())
    }
}

fn unpack<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    match postcard::take_from_bytes(bytes) {
        Ok((value, [])) => Ok(value),
        Ok((_, rest)) => Err(format!("{} bytes too many", rest.len())),
        Err(error) => Err(error.to_string()),
    }
}

/// Bytes that travel as they are, as a `Vec<u8>` does too.
///
/// ```standalone_crate
/// use pool::{Bytes, Pool};
///
/// let pool = Pool::new(2, |Bytes(mut bytes)| {
///     bytes.reverse();
///     Bytes(bytes)
/// })?;
/// assert_eq!(pool.apply(Bytes(b"pool".to_vec()))?, Bytes(b"loop".to_vec()));
/// # Ok::<(), pool::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Bytes(pub Vec<u8>);

impl Payload for Bytes {
    fn encode(&self, to: &mut Vec<u8>) -> Result<(), String> {
        to.write_all(&self.0).map_err(|error| error.to_string())
    }

    fn into_bytes(self) -> Result<Vec<u8>, Self> {
        if self.0.len() >= LARGE { Ok(self.0) } else { Err(self) }
    }

    fn decode(bytes: Cow<'_, [u8]>) -> Result<Self, String> {
        Ok(Bytes(bytes.into_owned()))
    }
}
