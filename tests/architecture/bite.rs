//! The scanner bites: what must not be is found, and what may be is let pass.

use crate::rules::violations;
use crate::text::{code, without_tests};

fn finds(path: &str, text: &str, what: &str) {
    let found = violations(path, text, false);
    assert!(found.iter().any(|violation| violation.contains(what)), "in {text:?} of {path} it found {found:?}, not {what:?}");
}

fn lets_pass(path: &str, text: &str) {
    assert_eq!(violations(path, text, false), Vec::<String>::new(), "in {text:?} of {path}");
}

#[test]
fn an_arrow_against_the_order_is_found_however_it_is_written() {
    finds("src/plan/build.rs", "use crate::engine::round;", "src/plan/build.rs:1: `plan` names `engine`");
    finds("src/plan/build.rs", "use crate::{termination::State, engine};", "`plan` names `engine`");
    finds(
        "src/plan/build.rs",
        "use crate::{\n    termination::State,\n    engine::{self, round},\n};",
        "src/plan/build.rs:3: `plan` names `engine`",
    );
    finds("src/plan/build.rs", "fn f() { crate::engine::round() }", "`plan` names `engine`");
    finds("src/plan/build.rs", "type A = Vec<crate::engine::Round>;", "`plan` names `engine`");
    finds("src/plan/build.rs", "use super::super::engine::Round;", "`plan` names `engine`");
    finds("src/plan/mod.rs", "pub use super::engine::Round;", "`plan` names `engine`");
    finds("src/plan/mod.rs", "mod inner { pub use super::super::engine::Round; }", "`plan` names `engine`");
    lets_pass("src/plan/mod.rs", "mod inner { use super::*; }\nfn f() { if a { b() } }\nuse self::inner::c;");
    finds("src/plan.rs", "pub use super::engine::Round;", "`plan` names `engine`");
    finds("src/termination/step/mod.rs", "use super::super::super::plan;", "`termination` names `plan`");
    finds("src/plan/build.rs", "fn f() { webchat_terminator::engine::round() }", "`plan` names `engine`");
    finds("src/plan/build.rs", "use crate::engine as harmless;", "`plan` names `engine`");
    finds("src/plan/build.rs", "macro_rules! m { () => { $crate::engine::round() } }", "`plan` names `engine`");
    finds("src/engine/round.rs", "use crate::genesys::Client;", "`engine` names `genesys`");
    finds("src/genesys/client.rs", "use crate::crd::GenesysConnection;", "`genesys` names `crd`");
    finds("src/crd/status.rs", "use crate::engine::Round;", "`crd` names `engine`");
}

#[test]
fn the_root_cannot_hide_what_is_used() {
    for text in ["use crate::*;", "use crate as ours;", "use crate::{self as ours};", "use super::super::*;", "use super::super as ours;"] {
        finds("src/plan/build.rs", text, "names the crate's root");
    }
}

#[test]
fn the_simulator_names_nothing_of_ours_in_its_tests_neither() {
    finds("src/simulator/server/mod.rs", "use crate::genesys::wire::Body;", "`simulator` names `genesys`");
    finds("src/simulator/world/mod.rs", "use crate::termination::State;", "`simulator` names `termination`");
    finds("src/simulator/server/mod.rs", "#[cfg(test)]\nmod tests { use crate::genesys::Client; }", "`simulator` names `genesys`");
    lets_pass("src/simulator/server/mod.rs", "use crate::simulator::world::World;\nuse super::world;");
}

#[test]
fn the_simulator_is_named_by_tests_alone() {
    finds("src/genesys/client.rs", "use crate::simulator::world::World;", "`genesys` names `simulator`");
    finds("src/engine/round.rs", "use crate::simulator::world::World;", "`engine` names `simulator`");
    lets_pass("src/genesys/client.rs", "#[cfg(test)]\nmod tests {\n    use crate::simulator::world::World;\n}");
    lets_pass("src/genesys/client.rs", "#[cfg(all(test, feature = \"server\"))]\nmod tests { use crate::simulator::server; }");
    finds("src/genesys/client.rs", "#[cfg(not(test))]\nmod real { use crate::simulator::server; }", "`genesys` names `simulator`");
    finds("src/plan/build.rs", "#[cfg(test)]\nmod tests { use crate::simulator::world; }", "`plan` names `simulator`");
    assert!(violations("src/engine/crash.rs", "use crate::simulator::world::World;", true).is_empty());
}

#[test]
fn io_in_the_core_is_found_however_it_is_written() {
    for text in [
        "use tokio::sync::Mutex;",
        "fn f() { tokio::spawn(async {}) }",
        "use kube;",
        "type T = k8s_openapi::api::core::v1::Secret;",
        "use std::{collections::BTreeMap, fs};",
        "fn f() { std::fs::read(p); }",
        "use std::net::{IpAddr};",
        "use std::time::Instant;",
        "use std::time::{Duration, SystemTime};",
        "fn f() { ::std::env::var(n); }",
        "use std as s;",
        "use std::*;",
        "use std::process::exit;",
        "fn f() { std::thread::sleep(d) }",
    ] {
        for path in ["src/termination/step/mod.rs", "src/plan/build.rs", "src/engine/round.rs", "src/simulator/world/serve.rs"] {
            finds(path, text, "the core names");
        }
    }
    finds("src/plan/build.rs", "#[cfg(test)]\nmod tests { use std::fs; }", "the core names std::fs");
    lets_pass("src/termination/golden.rs", "fn f() { std::fs::write(p, t); }");
    lets_pass("src/controller/run.rs", "use tokio::sync::Mutex;\nuse std::time::Duration;");
    lets_pass("src/plan/build.rs", "use std::time::Duration;\nfn f(kube: u8) -> u8 { self.clap(kube) }");
}

#[test]
fn a_clock_that_is_read_is_found_under_any_name() {
    for text in [
        "fn f() { jiff::Timestamp::now(); }",
        "use std::time::SystemTime;\nfn f() { SystemTime::now(); }",
        "use std::time::Instant as Stopwatch;\nfn f() { Stopwatch::now(); }",
        "fn f() { tokio::time::Instant::now(); }",
        "fn f() { x.unwrap_or_else(Timestamp::now) }",
    ] {
        finds("src/controller/run.rs", text, "only src/clock.rs reads a clock");
        assert!(violations("src/clock.rs", text, false).is_empty());
    }
    lets_pass("src/controller/run.rs", "use crate::clock;\nfn f() { clock::now(); time.now(); crate::clock::now(); }");
}

#[test]
fn names_that_say_nothing_and_long_files_are_found() {
    for name in ["utils", "common", "helpers", "types", "manager"] {
        finds(&format!("src/plan/{name}.rs"), "", "says nothing");
        finds(&format!("src/plan/{name}/mod.rs"), "", "says nothing");
        finds("src/plan/build.rs", &format!("mod {name} {{}}"), "says nothing");
    }
    finds("src/plan/build.rs", &"\n".repeat(301), "301 lines");
    lets_pass("src/plan/build.rs", &"\n".repeat(300));
    finds("src/stray/mod.rs", "", "`stray` is not in the table");
}

#[test]
fn comments_and_strings_are_no_code() {
    for text in [
        "// use crate::engine;",
        "/* a /* nested */ use crate::engine; */",
        "/// [`crate::engine`]\nfn f() {}",
        "const A: &str = \"crate::engine \\\" crate::engine\";",
        "const A: &str = r#\"crate::engine \" \"#;",
        "const A: &[u8] = b\"crate::engine\";",
        "pub(crate) fn f(a: &'static str) -> char { '\"' }",
    ] {
        lets_pass("src/plan/build.rs", text);
    }
    finds("src/plan/build.rs", "const A: char = '\"'; use crate::engine; const B: char = '\"';", "`plan` names `engine`");
    finds("src/plan/build.rs", "fn f<'a>(a: &'a str) { crate::engine::x('\\''); }", "`plan` names `engine`");
    finds("src/plan/build.rs", "/* */ use crate::engine;", "`plan` names `engine`");
}

#[test]
fn modules_that_are_test_code_are_told() {
    let text = "#[cfg(test)]\nmod golden;\nmod step;\n#[cfg(test)]\nmod tests {\n    fn f() { g(';') }\n}\nfn h() {}\n";
    let (plain, modules) = without_tests(&code(text));
    assert_eq!(modules, ["golden"]);
    assert_eq!(plain.split_whitespace().collect::<Vec<_>>(), ["mod", "step;", "fn", "h()", "{}"]);
}
