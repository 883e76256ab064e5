//! The library takes structures of the size that they had in the release that brought their function, as hosts pass them that
//! were compiled then, and none that are smaller. They may have grown since.
mod common;

use common::{Directory, artifacts, root, run};
use std::collections::BTreeMap;
use std::process::Command;
use tandem_packaging::{Interface, Release, Tree};

/// Whether a host says the size of a structure when it passes one.
fn says_its_size(release: &Interface, structure: &str) -> bool {
    release.value("field", &format!("{structure}.size")) == Some("0 4 uint32_t")
}

/// The calls of a function with its structures in the places `given`: first each of its size, then, for each in turn, one octet
/// less. None if it takes no structures.
fn calls(release: &Interface, function: &str) -> String {
    let kind = release.value("function", function).expect("it is there");
    let parameters = kind.split_once(" (").expect("a function").1.trim_end_matches(')').split(", ");
    let mut sizes = Vec::new();
    let mut arguments = Vec::new();
    for (place, parameter) in parameters.enumerate() {
        let pointed = parameter.strip_suffix(" *").map(|kind| kind.trim_start_matches("const "));
        arguments.push(match pointed {
            Some(structure) if says_its_size(release, structure) => {
                let value = release.value("structure", structure).expect("it is there");
                sizes.push(value.split(' ').next().expect("octets"));
                format!("(void *)given[{}]", sizes.len() - 1)
            }
            Some(_) => "(void *)nothing".to_owned(),
            None if place == 0 => "engine".to_owned(),
            None => "0".to_owned(),
        });
    }
    let call = format!("{function}({})", arguments.join(", "));
    let prepared: String =
        sizes.iter().enumerate().map(|(number, size)| format!("    prepare({number}, {size});\n")).collect();
    let pair = |number: usize| {
        let size = sizes[number];
        format!(
            "{prepared}    enough = {call};\n{prepared}    prepare({number}, {size} - 1);\n    few = {call};\n\
             \x20   printf(\"{function} %d %d\\n\", (int)enough, (int)few);\n"
        )
    };
    (0..sizes.len()).map(pair).collect()
}

#[test]
fn structures_of_the_size_of_the_release_are_large_enough_and_smaller_ones_are_not() {
    let releases = Tree::new(&root()).releases().expect("abi/");
    let now = Release {
        major: number(env!("CARGO_PKG_VERSION_MAJOR")),
        minor: number(env!("CARGO_PKG_VERSION_MINOR")),
    };
    let mut body = BTreeMap::new();
    for release in releases.iter().filter(|release| now.serves(Release::of(release.version))) {
        for function in release.functions() {
            body.entry(function).or_insert_with(|| calls(release, function));
        }
    }
    let body: String = body.into_values().collect();
    let directory = Directory::new("sizes");
    std::fs::write(directory.join("sizes.c"), PROGRAM.replace("BODY", &body)).expect("written");
    let libraries = artifacts().join("deps");
    run(Command::new("cc")
        .args(["-std=c11", "-Wall", "-Werror", "sizes.c", "-o", "sizes"])
        .arg("-I")
        .arg(root().join("include"))
        .arg("-L")
        .arg(&libraries)
        .arg("-ltandem")
        .current_dir(&directory.0));
    let said = run(Command::new(directory.join("sizes")).env("LD_LIBRARY_PATH", &libraries));
    for line in said.lines() {
        let words: Vec<&str> = line.split(' ').collect();
        // Other arguments are wrong too, so that any other code is as good.
        assert_ne!(words[1], "-3", "{}: hosts of the release are refused", words[0]);
        assert_eq!(words[2], "-3", "{}: a structure that is too small is taken", words[0]);
    }
    assert!(said.lines().count() > 20, "{said}");
}

fn number(text: &str) -> u32 {
    text.parse().expect("a number")
}

const PROGRAM: &str = r#"#include <stdio.h>
#include <string.h>
#include <tandem.h>

static char given[4][16384], nothing[16384];

/* A structure of zeros that says this size. */
static void prepare(int number, uint32_t size) {
    memset(nothing, 0, sizeof nothing);
    memset(given[number], 0, sizeof given[number]);
    memcpy(given[number], &size, sizeof size);
}

int main(void) {
    tandem_result enough, few;
    tandem_handle engine;
    if (tandem_engine_open("[engine]\nmode = \"lockstep\"\n", &engine) != TANDEM_OK) {
        puts(tandem_problem());
        return 1;
    }
BODY    return tandem_engine_close(engine) != TANDEM_OK;
}
"#;
