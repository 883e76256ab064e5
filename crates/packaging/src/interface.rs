//! The binary interface as text: a line for each thing that a compiled program relies on.
//!
//! ```text
//! version 0.1.0
//! pointer 8
//! constant TANDEM_E_STALE -4
//! type tandem_handle uint64_t
//! structure tandem_terms 64 8
//! field tandem_terms.digits 8 20 char[20]
//! function tandem_version const char * (void)
//! ```
//!
//! Of a structure its octets and alignment, of a field its place and octets, as the compiler has them: [`probe`] is
//! compiled and run for that.
use crate::header::Header;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// What a compiled program relies on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Interface {
    /// Major, minor, patch.
    pub version: [u32; 3],
    /// Octets of a pointer on the machine that it was made for.
    pub pointer: u32,
    /// All constants, types, structures, fields and functions.
    pub records: BTreeMap<Record, String>,
}

/// What a line is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Record {
    /// `constant`, `type`, `structure`, `field` or `function`.
    pub kind: String,
    /// Its name; of a field with that of its structure before it.
    pub name: String,
}

impl Interface {
    /// Reads what the probe has printed.
    ///
    /// # Errors
    ///
    /// Tells the line that is wrong.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut interface = Self::default();
        let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        for line in lines {
            interface.line(line).ok_or_else(|| format!("no line of an interface: {line}"))?;
        }
        if interface.version == [0; 3] || interface.pointer == 0 || interface.records.is_empty() {
            return Err("an interface has a version, the octets of a pointer, and something to offer".into());
        }
        Ok(interface)
    }

    fn line(&mut self, line: &str) -> Option<()> {
        let (kind, rest) = line.split_once(' ')?;
        match kind {
            "version" => self.version = version(rest)?,
            "pointer" => self.pointer = rest.parse().ok()?,
            "constant" | "type" | "structure" | "field" | "function" => {
                let (name, value) = rest.split_once(' ')?;
                let record = Record { kind: kind.into(), name: name.into() };
                // Twice the same name is no interface.
                self.records.insert(record, value.into()).is_none().then_some(())?;
            }
            _ => return None,
        }
        Some(())
    }

    /// The names of all functions.
    pub fn functions(&self) -> impl Iterator<Item = &str> {
        self.records.keys().filter(|record| record.kind == "function").map(|record| record.name.as_str())
    }

    /// What is said of a thing.
    #[must_use]
    pub fn value(&self, kind: &str, name: &str) -> Option<&str> {
        let record = Record { kind: kind.into(), name: name.into() };
        self.records.get(&record).map(String::as_str)
    }
}

/// `1.2.3`.
pub(crate) fn version(text: &str) -> Option<[u32; 3]> {
    let parts: Vec<u32> = text.split('.').map(|part| part.parse().ok()).collect::<Option<_>>()?;
    parts.try_into().ok()
}

/// A C program that includes the header and prints its interface.
#[must_use]
pub fn probe(header: &Header) -> String {
    let [major, minor, patch] = header.version;
    let mut body = String::new();
    let mut line = |statement: String| {
        let _ = writeln!(body, "    {statement}"); // writing to a string does not fail
    };
    line(format!("puts(\"version {major}.{minor}.{patch}\");"));
    line("printf(\"pointer %zu\\n\", sizeof(void *));".into());
    for name in &header.constants {
        line(format!("printf(\"constant {name} %lld\\n\", (long long){name});"));
    }
    for (name, kind) in &header.types {
        line(format!("puts(\"type {name} {kind}\");"));
    }
    for structure in &header.structures {
        let name = &structure.name;
        line(format!("printf(\"structure {name} %zu %zu\\n\", sizeof({name}), _Alignof({name}));"));
        for field in &structure.fields {
            let (field, kind) = (&field.name, &field.kind);
            line(format!(
                "printf(\"field {name}.{field} %zu %zu {kind}\\n\", offsetof({name}, {field}), \
                 sizeof((({name} *)0)->{field}));"
            ));
        }
    }
    for (name, kind) in &header.functions {
        line(format!("puts(\"function {name} {kind}\");"));
    }
    format!(
        "#include \"tandem.h\"\n#include <stddef.h>\n#include <stdio.h>\nint main(void) {{\n{body}    return 0;\n}}\n"
    )
}
