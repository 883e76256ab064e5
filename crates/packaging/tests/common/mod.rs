//! What the tests of packages share: an installed Tandem, and programs that are run.
#![allow(dead_code, unreachable_pub)] // each test file takes what it needs
pub mod packages;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicU32, Ordering};

// For its libraries, which cargo puts beside this test then.
extern crate tandem as _;

pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("a workspace").to_owned()
}

/// Where cargo has built the libraries and programs; nothing is built anew for these tests.
pub fn artifacts() -> PathBuf {
    let test = std::env::current_exe().expect("a test has a path");
    let directory = test.ancestors().nth(2).expect("target/profile/deps").to_owned();
    for (file, package) in [
        ("tandem-abi", "tandem-packaging"),
        ("tandem-docs", "tandem-packaging"),
        ("tandem", "tandem-cli"),
        ("tandem-switch", "tandem-switch-example"),
        ("libtandem_dahdi_shim.so", "tandem-dahdi-shim"),
    ] {
        let file = directory.join(file);
        assert!(file.is_file(), "no {}: cargo build -p {package} makes it", file.display());
    }
    directory
}

/// A fresh directory that goes with its owner.
pub struct Directory(pub PathBuf);

impl Directory {
    pub fn new(name: &str) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
        let path = path.join(format!("{name}-{}-{number}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).expect("a directory");
        Self(path)
    }

    pub fn join(&self, path: &str) -> PathBuf {
        self.0.join(path)
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

pub fn text(octets: &[u8]) -> String {
    String::from_utf8_lossy(octets).into_owned()
}

/// Runs a program, which must end well; its output.
#[track_caller]
pub fn run(command: &mut Command) -> String {
    let output = output(command);
    assert!(output.status.success(), "{command:?}\n{}{}", text(&output.stdout), text(&output.stderr));
    text(&output.stdout)
}

#[track_caller]
pub fn output(command: &mut Command) -> Output {
    command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"))
}

/// Whether a program can be run; if not, the test is skipped.
pub fn has(program: &str) -> bool {
    let there = Command::new(program).arg("--version").output().is_ok_and(|output| output.status.success());
    if !there {
        skip(&format!("{program} is not installed"));
    }
    there
}

/// Says in a line that a test is skipped, or fails it where `TANDEM_TOOLS=required` will have none skipped.
#[track_caller]
pub fn skip(why: &str) {
    assert!(std::env::var_os("TANDEM_TOOLS").is_none_or(|wanted| wanted != "required"), "{why}");
    println!("skipped: {why}");
}

/// The C and C++ compilers there are.
pub fn compilers() -> Vec<(&'static str, &'static str)> {
    let mut all = vec![("cc", "c++")];
    all.extend([("clang", "clang++")].into_iter().filter(|(_, cpp)| has(cpp)));
    all
}

/// `make` in the tree, with nothing of this test's surroundings that it takes for a setting.
pub fn make<V: AsRef<OsStr>>(target: &str, settings: &[(&str, V)]) -> Command {
    let mut make = Command::new("make");
    make.arg("--no-print-directory").arg("-C").arg(root()).arg(target);
    for name in [
        "DEB",
        "MAINTAINER",
        "COMPRESSION",
        "PREFIX",
        "DESTDIR",
        "LIBDIR",
        "INCLUDEDIR",
        "BINDIR",
        "MANDIR",
        "DOCDIR",
        "PROFILE",
        "PACKAGE",
        "MAKEFLAGS",
    ] {
        make.env_remove(name);
    }
    for (name, value) in settings {
        let mut setting = std::ffi::OsString::from(format!("{name}="));
        setting.push(value);
        make.arg(setting);
    }
    make
}

/// The library and the tools at a place of their own.
pub struct Installed {
    directory: Directory,
    pub prefix: PathBuf,
}

impl Installed {
    pub fn new(name: &str) -> Self {
        let directory = Directory::new(name);
        let prefix = directory.join("usr");
        let settings =
            [("ARTIFACTS", artifacts()), ("PACKAGE", package(&directory)), ("PREFIX", prefix.clone())];
        run(&mut make("install", &settings));
        Self { directory, prefix }
    }

    /// A directory beside it, for what is made with it.
    pub fn work(&self) -> PathBuf {
        let work = self.directory.join("work");
        std::fs::create_dir_all(&work).expect("a directory");
        work
    }

    pub fn library(&self) -> PathBuf {
        self.prefix.join("lib/libtandem.so.0.1.0")
    }

    /// A command that finds what is installed here.
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        let path = std::env::var_os("PATH").unwrap_or_default();
        let places = [self.prefix.join("bin")].into_iter().chain(std::env::split_paths(&path));
        command
            .current_dir(self.work())
            .env("PATH", std::env::join_paths(places).expect("plain names"))
            .env("PKG_CONFIG_PATH", self.prefix.join("lib/pkgconfig"))
            .env("LD_LIBRARY_PATH", self.prefix.join("lib"));
        command
    }
}

/// What is installed, ready to be copied.
pub fn package(directory: &Directory) -> PathBuf {
    let package = directory.join("package");
    run(Command::new(root().join("scripts/build-package"))
        .env("ARTIFACTS", artifacts())
        .env("PACKAGE", &package)
        .env_remove("PROFILE"));
    package
}

/// What `pkg-config` answers, as arguments.
pub fn pkg_config(mut command: Command, arguments: &[&str]) -> Vec<String> {
    run(command.args(arguments)).split_whitespace().map(str::to_owned).collect()
}
