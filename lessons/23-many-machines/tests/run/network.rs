//! Three hosts: network namespaces with an address of their own, on one bridge.

mod namespaces;

use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::hosts::Hosts;
use crate::running::Running;
use crate::{endless, folder_with, names};
use namespaces::Network;

/// Three hosts, unless they cannot be had here. That is said so that it is seen.
fn three_hosts() -> Option<(Network, Hosts)> {
    let network = Network::new(3)?;
    let addresses = (0..3).map(|host| format!("{}:2101", namespaces::address(host)));
    Some((network, Hosts::new(addresses)))
}

/// The lesson on one of the hosts, in a folder that only that one has.
fn lesson_on(network: &Network, host: usize, folder: &Path) -> Command {
    let mut command = network.on(host, env!("CARGO_BIN_EXE_lesson-many-machines"));
    command.current_dir(folder);
    command
}

fn own_folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

#[test]
fn three_hosts_count_their_own_files() {
    let Some((network, hosts)) = three_hosts() else { return };
    let (all, expected) = folder_with(10);
    let names = names(10);
    let shares = [&names[..4], &names[4..7], &names[7..]];
    let folders = [own_folder(), own_folder(), own_folder()];
    let start = |host: usize| {
        for name in shares[host] {
            fs::rename(all.path().join(name), folders[host].path().join(name)).expect("moved");
        }
        let mut command = lesson_on(&network, host, folders[host].path());
        let command = hosts.process(&mut command, host).args(["--own", "-w", "2"]);
        Running::start(command.args(shares[host]))
    };
    let ends: Vec<_> = [2, 0, 1].map(start).into_iter().map(Running::finish).collect();
    ends.iter().for_each(|end| end.assert_code(0));
    assert_eq!(ends[1].stdout, expected);
    assert!(ends[2].stderr.contains("listens at 10.15.0.2:2101"), "{ends:#?}");
    assert!(ends[0].stderr.ends_with("takes 3 of 3 files: 8.txt 9.txt 10.txt\n"), "{ends:#?}");
}

/// Nothing tells them: no connection is closed, and no packet comes.
#[test]
fn a_host_that_is_cut_off_in_the_middle_is_given_up() {
    let Some((network, hosts)) = three_hosts() else { return };
    let folder = own_folder();
    endless(folder.path());
    let start = |host| {
        let mut command = lesson_on(&network, host, folder.path());
        let args = ["--own", "--limit", "2", "endless"];
        Running::start(hosts.process(&mut command, host).args(args))
    };
    let mut running = [0, 1, 2].map(start);
    running.iter_mut().for_each(|process| process.wait_for("takes 1 of 1 files"));
    network.cut_off(2);
    let ends = running.map(Running::finish);
    ends.iter().for_each(|end| end.assert_failed_with(&[" of 3 has lost process "]));
    // Of the two that still have each other one is the first, and the other may lose that one.
    let lost = "has lost process 2 (10.15.0.3:2101): ";
    let noticed = ends[..2].iter().filter(|end| end.stderr.contains(lost)).count();
    assert!(noticed > 0, "{ends:#?}");
    assert!(ends[2].stderr.contains("cannot be reached"), "{ends:#?}");
}

#[test]
fn a_host_that_is_not_there_is_named() {
    let Some((network, hosts)) = three_hosts() else { return };
    let nobody = format!("{}:2101", namespaces::address(8));
    let hosts = Hosts::new([nobody.clone(), hosts.addresses[1].clone()]);
    let folder = own_folder();
    let mut command = lesson_on(&network, 1, folder.path());
    let end = Running::start(hosts.process(&mut command, 1).args(["--limit", "1", "x"])).finish();
    end.assert_failed_with(&[&format!("got no connection to process 0 ({nobody}) within 1 s: ")]);
}

/// Without a file of hosts they are on this machine, at ports that any other run would use, too.
/// So this machine is one that only the test has.
#[test]
fn without_a_file_of_hosts_the_processes_meet_on_this_machine() {
    let Some(network) = Network::new(1) else { return };
    let (folder, expected) = folder_with(5);
    let start = |number: &str| {
        let mut command = lesson_on(&network, 0, folder.path());
        Running::start(command.args(["-n", "2", "-p", number]).args(names(5)))
    };
    let [zero, one] = ["0", "1"].map(start).map(Running::finish);
    zero.assert_code(0);
    one.assert_code(0);
    assert_eq!(zero.stdout, expected);
    assert!(one.stderr.contains("process 1 of 2: listens at localhost:2102"), "{one:#?}");
}
