//! What shows that a verdict comes from the supervisor: where there are no namespaces, a process of
//! the case may find a way to write to the supervisor's output.

use std::io::{self, Read, Write};
use std::{fmt, fs};

/// A secret that the harness and the supervisor of one case share. The supervisor reads it when it
/// has forked the others, so no process of the case has a copy.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Token([u8; LENGTH]);

const LENGTH: usize = 32;

impl Token {
    /// A new one.
    ///
    /// # Errors
    ///
    /// The system has no random numbers.
    pub(crate) fn new() -> io::Result<Token> {
        let mut token = Token::default();
        fs::File::open("/dev/urandom")?.read_exact(&mut token.0)?;
        Ok(token)
    }

    pub(crate) fn send(&self, mut supervisor: impl Write) -> io::Result<()> {
        supervisor.write_all(&self.0)
    }

    pub(crate) fn receive(mut harness: impl Read) -> io::Result<Token> {
        let mut token = Token::default();
        harness.read_exact(&mut token.0)?;
        Ok(token)
    }

    /// `report` as one that has this token.
    pub(crate) fn sign(&self, report: &str) -> Vec<u8> {
        [&self.0, report.as_bytes()].concat()
    }

    /// The report, if all that came begins with this token.
    pub(crate) fn verify<'a>(&self, bytes: &'a [u8]) -> Option<&'a str> {
        std::str::from_utf8(bytes.strip_prefix(&self.0)?).ok()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_its_own_reports_are_taken() {
        let [token, other] = [(); 2].map(|()| Token::new().unwrap());
        assert_eq!(token.verify(&token.sign("report")), Some("report"));
        assert_eq!(token.verify(&other.sign("report")), None);
        assert_eq!(token.verify(b"report"), None);
    }
}
