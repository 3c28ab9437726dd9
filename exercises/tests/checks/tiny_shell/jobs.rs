//! Step 4: jobs in the background.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read, Write};

use grader::{Check, Stranger, check};
use nix::errno::Errno;
use nix::sys::wait::{Id, WaitPidFlag, waitid};
use nix::unistd::Pid;

use super::super::answers::tiny_shell::tiny_shell;
use super::script::{Files, Lines, is_there_a_zombie};
use super::tools::{LITTLE, slow_work, wait_for_what_is_left, with_standard_input};
use super::{YES_RUNS, look, run};

const IN_THE_BACKGROUND: &str = "\
The job in the first line ends only when a later line allows it. Does the shell wait for the job
before it reads the next line, although the line ends with &?";

#[expect(clippy::too_many_lines, reason = "a list, with a line or two for each check")]
pub(super) fn step_4() -> Vec<Check> {
    vec![
        check!(step_4_the_shell_goes_on_while_a_job_runs)
            .prints("the shell 0\nthe job goes on\n0\n")
            .if_it_hangs(IN_THE_BACKGROUND),
        check!(step_4_a_job_may_be_a_pipeline).prints("THE JOB\n").if_it_hangs(IN_THE_BACKGROUND),
        check!(step_4_jobs_lists_what_runs)
            .prints(
                "[1] Running sh -c 'read word < gate'\n\
                 [2] Running sh -c 'read word < other' | cat\nend\n",
            )
            .if_it_hangs(IN_THE_BACKGROUND),
        check!(step_4_jobs_and_wait_have_a_status).prints("0\n0\n"),
        check!(step_4_a_job_reads_its_file_or_nothing).prints("in\nfor the caller\n"),
        check!(step_4_a_job_has_the_standard_descriptors_only)
            .prints("")
            .see("exec.md#descriptors"),
        check!(step_4_a_job_that_has_ended_is_reaped_before_the_next_line)
            .prints("")
            .see("waitpid.md#a-zombie-has-a-parent"),
        check!(step_4_a_job_may_end_while_the_shell_reads_a_line).prints(""),
        check!(step_4_a_job_keeps_its_number)
            .prints("[2] Running sh -c 'read word < other'\n")
            .if_it_hangs(IN_THE_BACKGROUND),
        check!(step_4_a_job_runs_as_long_as_one_of_its_programs)
            .output(two_jobs)
            .if_it_hangs(IN_THE_BACKGROUND),
        check!(step_4_no_two_jobs_have_one_number)
            .output(different_numbers)
            .if_it_hangs(IN_THE_BACKGROUND),
        check!(step_4_wait_waits_for_every_job).prints("first\nbetween\nsecond\nafter\n"),
        check!(step_4_eleven_jobs).output(eleven_numbers).if_it_hangs(IN_THE_BACKGROUND),
        check!(step_4_a_job_that_cannot_be_started)
            .fork_fails(2)
            .prints("2\nstill here\n")
            .if_it_hangs(YES_RUNS)
            .see("many-forks.md#a-fork-that-fails"),
        check!(step_4_a_status_is_not_taken_for_another)
            .prints("3\n0\n")
            .if_it_hangs(IN_THE_BACKGROUND)
            .see("waitpid.md#any-child"),
        check!(step_4_the_end_waits_for_the_jobs).prints("last\n").if_it_hangs(IN_THE_BACKGROUND),
        check!(step_4_after_an_error_of_the_input_the_jobs_are_waited_for).prints("last\n"),
        check!(step_4_a_child_of_the_caller_is_no_job)
            .prints("one\n3\n")
            .see("waitpid.md#any-child"),
        check!(step_4_the_shell_sleeps_while_it_waits)
            .uses_at_most(LITTLE)
            .see("waitpid.md#without-blocking"),
    ]
}

/// The job waits until a later line lets it go on.
fn step_4_the_shell_goes_on_while_a_job_runs() {
    let _pipes = Files::named_pipes(["gate"]);
    run("false\nsh -c 'read word < gate; echo the job $word' &\necho the shell $?\n\
         sh -c 'echo goes on > gate'\nwait\necho $?\n");
}

fn step_4_a_job_may_be_a_pipeline() {
    let _pipes = Files::named_pipes(["gate"]);
    run("sh -c 'read word < gate; echo $word' | tr a-z A-Z &\nsh -c 'echo the job > gate'\nwait\n");
}

/// Two jobs, and none.
fn step_4_jobs_lists_what_runs() {
    let _pipes = Files::named_pipes(["gate", "other"]);
    run("sh -c 'read word < gate' &\n  sh -c 'read word < other' | cat   &\njobs\n\
         sh -c 'echo > gate; echo > other'\nwait\njobs\necho end\n");
}

/// Of the first job the last program ends at once, and of the second the first. The process that reads the
/// lines waits for both ends.
fn step_4_a_job_runs_as_long_as_one_of_its_programs() {
    let _pipes = Files::named_pipes(["gate", "other"]);
    let _files = Files(["pid_1", "pid_2"]);
    let before = |line| {
        if line == 2 {
            ["pid_1", "pid_2"].into_iter().for_each(wait_for_the_end_of);
        }
    };
    let lines = &[
        "sh -c 'read word < gate' | sh -c 'echo $$ > pid_1' &\n",
        "sh -c 'echo $$ > pid_2' | sh -c 'read word < other' &\n",
        "jobs\n",
        "sh -c 'echo > gate; echo > other'\n",
    ];
    let status = tiny_shell(Lines::new(lines, before));
    wait_for_what_is_left();
    assert_eq!(status.ok(), Some(0), "the status of the last line");
}

fn two_jobs(text: &str) -> Result<(), String> {
    if text.lines().filter(|line| line.contains("Running")).count() == 2 {
        return Ok(());
    }
    Err("Of two pipelines in the background, one program each has ended, and the other one still\n\
         runs. `jobs` should list both.\n"
        .to_owned())
}

/// The first of two jobs ends before the line `true` is read, and a third one begins after that.
fn step_4_no_two_jobs_have_one_number() {
    let _pipes = Files::named_pipes(["gate", "other"]);
    let _file = Files(["pid_1"]);
    let before = |line| {
        if line == 3 {
            wait_for_the_end_of("pid_1");
        }
    };
    let lines = &[
        "sh -c 'echo $$ > pid_1; read word < gate' &\n",
        "sh -c 'read word < other' &\n",
        "sh -c 'echo > gate'\n",
        "true\n",
        "sh -c 'read word < gate' &\n",
        "jobs\n",
        "sh -c 'echo > gate; echo > other'\n",
    ];
    let status = tiny_shell(Lines::new(lines, before));
    wait_for_what_is_left();
    assert_eq!(status.ok(), Some(0), "the status of the last line");
}

fn different_numbers(text: &str) -> Result<(), String> {
    let numbers: Vec<&str> = text.lines().filter_map(|line| line.split(' ').next()).collect();
    match numbers[..] {
        [first, second] if first != second && numbers.contains(&"[2]") => Ok(()),
        _ => Err(
            "Job 1 ended, and another job began. `jobs` should list job 2 and a job with another\n\
                  number.\n"
                .to_owned(),
        ),
    }
}

/// Of two jobs the first takes a while, and then of two others the second.
fn step_4_wait_waits_for_every_job() {
    run("sh -c 'sleep 0.1; echo first' &\ntrue &\nwait\necho between\n\
         true &\nsh -c 'sleep 0.1; echo second' &\nwait\necho after\n");
}

/// This process holds the pipe open for reading and writing, so no program waits for it to be opened.
fn step_4_eleven_jobs() {
    const JOB: &str = "sh -c 'read word < gate' &\n";
    let _pipes = Files::named_pipes(["gate"]);
    let gate = File::options().read(true).write(true).open("gate").expect("the check's pipe");
    let before = |line| {
        if line == 12 {
            (&gate).write_all(&[b'\n'; 11]).expect("lines in the check's pipe");
        }
    };
    let lines =
        &[JOB, JOB, JOB, JOB, JOB, JOB, JOB, JOB, JOB, JOB, JOB, "jobs\n", "wait\n", "jobs\n"];
    let status = tiny_shell(Lines::new(lines, before));
    wait_for_what_is_left();
    assert_eq!(status.ok(), Some(0), "the status of the last line");
}

fn eleven_numbers(text: &str) -> Result<(), String> {
    let numbers: BTreeSet<&str> = text.lines().filter_map(|line| line.split(' ').next()).collect();
    if numbers.len() == 11 && text.lines().count() == 11 {
        return Ok(());
    }
    Err("Eleven jobs were running. `jobs` should list each of them, with a number of its own, and none\n\
         after `wait`.\n"
        .to_owned())
}

/// Of two forks the second fails, and the line ends with `&`. No job is left of it.
fn step_4_a_job_that_cannot_be_started() {
    run("yes | head -n 1 &\necho $?\njobs\necho still here\n");
}

/// Until the program that has written its PID into `file` has ended.
fn wait_for_the_end_of(file: &str) {
    for _ in 0..200 {
        let pid = fs::read_to_string(file).unwrap_or_default();
        if let (true, Ok(pid)) = (pid.ends_with('\n'), pid.trim().parse()) {
            let look = WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT;
            // Another error says that it has been reaped, too.
            while waitid(Id::Pid(Pid::from_raw(pid)), look) == Err(Errno::EINTR) {}
            return;
        }
        slow_work(10);
    }
}

fn step_4_jobs_and_wait_have_a_status() {
    run("false\njobs\necho $?\nfalse\nwait\necho $?\n");
}

/// This process has text in its standard input, which is not for a job, but for the program in the foreground.
fn step_4_a_job_reads_its_file_or_nothing() {
    let _file = Files(["in"]);
    fs::write("in", "in\n").expect("a file for the check");
    with_standard_input(b"for the caller\n", || run("cat &\nwait\ncat < in &\nwait\ncat\n"));
}

fn step_4_a_job_has_the_standard_descriptors_only() {
    run(&format!("{} &\nwait\n", look("a job", "true")));
}

/// The second line cannot be read.
fn step_4_after_an_error_of_the_input_the_jobs_are_waited_for() {
    let input = "sh -c 'sleep 0.1; echo last' &\n".as_bytes().chain(Broken);
    let error = tiny_shell(io::BufReader::new(input)).map_err(|error| error.raw_os_error());
    assert_eq!(error, Err(Some(libc::EIO)), "the second line could not be read: EIO");
}

struct Broken;

impl Read for Broken {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(Errno::EIO.into())
    }
}

/// The line `jobs` comes when the job has ended, and no longer runs.
fn step_4_a_job_may_end_while_the_shell_reads_a_line() {
    let before = |line| {
        if line == 1 {
            is_there_a_zombie(WaitPidFlag::empty());
        }
    };
    let status = tiny_shell(Lines::new(&["true &\n", "jobs\n"], before));
    assert_eq!(status.ok(), Some(0), "the status of `jobs`");
}

/// When the second line is read, the job of the first has ended; when the third is read, it has been
/// reaped.
fn step_4_a_job_that_has_ended_is_reaped_before_the_next_line() {
    let zombie = Cell::new(false);
    let before = |line| {
        zombie.set(is_there_a_zombie(if line == 1 {
            WaitPidFlag::empty()
        } else {
            WaitPidFlag::WNOHANG
        }));
    };
    let lines = Lines::new(&["sh -c 'exit 5' &\n", "true\n", "jobs\n"], before);
    let status = tiny_shell(lines);
    assert!(
        !zombie.get(),
        "A job had ended before the second line was read. When the third line was read,\n\
         it was still a zombie."
    );
    assert_eq!(status.ok(), Some(0), "the status of `jobs`");
}

/// The first of two jobs ends. The process that reads the lines knows when that is: the job has written
/// its PID into a file.
fn step_4_a_job_keeps_its_number() {
    let _pipes = Files::named_pipes(["gate", "other"]);
    let _file = Files(["pid"]);
    let before = |line| {
        if line == 3 {
            wait_for_the_end_of("pid");
        }
    };
    let lines = &[
        "sh -c 'echo $$ > pid; read word < gate' &\n",
        "sh -c 'read word < other' &\n",
        "sh -c 'echo > gate'\n",
        "jobs\n",
        "sh -c 'echo > other'\n",
    ];
    let status = tiny_shell(Lines::new(lines, before));
    assert_eq!(status.ok(), Some(0), "the status of the last line");
}

/// The job ends with status 5 while a line in the foreground runs, and that one ends with 3.
fn step_4_a_status_is_not_taken_for_another() {
    let _pipes = Files::named_pipes(["gate", "held"]);
    run("sh -c 'exec 3> held; read word < gate; exit 5' &\n\
         sh -c 'exec 3< held; echo > gate; cat <&3; exit 3'\necho $?\nwait\necho $?\n");
}

fn step_4_the_end_waits_for_the_jobs() {
    let _pipes = Files::named_pipes(["gate"]);
    run("sh -c 'read word < gate; echo $word' &\nsh -c 'echo last > gate' &\n");
}

/// One lives as long as the check, and one has ended before.
fn step_4_a_child_of_the_caller_is_no_job() {
    let _strangers = [Stranger::alive(), Stranger::zombie()];
    run("true &\necho one\nsh -c 'exit 3'\necho $?\nwait\njobs\n");
}

fn step_4_the_shell_sleeps_while_it_waits() {
    assert_eq!(run("sleep 0.4 &\nwait\n"), 0, "the status of `wait`");
}
