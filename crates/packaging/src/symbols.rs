//! What the linker and Debian's tools are told: which functions are exported, and since which release.
use crate::interface::Interface;
use crate::release::Release;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Functions by the release that brought them, of those whose programs `now` serves.
fn by_release<'a>(now: &'a Interface, releases: &[Interface]) -> BTreeMap<Release, Vec<&'a str>> {
    let release = Release::of(now.version);
    let owed = releases.iter().filter(|one| release.serves(Release::of(one.version)));
    let owed: Vec<&Interface> = owed.collect();
    let mut all: BTreeMap<Release, Vec<&str>> = BTreeMap::new();
    for function in now.functions() {
        let first = owed.iter().find(|one| one.value("function", function).is_some());
        all.entry(first.map_or(release, |one| Release::of(one.version))).or_default().push(function);
    }
    all
}

/// A version script: each function with the release that brought it, and nothing else exported.
#[must_use]
pub fn version_script(now: &Interface, releases: &[Interface]) -> String {
    let mut script = String::new();
    let mut before = String::new();
    for (release, functions) in by_release(now, releases) {
        let exported: String = functions.iter().map(|function| format!("        {function};\n")).collect();
        // What is not named anywhere is for the first node to hide.
        let hidden = if before.is_empty() { "    local:\n        *;\n" } else { "" };
        let node = release.node();
        let _ = writeln!(script, "{node} {{\n    global:\n{exported}{hidden}}}{before};"); // to a string
        before = format!(" {node}");
    }
    script
}

/// The `symbols` file of the Debian package with the shared library. While the major is 0, programs are served by libraries
/// of the same minor only.
#[must_use]
pub fn debian_symbols(now: &Interface, releases: &[Interface]) -> String {
    let [major, minor, _] = now.version;
    let until = if major == 0 { format!(", libtandem{major} (<< 0.{}~)", minor + 1) } else { String::new() };
    let mut text = format!(
        "libtandem.so.{major} libtandem{major} #MINVER#{until}\n* Build-Depends-Package: libtandem-dev\n"
    );
    for (release, functions) in by_release(now, releases) {
        let (node, since) = (release.node(), format!("{}.{}", release.major, release.minor));
        for symbol in functions.into_iter().chain([node.as_str()]) {
            let _ = writeln!(text, " {symbol}@{node} {since}"); // to a string
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn release(version: &str, functions: &[&str]) -> Interface {
        let functions: String =
            functions.iter().map(|name| format!("function {name} int (void)\n")).collect();
        Interface::parse(&format!("version {version}\npointer 8\n{functions}")).expect("an interface")
    }

    #[test]
    fn each_function_has_the_version_of_the_release_that_brought_it() {
        let releases =
            [release("0.9.0", &["a", "b", "c"]), release("1.0.0", &["a"]), release("1.2.3", &["a", "b"])];
        let script = version_script(&release("1.4.0", &["a", "b", "c"]), &releases);
        assert_eq!(
            script,
            "TANDEM_1.0 {\n    global:\n        a;\n    local:\n        *;\n};\n\
             TANDEM_1.2 {\n    global:\n        b;\n} TANDEM_1.0;\n\
             TANDEM_1.4 {\n    global:\n        c;\n} TANDEM_1.2;\n"
        );
    }

    #[test]
    fn before_version_1_all_have_that_of_the_minor() {
        let releases = [release("0.1.0", &["a"]), release("0.2.0", &["a"])];
        let now = release("0.2.5", &["a", "b"]);
        let script = version_script(&now, &releases);
        assert_eq!(script, "TANDEM_0.2 {\n    global:\n        a;\n        b;\n    local:\n        *;\n};\n");
        let symbols = debian_symbols(&now, &releases);
        let expected = "libtandem.so.0 libtandem0 #MINVER#, libtandem0 (<< 0.3~)\n* Build-Depends-Package: libtandem-dev\n a@TANDEM_0.2 0.2\n \
            b@TANDEM_0.2 0.2\n TANDEM_0.2@TANDEM_0.2 0.2\n";
        assert_eq!(symbols, expected);
    }
}
