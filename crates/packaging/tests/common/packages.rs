//! Debian packages, built of what the tests were built with.
use super::{Directory, artifacts, has, make, package, run};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The packages, at a place of their own.
pub struct Packages {
    pub directory: Directory,
    pub built: PathBuf,
}

impl Packages {
    /// `None` where packages cannot be built.
    pub fn new(name: &str) -> Option<Self> {
        let packages = Self::prepared(name)?;
        packages.build("deb", "none");
        Some(packages)
    }

    /// With nothing packed yet.
    pub fn prepared(name: &str) -> Option<Self> {
        if !["dpkg-deb", "dpkg-shlibdeps", "dpkg-gencontrol", "pkg-config"].into_iter().all(has) {
            return None;
        }
        let directory = Directory::new(name);
        let built = package(&directory);
        Some(Self { directory, built })
    }

    pub fn build(&self, place: &str, compression: &str) {
        let settings = [
            ("ARTIFACTS", artifacts()),
            ("PACKAGE", self.built.clone()),
            ("DEB", self.directory.join(place)),
            ("COMPRESSION", compression.into()),
            ("MAINTAINER", "A. Builder <builder@debian.org>".into()),
        ];
        run(&mut make("deb", &settings));
    }

    pub fn file(&self, name: &str) -> PathBuf {
        let architecture = run(Command::new("dpkg-architecture").arg("-qDEB_HOST_ARCH"));
        self.directory.join(&format!("deb/{name}_0.1.0_{}.deb", architecture.trim()))
    }

    /// A root with the files of these packages.
    pub fn root(&self, name: &str, packages: &[&str]) -> PathBuf {
        let root = self.directory.join(name);
        for package in packages {
            run(Command::new("dpkg-deb").arg("-x").arg(self.file(package)).arg(&root));
        }
        root
    }

    pub fn field(&self, package: &str, field: &str) -> String {
        run(Command::new("dpkg-deb").arg("-f").arg(self.file(package)).arg(field)).trim().to_owned()
    }

    /// Lines of the listing: mode, owner and path of each file.
    pub fn listing(&self, package: &str) -> Vec<(String, String, String)> {
        let listing = run(Command::new("dpkg-deb").arg("-c").arg(self.file(package)));
        let line = |line: &str| {
            let words: Vec<&str> = line.split_whitespace().collect();
            (words[0].to_owned(), words[1].to_owned(), words[5].to_owned())
        };
        listing.lines().map(line).collect()
    }
}

pub const ALL: [&str; 3] = ["libtandem0", "libtandem-dev", "tandem-tools"];

pub fn libraries(root: &Path) -> PathBuf {
    root.join("usr/lib").join(run(Command::new("dpkg-architecture").arg("-qDEB_HOST_MULTIARCH")).trim())
}
