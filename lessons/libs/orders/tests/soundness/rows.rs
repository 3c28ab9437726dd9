//! Programs for each row of the table of dependence, in which the row is all that matters; and a
//! test that they do notice when the row is missing.

use libtest_mimic::{Failed, Trial};

use crate::little::Do::{
    Append, Ask, Block, Catch, CloseReader, CloseWriter, Create, Exit, Fault, Fork, Get, GetNext,
    Hear, Kill, KillElder, KillGroup, Lead, Leader, Leave, List, Lock, Look, Parent, Pause, Print,
    Put, Ready, Receive, Remove, Rename, Send, Signal, SignalParent, Skip, Tell, Unblock, Unlock,
    WaitAny, WaitFirst, WaitGroup, Watch,
};
use crate::little::{Do, Little};
use crate::same::{compare, outcomes, run, search};

/// A row of the table, a program, and how many outcomes it has.
type Row = (&'static str, Vec<Do>, usize);

fn rows() -> Vec<Row> {
    [of_pipes_and_files(), of_paths_and_processes()].concat()
}

fn of_pipes_and_files() -> Vec<Row> {
    vec![
        ("output", vec![Fork(vec![Print('a')]), Print('b')], 2),
        ("data_write_write", vec![Fork(vec![Send(b'x')]), Send(b'y'), Receive], 3),
        ("data_read_read", vec![Send(b'x'), Fork(vec![Receive, Print('a')]), Receive], 2),
        ("writers", vec![Fork(vec![CloseWriter, Print('a')]), CloseWriter, Receive], 2),
        (
            "writers_alone",
            vec![Fork(vec![CloseWriter, Pause]), CloseWriter, Ready, Kill, WaitAny],
            2,
        ),
        ("writers_poll", vec![Fork(vec![CloseWriter]), CloseWriter, Ready, WaitAny], 2),
        ("data_poll", vec![Fork(vec![Send(b'x')]), Ready, WaitAny], 2),
        ("readers", vec![Fork(vec![CloseReader]), CloseReader, Send(b'x'), Print('a')], 2),
        ("sockets", vec![Fork(vec![Tell(b'x')]), Hear, WaitAny], 2),
        ("content", vec![Fork(vec![Put(b'A')]), Get], 2),
        ("content_write_write", vec![Fork(vec![Put(b'A')]), Put(b'B'), WaitAny, Get], 2),
        ("offset", vec![Fork(vec![GetNext]), GetNext, WaitAny], 2),
        ("offset_alone", vec![Fork(vec![Skip]), GetNext, WaitAny], 2),
        ("append", vec![Fork(vec![Append(b'A')]), GetNext, WaitAny], 2),
        ("locks", vec![Fork(vec![Lock, Print('a'), Unlock]), Lock, Print('b'), WaitAny], 2),
        ("locks_end", vec![Fork(vec![Lock, Print('a')]), Lock, Print('b'), WaitAny], 2),
    ]
}

fn of_paths_and_processes() -> Vec<Row> {
    vec![
        ("path_create", vec![Fork(vec![Create]), Create, WaitAny], 2),
        ("path_look", vec![Fork(vec![Create]), Look, WaitAny], 4),
        ("path_remove", vec![Create, Fork(vec![Remove]), Look, WaitAny], 2),
        ("path_rename", vec![Create, Fork(vec![Rename]), Look, WaitAny], 2),
        ("entries", vec![Fork(vec![Create]), List, WaitAny], 4),
        ("end_ask", vec![Fork(vec![Exit(1)]), Ask], 2),
        ("end_any", vec![Fork(vec![Exit(1)]), Fork(vec![Exit(2)]), WaitAny, WaitAny], 2),
        ("end_first", vec![Fork(vec![Exit(1)]), Fork(vec![Exit(2)]), WaitFirst, WaitAny], 1),
        ("end_watch", vec![Fork(vec![Exit(1)]), Watch], 2),
        // An end of which no call says anything beforehand.
        ("end_fault", vec![Fork(vec![Print('a'), Fault]), Ask], 3),
        (
            "end_fault_any",
            vec![Fork(vec![Print('a'), Fault]), Fork(vec![Exit(2)]), WaitAny, WaitAny],
            3,
        ),
        ("end_kill", vec![Fork(vec![Exit(1)]), Kill, WaitAny], 2),
        ("parent_end", vec![Fork(vec![]), Catch], 2),
        ("parent", vec![Fork(vec![Parent])], 2),
        ("actions_kill", vec![Fork(vec![Catch]), Signal, WaitAny], 3),
        ("actions_child", vec![Fork(vec![]), Catch, WaitAny], 2),
        ("actions_mask", vec![Catch, Fork(vec![Block, Print('a')]), Signal, WaitAny], 2),
        ("process_handler", vec![Catch, Fork(vec![SignalParent]), Print('a'), Print('b')], 10),
        ("process_pause", vec![Catch, Fork(vec![SignalParent]), Pause, Print('a')], 4),
        ("process_unblock", vec![Catch, Block, Fork(vec![SignalParent]), Print('a'), Unblock], 3),
        ("process_killed", vec![Fork(vec![Print('a')]), Kill, WaitAny], 3),
        ("groups_kill", vec![Fork(vec![Leave, Print('a')]), KillGroup, WaitAny], 5),
        ("groups_wait", vec![Fork(vec![Leave, Leader]), WaitGroup, WaitAny], 3),
        ("groups_ask", vec![Fork(vec![Leader, Pause]), Lead, WaitAny], 2),
        ("groups_end", vec![Fork(vec![]), Ask, Lead], 2),
        ("read_killed", vec![Fork(vec![Receive]), Fork(vec![Send(b'y')]), Kill], 2),
        ("end_reaped", vec![Fork(vec![Print('a')]), Fork(vec![KillElder]), WaitFirst], 5),
        ("independent", vec![Fork(vec![Put(b'A')]), Send(b'x'), Receive, WaitAny], 1),
    ]
}

/// Each object of the table, and the row above that is not complete without it. `Faults`, `Family` and
/// `World` are not among them: planted faults are tried wherever they fit, `Family` has a test of its
/// own (`counted`), which needs it for the proof alone, and a call that is not modelled makes the result no proof.
const OBJECTS: [(&str, &str); 14] = [
    ("Data", "output"),
    ("Writers", "writers_alone"),
    ("Readers", "readers"),
    ("Content", "content"),
    ("Offset", "offset_alone"),
    ("Locks", "locks"),
    ("Path", "path_look"),
    ("Entries", "entries"),
    ("End", "end_ask"),
    ("Parent", "parent"),
    ("Actions", "actions_child"),
    ("Process", "process_handler"),
    ("Sockets", "sockets"),
    ("Groups", "groups_ask"),
];

pub(crate) fn trials() -> Vec<Trial> {
    let trial = |(name, program, count): Row| {
        Trial::test(format!("row_{name}"), move || check(&Little(program), count))
    };
    let planted = |(object, row): &(&'static str, &'static str)| {
        let (object, row) = (*object, *row);
        Trial::test(format!("without_{object}"), move || misses_outcomes(object, row))
    };
    rows().into_iter().map(trial).chain(OBJECTS.iter().map(planted)).collect()
}

/// A search that is blind to `object` finds less than one that is not.
fn misses_outcomes(object: &'static str, row: &str) -> Result<(), Failed> {
    let (_, program, count) = rows().into_iter().find(|(name, ..)| *name == row).ok_or("no row")?;
    let program = Little(program);
    let found = outcomes(&run(&search(&program).blind_to(object))?);
    if found.len() >= count {
        return Err(format!("{program} does not show that {object} is missing").into());
    }
    Ok(())
}

/// No row has more orders than this.
const MOST_RUNS: usize = 10_000;

fn check(program: &Little, count: usize) -> Result<(), Failed> {
    let compared = compare(program, MOST_RUNS)?;
    let (full, reduced) = compared.ok_or("the program has too many orders")?;
    let found = outcomes(&run(&search(program))?);
    if found.len() != count {
        let found: Vec<String> = found.iter().map(|o| format!("{o}")).collect();
        return Err(format!("{program}: {count} outcomes expected, found {found:?}").into());
    }
    println!("{full} orders, {reduced} after reduction");
    Ok(())
}
