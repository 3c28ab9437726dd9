//! Eight clients at once, all in the parent.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use lesson_cli::{Failure, say};

/// Every client connects and sends its request before any of them reads an answer: the kernel
/// keeps connections until a worker accepts them.
pub(crate) fn eight_at_once(address: SocketAddr) -> Result<(), Failure> {
    let failed = |error| Failure::system("a client's request", error);
    let clients = (1..=8).map(|_| send_request(address)).collect::<std::io::Result<Vec<_>>>();
    let mut answers: BTreeMap<String, u32> = BTreeMap::new();
    for (number, client) in (1..).zip(clients.map_err(failed)?) {
        let answer = read_answer(client).map_err(failed)?;
        say!("client {number}: answered by {answer}");
        *answers.entry(answer).or_default() += 1;
    }
    let counts: Vec<String> = answers.values().map(u32::to_string).collect();
    say!("8 clients, {} answers: {}", answers.values().sum::<u32>(), counts.join(" + "));
    Ok(())
}

fn send_request(address: SocketAddr) -> std::io::Result<TcpStream> {
    let mut stream = TcpStream::connect(address)?;
    stream.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
    Ok(stream)
}

/// The body of the answer, which is one line.
fn read_answer(mut stream: TcpStream) -> std::io::Result<String> {
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let body = answer.split_once("\r\n\r\n").map_or("no worker", |(_head, body)| body);
    Ok(body.trim_end().to_owned())
}
