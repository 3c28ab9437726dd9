//! What is made of the events: a file, a drawing, the run in words.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use lesson_cli::{Args, Failure, new_file, printable, write_out};
use timeline::{Event, Run, json, svg, terminal, words};

/// Where the events go, by the options.
pub(crate) struct Output {
    svg: Option<Target>,
    json: Option<Target>,
    words: bool,
    style: terminal::Style,
    picture: svg::Style,
}

/// About the width of a letter in a picture.
const PIXELS: u16 = 9;

impl Output {
    /// Takes the options for output, and creates the files, so that a file that cannot be created
    /// is reported before the command runs.
    pub(crate) fn from(args: &mut Args) -> Result<Self, Failure> {
        let overwrite = args.flag("--overwrite");
        let target = |name, args: &mut Args| {
            let path = args.option(name).map(PathBuf::from);
            path.map(|path| Target::new(path, overwrite)).transpose()
        };
        let width: Option<u16> = args.number_option("--width", 40..=400)?;
        let mut picture = svg::Style::default();
        picture.width = width.map_or(picture.width, |columns| columns * PIXELS);
        Ok(Output {
            svg: target("--svg", args)?,
            json: target("--json", args)?,
            words: args.flag("--words"),
            style: terminal::Style {
                width: width.or_else(columns_of_terminal).unwrap_or(80).into(),
                colour: lesson_cli::colour(),
                ascii: args.flag("--ascii"),
            },
            picture,
        })
    }

    /// There is nothing to draw, so the files that were created for it are removed.
    pub(crate) fn discard(&self) {
        for Target { path, file } in self.svg.iter().chain(&self.json) {
            if file.metadata().is_ok_and(|made| made.is_file()) {
                let _ = std::fs::remove_file(path);
            }
        }
    }

    /// Draws a recording made earlier.
    pub(crate) fn draw_file(
        &self,
        file: &OsString,
        command: &[OsString],
    ) -> Result<ExitCode, Failure> {
        if let Some(surplus) = command.first() {
            let text = format!("--from draws a recording: it runs no '{}'", printable(surplus));
            return Err(Failure::Usage(text));
        }
        let name = printable(file);
        let open = File::open(file).map_err(|error| Failure::system(&name, error))?;
        let events = json::read(BufReader::new(open));
        let events = events.map_err(|error| Failure::Other(format!("{name}: {error}")))?;
        self.draw(events)?;
        Ok(ExitCode::SUCCESS)
    }

    pub(crate) fn draw(&self, events: Vec<Event>) -> Result<(), Failure> {
        if let Some(target) = &self.json {
            target.write(|out| json::write(&events, out))?;
        }
        let run = Run::new(events);
        let run = run.map_err(|error| Failure::Other(format!("incomplete recording: {error}")))?;
        if let Some(target) = &self.svg {
            let picture = svg::draw(&run, &self.picture);
            target.write(|mut out| out.write_all(picture.as_bytes()))?;
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

/// A file that is created before there is anything to write into it.
struct Target {
    path: PathBuf,
    file: File,
}

impl Target {
    fn new(path: PathBuf, overwrite: bool) -> Result<Self, Failure> {
        let file = new_file(&path, overwrite)?;
        Ok(Target { path, file })
    }

    fn write(&self, write: impl FnOnce(BufWriter<&File>) -> io::Result<()>) -> Result<(), Failure> {
        write(BufWriter::new(&self.file))
            .map_err(|error| Failure::system(format!("writing {}", printable(&self.path)), error))
    }
}

fn columns_of_terminal() -> Option<u16> {
    procinfo::window_size(std::io::stdout()).map(|size| size.columns)
}
