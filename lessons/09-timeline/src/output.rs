//! What becomes of the events: a file, a drawing, the run in words.

use std::ffi::OsString;
use std::fs::File;
use std::io::{BufReader, BufWriter};
use std::path::PathBuf;
use std::process::ExitCode;

use lesson_cli::{Args, Failure, write_out};
use timeline::{Event, Run, json, svg, terminal, words};

/// Where the events go, by the options.
pub(crate) struct Output {
    svg: Option<PathBuf>,
    json: Option<PathBuf>,
    words: bool,
    style: terminal::Style,
    picture: svg::Style,
}

/// As wide as a letter in a picture is about.
const PIXELS: u16 = 9;

impl Output {
    /// Takes the options that are about output.
    pub(crate) fn from(args: &mut Args) -> Result<Self, Failure> {
        let width: Option<u16> = args.number_option("--width", 40..=400)?;
        let mut picture = svg::Style::default();
        picture.width = width.map_or(picture.width, |columns| columns * PIXELS);
        Ok(Output {
            svg: args.option("--svg").map(PathBuf::from),
            json: args.option("--json").map(PathBuf::from),
            words: args.flag("--words"),
            style: terminal::Style {
                width: width.or_else(columns_of_terminal).unwrap_or(80).into(),
                colour: lesson_cli::colour(),
                ascii: args.flag("--ascii"),
            },
            picture,
        })
    }

    /// Makes the files, so that one that cannot be made is told before the command runs.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        self.svg.iter().chain(&self.json).try_for_each(|path| create(path).map(drop))
    }

    /// Draws a recording made earlier.
    pub(crate) fn draw_file(
        &self,
        file: &OsString,
        command: &[OsString],
    ) -> Result<ExitCode, Failure> {
        if let Some(surplus) = command.first() {
            let text = format!("--from draws a recording, and runs no '{}'", surplus.display());
            return Err(Failure::Usage(text));
        }
        let name = file.display();
        let open = File::open(file).map_err(|error| Failure::system(format!("{name}"), error))?;
        let events = json::read(BufReader::new(open));
        let events = events.map_err(|error| Failure::Other(format!("{name}: {error}")))?;
        self.draw(events)?;
        Ok(ExitCode::SUCCESS)
    }

    pub(crate) fn draw(&self, events: Vec<Event>) -> Result<(), Failure> {
        if let Some(path) = &self.json {
            json::write(&events, BufWriter::new(create(path)?)).map_err(|e| written(path, e))?;
        }
        let run = Run::new(events);
        let run = run.map_err(|error| Failure::Other(format!("not a whole run: {error}")))?;
        if let Some(path) = &self.svg {
            let picture = svg::draw(&run, &self.picture);
            std::fs::write(path, picture).map_err(|error| written(path, error))?;
        }
        if self.svg.is_none() && self.json.is_none() {
            write_out(&terminal::draw(&run, &self.style));
        }
        if self.words {
            let lines = words::sentences(&run).into_iter().map(|sentence| sentence + "\n");
            write_out(&lines.collect::<String>());
        }
        Ok(())
    }
}

fn create(path: &PathBuf) -> Result<File, Failure> {
    File::options().write(true).create(true).truncate(true).open(path).map_err(|e| written(path, e))
}

fn written(path: &std::path::Path, error: std::io::Error) -> Failure {
    Failure::system(format!("writing {}", path.display()), error)
}

fn columns_of_terminal() -> Option<u16> {
    procinfo::window_size(std::io::stdout()).map(|size| size.columns)
}
