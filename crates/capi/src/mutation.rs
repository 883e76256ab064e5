//! Functions that do nothing, for `scripts/mutants` alone. No library that is shipped has this.
//!
//! `TANDEM_MUTANT` names an exported function that returns at once, as if all had gone well; some test has to notice.
//! Which of its calls fail as ever, `TANDEM_MUTANT_SPARES` says, by their numbers in the process, from 1 on: then it is not
//! enough that a test passes wrong arguments. `TANDEM_MUTANT_LOG` names a file that gets a line for each function that is
//! called, and for each call that fails, with its number.

use std::any::type_name;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::OpenOptions;
use std::io::Write as _;
use std::sync::{LazyLock, Mutex, PoisonError};

#[cfg(not(debug_assertions))]
compile_error!("the feature `mutation` is for tests; a library for release must not have it");

/// A call of an exported function: its name, and its number among those of it.
#[derive(Clone, Copy)]
pub(crate) struct Call(Option<(&'static str, u64)>);

/// Counts a call of the exported function that runs this body.
pub(crate) fn begin<Body>(_: &Body) -> Call {
    let Some(name) = exported(type_name::<Body>()) else { return Call(None) };
    let mut calls = CALLS.lock().unwrap_or_else(PoisonError::into_inner);
    let number = calls.entry(name).or_default();
    *number += 1;
    if *number == 1 {
        note(name);
    }
    Call(Some((name, *number)))
}

impl Call {
    /// Whether it is to do nothing.
    pub(crate) fn is_mutant(self) -> bool {
        self.0.is_some_and(|(name, number)| MUTANT.as_deref() == Some(name) && !SPARED.contains(&number))
    }

    /// It has failed.
    pub(crate) fn failed(self) {
        if let Some((name, number)) = self.0 {
            note(&format!("{name} {number}"));
        }
    }
}

/// The exported function in which a closure stands, by the name of its type.
fn exported(closure: &'static str) -> Option<&'static str> {
    closure.split("::").find(|part| part.starts_with("tandem_"))
}

fn note(line: &str) {
    if let Some(path) = &*LOG {
        let file = OpenOptions::new().create(true).append(true).open(path);
        file.and_then(|mut file| file.write_all(format!("{line}\n").as_bytes()))
            .expect("TANDEM_MUTANT_LOG can be written");
    }
}

static MUTANT: LazyLock<Option<String>> = LazyLock::new(|| std::env::var("TANDEM_MUTANT").ok());
static SPARED: LazyLock<BTreeSet<u64>> = LazyLock::new(|| {
    let spared = std::env::var("TANDEM_MUTANT_SPARES").unwrap_or_default();
    spared.split_whitespace().map(|number| number.parse().expect("numbers of calls")).collect()
});
static LOG: LazyLock<Option<String>> = LazyLock::new(|| std::env::var("TANDEM_MUTANT_LOG").ok());
static CALLS: Mutex<BTreeMap<&str, u64>> = Mutex::new(BTreeMap::new());

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_closure_knows_the_exported_function_it_stands_in() {
        let closure = "tandem::bridge::tandem_bridge_new::{{closure}}";
        assert_eq!(exported(closure), Some("tandem_bridge_new"));
        assert_eq!(exported("tandem::result::tests::a_panic::{{closure}}"), None);
    }
}
