//! The lines that a small shell reads. Given, so that the exercise `tiny_shell` is about processes.
//!
//! ```text
//! sort < words | uniq -c > counts &
//! ```
//!
//! Words are split at blanks, unless they stand in quotes; `\` makes the next character an ordinary
//! one; `$?` is the status of the line before; a `#` begins a comment. What means something in a
//! larger shell, such as `;` or `*`, is an error here, and never something else in silence.

use std::ffi::CString;
use std::iter::Peekable;
use std::path::PathBuf;
use std::str::Chars;

/// What a line asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// Nothing: it is empty, or a comment.
    Empty,
    /// `jobs`, which the shell does itself.
    Jobs,
    /// `wait`, which the shell does itself.
    Wait,
    /// Programs that are to run.
    Run(Pipeline),
}

/// One program or several, with a pipe between any two.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pipeline {
    /// From left to right, at least one.
    pub commands: Vec<Command>,
    /// Whether there is a `&` at the end.
    pub background: bool,
    /// The line as it was typed, without the `&`.
    pub text: String,
}

/// A program with its arguments and redirections.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// The program's name and its arguments, as `execvp` takes them; at least one.
    pub words: Vec<CString>,
    /// From left to right.
    pub redirections: Vec<Redirection>,
}

/// A file that takes the place of standard input or output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Redirection {
    /// `< FILE`
    Input(PathBuf),
    /// `> FILE`: the file is created, or emptied.
    Output(PathBuf),
    /// `>> FILE`: the file is created, or what is written goes to its end.
    Append(PathBuf),
}

/// Reads a line. `status` is what `$?` stands for.
///
/// # Errors
///
/// What is wrong with the line.
pub fn parse(line: &str, status: u8) -> Result<Line, String> {
    let mut tokens = tokens(line, status)?;
    let background = tokens.last() == Some(&Token::Background);
    if background {
        tokens.pop();
    }
    if tokens.is_empty() && !background {
        return Ok(Line::Empty);
    }
    let commands = tokens.split(|token| *token == Token::Pipe).map(command);
    let commands: Vec<Command> = commands.collect::<Result<_, _>>()?;
    if let ([only], false) = (&commands[..], background)
        && let ([word], []) = (&only.words[..], &only.redirections[..])
    {
        match word.as_bytes() {
            b"jobs" => return Ok(Line::Jobs),
            b"wait" => return Ok(Line::Wait),
            _ => {}
        }
    }
    let text = line.trim().trim_end_matches('&').trim_end().to_owned();
    Ok(Line::Run(Pipeline { commands, background, text }))
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Word(String),
    Input,
    Output,
    Append,
    Pipe,
    Background,
}

type Rest<'a> = Peekable<Chars<'a>>;

fn tokens(line: &str, status: u8) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut rest = line.chars().peekable();
    while let Some(&next) = rest.peek() {
        match next {
            '#' => break,
            '|' | '<' | '>' | '&' => tokens.push(sign(&mut rest)),
            _ if next.is_whitespace() => {
                rest.next();
            }
            _ => tokens.push(Token::Word(word(&mut rest, status)?)),
        }
    }
    Ok(tokens)
}

fn sign(rest: &mut Rest) -> Token {
    match rest.next() {
        Some('|') => Token::Pipe,
        Some('<') => Token::Input,
        Some('>') if rest.next_if_eq(&'>').is_some() => Token::Append,
        Some('>') => Token::Output,
        _ => Token::Background,
    }
}

fn word(rest: &mut Rest, status: u8) -> Result<String, String> {
    let mut word = String::new();
    let mut plain = true; // nothing in it was quoted
    while let Some(next) = rest.next_if(|next| !next.is_whitespace() && !"|<>&".contains(*next)) {
        plain &= !"'\"\\".contains(next);
        match next {
            '\'' => quoted(rest, &mut word)?,
            '"' => double_quoted(rest, &mut word, status)?,
            '\\' => word.extend(rest.next()),
            '$' => word += &variable(rest, status)?,
            ';' | '(' | ')' | '`' | '*' | '?' | '~' => {
                return Err(format!("{next} is not known here: put it into quotes"));
            }
            _ => word.push(next),
        }
    }
    let is_number = plain && word.bytes().all(|byte| byte.is_ascii_digit());
    match rest.peek() {
        Some(sign @ ('<' | '>')) if is_number => Err(format!("{word}{sign} is not known here")),
        _ => Ok(word),
    }
}

fn quoted(rest: &mut Rest, word: &mut String) -> Result<(), String> {
    loop {
        match rest.next() {
            Some('\'') => return Ok(()),
            Some(next) => word.push(next),
            None => return Err("a ' is missing".to_owned()),
        }
    }
}

fn double_quoted(rest: &mut Rest, word: &mut String, status: u8) -> Result<(), String> {
    loop {
        match rest.next() {
            Some('"') => return Ok(()),
            Some('\\') if rest.peek().is_some_and(|next| "\"\\$`".contains(*next)) => {
                word.extend(rest.next());
            }
            Some('$') => word.push_str(&variable(rest, status)?),
            Some(next) => word.push(next),
            None => return Err("a \" is missing".to_owned()),
        }
    }
}

fn variable(rest: &mut Rest, status: u8) -> Result<String, String> {
    match rest.next() {
        Some('?') => Ok(status.to_string()),
        _ => Err("$ is known here as $? only: put it into single quotes".to_owned()),
    }
}

fn command(tokens: &[Token]) -> Result<Command, String> {
    let mut command = Command { words: Vec::new(), redirections: Vec::new() };
    let mut tokens = tokens.iter();
    while let Some(token) = tokens.next() {
        let redirection = match token {
            Token::Word(word) => {
                let word = CString::new(word.as_str());
                command.words.push(word.map_err(|_| "there is a zero byte in the line")?);
                continue;
            }
            Token::Input => Redirection::Input,
            Token::Output => Redirection::Output,
            Token::Append => Redirection::Append,
            Token::Pipe | Token::Background => return Err("& belongs at the end".to_owned()),
        };
        match tokens.next() {
            Some(Token::Word(file)) => command.redirections.push(redirection(file.into())),
            _ => return Err("the name of a file is missing".to_owned()),
        }
    }
    if command.words.is_empty() {
        return Err("a command is missing".to_owned());
    }
    Ok(command)
}
