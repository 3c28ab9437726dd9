//! Types that stand for all types: an answer that is generic is compiled for these only.

use std::any::Any;
use std::sync::{Mutex, PoisonError};

use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Stands for an item of a list; the place of the real item in its list.
pub(crate) type Place = usize;

/// The places of all `items`.
pub(crate) fn places<T>(items: &[T]) -> Vec<Place> {
    (0..items.len()).collect()
}

/// Stands for an item of a type that takes no room, so that all items have one address.
pub(crate) fn units<T>(items: &[T]) -> Option<Vec<()>> {
    (size_of::<T>() == 0).then(|| vec![(); items.len()])
}

/// Stands for a result of any type: it is encoded and decoded as that type.
pub(crate) struct Value(Box<dyn Encode>);

trait Encode: erased_serde::Serialize {
    fn into_any(self: Box<Self>) -> Box<dyn Any>;
}

impl<T: Serialize + 'static> Encode for T {
    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }
}

type Decode =
    for<'de> fn(&mut dyn erased_serde::Deserializer<'de>) -> Result<Value, erased_serde::Error>;

/// How to decode the type that the stand-in was called with last.
static DECODE: Mutex<Option<Decode>> = Mutex::new(None);

impl Value {
    pub(crate) fn of<T: Serialize + 'static>(value: T) -> Self {
        Value(Box::new(value))
    }

    /// # Panics
    ///
    /// It holds another type.
    pub(crate) fn into<T: 'static>(self) -> T {
        let Value(boxed) = self;
        *boxed.into_any().downcast().expect("BUG: one call of a stand-in knows one type")
    }

    /// From now on, what is decoded is a `T`.
    pub(crate) fn decode_as<T: Serialize + DeserializeOwned + 'static>() {
        let decode: Decode = |decoder| erased_serde::deserialize::<T>(decoder).map(Value::of);
        *DECODE.lock().unwrap_or_else(PoisonError::into_inner) = Some(decode);
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        erased_serde::serialize(&*self.0, serializer)
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(decoder: D) -> Result<Self, D::Error> {
        let decode = *DECODE.lock().unwrap_or_else(PoisonError::into_inner);
        let decode = decode.ok_or_else(|| D::Error::custom("BUG: no type is known"))?;
        decode(&mut <dyn erased_serde::Deserializer>::erase(decoder)).map_err(D::Error::custom)
    }
}
