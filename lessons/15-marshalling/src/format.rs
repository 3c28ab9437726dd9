//! The three formats, and one error type for all of them, which says where the error is.

use std::fmt;
use std::io::{Cursor, ErrorKind};

use serde::Serialize;
use serde::de::DeserializeOwned;

/// A way to write a structure as bytes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Format {
    /// Text, with the name of every field (RFC 8259).
    Json,
    /// Binary, with the type of every value (<https://msgpack.org>); here without field names.
    MessagePack,
    /// Binary, values only: the reader must know the structure (<https://postcard.jamesmunns.com>).
    Postcard,
}

impl Format {
    pub(crate) const ALL: [Format; 3] = [Format::Json, Format::MessagePack, Format::Postcard];

    /// The ending of its files' names.
    pub(crate) fn extension(self) -> &'static str {
        match self {
            Format::Json => "json",
            Format::MessagePack => "msgpack",
            Format::Postcard => "postcard",
        }
    }

    pub(crate) fn encode(self, value: &impl Serialize) -> Vec<u8> {
        const BUG: &str = "BUG: the structure holds something that no format can express";
        match self {
            Format::Json => serde_json::to_vec(value).expect(BUG),
            Format::MessagePack => rmp_serde::to_vec(value).expect(BUG),
            Format::Postcard => postcard::to_stdvec(value).expect(BUG),
        }
    }

    /// The structure in `bytes`, which contain it and nothing more.
    pub(crate) fn decode<T: DeserializeOwned>(self, bytes: &[u8]) -> Result<T, DecodeError> {
        match self {
            Format::Json => serde_json::from_slice(bytes).map_err(|error| json_error(&error)),
            Format::MessagePack => {
                let mut decoder = rmp_serde::Deserializer::new(Cursor::new(bytes));
                let result = T::deserialize(&mut decoder).map_err(|error| reason(&error));
                // The position is inside `bytes`, so it fits.
                self.all_of(bytes, result, decoder.position() as usize)
            }
            Format::Postcard => {
                let mut decoder = postcard::Deserializer::from_bytes(bytes);
                let result = T::deserialize(&mut decoder).map_err(postcard_reason);
                let rest = decoder.finalize().map_or(0, <[u8]>::len);
                self.all_of(bytes, result, bytes.len() - rest)
            }
        }
    }

    /// `result`, with the place added to an error; data after the end is an error too.
    fn all_of<T>(
        self,
        bytes: &[u8],
        result: Result<T, String>,
        read: usize,
    ) -> Result<T, DecodeError> {
        let place = format!("byte {read} of {}", bytes.len());
        match result {
            Err(reason) => Err(DecodeError { format: self, place, reason }),
            Ok(_) if read < bytes.len() => {
                let reason = "the structure ends here, but the data continues".to_owned();
                Err(DecodeError { format: self, place, reason })
            }
            Ok(value) => Ok(value),
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.pad(match self {
            Format::Json => "JSON",
            Format::MessagePack => "MessagePack",
            Format::Postcard => "postcard",
        })
    }
}

/// Bytes that are not what they should be.
#[derive(Debug)]
pub(crate) struct DecodeError {
    format: Format,
    /// How far the data was valid.
    pub(crate) place: String,
    pub(crate) reason: String,
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}, {}: {}", self.format, self.place, self.reason)
    }
}

const CUT_SHORT: &str = "the data ends too early";

fn json_error(error: &serde_json::Error) -> DecodeError {
    let text = error.to_string();
    let reason = text.rsplit_once(" at line ").map_or(&*text, |(reason, _)| reason);
    DecodeError {
        format: Format::Json,
        place: format!("line {}, column {}", error.line(), error.column()),
        reason: if error.is_eof() { CUT_SHORT } else { reason }.to_owned(),
    }
}

fn reason(error: &rmp_serde::decode::Error) -> String {
    use rmp_serde::decode::Error::{InvalidDataRead, InvalidMarkerRead};
    match error {
        InvalidMarkerRead(read) | InvalidDataRead(read)
            if read.kind() == ErrorKind::UnexpectedEof =>
        {
            CUT_SHORT.to_owned()
        }
        other => other.to_string(),
    }
}

fn postcard_reason(error: postcard::Error) -> String {
    match error {
        postcard::Error::DeserializeUnexpectedEnd => CUT_SHORT.to_owned(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::voyage::{Voyage, sample};

    fn decode(format: Format, bytes: &[u8]) -> Result<Voyage, DecodeError> {
        format.decode(bytes)
    }

    #[test]
    fn what_is_encoded_is_decoded() {
        for format in Format::ALL {
            assert_eq!(decode(format, &format.encode(&sample())).expect("whole"), sample());
        }
    }

    #[test]
    fn whatever_is_cut_off_is_missed() {
        for format in Format::ALL {
            let bytes = format.encode(&sample());
            for length in 0..bytes.len() {
                let error = decode(format, &bytes[..length]).expect_err("cut short");
                assert_eq!(error.reason, CUT_SHORT, "{length} bytes of {format}");
            }
        }
    }

    #[test]
    fn what_is_added_is_noticed() {
        for format in Format::ALL {
            let mut bytes = format.encode(&sample());
            let place = match format {
                Format::Json => format!("line 1, column {}", bytes.len() + 1),
                _ => format!("byte {} of {}", bytes.len(), bytes.len() + 1),
            };
            bytes.push(b'x');
            assert_eq!(decode(format, &bytes).expect_err("one byte more").place, place);
        }
    }

    #[test]
    fn the_place_is_where_the_data_stop_making_sense() {
        let place = |format, bytes: &[u8]| decode(format, bytes).expect_err("nonsense").place;
        assert_eq!(place(Format::Json, b"{\"ship\": \"x\",\n oops"), "line 2, column 2");
        // An array of four fields; a text of one byte; then a text begins where a number should.
        assert_eq!(place(Format::MessagePack, b"\x94\xa1x\xa1y"), "byte 4 of 5");
        // A text of one byte; then a number that does not end within three bytes.
        assert_eq!(place(Format::Postcard, b"\x01x\xff\xff\xff\xff"), "byte 5 of 6");
    }
}
