//! An interface as a C library without sense, for tools that compare libraries by their debug information: that of the real one
//! tells types of Rust, and one that was built for a release may be gone.
use crate::interface::{Interface, Record};
use std::collections::BTreeSet;

/// C source with all types and functions of an interface.
#[must_use]
pub fn stub(interface: &Interface) -> String {
    let mut source = String::from("#include <stddef.h>\n#include <stdint.h>\n");
    let of = |wanted: &'static str| interface.records.iter().filter(move |(record, _)| record.kind == wanted);
    for (Record { name, .. }, _) in of("structure") {
        source += &format!("typedef struct {name} {name};\n");
    }
    // Functions of the host take handles and results.
    for is_function in [false, true] {
        for (record, kind) in of("type").filter(|(_, kind)| kind.contains("(*)") == is_function) {
            source += &format!("typedef {};\n", declared(kind, &record.name));
        }
    }
    let mut done = BTreeSet::new();
    for (record, _) in of("structure") {
        structure(interface, &record.name, &mut done, &mut source);
    }
    for (Record { name, .. }, kind) in of("function") {
        let (result, parameters) = kind.split_once(" (").unwrap_or((kind, ")"));
        let parameters = named(parameters.trim_end_matches(')'));
        source +=
            &format!("{} {{ __builtin_trap(); }}\n", declared(result, &format!("{name}({parameters})")));
    }
    source
}

/// A structure, after those that it has as parts.
fn structure<'a>(interface: &'a Interface, name: &'a str, done: &mut BTreeSet<&'a str>, source: &mut String) {
    if interface.value("structure", name).is_none() || !done.insert(name) {
        return;
    }
    let prefix = format!("{name}.");
    let field = |(record, value): (&'a Record, &'a String)| {
        let field = record.name.strip_prefix(&prefix).filter(|_| record.kind == "field")?;
        let mut parts = value.splitn(3, ' ');
        let place: u64 = parts.next()?.parse().ok()?;
        Some((place, field, parts.nth(1)?))
    };
    let mut fields: Vec<(u64, &str, &str)> = interface.records.iter().filter_map(field).collect();
    fields.sort_unstable();
    for (_, _, kind) in &fields {
        structure(interface, kind.split('[').next().unwrap_or_default(), done, source);
    }
    let fields: String =
        fields.iter().map(|(_, field, kind)| format!("    {};\n", declared(kind, field))).collect();
    source.push_str(&format!("struct {name} {{\n{fields}}};\n"));
}

/// A name with its type around it.
fn declared(kind: &str, name: &str) -> String {
    if kind.contains("(*)") {
        return kind.replacen("(*)", &format!("(*{name})"), 1);
    }
    match kind.find('[') {
        Some(array) => format!("{} {name}{}", &kind[..array], &kind[array..]),
        None => format!("{kind} {name}"),
    }
}

/// Parameters with names, which a definition wants.
fn named(parameters: &str) -> String {
    if parameters == "void" {
        return parameters.into();
    }
    let kinds = parameters.split(", ").enumerate();
    kinds.map(|(number, kind)| declared(kind, &format!("p{number}"))).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_come_before_the_whole_and_fields_in_their_order() {
        let interface = Interface::parse(
            "version 0.1.0\npointer 8\ntype tandem_f int32_t (*)(handle, b *)\ntype handle uint64_t\n\
             structure a 16 8\nfield a.z 0 4 uint32_t\nfield a.y 8 8 b[2]\nfield a.x 4 4 char[4]\n\
             structure b 4 4\nfield b.stop 0 4 void (*)(void *)\n\
             function tandem_call int32_t (handle, const a *)\nfunction tandem_name const char * (void)\n",
        );
        let expected = "#include <stddef.h>\n#include <stdint.h>\ntypedef struct a a;\ntypedef struct b b;\n\
            typedef uint64_t handle;\ntypedef int32_t (*tandem_f)(handle, b *);\n\
            struct b {\n    void (*stop)(void *);\n};\n\
            struct a {\n    uint32_t z;\n    char x[4];\n    b y[2];\n};\n\
            int32_t tandem_call(handle p0, const a * p1) { __builtin_trap(); }\n\
            const char * tandem_name(void) { __builtin_trap(); }\n";
        assert_eq!(interface.map(|interface| stub(&interface)).as_deref(), Ok(expected));
    }
}
