//! The headers stand alone in every dialect that hosts compile with, without a warning.
mod common;

use common::Directory;
use common::header::include_directory;
use std::process::Command;

const WARNINGS: [&str; 5] = ["-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Werror"];

fn compile(compiler: &str, source: &str, arguments: &[&str]) {
    let output = Command::new(compiler)
        .args(WARNINGS)
        .args(arguments)
        .arg("-fsyntax-only")
        .arg("-I")
        .arg(include_directory())
        .arg(source)
        .output()
        .unwrap_or_else(|error| panic!("{compiler}: {error}"));
    let problems = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{compiler} {arguments:?}:\n{problems}");
}

/// The compilers there are: the system's own, which tests need, and clang where it is installed.
fn compilers<'a>(own: &'a str, clang: &'a str) -> Vec<&'a str> {
    let has_clang = Command::new(clang).arg("--version").output().is_ok();
    [own].into_iter().chain(has_clang.then_some(clang)).collect()
}

#[test]
fn the_c_header_compiles_alone_as_c99_c11_and_c17() {
    let directory = Directory::new("header-c");
    let source = directory.file("alone.c");
    // Included twice: the guard holds.
    std::fs::write(&source, "#include \"tandem.h\"\n#include \"tandem.h\"\ntypedef tandem_event used;\n")
        .expect("written");
    for compiler in compilers("cc", "clang") {
        for standard in ["-std=c99", "-std=c11", "-std=c17"] {
            compile(compiler, &source, &[standard, "-Wstrict-prototypes", "-Wmissing-prototypes"]);
        }
    }
}

#[test]
fn the_c_and_the_cpp_header_compile_alone_as_cpp17_and_cpp20() {
    let directory = Directory::new("header-cpp");
    for header in ["tandem.h", "tandem.hpp"] {
        let source = directory.file(&format!("{header}.cpp"));
        std::fs::write(&source, format!("#include \"{header}\"\n#include \"{header}\"\n")).expect("written");
        for compiler in compilers("c++", "clang++") {
            for standard in ["-std=c++17", "-std=c++20"] {
                compile(compiler, &source, &[standard, "-Wold-style-cast", "-Wnon-virtual-dtor"]);
            }
        }
    }
}

#[test]
fn the_cpp_header_wraps_every_function_but_those_of_the_process() {
    // A comment that names a function calls nothing.
    let wrapper = common::header::code("tandem.hpp");
    let missing = |name: &&str| !wrapper.contains(&format!("{name}("));
    let names: Vec<String> = common::header::prototypes().into_iter().map(|one| one.name).collect();
    let left_out: Vec<&str> = names.iter().map(String::as_str).filter(missing).collect();
    // They are as good in C++.
    assert_eq!(left_out, ["tandem_abi_version", "tandem_version", "tandem_strerror", "tandem_log_set"]);
}

#[test]
fn the_reader_sees_what_a_person_sees() {
    let prototypes = common::header::prototypes();
    let find = |name: &str| prototypes.iter().find(|one| one.name == name).expect("there");
    assert_eq!(find("tandem_problem").parameters, Vec::<String>::new());
    assert_eq!(find("tandem_play").parameters.len(), 5);
    assert_eq!(find("tandem_engine_open").parameters[0], "const char *configuration");
    let constants = common::header::constants();
    let value = |name: &str| constants.iter().find(|(known, _)| known == name).map(|(_, value)| *value);
    assert_eq!(value("TANDEM_VERSION_MINOR"), Some(1));
    assert_eq!(value("TANDEM_E_INTERNAL"), Some(-15));
    assert_eq!(value("TANDEM_E_UNSUPPORTED"), Some(-16));
    assert_eq!(value("TANDEM_EVENT_SPAN_RESTORED"), Some(10));
    assert_eq!(value("TANDEM_BEARER_SPEECH"), Some(0));
}
