//! What a cell of the drawing in the terminal can mean, and the signs and colours for that.

/// What a cell means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ink {
    Nothing,
    Alive,
    Waiting,
    Zombie,
    Stopped,
    Exec,
    Signal,
    Asked,
    Orphan,
    Killed,
    Forked,
    Reaped,
    Several,
    Zombies,
}

impl Ink {
    /// Whether it is a bar, which a line may cross.
    pub(super) fn is_bar(self) -> bool {
        matches!(self, Ink::Alive | Ink::Waiting | Ink::Stopped)
    }
}

/// One set of signs.
pub(super) struct Glyphs {
    /// Of the two signs for each [`Ink`], the one in ASCII.
    ascii: bool,
    /// Where a line downwards begins on, crosses, and ends in a bar.
    pub(super) down: char,
    pub(super) cross: char,
    pub(super) through: char,
    pub(super) into: char,
    pub(super) back: char,
    /// How many are alive, from one to the most.
    pub(super) heights: &'static str,
    branches: [&'static str; 4],
}

pub(super) const UNICODE: Glyphs = Glyphs {
    ascii: false,
    down: '┯',
    cross: '┿',
    through: '│',
    into: '┗',
    back: '┛',
    heights: "▁▂▃▄▅▆▇█",
    branches: ["├─ ", "└─ ", "│  ", "   "],
};

pub(super) const ASCII: Glyphs = Glyphs {
    ascii: true,
    down: '+',
    cross: '+',
    through: '|',
    into: '`',
    back: '\'',
    heights: "123456789",
    branches: ["|- ", "`- ", "|  ", "   "],
};

impl Glyphs {
    pub(super) fn sign(&self, ink: Ink) -> char {
        let (unicode, ascii) = match ink {
            Ink::Nothing => (' ', ' '),
            Ink::Alive => ('━', '='),
            Ink::Waiting => ('╌', '-'),
            Ink::Zombie => ('░', '%'),
            Ink::Stopped => ('┅', '~'),
            Ink::Exec => ('»', '>'),
            Ink::Signal => ('!', '!'),
            Ink::Asked => ('?', '?'),
            Ink::Orphan => ('◇', 'o'),
            Ink::Killed => ('✗', 'X'),
            Ink::Forked => ('┗', '`'),
            Ink::Reaped => ('┛', '\''),
            Ink::Several => ('▅', '5'),
            Ink::Zombies => ('▒', '%'),
        };
        if self.ascii { ascii } else { unicode }
    }

    /// A piece of the family tree: at the process itself or further up, last child or not.
    pub(super) fn branch(&self, here: bool, last: bool) -> &'static str {
        self.branches[usize::from(!here) * 2 + usize::from(last)]
    }

    /// Every sign that needs an explanation.
    pub(super) fn legend(&self) -> impl Iterator<Item = (Ink, String, &'static str)> {
        let meanings = [
            (Ink::Alive, "alive"),
            (Ink::Waiting, "waiting for a child"),
            (Ink::Zombie, "zombie"),
            (Ink::Stopped, "stopped"),
            (Ink::Forked, "forked"),
            (Ink::Reaped, "reaped"),
            (Ink::Exec, "exec"),
            (Ink::Asked, "asked, no child had ended"),
            (Ink::Signal, "signal"),
            (Ink::Killed, "ended by a signal"),
            (Ink::Orphan, "parent gone, adopted"),
            (Ink::Several, "number alive at once"),
            (Ink::Zombies, "all are zombies"),
        ];
        meanings.into_iter().map(|(ink, meaning)| match ink {
            Ink::Alive | Ink::Waiting | Ink::Zombie => {
                (ink, self.sign(ink).to_string().repeat(2), meaning)
            }
            Ink::Several => (ink, self.heights.to_owned(), meaning),
            _ => (ink, self.sign(ink).to_string(), meaning),
        })
    }
}

/// The signs that stand in texts, for terminals that have ASCII alone.
pub(super) fn to_ascii(text: &str) -> String {
    let plain = text.replace('×', "x").replace('…', "~");
    plain.chars().map(|c| if c.is_ascii() { c } else { '?' }).collect()
}

/// Puts colour on, or does not.
#[derive(Debug, Clone, Copy)]
pub(super) struct Paint {
    pub(super) colour: bool,
}

impl Paint {
    pub(super) fn dim(self, text: &str) -> String {
        self.code("2", text)
    }

    pub(super) fn ink(self, ink: Ink, text: &str) -> String {
        match ink {
            Ink::Nothing => text.to_owned(),
            Ink::Alive | Ink::Forked | Ink::Several => self.code("34", text),
            Ink::Waiting => self.code("36", text),
            Ink::Zombie | Ink::Zombies => self.code("33", text),
            Ink::Reaped => self.code("32", text),
            Ink::Stopped | Ink::Orphan => self.code("35", text),
            Ink::Killed | Ink::Signal => self.code("1;31", text),
            Ink::Exec | Ink::Asked => self.code("1", text),
        }
    }

    fn code(self, code: &str, text: &str) -> String {
        if self.colour { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
}
