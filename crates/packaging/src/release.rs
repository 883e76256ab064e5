//! Which releases there were, and which of them a tree must serve.
use crate::compare::{Comparison, compare};
use crate::header::Header;
use crate::interface::{Interface, probe, version};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A version that programs may have been compiled with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Release {
    /// A new one owes nothing to programs of another.
    pub major: u32,
    /// While the major is 0, neither does a new minor.
    pub minor: u32,
}

impl Release {
    /// That of a version.
    #[must_use]
    pub fn of([major, minor, _]: [u32; 3]) -> Self {
        Self { major, minor }
    }

    /// Whether programs of `earlier` are owed something by this one.
    #[must_use]
    pub fn serves(self, earlier: Self) -> bool {
        self.major == earlier.major
            && if self.major == 0 { self.minor == earlier.minor } else { self.minor >= earlier.minor }
    }

    /// The version of the symbols that came with it.
    #[must_use]
    pub fn node(self) -> String {
        format!("TANDEM_{}.{}", self.major, self.minor)
    }
}

/// A working tree with its header and the interfaces of its releases.
#[derive(Debug)]
pub struct Tree {
    root: PathBuf,
}

impl Tree {
    /// The tree at this place.
    #[must_use]
    pub fn new(root: &Path) -> Self {
        Self { root: root.to_owned() }
    }

    /// What a compiler makes of the header; `scratch` takes a program.
    ///
    /// # Errors
    ///
    /// Tells what is not understood, or what the compiler says.
    pub fn print_interface(&self, scratch: &Path) -> Result<String, String> {
        let include = self.root.join("include");
        let path = include.join("tandem.h");
        let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let header = Header::parse(&text).map_err(|problem| format!("tandem.h: {problem}"))?;
        std::fs::create_dir_all(scratch).map_err(|error| format!("{}: {error}", scratch.display()))?;
        let (source, program) = (scratch.join("probe.c"), scratch.join("probe"));
        std::fs::write(&source, probe(&header)).map_err(|error| format!("{}: {error}", source.display()))?;
        let mut compiler = Command::new(std::env::var("CC").unwrap_or_else(|_| "cc".into()));
        printed(compiler.arg("-std=c11").arg("-I").arg(include).arg("-o").arg(&program).arg(&source))?;
        printed(&mut Command::new(&program))
    }

    /// The interfaces of releases, the oldest first.
    ///
    /// # Errors
    ///
    /// Tells the file that is none.
    pub fn releases(&self) -> Result<Vec<Interface>, String> {
        let directory = self.root.join("abi");
        let problem = |error: std::io::Error| format!("{}: {error}", directory.display());
        let mut releases = Vec::new();
        for entry in std::fs::read_dir(&directory).map_err(problem)? {
            let path = entry.map_err(problem)?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let Some(stem) = name.strip_suffix(".abi") else { continue };
            let text = std::fs::read_to_string(&path).map_err(problem)?;
            let interface = Interface::parse(&text).map_err(|line| format!("abi/{name}: {line}"))?;
            if version(stem) != Some(interface.version) {
                return Err(format!("abi/{name} has another version in it"));
            }
            releases.push(interface);
        }
        releases.sort_by_key(|release| release.version);
        Ok(releases)
    }

    /// Compares an interface with that of the last release whose programs it must serve.
    ///
    /// # Errors
    ///
    /// There is none, or it is of another machine.
    pub fn check(&self, now: &Interface) -> Result<Comparison, String> {
        check(now, &self.releases()?)
    }

    /// Where the interface of a version is kept.
    #[must_use]
    pub fn place_of(&self, [major, minor, patch]: [u32; 3]) -> PathBuf {
        self.root.join(format!("abi/{major}.{minor}.{patch}.abi"))
    }
}

fn check(now: &Interface, releases: &[Interface]) -> Result<Comparison, String> {
    let release = Release::of(now.version);
    let mut owed =
        releases.iter().filter(|one| one.version <= now.version && release.serves(Release::of(one.version)));
    let newest = owed.next_back().ok_or_else(|| {
        let [major, minor, patch] = now.version;
        format!("abi/ has nothing that {major}.{minor}.{patch} is to be compared with: make abi-dump")
    })?;
    if newest.pointer != now.pointer {
        return Err(format!("pointers have {} octets here, and {} in abi/", now.pointer, newest.pointer));
    }
    Ok(compare(newest, now))
}

fn printed(command: &mut Command) -> Result<String, String> {
    let output = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    if !output.status.success() {
        return Err(format!("{command:?}:\n{}", String::from_utf8_lossy(&output.stderr)));
    }
    String::from_utf8(output.stdout).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn release(version: [u32; 3]) -> Interface {
        let [major, minor, patch] = version;
        Interface::parse(&format!("version {major}.{minor}.{patch}\npointer 8\nconstant TANDEM_A {minor}\n"))
            .expect("one")
    }

    #[test]
    fn before_version_1_a_minor_owes_nothing_to_another() {
        let one = Release { major: 0, minor: 1 };
        assert!(one.serves(one));
        assert!(!Release { major: 0, minor: 2 }.serves(one));
        assert!(!Release { major: 1, minor: 1 }.serves(one));
    }

    #[test]
    fn from_version_1_a_minor_serves_those_before_it() {
        let later = Release { major: 1, minor: 2 };
        assert!(later.serves(Release { major: 1, minor: 0 }));
        assert!(!Release { major: 1, minor: 0 }.serves(later));
    }

    #[test]
    fn a_tree_is_compared_with_the_newest_release_that_it_owes_something() {
        let releases = [release([0, 1, 0]), release([1, 0, 0]), release([1, 3, 0]), release([1, 9, 0])];
        let against = |version| check(&release(version), &releases);
        assert_eq!(against([0, 1, 5]), Ok(Comparison::default()));
        assert!(against([1, 4, 0]).is_ok_and(|found| found.broken == ["constant TANDEM_A is 4; it was 3"]));
        assert!(against([0, 2, 0]).is_err_and(|problem| problem.contains("make abi-dump")));
        assert!(against([2, 0, 0]).is_err());
    }

    #[test]
    fn what_was_laid_out_for_another_machine_is_not_compared() {
        let mut narrow = release([0, 1, 0]);
        narrow.pointer = 4;
        assert!(check(&release([0, 1, 0]), &[narrow]).is_err());
    }
}
