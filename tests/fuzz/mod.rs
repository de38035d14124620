//! Hostile input for the parsers that face outside: every file of a corpus, and mutations of it.
//!
//! A target stands beside its parser, in a file called `hostile.rs`, because parsers are private; it says what must hold of any
//! bytes whatever. Its corpus is the folder of its name here: well-formed examples, and one file for each finding, named after it.
//!
//! ```text
//! cargo test --lib hostile                            what continuous integration runs: a fixed sequence, a few seconds
//! WCT_FUZZ_CASES=1000000 cargo test --lib hostile     a long run: another sequence each time
//! ```
//!
//! A failure is shrunk and printed as a byte string: keep it as a file of the corpus, with a name that says what was wrong.
//!
//! Mutations know words, not coverage. That needs no other compiler, build tree or tool than the tests have, so it is run; what
//! guides these parsers is their vocabulary, and that is in the corpora.

#![expect(clippy::unwrap_used, reason = "all of it is test code, which clippy only knows of plain #[cfg(test)]")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};

/// What a target says of one input.
pub(crate) type Verdict = Result<(), TestCaseError>;

/// How many mutations are tried where nothing else is asked for.
const CASES: u32 = 400;

/// The longest input that mutations make, in bytes: more is a matter of the bounds in front of the parsers.
const LONGEST: usize = 128 << 10;

/// Words that parsers stumble over.
const WORDS: [&str; 38] = [
    "null",
    "true",
    "0",
    "-1",
    "1e999",
    "1.5",
    "2147483647",
    "-2147483648",
    "2147483648",
    "9223372036854775807",
    "-9223372036854775808",
    "18446744073709551615",
    "18446744073709551616",
    "\"\"",
    "[]",
    "{}",
    "\"\\u0000\"",
    "\\u0000",
    "\\ud800",
    "\u{0}",
    "\u{1b}[2J",
    "\n",
    "\t",
    "\r\n",
    "\u{feff}",
    "\u{202e}",
    "é",
    "\u{1f600}",
    "9999-12-30T22:00:00.999999999Z",
    "-009999-01-02T01:59:59Z",
    "1970-01-01T00:00:00Z",
    "00000000-0000-0000-0000-000000000000",
    "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF",
    "&a",
    "*a",
    "!!binary",
    "---",
    "<<: *a",
];

/// One change of an input.
#[derive(Clone, Debug)]
enum Change {
    /// Everything from there on goes away.
    Cut(Index),
    /// A byte becomes another one.
    Byte(Index, u8),
    /// A piece goes away, or comes again a number of times.
    Repeat(Index, usize, usize),
    /// A word stands there in addition.
    Insert(Index, Vec<u8>),
    /// A word, a number or a text is another one.
    Word(Index, Vec<u8>),
    /// It goes on as another example does from there.
    Splice(Index, Vec<u8>, Index),
}

impl Change {
    fn apply(&self, input: &mut Vec<u8>) {
        let size = input.len() + 1;
        match self {
            Self::Cut(at) => input.truncate(at.index(size)),
            Self::Byte(at, byte) => {
                if let Some(old) = input.get_mut(at.index(size)) {
                    *old = *byte;
                }
            }
            Self::Repeat(at, length, times) => {
                let at = at.index(size);
                let piece: Vec<u8> = input[at..].iter().copied().take(*length).collect();
                let times = (*times).min(LONGEST / piece.len().max(1));
                input.splice(at..at + piece.len(), piece.repeat(times));
            }
            Self::Insert(at, word) => drop(input.splice(at.index(size)..at.index(size), word.iter().copied())),
            Self::Word(at, word) => {
                let words = words(input);
                if !words.is_empty() {
                    input.splice(words[at.index(words.len())].clone(), word.iter().copied());
                }
            }
            Self::Splice(at, other, from) => {
                input.truncate(at.index(size));
                input.extend_from_slice(&other[from.index(other.len() + 1)..]);
            }
        }
        input.truncate(LONGEST);
    }
}

/// Where the words are: names, numbers, ids, times, also those in quotes.
fn words(input: &[u8]) -> Vec<std::ops::Range<usize>> {
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || b"_.:+-/".contains(byte);
    let (mut found, mut start) = (Vec::new(), None);
    for (at, byte) in input.iter().chain([&b' ']).enumerate() {
        match (is_word(byte), start) {
            (true, None) => start = Some(at),
            (false, Some(begun)) => {
                found.push(begun..at);
                start = None;
            }
            (true, Some(_)) | (false, None) => {}
        }
    }
    found
}

/// The files of a corpus by name.
fn corpus(target: &str) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz").join(target);
    let files = fs::read_dir(&folder).unwrap().map(|file| file.unwrap().path());
    let mut files: Vec<_> =
        files.map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), fs::read(&path).unwrap())).collect();
    files.sort();
    assert!(files.len() >= 2, "{} has hardly anything in it", folder.display());
    files
}

fn mutations(seeds: Vec<Vec<u8>>) -> impl Strategy<Value = Vec<u8>> {
    let own: BTreeSet<Vec<u8>> = seeds.iter().flat_map(|seed| words(seed).into_iter().map(|word| seed[word].to_vec())).collect();
    let all: Vec<Vec<u8>> = own.into_iter().chain(WORDS.iter().map(|word| word.as_bytes().to_vec())).collect();
    let at = any::<Index>;
    let change = prop_oneof![
        6 => (at(), select(all.clone())).prop_map(|(at, word)| Change::Word(at, word)),
        2 => (at(), select(all)).prop_map(|(at, word)| Change::Insert(at, word)),
        2 => (at(), 1..80_usize, select(vec![0_usize, 2, 3, 200, 20_000])).prop_map(|(at, length, times)| Change::Repeat(at, length, times)),
        1 => at().prop_map(Change::Cut),
        1 => (at(), any::<u8>()).prop_map(|(at, byte)| Change::Byte(at, byte)),
        1 => (at(), select(seeds.clone()), at()).prop_map(|(at, other, from)| Change::Splice(at, other, from)),
    ];
    (select(seeds), vec(change, 1..6)).prop_map(|(mut input, changes)| {
        changes.iter().for_each(|change| change.apply(&mut input));
        input
    })
}

/// Holds a target against its whole corpus, and then against mutations of it.
///
/// # Panics
/// When it does not hold; the input is printed.
#[track_caller]
pub(crate) fn hold(target: &str, holds: impl Fn(&[u8]) -> Verdict) {
    let corpus = corpus(target);
    for (name, input) in &corpus {
        holds(input).unwrap_or_else(|error| panic!("tests/fuzz/{target}/{name}: {error}"));
    }
    let asked = std::env::var("WCT_FUZZ_CASES").ok().map(|cases| cases.parse().unwrap());
    let config = Config { cases: asked.unwrap_or(CASES), failure_persistence: None, max_shrink_iters: 20_000, ..Config::default() };
    let mut runner = match asked {
        Some(_) => TestRunner::new(config),
        None => TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha)),
    };
    let seeds = corpus.into_iter().map(|(_, input)| input).collect();
    match runner.run(&mutations(seeds), |input| holds(&input)) {
        Ok(()) => {}
        Err(TestError::Fail(why, input)) => panic!("{target}: {why}\nb\"{}\"", input.escape_ascii()),
        Err(TestError::Abort(why)) => panic!("{target}: {why}"),
    }
}
