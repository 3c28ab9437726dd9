//! What a run of the lesson shows.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use testkit::Lesson;

const LESSON: &str = env!("CARGO_BIN_EXE_lesson-prefork-server");

#[test]
fn every_client_is_answered_once() {
    let run = Lesson::new(LESSON).run();
    run.assert_success();
    let answers = run.lines().iter().filter(|line| line.contains(": answered by worker ")).count();
    assert_eq!(answers, 8, "{}", run.stdout);
    let (_, sum) = run.stdout.trim_end().rsplit_once("8 answers: ").expect("the last line");
    assert_eq!(sum.split(" + ").map(|count| count.parse::<u32>().unwrap()).sum::<u32>(), 8);
}

/// A server that serves, and what it prints.
struct Server {
    child: Child,
    lines: std::io::Lines<BufReader<ChildStdout>>,
    address: String,
}

impl Server {
    fn start() -> Server {
        let mut command = Command::new(LESSON);
        let mut child =
            command.args(["--serve", "0", "3"]).stdout(Stdio::piped()).spawn().expect("the server");
        let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        let first = lines.next().expect("a line").expect("text");
        let address = first.rsplit_once(' ').expect("an address").1.to_owned();
        Server { child, lines, address }
    }

    fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(self.child.id().cast_signed()), signal).expect("the server runs");
    }

    fn wait_for(&mut self, what: &str) {
        let found = self.lines.by_ref().any(|line| line.expect("text").contains(what));
        assert!(found, "no {what:?}");
    }

    /// Stops it; it must end by the signal.
    fn stop(mut self) {
        self.signal(Signal::SIGTERM);
        self.wait_for("the workers finish and end");
        let status = self.child.wait().expect("its status");
        assert_eq!(status.signal(), Some(Signal::SIGTERM as i32), "{status}");
        assert!(TcpStream::connect(&self.address).is_err(), "something still listens");
    }
}

/// The PID of the worker that has answered.
fn request(address: &str) -> std::io::Result<i32> {
    let mut stream = TcpStream::connect(address)?;
    stream.write_all(b"GET / HTTP/1.1\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let pid = answer.rsplit_once("PID ").map(|(_, pid)| pid.trim_end());
    pid.and_then(|pid| pid.parse().ok()).ok_or_else(|| std::io::Error::other(answer))
}

#[test]
fn a_worker_that_dies_is_replaced() {
    let mut server = Server::start();
    let worker = request(&server.address).expect("an answer");
    kill(Pid::from_raw(worker), Signal::SIGKILL).expect("the worker");
    server.wait_for("so I start another");
    for _ in 0..5 {
        assert_ne!(request(&server.address).expect("an answer"), worker);
    }
    server.stop();
}

/// Four clients send one request after the other, while all workers are replaced three times.
#[test]
fn a_reload_refuses_no_client() {
    let mut server = Server::start();
    let address = server.address.clone();
    let clients = (0..4).map(|_| {
        let address = address.clone();
        thread::spawn(move || (0..30).map(|_| request(&address).expect("an answer")).collect())
    });
    let clients: Vec<thread::JoinHandle<Vec<i32>>> = clients.collect();
    for _ in 0..3 {
        server.signal(Signal::SIGHUP);
        server.wait_for("so new workers replace the old ones");
    }
    for client in clients {
        assert_eq!(client.join().expect("every request is answered").len(), 30);
    }
    server.stop();
}

#[test]
fn a_client_that_is_being_served_gets_its_answer_before_the_end() {
    let server = Server::start();
    let mut client = TcpStream::connect(&server.address).unwrap();
    // One worker has accepted it and waits for the rest of the request.
    client.write_all(b"GET / HTTP/1.1\r\n").unwrap();
    let other = request(&server.address).expect("an answer of another worker, or of the same");
    assert!(other > 0);
    server.signal(Signal::SIGHUP);
    client.write_all(b"\r\n").unwrap();
    let mut answer = String::new();
    client.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    server.stop();
}
