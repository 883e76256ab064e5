//! `make deb` builds packages whose files, put into an empty root, serve those who build programs and those who run them.
mod common;

use common::packages::{ALL, Packages, libraries};
use common::{has, output, pkg_config, root, run, text};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

#[test]
fn programs_are_built_against_the_packages_and_run_on_the_library_of_their_minor_alone() {
    let Some(packages) = Packages::new("deb-build") else { return };
    let build = packages.root("build", &["libtandem0", "libtandem-dev"]);
    let host = packages.root("host", &["libtandem0"]);
    for (module, standard, compiler, source) in [
        ("tandem", "-std=c11", "cc", "examples/c/conference.c"),
        ("tandem-static", "-std=c11", "cc", "examples/c/conference.c"),
        ("tandem", "-std=c++17", "c++", "examples/cpp/ivr.cpp"),
    ] {
        let mut asked = Command::new("pkg-config");
        asked
            .env("PKG_CONFIG_SYSROOT_DIR", &build)
            .env("PKG_CONFIG_LIBDIR", libraries(&build).join("pkgconfig"));
        let mut flags = pkg_config(asked, &["--cflags", "--libs", module]);
        // Places that the compiler knows anyway are left out; here they are elsewhere.
        flags.push(format!("-I{}", build.join("usr/include").display()));
        flags.push(format!("-L{}", libraries(&build).display()));
        for flag in &mut flags {
            if flag.starts_with("/usr/") {
                *flag = format!("{}{flag}", build.display());
            }
        }
        let program = packages.directory.join(&format!("{module}-{compiler}"));
        run(Command::new(compiler)
            .arg(standard)
            .arg(root().join(source))
            .args(flags)
            .arg("-o")
            .arg(&program));
        let arguments: &[&str] = if compiler == "c++" { &["--help"] } else { &[] };
        let said = run(Command::new(&program).args(arguments).env("LD_LIBRARY_PATH", libraries(&host)));
        assert!(said.contains("the supervisor joins in") || said.starts_with("usage: ivr "), "{said}");
    }
    depends_on_the_library_of_its_minor(&packages, &packages.directory.join("tandem-cc"));
}

/// By the symbols that it uses, and, for tools that do not read those, by the library.
fn depends_on_the_library_of_its_minor(packages: &Packages, program: &Path) {
    let library = packages.directory.join("libtandem0");
    run(Command::new("dpkg-deb").arg("-R").arg(packages.file("libtandem0")).arg(&library));
    let depends = |library: &Path| {
        let mut command = Command::new("dpkg-shlibdeps");
        run(command.current_dir(root()).arg("-O").arg(format!("-S{}", library.display())).arg(program))
    };
    assert!(depends(&library).contains("libtandem0 (>= 0.1), libtandem0 (<< 0.2~)"), "{}", depends(&library));
    std::fs::remove_file(library.join("DEBIAN/symbols")).expect("there");
    assert!(
        depends(&library).contains("libtandem0 (>= 0.1.0), libtandem0 (<< 0.2~)"),
        "{}",
        depends(&library)
    );
}

#[test]
fn packages_share_no_file_belong_to_root_and_say_what_is_true_of_them() {
    let Some(packages) = Packages::new("deb-files") else { return };
    share_no_file(&packages);
    say_what_is_true(&packages);
}

fn share_no_file(packages: &Packages) {
    let mut owners: BTreeMap<String, &str> = BTreeMap::new();
    for package in ALL {
        for (mode, owner, path) in packages.listing(package) {
            assert_eq!(owner, "root/root", "{path}");
            assert!(mode.starts_with('l') || &mode[5..6] == "-", "{path} may be written by others: {mode}");
            if !path.ends_with('/') {
                assert_eq!(owners.insert(path.clone(), package), None, "{path}");
            }
        }
    }
    let owner = |end: &str| {
        let mut found = owners.iter().filter(|(path, _)| path.ends_with(end));
        let (path, owner) = found.next().unwrap_or_else(|| panic!("no {end}"));
        assert_eq!(found.next(), None, "one {end}, besides {path}");
        *owner
    };
    assert_eq!(owner("/libtandem.so.0"), "libtandem0");
    assert_eq!(owner("/libtandem.so.0.1.0"), "libtandem0");
    for file in [
        "/libtandem.so",
        "/libtandem.a",
        "/tandem.h",
        "/tandem.hpp",
        "/tandem.pc",
        "/TandemConfig.cmake",
        "/abi.md",
    ] {
        assert_eq!(owner(file), "libtandem-dev", "{file}");
    }
    for file in ["/bin/tandem", "/bin/tandem-switch", "/man1/tandem.1.gz", "/tandem/libtandem_dahdi_shim.so"]
    {
        assert_eq!(owner(file), "tandem-tools", "{file}");
    }
    for package in ALL {
        for file in ["copyright", "changelog.gz", "third-party.txt.gz"] {
            assert_eq!(owner(&format!("/usr/share/doc/{package}/{file}")), package);
        }
    }
}

fn say_what_is_true(packages: &Packages) {
    for package in ALL {
        assert_eq!(packages.field(package, "Version"), "0.1.0");
        assert_eq!(packages.field(package, "Maintainer"), "A. Builder <builder@debian.org>");
    }
    assert!(packages.field("libtandem-dev", "Depends").starts_with("libtandem0 (= 0.1.0)"));
    for package in ["libtandem0", "tandem-tools"] {
        let needed = packages.field(package, "Depends");
        assert!(needed.contains("libc6 (>= ") && !needed.contains("libtandem"), "{package}: {needed}");
    }
    for package in ALL {
        let place = packages.directory.join(package);
        run(Command::new("dpkg-deb").arg("-R").arg(packages.file(package)).arg(&place));
        run(Command::new("md5sum").args(["--quiet", "--strict", "-c", "DEBIAN/md5sums"]).current_dir(&place));
    }
    // Nothing is left in it that only a debugger wants.
    let library = libraries(&packages.directory.join("libtandem0")).join("libtandem.so.0.1.0");
    assert!(!run(Command::new("readelf").args(["-S", "-W"]).arg(library)).contains(".symtab"));
    let triggers =
        std::fs::read_to_string(packages.directory.join("libtandem0/DEBIAN/triggers")).expect("there");
    assert_eq!(triggers, "activate-noawait ldconfig\n");
}

#[test]
fn packages_built_twice_are_the_same() {
    let Some(packages) = Packages::new("deb-twice") else { return };
    packages.build("again", "none");
    for package in ALL {
        let first = packages.file(package);
        let again = packages.directory.join("again").join(first.file_name().expect("a file"));
        assert!(std::fs::read(&first).expect("built") == std::fs::read(again).expect("built"), "{package}");
    }
}

#[test]
fn lintian_has_nothing_to_say() {
    if !has("lintian") {
        return;
    }
    let Some(packages) = Packages::prepared("deb-lintian") else { return };
    // It looks into each object of the static library, for half a minute in all; a few are as good.
    let library = packages.built.join("libtandem.a");
    let objects = run(Command::new("ar").arg("t").arg(&library));
    let objects: Vec<&str> = objects.lines().filter(|object| object.starts_with("tandem_types-")).collect();
    assert!(!objects.is_empty());
    run(Command::new("ar").arg("x").arg(&library).args(&objects).current_dir(&packages.directory.0));
    std::fs::remove_file(&library).expect("a link to cargo's");
    run(Command::new("ar").arg("rcs").arg(&library).args(&objects).current_dir(&packages.directory.0));
    // It takes exception at packages without compression.
    packages.build("deb", "gzip");
    let files = ALL.map(|package| packages.file(package));
    let mut lintian = Command::new("lintian");
    let said = output(lintian.args(["--fail-on", "error,warning", "--allow-root"]).args(files));
    assert!(said.status.success(), "{}{}", text(&said.stdout), text(&said.stderr));
    assert_eq!(text(&said.stdout), "");
}

#[test]
fn the_packages_have_the_version_of_the_tree() {
    let changelog = std::fs::read_to_string(root().join("debian/changelog")).expect("there");
    assert!(changelog.starts_with(&format!("tandem ({}) ", env!("CARGO_PKG_VERSION"))), "{changelog}");
}
