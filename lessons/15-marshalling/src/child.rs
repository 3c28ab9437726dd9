//! The structure on its way to a forked child, and the child's answer on its way back.

use std::io::{self, PipeReader, PipeWriter, Read, Write};
use std::process::exit;

use lesson_cli::{Failure, say};
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, fork, getpid};

use crate::format::Format;
use crate::voyage::{Answer, Voyage};

/// Parent and child both know the structure, so the smallest format is enough.
const FORMAT: Format = Format::Postcard;

pub(crate) fn ask(voyage: &Voyage) -> Result<(), Failure> {
    say!("CHILD: through a pipe to a forked child, and back through another");
    let (questions, to_child) = io::pipe().map_err(|error| Failure::system("pipe", error))?;
    let (from_child, answers) = io::pipe().map_err(|error| Failure::system("pipe", error))?;

    // SAFETY: this process has one thread, so nothing is locked by a thread the child lacks.
    let child = match unsafe { fork() } {
        Err(errno) => return Err(Failure::system("fork", errno)),
        Ok(ForkResult::Child) => {
            drop((to_child, from_child)); // the parent's ends: with them open, no end-of-file
            answer(questions, answers)
        }
        Ok(ForkResult::Parent { child }) => child,
    };
    drop((questions, answers)); // the child's ends

    let question = FORMAT.encode(voyage);
    let reply = exchange(&question, to_child, from_child);
    let status = waitpid(child, None);
    if status != Ok(WaitStatus::Exited(child, 0)) {
        return Err(Failure::Other(format!("child {child} did not answer: {status:?}")));
    }
    let reply = reply.map_err(|error| Failure::system("talking to the child", error))?;
    let answer: Answer = FORMAT.decode(&reply).map_err(|error| {
        Failure::Other(format!("child {child} sent an invalid answer: {error}"))
    })?;
    let (asked, came) = (question.len(), reply.len());
    say!("Parent {} sent {asked} bytes of {FORMAT} and received {came}.", getpid());
    answer.say();
    answer.compare_with(voyage)
}

/// Sends all, closes the pipe, and only then reads: end-of-file marks the end of the question.
/// (For several messages in one pipe, send the length before each.)
fn exchange(question: &[u8], mut to: PipeWriter, mut from: PipeReader) -> io::Result<Vec<u8>> {
    to.write_all(question)?;
    drop(to);
    let mut reply = Vec::new();
    from.read_to_end(&mut reply)?;
    Ok(reply)
}

/// What the child does. Its exit status says whether it could answer.
fn answer(mut questions: PipeReader, mut answers: PipeWriter) -> ! {
    let mut question = Vec::new();
    let read = questions.read_to_end(&mut question);
    let voyage = FORMAT.decode(&question);
    let (Ok(_), Ok(voyage)) = (read, voyage) else { exit(1) };
    let answer = Answer::to(voyage, format!("child {}", getpid()));
    let sent = answers.write_all(&FORMAT.encode(&answer));
    exit(if sent.is_ok() { 0 } else { 1 })
}
