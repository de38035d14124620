//! Holds the order of the modules: what `src/lib.rs` says of who may name whom, that the core does no IO, that one file reads
//! the clock, and that files are short and named after what they hold.

mod bite;
mod paths;
mod rules;
mod text;
#[cfg(test)]
mod tree;

use std::collections::BTreeMap;
use std::path::Path;

use rules::{MAY_NAME, violations};
use tree::sources;

/// Where the files of modules lie that are compiled for tests alone: `src/engine/crash`, for `crash.rs` and `crash/…`.
fn test_modules(files: &BTreeMap<String, String>) -> Vec<String> {
    let mut modules = Vec::new();
    for (path, text) in files {
        let stem = path.trim_end_matches(".rs");
        let folder = stem.strip_suffix("/mod").or_else(|| stem.strip_suffix("/lib")).unwrap_or(stem);
        modules.extend(text::without_tests(&text::code(text)).1.iter().map(|module| format!("{folder}/{module}")));
    }
    modules
}

#[test]
fn every_file_keeps_to_the_order_of_the_modules() {
    let files = sources();
    let test_modules = test_modules(&files);
    let is_test = |path: &str| test_modules.iter().any(|module| path == format!("{module}.rs") || path.starts_with(&format!("{module}/")));
    let found: Vec<String> = files.iter().flat_map(|(path, text)| violations(path, text, is_test(path))).collect();
    println!("{} files, {} of them tests alone", files.len(), files.keys().filter(|path| is_test(path)).count());
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn the_order_has_no_circles() {
    for (at, (module, allowed)) in MAY_NAME.iter().enumerate() {
        for other in *allowed {
            let there = MAY_NAME.iter().position(|(known, _)| known == other);
            assert!(there.is_some_and(|there| there < at), "`{module}` may name `{other}`, which does not stand before it");
        }
    }
}

#[test]
fn the_map_in_lib_rs_shows_every_module() {
    let lib = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).unwrap();
    let row = |line: &str| line.strip_prefix("//! | `")?.split_once('`').map(|(name, _)| name.to_owned());
    let module = |line: &str| line.strip_prefix("pub mod ")?.strip_suffix(';').map(str::to_owned);
    let mut shown: Vec<String> = lib.lines().filter_map(row).collect();
    let mut built: Vec<String> = lib.lines().filter_map(module).collect();
    shown.sort();
    built.sort();
    let unknown: Vec<&String> = built.iter().filter(|module| !MAY_NAME.iter().any(|(known, _)| known == module)).collect();
    assert!(unknown.is_empty(), "not in the order: {unknown:?}");
    assert!(built.iter().all(|module| shown.contains(module)), "the map shows {shown:?}, and there are {built:?}");
}

/// A promise that names a test which is not there is held by nothing.
#[test]
fn every_test_that_the_readme_names_is_there() {
    let readme = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let table = readme.split("\n## What never happens\n").nth(1).and_then(|rest| rest.split("\n## ").next()).unwrap();
    let promised = |line: &str| line.strip_suffix("` |")?.rsplit_once('`').map(|(_, name)| name.to_owned());
    let names: Vec<String> = table.lines().filter_map(promised).collect();
    assert!(names.len() >= 9, "{names:?}");
    let all: Vec<String> = sources().into_values().chain(tree::tests().into_values()).collect();
    let missing: Vec<&String> = names.iter().filter(|name| !all.iter().any(|text| text.contains(&format!("fn {name}(")))).collect();
    assert!(missing.is_empty(), "the README names tests that are not there: {missing:?}");
}
