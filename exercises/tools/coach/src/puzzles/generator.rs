//! Makes programs by chance: of a topic, and the longer the higher the level.

use super::program::{Program, Statement};
use super::random::Random;
use super::topic::Topic;

/// The highest level.
pub(crate) const HIGHEST: usize = 3;

/// What is asked of a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ask {
    /// How many lines it prints.
    Lines,
    /// How often it prints the word `x`.
    Words,
    /// Which outputs are possible.
    Outputs,
    /// Whether the first process has a zombie at its end.
    Zombie,
    /// Whether a process can wait for ever.
    Hang,
}

/// A program, and what to ask of it.
pub(crate) fn generate(topic: Topic, level: usize, random: &mut Random) -> (Program, Ask) {
    let mut maker = Maker { random, letter: b'a' };
    let (statements, ask) = match topic {
        Topic::Branches => maker.branches(level),
        Topic::Loops => maker.loops(level),
        Topic::Waits => maker.waits(level),
        Topic::Buffers => maker.buffers(level),
        Topic::Zombies => maker.zombies(level),
        Topic::Pipes => maker.pipes(level),
    };
    (Program(statements), ask)
}

struct Maker<'a> {
    random: &'a mut Random,
    /// The next letter to print.
    letter: u8,
}

impl Maker<'_> {
    /// Prints the next letter, which tells this line from all others.
    fn line(&mut self) -> Statement {
        let letter = char::from(self.letter);
        self.letter += 1;
        Statement::Line(letter.to_string())
    }

    /// The statement, or nothing.
    fn perhaps(&mut self, statement: Statement) -> Option<Statement> {
        self.random.flip().then_some(statement)
    }

    /// A child that prints a line and ends.
    fn printing_child(&mut self) -> Statement {
        Statement::Child(vec![self.line(), Statement::Exit])
    }

    /// A child that prints a line, with another one below it at the higher levels, and may go on.
    fn branch(&mut self, depth: usize) -> Statement {
        let mut block = Vec::new();
        if depth > 0 && self.random.flip() {
            block.push(self.branch(depth - 1));
        }
        block.push(self.line());
        block.extend(self.perhaps(Statement::Exit));
        Statement::Child(block)
    }

    fn branches(&mut self, level: usize) -> (Vec<Statement>, Ask) {
        let mut program = Vec::new();
        if self.random.flip() {
            program.push(self.line());
        }
        for number in 0..=level.min(1) {
            let depth = if number == 0 { level / 2 } else { 0 };
            let is_plain = self.random.below(3) == 0;
            program.push(if is_plain { Statement::Fork } else { self.branch(depth) });
        }
        if level > 0 && self.random.below(3) == 0 {
            program.push(Statement::Wait);
        }
        program.push(self.line());
        (program, if self.random.flip() { Ask::Lines } else { Ask::Outputs })
    }

    fn loops(&mut self, level: usize) -> (Vec<Statement>, Ask) {
        let turn = Statement::Line("{i}".to_owned());
        let mut block = match self.random.below(3) {
            0 => vec![Statement::Fork],
            1 => vec![Statement::Child(vec![turn.clone(), Statement::Exit])],
            _ => vec![Statement::Child(vec![turn.clone()])],
        };
        if level > 0 {
            let wait = Statement::Wait;
            block.extend(if self.random.flip() { self.perhaps(turn) } else { self.perhaps(wait) });
        }
        let count = if level > 1 { self.random.between(2, 3) } else { 2 };
        let count = u8::try_from(count).unwrap_or(2);
        let mut program = vec![Statement::Repeat(count, block)];
        if level > 0 && self.random.flip() {
            program.push(Statement::WaitForAll);
        }
        program.push(self.line());
        (program, if self.random.below(3) > 0 { Ask::Lines } else { Ask::Outputs })
    }

    fn waits(&mut self, level: usize) -> (Vec<Statement>, Ask) {
        let mut program = match self.random.below(if level < 2 { 1 } else { 3 }) {
            0 => self.children_and_waits(level.min(1) + 1),
            1 => self.grandchild(),
            _ => {
                let child = vec![Statement::Line("{i}".to_owned()), Statement::Exit];
                let mut block = vec![Statement::Child(child)];
                block.extend(self.perhaps(Statement::Wait));
                vec![Statement::Repeat(if level == 2 { 2 } else { 3 }, block)]
            }
        };
        if self.random.below(3) == 0 {
            program.push(Statement::WaitForAll);
        }
        program.push(self.line());
        (program, Ask::Outputs)
    }

    fn children_and_waits(&mut self, count: usize) -> Vec<Statement> {
        let mut program = Vec::new();
        for _ in 0..count {
            program.push(self.printing_child());
            program.extend(self.perhaps(Statement::Wait));
            if count > 1 && self.random.below(3) == 0 {
                program.push(self.line());
            }
        }
        program
    }

    /// A child that has a child.
    fn grandchild(&mut self) -> Vec<Statement> {
        let mut block = vec![self.printing_child()];
        block.extend(self.perhaps(Statement::Wait));
        block.extend([self.line(), Statement::Exit]);
        let mut program = vec![Statement::Child(block)];
        program.extend(self.perhaps(Statement::Wait));
        program
    }

    fn buffers(&mut self, level: usize) -> (Vec<Statement>, Ask) {
        let text = Statement::Text("x ".to_owned());
        let mut program = vec![text.clone()];
        if self.random.flip() {
            program.insert(usize::from(self.random.flip()), self.line());
        }
        let fork = match self.random.below(3) {
            0 => Statement::Fork,
            1 => Statement::Child(vec![text.clone(), Statement::Exit]),
            _ => self.branch(0),
        };
        if level > 0 && self.random.flip() {
            let block = vec![fork, text.clone()];
            program.push(Statement::Repeat(2, block));
        } else {
            program.push(fork);
        }
        if level > 1 {
            program.push(self.line());
            program.extend(self.perhaps(text));
            program.push(Statement::Fork);
        }
        if self.random.flip() {
            program.push(self.line());
        }
        (program, Ask::Words)
    }

    fn zombies(&mut self, level: usize) -> (Vec<Statement>, Ask) {
        let mut program = Vec::new();
        if level > 1 && self.random.flip() {
            let mut block = vec![Statement::Child(vec![self.line(), Statement::Exit])];
            block.extend(self.perhaps(Statement::Wait));
            block.extend(self.perhaps(Statement::Exit));
            program.push(Statement::Child(block));
        } else if level > 0 && self.random.flip() {
            program.push(Statement::Repeat(2, vec![self.printing_child()]));
        } else {
            program.push(self.printing_child());
        }
        if level > 0 && self.random.flip() {
            program.push(self.printing_child());
        }
        for _ in 0..self.random.between(0, level.min(2) + 1) {
            program.push(Statement::Wait);
        }
        program.push(self.line());
        (program, Ask::Zombie)
    }

    fn pipes(&mut self, level: usize) -> (Vec<Statement>, Ask) {
        let mut program = vec![Statement::Pipe];
        let ask = if self.random.below(3) > 0 { Ask::Hang } else { Ask::Outputs };
        if level > 1 && self.random.flip() {
            self.child_reads(&mut program);
            return (program, ask);
        }
        for letter in ['x', 'y'].into_iter().take(self.random.between(1, 1 + level.min(1))) {
            let mut block = Vec::from_iter(self.perhaps(says(letter)));
            block.extend([Statement::Send(letter), Statement::Exit]);
            program.push(Statement::Child(block));
            if level > 0 && self.random.below(4) == 0 {
                program.push(Statement::Wait);
            }
        }
        if self.random.below(3) > 0 {
            program.push(Statement::CloseWriter);
        }
        program.extend(self.perhaps(Statement::Wait));
        program.push(Statement::Receive);
        (program, ask)
    }

    /// The child has a writing end of its own, too, and waits for the end of its own pipe.
    fn child_reads(&mut self, program: &mut Vec<Statement>) {
        let mut block = Vec::from_iter(self.perhaps(Statement::CloseWriter));
        block.extend([Statement::Receive, Statement::Exit]);
        program.push(Statement::Child(block));
        program.push(Statement::Send('x'));
        if self.random.below(3) > 0 {
            program.push(Statement::CloseWriter);
        }
        program.extend(self.perhaps(Statement::Wait));
        program.push(self.line());
    }
}

/// What a child says before it sends a letter.
fn says(letter: char) -> Statement {
    Statement::Line(format!("sends {letter}"))
}
