//! The guide is true: its steps, done as they stand on the page with what `make install` has installed and nothing else, print
//! what the page says.
mod common;

use common::packages::{ALL, Packages};
use common::{Directory, Installed, has, output, root, skip, text};
use std::path::{Path, PathBuf};
use std::process::Command;

/// What a page has between its sentences.
#[derive(Debug, PartialEq)]
enum Piece<'a> {
    Heading(&'a str),
    /// A file that the reader writes, because the sentence before ends with its name.
    File(&'a str, String),
    Commands(String),
    /// What the commands before print; some of it may be different each time.
    Printed {
        text: String,
        about: bool,
    },
    /// What the reader does elsewhere or otherwise.
    Other(String),
}

fn pieces(page: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut lines = page.lines();
    let mut said = "";
    while let Some(line) = lines.next() {
        if let Some(heading) = line.strip_prefix("## ") {
            pieces.push(Piece::Heading(heading));
        } else if let Some(kind) = line.strip_prefix("```") {
            let body: String =
                lines.by_ref().take_while(|line| *line != "```").map(|line| format!("{line}\n")).collect();
            let file = said.strip_suffix(':').and_then(file_name);
            pieces.push(match (kind, file) {
                ("sh", _) => Piece::Commands(body),
                ("text", _) => Piece::Printed { text: body, about: false },
                ("text about", _) => Piece::Printed { text: body, about: true },
                ("c" | "toml", Some(name)) => Piece::File(name, body),
                _ => Piece::Other(body),
            });
        } else if !line.is_empty() {
            said = line;
        }
    }
    pieces
}

/// The name in "Write `act.c` anew", at the end of a sentence.
fn file_name(sentence: &str) -> Option<&str> {
    let (_, rest) = sentence.rsplit_once("Write `")?;
    let (name, behind) = rest.split_once('`')?;
    matches!(behind, "" | " anew").then_some(name)
}

/// A reader with an empty home, who has followed "Before you begin".
struct Reader {
    home: PathBuf,
    place: PathBuf,
    tandem: Tandem,
}

/// Where the reader's Tandem comes from.
enum Tandem {
    /// `make install`, and what the page tells the shell then.
    Prefix(String),
    /// Debian packages, whose `usr` this is.
    Packages(PathBuf),
}

impl Reader {
    /// The page has Tandem in ~/tandem, and knows no other place.
    fn new(installed: &Installed, home: &Path, page: &str) -> Self {
        std::fs::create_dir_all(home).expect("a directory");
        std::os::unix::fs::symlink(&installed.prefix, home.join("tandem")).expect("a link");
        let before =
            pieces(page).into_iter().skip_while(|piece| *piece != Piece::Heading("Before you begin"));
        let settings = before.skip(1).find_map(|piece| match piece {
            Piece::Commands(settings) => Some(settings),
            _ => None,
        });
        let settings = settings.expect("the page tells the shell where Tandem is");
        Self { home: home.to_owned(), place: home.to_owned(), tandem: Tandem::Prefix(settings) }
    }

    /// With packages in their places, which only this reader sees. `None` where that is not allowed.
    fn on_debian(usr: &Path, home: &Path) -> Option<Self> {
        let reader =
            Self { home: home.to_owned(), place: home.to_owned(), tandem: Tandem::Packages(usr.to_owned()) };
        let seen = reader.shell("tandem --version").output();
        if !seen.is_ok_and(|output| output.status.success()) {
            skip("no file system of one's own (unshare, overlay)");
            return None;
        }
        Some(reader)
    }

    /// A shell that is about to run a script, in an environment of its own.
    fn shell(&self, script: &str) -> Command {
        let mut shell = match &self.tandem {
            Tandem::Prefix(settings) => {
                let mut shell = Command::new("sh");
                shell.args(["-e", "-c", &format!("{settings}{script}")]);
                shell
            }
            Tandem::Packages(usr) => {
                let mut shell = Command::new("unshare");
                let in_place =
                    "mount -t overlay overlay -o lowerdir=\"$1\":/usr /usr && exec sh -e -c \"$2\"";
                shell.args(["-rm", "sh", "-c", in_place, "sh"]).arg(usr).arg(script);
                shell
            }
        };
        shell.env_clear().env("HOME", &self.home).env("PATH", "/usr/bin:/bin").current_dir(&self.place);
        shell
    }

    fn write(&self, name: &str, body: &str) {
        std::fs::write(self.place.join(name), body).expect("written");
    }

    /// What commands print. The shell stands afterwards where they have left it.
    fn run(&mut self, commands: &str) -> Result<String, String> {
        let left = self.home.join(".left-in");
        let output = output(&mut self.shell(&format!("{commands}pwd >\"$HOME/.left-in\"\n")));
        let (printed, problems) = (text(&output.stdout), text(&output.stderr));
        if !output.status.success() || !problems.is_empty() {
            return Err(format!("{commands}{printed}{problems}"));
        }
        self.place = std::fs::read_to_string(left).expect("written by the shell").trim().into();
        Ok(printed)
    }

    /// Does the steps of a page, up to one that is different.
    fn follow(&mut self, page: &str) -> Result<(), String> {
        let mut printed: Option<String> = None;
        let steps = pieces(page).into_iter().skip_while(|piece| !is_step(piece));
        for piece in steps {
            if let Piece::Printed { text, about } = piece {
                let found = printed.take().unwrap_or_default();
                if comparable(&found, about) != comparable(&text, about) {
                    return Err(format!("the page says\n{text}and it is\n{found}"));
                }
                continue;
            }
            if let Some(rest) = printed.take().filter(|rest| !rest.is_empty()) {
                return Err(format!("the page does not say\n{rest}"));
            }
            match piece {
                Piece::File(name, body) => self.write(name, &body),
                Piece::Commands(commands) => printed = Some(self.run(&commands)?),
                Piece::Other(body) => return Err(format!("the page does not say what to do with\n{body}")),
                Piece::Heading(_) | Piece::Printed { .. } => {}
            }
        }
        Ok(())
    }
}

/// With `about`, any measured number stands for any other: `3.2`, `(-0.3`.
fn comparable(text: &str, about: bool) -> String {
    if !about {
        return text.into();
    }
    let measured = |word: &str| {
        word.contains('.')
            && word.trim_start_matches(['(', '+', '-']).starts_with(|c: char| c.is_ascii_digit())
    };
    let words = text.split_whitespace().map(|word| if measured(word) { "N" } else { word });
    words.collect::<Vec<_>>().join(" ")
}

fn is_step(piece: &Piece<'_>) -> bool {
    matches!(piece, Piece::Heading(heading) if heading.starts_with("1. "))
}

fn page() -> String {
    std::fs::read_to_string(root().join("docs/guide/README.md")).expect("the guide")
}

#[test]
fn the_steps_of_the_guide_do_what_it_says() {
    if !has("pkg-config") {
        return;
    }
    let (page, installed) = (page(), Installed::new("guide"));
    let mut reader = Reader::new(&installed, &installed.work(), &page);
    if let Err(problem) = reader.follow(&page) {
        panic!("{problem}");
    }
}

#[test]
fn the_steps_do_so_with_the_debian_packages_alone() {
    let Some(packages) = Packages::new("guide-deb") else { return };
    let usr = packages.root("debian", &ALL).join("usr");
    let home = Directory::new("guide-deb-home");
    let Some(mut reader) = Reader::on_debian(&usr, &home.0) else { return };
    if let Err(problem) = reader.follow(&page()) {
        panic!("{problem}");
    }
    assert!(reader.place.join("call.wav").is_file());
}

#[test]
fn the_guide_has_ten_steps_with_something_to_do_in_each() {
    let page = page();
    let pieces = pieces(&page);
    let headings: Vec<(usize, &str)> = pieces
        .iter()
        .enumerate()
        .filter_map(|(place, piece)| match piece {
            Piece::Heading(heading) => Some((place, *heading)),
            _ => None,
        })
        .collect();
    for (number, (place, heading)) in headings.iter().enumerate().skip(1).take(10) {
        assert!(heading.starts_with(&format!("{number}. ")), "{heading}");
        assert!(matches!(pieces[*place + 1], Piece::Commands(_) | Piece::File(..)), "{heading}");
    }
    assert_eq!(headings.len(), 12, "one before and one behind: {headings:?}");
    let installing: Vec<&Piece<'_>> = pieces[..headings[1].0].iter().collect();
    for line in ["make install PREFIX=$HOME/tandem\n", "./libtandem0_0.1.0_amd64.deb"] {
        assert!(
            installing.iter().any(|piece| matches!(piece, Piece::Other(body) if body.contains(line))),
            "{line}"
        );
    }
}

#[test]
fn where_numbers_are_measured_the_words_are_compared() {
    assert_eq!(
        comparable(" 3.2 s  call 1 (-0.3 Hz)\n", true),
        comparable("12.8 s  call 1 (+1.25 Hz)\n", true)
    );
    assert_ne!(comparable("3.2 s  call 1\n", true), comparable("3.2 s  call 2\n", true));
    assert_ne!(comparable("3.2 s  call.wav\n", true), comparable("3.2 s  calls.wav\n", true));
}

#[test]
fn a_guide_that_lies_is_noticed() {
    if !has("pkg-config") {
        return;
    }
    let page = page();
    let short = &page[..page.find("\n## 6. ").expect("a sixth step")];
    let lies = [
        ("tandem 0.1.0\n```", "tandem 0.1.1\n```"),
        ("pkg-config --modversion tandem\n", ""),
        ("./ivr\n```\n\n```text\n", "./ivr\n./ivr\n```\n\n```text\n"),
        ("--out one.wav", "--output one.wav"),
        ("model = \"sim-bit\"", "model = \"sim-byte\""),
        ("tandem_event_wait(engine, -1, &event)", "tandem_event_fetch(engine, -1, &event)"),
        ("Write `ivr.toml`:", "Write the configuration:"),
        ("is over\n```", "ends\n```"),
        ("13.2 s", "13.3 s"),
    ];
    let installed = Installed::new("lies");
    let follow =
        |page: &str, name: &str| Reader::new(&installed, &installed.work().join(name), page).follow(page);
    for (number, (true_words, lie)) in lies.into_iter().enumerate() {
        assert!(short.contains(true_words), "{true_words}");
        let page = short.replacen(true_words, lie, 1);
        assert!(follow(&page, &format!("home-{number}")).is_err(), "{lie}");
    }
    assert_eq!(follow(short, "home"), Ok(()));
}
