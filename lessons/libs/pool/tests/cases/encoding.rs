//! Items and results that cannot cross.

use pool::{Cause, Pool, What};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::Case;

pub(crate) const CASES: &[Case] = &[
    ("item_that_cannot_be_encoded", item_not_encoded),
    ("item_that_cannot_be_decoded", item_not_decoded),
    ("result_that_cannot_be_encoded", result_not_encoded),
    ("result_that_cannot_be_decoded", result_not_decoded),
];

/// A number that makes trouble where it is told to.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Touchy {
    number: u64,
    encodes: bool,
    decodes: bool,
}

const GOOD: Touchy = Touchy { number: 1, encodes: true, decodes: true };

impl Serialize for Touchy {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if !self.encodes {
            // Half of it is written by then.
            (self.number, "half").serialize(serializer)?;
            return Err(serde::ser::Error::custom("touchy"));
        }
        (self.number, self.decodes).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Touchy {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (number, decodes): (u64, bool) = Deserialize::deserialize(deserializer)?;
        if !decodes {
            return Err(serde::de::Error::custom("touchy"));
        }
        Ok(Touchy { number, encodes: true, decodes })
    }
}

/// Of 20 items in chunks of 5, item 7 goes wrong on its way.
fn on_the_way(item: Touchy, result: Touchy) -> Cause {
    let pool = Pool::builder().workers(2).chunk_size(5);
    let pool = pool.build(move |x: Touchy| if x.number == 7 { result } else { x }).unwrap();
    let good = |number| Touchy { number, ..GOOD };
    let items = (0..20).map(|x| if x == 7 { Touchy { number: 7, ..item } } else { good(x) });
    let mut results = pool.map_all(items);
    let error = results.remove(7).unwrap_err();
    assert_eq!(error.item(), Some(7));
    let others: Vec<u64> = results.into_iter().map(|result| result.unwrap().number).collect();
    assert_eq!(others, (0..20).filter(|&x| x != 7).collect::<Vec<u64>>());
    error.cause().clone()
}

fn item_not_encoded() {
    let cause = on_the_way(Touchy { encodes: false, ..GOOD }, GOOD);
    assert!(matches!(cause, Cause::NotEncoded { what: What::Item, .. }), "{cause}");
}

fn item_not_decoded() {
    let cause = on_the_way(Touchy { decodes: false, ..GOOD }, GOOD);
    assert!(matches!(cause, Cause::NotDecoded { what: What::Item, .. }), "{cause}");
}

fn result_not_encoded() {
    let cause = on_the_way(GOOD, Touchy { encodes: false, ..GOOD });
    assert!(matches!(cause, Cause::NotEncoded { what: What::Result, .. }), "{cause}");
}

fn result_not_decoded() {
    let cause = on_the_way(GOOD, Touchy { decodes: false, ..GOOD });
    assert!(matches!(cause, Cause::NotDecoded { what: What::Result, .. }), "{cause}");
}
