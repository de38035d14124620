//! The demo that stays open.

#![cfg(unix)]

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command};

use serde_json::Value;

use crate::lab::Lab;

/// Ends the process with the test.
struct Kept(Child);

impl Drop for Kept {
    fn drop(&mut self) {
        let _gone = self.0.kill();
        let _gone = self.0.wait();
    }
}

/// A file of the simulator's, without its head.
fn get(address: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{path}: {answer}");
    answer.split_once("\r\n\r\n").unwrap().1.to_owned()
}

/// Runs the demo, looks at what it leaves open, and ends it by a signal.
fn kept_until(signal: &str) {
    let lab = Lab::without_service();
    // A file: a pipe that nobody reads would hold the command up.
    let result = lab.path("result.json");
    let out = File::create(&result).unwrap();
    let mut child = Kept(lab.command(&["demo", "--keep", "-o", "json"]).stdout(out).spawn().unwrap());
    let lines = BufReader::new(child.0.stderr.take().unwrap()).lines().map(Result::unwrap);
    let said = lines.filter_map(|line| line.strip_prefix("The simulator stays open until Ctrl-C; its page: ").map(str::to_owned)).next();
    let address = said.as_deref().and_then(|url| url.strip_prefix("http://")?.strip_suffix('/')).unwrap();

    assert!(get(address, "/").contains("<html"), "the page is there");
    let conversations: Value = serde_json::from_str(&get(address, "/simulator/v1/conversations")).unwrap();
    let stories = conversations.to_string();
    for story in ["Nobody tells the guest", "The guest's line is cut", "The guest has a second tab open"] {
        assert!(stories.contains(story), "{story}");
    }
    assert!(child.0.try_wait().unwrap().is_none(), "it stays");

    assert!(Command::new("kill").args([&format!("-{signal}"), &child.0.id().to_string()]).status().unwrap().success());
    assert_eq!(child.0.wait().unwrap().code(), Some(0), "{signal}");
    let shown: Value = serde_json::from_str(&fs::read_to_string(result).unwrap()).unwrap();
    assert!(shown["witness"]["ghosts"].is_u64(), "the result is whole, and nothing else is on standard output");
    assert!(TcpStream::connect(address).is_err(), "nothing is left open");
}

#[test]
fn the_demo_stays_open_with_its_page_and_ends_at_ctrl_c() {
    kept_until("INT");
}

#[test]
fn the_demo_stays_open_with_its_page_and_ends_when_a_supervisor_asks() {
    kept_until("TERM");
}
