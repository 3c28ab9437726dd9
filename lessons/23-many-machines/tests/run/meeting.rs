//! Processes that do not come, or do not fit.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::process::ExitStatusExt;
use std::process::Command;

use nix::sys::signal::Signal;

use crate::hosts::Hosts;
use crate::running::{End, Running};
use crate::{folder_with, lesson, names};

/// A process that is to fail, or not, before it has counted anything.
fn start(hosts: &Hosts, number: usize, args: &str) -> Running {
    let mut command: Command = lesson(std::path::Path::new("."));
    Running::start(hosts.process(&mut command, number).args(args.split_whitespace()))
}

fn run(hosts: &Hosts, number: usize, args: &str) -> End {
    start(hosts, number, args).finish()
}

#[test]
fn a_process_that_never_comes_is_waited_for_no_longer_than_the_limit() {
    let hosts = Hosts::local(3);
    let end = run(&hosts, 1, "--limit 1 Cargo.toml");
    let [zero, _, two] = &hosts.addresses[..] else { panic!("three") };
    let missing = format!("process 1 of 3 got no connection to process 0 ({zero}) within 1 s: ");
    end.assert_failed_with(&["waits up to 1 s for the others", &missing, "refused", "hint: "]);

    let end = run(&hosts, 0, "--limit 1 Cargo.toml");
    let both = format!("process 2 ({two}) within 1 s\nhint: ");
    end.assert_failed_with(&["got no connection to process 1 (", &both]);
}

#[test]
fn ctrl_c_ends_the_waiting() {
    let hosts = Hosts::local(2);
    let mut zero = start(&hosts, 0, "--limit 3600 Cargo.toml");
    zero.wait_for("waits up to 3600 s for the others\n");
    zero.signal(Signal::SIGINT);
    assert_eq!(zero.finish().status.signal(), Some(Signal::SIGINT as i32));
}

#[test]
fn whoever_came_names_who_did_not() {
    let hosts = Hosts::local(3);
    let zero = start(&hosts, 0, "--limit 3 Cargo.toml");
    let one = start(&hosts, 1, "--limit 1 Cargo.toml");
    one.finish().assert_failed_with(&["got no connection to process 2 ("]);
    zero.finish().assert_failed_with(&["got no connection to process 2 ("]);
}

/// Process 1 fits to process 0, and still there is nothing to wait for.
#[test]
fn one_of_three_that_does_not_fit_ends_all_three() {
    let hosts = Hosts::local(3);
    let args = ["Cargo.toml", "Cargo.toml", "src"];
    let running: Vec<_> = (0..3).map(|process| start(&hosts, process, args[process])).collect();
    let ends: Vec<_> = running.into_iter().map(Running::finish).collect();
    ends.iter().for_each(|end| end.assert_failed_with(&[" of 3 "]));
    assert!(ends[0].stderr.contains("does not match process 2: different"), "{ends:#?}");
    assert!(ends[2].stderr.contains(": different files"), "{ends:#?}");
}

#[test]
fn processes_that_were_given_other_arguments_do_not_start() {
    for (zero, one, misfit) in [
        ("-w 2 Cargo.toml", "Cargo.toml", "different numbers of workers (-w)"),
        ("--own Cargo.toml", "Cargo.toml", "only one of them has --own"),
        ("Cargo.toml", "Cargo.toml src", "different files; without --own, all need the same list"),
    ] {
        let hosts = Hosts::local(2);
        let (zero, one) = (start(&hosts, 0, zero), start(&hosts, 1, one));
        let met = format!("process 0 of 2 does not match process 1: {misfit}");
        zero.finish().assert_failed_with(&[&met]);
        one.finish().assert_failed_with(&["process 1 of 2 does not match process 0: "]);
    }
    // Three in one file of hosts, and the first two of them in another.
    let hosts = Hosts::local(3);
    let fewer = Hosts::new(hosts.addresses[..2].iter().cloned());
    let (zero, one) = (start(&hosts, 0, "Cargo.toml"), start(&fewer, 1, "Cargo.toml"));
    zero.finish().assert_failed_with(&["process 0 of 3 does not match process 1: different"]);
    one.finish().assert_failed_with(&["process 1 of 2 does not match process 0: different"]);
}

#[test]
fn an_address_in_use_is_named() {
    let hosts = Hosts::local(2);
    let _taken = TcpListener::bind(&hosts.addresses[0]).expect("an address of our own");
    let cannot = format!("cannot listen at {}: Address already in use", hosts.addresses[0]);
    run(&hosts, 0, "Cargo.toml")
        .assert_failed_with(&[&cannot, "hint: another program, or this one"]);
}

#[test]
fn an_address_of_another_machine_is_named() {
    let hosts = Hosts::new(["192.0.2.1:2101", "192.0.2.2:2101"].map(String::from));
    let end = run(&hosts, 0, "Cargo.toml");
    end.assert_failed_with(&["cannot listen at 192.0.2.1:2101", "is -p right?"]);
}

/// One says what no process of ours says, one says nothing, one hangs up.
#[test]
fn strangers_at_the_door_are_sent_away() {
    let (folder, expected) = folder_with(3);
    let hosts = Hosts::local(2);
    let start = |number| {
        let mut command = lesson(folder.path());
        Running::start(hosts.process(&mut command, number).args(["--limit", "50"]).args(names(3)))
    };
    let mut zero = start(0);
    zero.wait_for("listens at");
    let connect = || TcpStream::connect(&hosts.addresses[0]).expect("it listens");
    let mut browser = connect();
    browser.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").expect("it listens");
    let mut answer = Vec::new();
    let _closed_or_reset = browser.read_to_end(&mut answer);
    assert_eq!(answer, b"", "nothing was told to a stranger");
    let _silent = connect();
    drop(connect());
    let one = start(1).finish();
    one.assert_code(0);
    assert_eq!(zero.finish().stdout, expected);
}

#[test]
fn something_else_at_the_address_is_not_taken_for_a_process() {
    let hosts = Hosts::local(2);
    let listener = TcpListener::bind(&hosts.addresses[0]).expect("an address of our own");
    let one = start(&hosts, 1, "Cargo.toml");
    let (mut connection, _) = listener.accept().expect("process 1 comes");
    connection.write_all(b"220 mail.example ESMTP\r\n").expect("it is there");
    let found = format!("found another program in place of process 0 ({})", hosts.addresses[0]);
    one.finish().assert_failed_with(&[&found]);
}

#[test]
fn a_process_that_goes_away_before_all_are_there_is_named() {
    let hosts = Hosts::local(2);
    let listener = TcpListener::bind(&hosts.addresses[0]).expect("an address of our own");
    let one = start(&hosts, 1, "Cargo.toml");
    let mut greeting = [0; 40];
    let (mut connection, _) = listener.accept().expect("process 1 comes");
    connection.read_exact(&mut greeting).expect("it greets");
    drop(connection);
    one.finish()
        .assert_failed_with(&["process 1 of 2 lost the connection to process 0 (", "hint: "]);
}
