//! `make install` puts a library into a prefix that programs are built with and run on, and `make uninstall` takes it away.
mod common;

use common::{
    Directory, Installed, artifacts, compilers, has, make, output, package, pkg_config, root, run, text,
};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

/// All but the pages.
const FILES: [&str; 19] = [
    "bin/tandem",
    "bin/tandem-switch",
    "include/tandem.h",
    "include/tandem.hpp",
    "lib/cmake/Tandem/TandemConfig.cmake",
    "lib/cmake/Tandem/TandemConfigVersion.cmake",
    "lib/libtandem.a",
    "lib/libtandem.so",
    "lib/libtandem.so.0",
    "lib/libtandem.so.0.1.0",
    "lib/pkgconfig/tandem-static.pc",
    "lib/pkgconfig/tandem.pc",
    "lib/tandem/libtandem_dahdi_shim.so",
    "share/doc/tandem/LICENSE-APACHE",
    "share/doc/tandem/LICENSE-MIT",
    "share/doc/tandem/README.md",
    "share/doc/tandem/third-party.txt",
    "share/man/man1/tandem-switch.1",
    "share/man/man1/tandem.1",
];

/// Files and links below a directory.
fn files(directory: &Path) -> BTreeSet<String> {
    let found = run(Command::new("find").arg(".").args(["!", "-type", "d"]).current_dir(directory));
    found.lines().map(|line| line.trim_start_matches("./").to_owned()).collect()
}

#[test]
fn what_is_installed_is_all_there_and_uninstalling_leaves_what_is_anothers() {
    let directory = Directory::new("files");
    let (destination, package) = (directory.join("root"), package(&directory));
    let settings = [
        ("ARTIFACTS", artifacts()),
        ("PACKAGE", package),
        ("DESTDIR", destination.clone()),
        ("PREFIX", PathBuf::from("/opt/tandem")),
    ];
    run(&mut make("install", &settings));
    let all = files(&destination.join("opt/tandem"));
    let (pages, others): (BTreeSet<&str>, BTreeSet<&str>) = all
        .iter()
        .map(String::as_str)
        .partition(|file| file.starts_with("share/doc/") && !FILES.contains(file));
    assert_eq!(others, FILES.into_iter().collect());
    for page in [
        "CHANGELOG.md",
        "docs/abi.md",
        "docs/cards/falc4.md",
        "docs/reference/calls.md",
        "examples/c/ivr.c",
        "examples/cpp/ivr.cpp",
    ] {
        assert!(pages.contains(format!("share/doc/tandem/{page}").as_str()), "{page}");
    }
    assert_eq!(files(&destination).len(), all.len(), "nothing is outside the prefix");
    // What is installed knows of its prefix alone.
    let told =
        std::fs::read_to_string(destination.join("opt/tandem/lib/pkgconfig/tandem.pc")).expect("installed");
    assert!(told.contains("prefix=/opt/tandem\nlibdir=/opt/tandem/lib\n") && !told.contains('@'), "{told}");

    let anothers = destination.join("opt/tandem/share/doc/tandem/notes.txt");
    std::fs::write(&anothers, "not ours").expect("written");
    run(&mut make("uninstall", &settings));
    assert_eq!(files(&destination), ["opt/tandem/share/doc/tandem/notes.txt".to_owned()].into());
    assert!(!destination.join("opt/tandem/lib/cmake/Tandem").exists());
}

#[test]
fn places_may_be_others_and_must_be_absolute() {
    let directory = Directory::new("places");
    let settings = [
        ("ARTIFACTS", artifacts()),
        ("PACKAGE", package(&directory)),
        ("PREFIX", directory.join("usr")),
        ("LIBDIR", directory.join("usr/lib/x86_64-linux-gnu")),
        ("INCLUDEDIR", directory.join("usr/include/tandem")),
        ("DOCDIR", directory.join("usr/share/doc/libtandem-dev")),
    ];
    run(&mut make("install", &settings));
    let all = files(&directory.join("usr"));
    for file in [
        "lib/x86_64-linux-gnu/libtandem.so.0",
        "include/tandem/tandem.h",
        "share/doc/libtandem-dev/README.md",
    ] {
        assert!(all.contains(file), "{file}: {all:?}");
    }
    let asked = std::fs::read_to_string(directory.join("usr/lib/x86_64-linux-gnu/pkgconfig/tandem.pc"));
    let (asked, usr) = (asked.expect("installed"), directory.join("usr").display().to_string());
    for line in [format!("libdir={usr}/lib/x86_64-linux-gnu\n"), format!("includedir={usr}/include/tandem\n")]
    {
        assert!(asked.contains(&line), "{asked}");
    }
    // From where the file is, CMake comes to what is there.
    let cmake = directory.join("usr/lib/x86_64-linux-gnu/cmake/Tandem");
    let asked = std::fs::read_to_string(cmake.join("TandemConfig.cmake")).expect("installed");
    assert!(!asked.contains('@'), "{asked}");
    for (place, file) in [
        ("\"${_tandem_libdir}/../../include/tandem\"", "../../../../include/tandem/tandem.h"),
        ("\"${_tandem_libdir}/libtandem.so.0.1.0\"", "../../libtandem.so.0.1.0"),
        ("\"${_tandem_libdir}/libtandem.a\"", "../../libtandem.a"),
    ] {
        assert!(asked.contains(place) && cmake.join(file).is_file(), "{place}: {asked}");
    }

    let refused = output(&mut make("install", &[("PREFIX", "usr"), ("PACKAGE", "/nowhere")]));
    assert!(!refused.status.success() && text(&refused.stderr).contains("usr is not an absolute path"));
}

#[test]
fn a_library_whose_functions_can_be_made_to_do_nothing_is_not_packaged() {
    let directory = Directory::new("mutation");
    std::fs::write(directory.join("libtandem.a"), b"!<arch>\n\0TANDEM_MUTANT_LOG\0").expect("written");
    let refused = output(
        Command::new(root().join("scripts/build-package"))
            .env("ARTIFACTS", &directory.0)
            .env("PACKAGE", directory.join("package"))
            .env_remove("PROFILE"),
    );
    assert!(!refused.status.success() && !directory.join("package").exists());
    assert!(text(&refused.stderr).contains("the feature mutation, which is for tests"));
}

/// The symbols that a library offers to a loader.
fn exported(library: &Path) -> BTreeSet<String> {
    let listing = run(Command::new("nm").args(["-D", "--defined-only"]).arg(library));
    listing.lines().filter_map(|line| line.split_whitespace().nth(2)).map(str::to_owned).collect()
}

/// What a program or library says of itself in a tag of its dynamic section.
fn dynamic(file: &Path, tag: &str) -> Vec<String> {
    let section = run(Command::new("readelf").args(["-d", "-W"]).arg(file));
    let lines = section.lines().filter(|line| line.contains(&format!("({tag})")));
    lines
        .filter_map(|line| Some(line.split_once('[')?.1.trim_end().trim_end_matches(']').to_owned()))
        .collect()
}

#[test]
fn the_shared_library_has_a_name_and_exports_the_functions_of_the_header_with_their_version() {
    let installed = Installed::new("symbols");
    let header = std::fs::read_to_string(root().join("include/tandem.h")).expect("the header");
    let header = tandem_packaging::Header::parse(&header).expect("understood");
    let mut expected: BTreeSet<String> =
        header.functions.iter().map(|(name, _)| format!("{name}@@TANDEM_0.1")).collect();
    assert!(expected.len() > 70);
    expected.insert("TANDEM_0.1".into());
    assert_eq!(exported(&installed.library()), expected);
    assert_eq!(dynamic(&installed.library(), "SONAME"), ["libtandem.so.0"]);
    assert_eq!(dynamic(&installed.library(), "RUNPATH"), Vec::<String>::new());
}

/// A program built by what `pkg-config` says of a module.
fn build(installed: &Installed, compiler: &str, standard: &str, source: &str, module: &str) -> PathBuf {
    let flags = pkg_config(installed.command("pkg-config"), &["--cflags", "--libs", module]);
    let name = format!("{}-{module}-{}", compiler.replace('+', "p"), standard.trim_start_matches("-std="));
    let program = installed.work().join(name);
    run(installed
        .command(compiler)
        .args([standard, "-Wall", "-Wextra", "-Wpedantic", "-Werror"])
        .arg(root().join(source))
        .args(flags)
        .arg("-o")
        .arg(&program));
    program
}

#[test]
fn programs_in_c_and_cpp_are_built_by_pkg_config_and_run() {
    if !has("pkg-config") {
        return;
    }
    let installed = Installed::new("pkg-config");
    assert_eq!(run(installed.command("pkg-config").args(["--modversion", "tandem"])), "0.1.0\n");
    let configuration = installed.work().join("two-spans.toml");
    std::fs::write(&configuration, TWO_SPANS).expect("written");
    for (c, cpp) in compilers() {
        for (module, needs_it) in [("tandem", true), ("tandem-static", false)] {
            let program = build(&installed, c, "-std=c11", "examples/c/conference.c", module);
            let said = run(&mut installed.command(&program));
            assert!(said.contains("  supervisor is heard by agent at -16 dBm0"), "{said}");
            assert_eq!(
                dynamic(&program, "NEEDED").contains(&"libtandem.so.0".to_owned()),
                needs_it,
                "{c} {module}"
            );

            let program = build(&installed, cpp, "-std=c++17", "examples/cpp/ivr.cpp", module);
            let said = run(installed.command(&program).args(["--seconds", "1"]).arg(&configuration));
            assert!(said.contains("0 calls offered, 0 answered, 0 cleared"), "{said}");
            assert_eq!(
                dynamic(&program, "NEEDED").contains(&"libtandem.so.0".to_owned()),
                needs_it,
                "{cpp} {module}"
            );
        }
    }
}

const TWO_SPANS: &str = "[engine]\nmode = \"lockstep\"\n[[card]]\nmodel = \"sim-falc4\"\n\
    [[span]]\nport = 0\n[[span]]\nport = 3\n";

#[test]
fn what_pkg_config_adds_for_static_programs_is_what_they_need() {
    if !has("pkg-config") {
        return;
    }
    let installed = Installed::new("static");
    let private = pkg_config(installed.command("pkg-config"), &["--static", "--libs-only-l", "tandem"]);
    // As a program does that takes the archive by its name and the rest by what the module says.
    let others: Vec<&String> = private.iter().filter(|flag| *flag != "-ltandem").collect();
    let program = installed.work().join("by-name");
    run(installed
        .command("cc")
        .arg("-std=c11")
        .arg("-I")
        .arg(installed.prefix.join("include"))
        .arg(root().join("examples/c/conference.c"))
        .arg(installed.prefix.join("lib/libtandem.a"))
        .args(others)
        .arg("-o")
        .arg(&program));
    run(&mut installed.command(&program));
    assert!(dynamic(&program, "NEEDED").iter().all(|library| !library.contains("tandem")));
}

#[test]
fn static_programs_get_what_the_standard_library_of_rust_needs() {
    let directory = Directory::new("needs");
    std::fs::write(directory.join("empty.rs"), "").expect("written");
    let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".into());
    let said = output(
        Command::new(rustc)
            .args(["--crate-type", "staticlib", "--print", "native-static-libs", "empty.rs"])
            .current_dir(&directory.0),
    );
    let said = text(&said.stderr);
    let (_, needed) = said.split_once("native-static-libs: ").expect("the compiler knows");
    let module = std::fs::read_to_string(root().join("packaging/tandem.pc.in")).expect("there");
    let private = module.lines().find_map(|line| line.strip_prefix("Libs.private: ")).expect("a line");
    assert_eq!(private, needed.lines().next().expect("a line").trim());
}

#[test]
fn a_program_does_not_start_with_a_library_of_another_minor_before_version_1() {
    if !has("pkg-config") {
        return;
    }
    let installed = Installed::new("minor");
    let program = build(&installed, "cc", "-std=c11", "examples/c/conference.c", "tandem");
    let map = std::fs::read_to_string(installed.prefix.with_file_name("package").join("tandem.map"))
        .expect("built");
    let other = installed.work().join("tandem.map");
    std::fs::write(&other, map.replace("TANDEM_0.1", "TANDEM_0.2")).expect("written");
    run(Command::new("cc")
        .args(["-shared", "-Wl,-soname,libtandem.so.0", "-Wl,--gc-sections"])
        .arg(format!("-Wl,--version-script={}", other.display()))
        .arg("-Wl,--whole-archive")
        .arg(installed.prefix.join("lib/libtandem.a"))
        .args(["-Wl,--no-whole-archive", "-lgcc_s", "-lpthread", "-ldl", "-lm", "-lc", "-o"])
        .arg(installed.work().join("libtandem.so.0")));
    let refused = output(installed.command(&program).env("LD_LIBRARY_PATH", installed.work()));
    assert!(!refused.status.success());
    assert!(text(&refused.stderr).contains("version `TANDEM_0.1' not found"), "{}", text(&refused.stderr));
}

#[test]
fn programs_are_built_by_cmake_and_run() {
    if !has("cmake") {
        return;
    }
    let installed = Installed::new("cmake");
    let project = installed.work();
    std::fs::copy(root().join("examples/c/conference.c"), project.join("conference.c")).expect("copied");
    std::fs::write(project.join("CMakeLists.txt"), CMAKE).expect("written");
    let prefix = format!("-DCMAKE_PREFIX_PATH={}", installed.prefix.display());
    run(installed.command("cmake").args(["-S", ".", "-B", "build", &prefix]));
    run(installed.command("cmake").args(["--build", "build"]));
    for (program, needs_it) in [("shared", true), ("static", false)] {
        let program = project.join("build").join(program);
        assert!(run(&mut installed.command(&program)).contains("the supervisor whispers"));
        assert_eq!(dynamic(&program, "NEEDED").contains(&"libtandem.so.0".to_owned()), needs_it);
    }
    let refused = CMAKE.replace("Tandem 0.1 ", "Tandem 0.2 ");
    std::fs::write(project.join("CMakeLists.txt"), refused).expect("written");
    assert!(!output(installed.command("cmake").args(["-S", ".", "-B", "other", &prefix])).status.success());
}

const CMAKE: &str = "cmake_minimum_required(VERSION 3.10)\nproject(hosts C)\nfind_package(Tandem 0.1 REQUIRED)\n\
    add_executable(shared conference.c)\ntarget_link_libraries(shared PRIVATE Tandem::tandem)\n\
    add_executable(static conference.c)\ntarget_link_libraries(static PRIVATE Tandem::tandem_static)\n";

#[test]
fn the_tools_run_and_their_manual_pages_have_each_command_and_option() {
    let installed = Installed::new("tools");
    for tool in ["tandem", "tandem-switch"] {
        assert_eq!(run(installed.command(tool).arg("--version")), format!("{tool} 0.1.0\n"));
    }
    let page = |tool: &str| {
        std::fs::read_to_string(installed.prefix.join(format!("share/man/man1/{tool}.1"))).expect("installed")
    };
    for section in
        ["NAME", "DESCRIPTION", "TANDEM DETECT", "TANDEM LINE ANALYZE", "TANDEM GENERATE CID", "TANDEM TRACE"]
    {
        assert!(page("tandem").contains(&format!("\n.SH {section}\n")), "{section}");
    }
    assert!(page("tandem-switch").contains("\\-\\-dahdi\\-socket <PATH>"));
    if has("man") {
        let said = run(installed
            .command("man")
            .args(["-l", "-Tutf8"])
            .arg(installed.prefix.join("share/man/man1/tandem.1")));
        assert!(
            said.contains("tandem - Tools for telephone lines") && said.contains("Exit status: 0 done"),
            "{said}"
        );
    }
}

#[test]
fn the_notices_of_what_is_linked_in_are_installed() {
    let installed = Installed::new("notices");
    let notices = std::fs::read_to_string(installed.prefix.join("share/doc/tandem/third-party.txt"))
        .expect("installed");
    for heading in ["== libc 0.2.", "== libm 0.2.", "== toml 1."] {
        let (_, notice) = notices.split_once(heading).unwrap_or_else(|| panic!("{heading}"));
        let notice = notice.split("\n== ").next().expect("one piece at least");
        assert!(notice.contains("Permission is hereby granted"), "{heading}{notice}");
    }
    // What tests alone use is not in it, and neither is what is ours.
    assert!(!notices.contains("== tandem") && !notices.contains("== criterion"));
}
