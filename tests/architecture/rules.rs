//! What a file may name, be called, and hold.

use crate::paths::{Named, paths};
use crate::text::{code, without_tests};

/// Which modules a module may name: the table of `src/lib.rs`, as arrows.
pub(crate) const MAY_NAME: [(&str, &[&str]); 13] = [
    ("termination", &[]),
    ("plan", &["termination"]),
    ("engine", &["plan", "termination"]),
    ("clock", &["engine"]),
    ("genesys", &["engine", "plan", "termination", "clock"]),
    ("hearing", &["clock", "engine", "genesys", "plan", "termination"]),
    ("simulator", &[]),
    ("crd", &["plan", "termination"]),
    ("intake", &["clock", "crd", "termination"]),
    ("receipts", &["crd", "genesys", "termination"]),
    ("telemetry", &["plan", "termination"]),
    ("controller", &["intake", "receipts", "crd", "hearing", "genesys", "engine", "plan", "termination", "telemetry", "clock"]),
    (
        "cli",
        &[
            "controller",
            "intake",
            "receipts",
            "crd",
            "simulator",
            "hearing",
            "genesys",
            "engine",
            "plan",
            "termination",
            "telemetry",
            "clock",
        ],
    ),
];

/// Whose tests may use the simulated world as well.
const TESTED_IN_THE_WORLD: [&str; 3] = ["engine", "genesys", "controller"];

/// What brings hostile input to the tests of any module.
const FOR_TESTS: &str = "fuzz";

/// The core: it does no IO, in its tests neither.
const CORE: [&str; 4] = ["src/termination/", "src/plan/", "src/engine/", "src/simulator/world/"];

/// Tests of the core that write a file when they are asked to.
const BLESSING: [&str; 1] = ["src/termination/golden.rs"];

const IO_CRATES: [&str; 12] =
    ["tokio", "tokio_util", "reqwest", "hyper", "axum", "kube", "k8s_openapi", "rustls", "tracing", "clap", "async_std", "fastrand"];

const IO_OF_STD: [&str; 6] = ["net", "fs", "env", "process", "thread", "os"];

const CLOCKS: [&str; 2] = ["Instant", "SystemTime"];

/// Names that say nothing.
const EMPTY_NAMES: [&str; 9] = ["utils", "util", "common", "helpers", "helper", "types", "manager", "managers", "misc"];

const MOST_LINES: usize = 300;

/// Everything that is wrong with one file. `test_only`: it is compiled for tests alone.
pub(crate) fn violations(path: &str, text: &str, test_only: bool) -> Vec<String> {
    let all = code(text);
    let plain = if test_only { String::new() } else { without_tests(&all).0 };
    let mut found = Vec::new();
    shape(path, text, &all, &mut found);
    arrows(path, &paths(&plain), &[], &mut found);
    arrows(path, &paths(&all), &TESTED_IN_THE_WORLD, &mut found);
    for named in paths(&all) {
        found.extend(io(path, &named).map(|what| format!("{path}:{}: the core names {what}", named.line)));
        found.extend(clock(path, &named).map(|what| format!("{path}:{}: only src/clock.rs reads a clock, and this is {what}", named.line)));
    }
    found.sort();
    found.dedup();
    found
}

/// The module of this crate in which a file is, and how deep below the root.
fn place(path: &str) -> (Option<&str>, usize) {
    let inside = path.strip_prefix("src/").unwrap_or(path).trim_end_matches(".rs").trim_end_matches("/mod");
    let segments: Vec<&str> = inside.split('/').collect();
    if matches!(inside, "lib" | "main") { (None, 0) } else { (segments.first().copied(), segments.len()) }
}

fn shape(path: &str, text: &str, code: &str, found: &mut Vec<String>) {
    let lines = text.lines().count();
    if lines > MOST_LINES {
        found.push(format!("{path}: {lines} lines are more than {MOST_LINES}"));
    }
    let words: Vec<&str> = code.split_whitespace().collect();
    let inline = words.windows(2).filter(|pair| pair[0] == "mod").map(|pair| pair[1].trim_end_matches([';', '{']));
    let of_path = path.trim_end_matches(".rs").split('/').skip(1);
    for name in of_path.chain(inline).filter(|name| EMPTY_NAMES.contains(name)) {
        found.push(format!("{path}: a module called `{name}` says nothing"));
    }
    if let (Some(module), _) = place(path)
        && !MAY_NAME.iter().any(|(known, _)| *known == module)
    {
        found.push(format!("{path}: `{module}` is not in the table of modules"));
    }
}

/// Holds the arrows; the tests of `tested` modules may name the simulator too.
fn arrows(path: &str, named: &[Named], tested: &[&str], found: &mut Vec<String>) {
    let (Some(module), depth) = place(path) else { return };
    let allowed = MAY_NAME.iter().find(|(known, _)| *known == module).map_or(&[][..], |(_, allowed)| allowed);
    for named in named {
        match of_ours(named, depth + named.inside) {
            Some(Ours::Module(other)) => {
                let in_the_world = other == "simulator" && tested.contains(&module);
                // Test code is scanned with the rest: what it may not name either is told once, above.
                let for_tests = other == FOR_TESTS && !tested.is_empty();
                let fine = other == module || allowed.contains(&other.as_str()) || in_the_world || for_tests;
                let known = MAY_NAME.iter().any(|(known, _)| *known == other);
                let excused = tested.is_empty() && !known;
                if !fine && !excused {
                    found.push(format!("{path}:{}: `{module}` names `{other}`", named.line));
                }
            }
            Some(Ours::Root) => found.push(format!("{path}:{}: names the crate's root, which hides what it uses", named.line)),
            None => {}
        }
    }
}

/// What of this crate a path leads to.
enum Ours {
    Module(String),
    Root,
}

fn of_ours(named: &Named, depth: usize) -> Option<Ours> {
    let first = named.segments.first()?.as_str();
    let ups = named.segments.iter().take_while(|segment| *segment == "super").count();
    let at_root = match first {
        "crate" | "webchat_terminator" => 1,
        "super" if ups >= depth => ups,
        _ => return None,
    };
    match named.segments.get(at_root).map(String::as_str) {
        Some("*") | None if named.used || at_root > 1 => Some(Ours::Root),
        // `pub(crate)`, `pub(super)`.
        None => None,
        Some(module) => Some(Ours::Module(module.to_owned())),
    }
}

fn io(path: &str, named: &Named) -> Option<String> {
    let core = CORE.iter().any(|core| path.starts_with(core) || path.trim_end_matches(".rs") == core.trim_end_matches('/'));
    if !core || BLESSING.contains(&path) {
        return None;
    }
    let segments: Vec<&str> = named.segments.iter().map(String::as_str).collect();
    let alone = segments.len() == 1;
    match segments.as_slice() {
        ["std" | "core" | "alloc", "time", clock, ..] if CLOCKS.contains(clock) => Some(segments.join("::")),
        ["std" | "core" | "alloc", "time", "*"] | ["std", "*"] => Some(segments.join("::")),
        ["std", part, ..] if IO_OF_STD.contains(part) => Some(segments.join("::")),
        ["std"] if named.used => Some("the whole of std".into()),
        [name, ..] if IO_CRATES.contains(name) && (!alone || named.used) => Some(segments.join("::")),
        _ => None,
    }
}

fn clock(path: &str, named: &Named) -> Option<String> {
    let segments: Vec<&str> = named.segments.iter().map(String::as_str).collect();
    let reads = match segments.as_slice() {
        [.., "clock" | "self" | "Self" | "super" | "crate", "now"] => false,
        // Whatever the type is called here: `T::now()`, `<T>::now()` and `map(T::now)` read a clock.
        [.., _, "now"] => true,
        _ => false,
    };
    (reads && path != "src/clock.rs").then(|| segments.join("::"))
}
