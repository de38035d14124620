//! Every path that code names, `use` trees unfolded.

use crate::text::is_word;

/// One path as it is written, from its first segment on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) line: usize,
    pub(crate) segments: Vec<String>,
    /// Whether a `use` names it.
    pub(crate) used: bool,
    /// How many modules with a block of their own it stands in.
    pub(crate) inside: usize,
}

/// Every path in `code`, in which comments and strings are blank.
pub(crate) fn paths(code: &str) -> Vec<Named> {
    let tokens = tokens(code);
    let mut named = Vec::new();
    // For every open block, whether it is a module's.
    let mut blocks: Vec<bool> = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let (line, word) = &tokens[at];
        let before = |back: usize| at.checked_sub(back).map_or("", |before| tokens[before].1.as_str());
        let inside = blocks.iter().filter(|module| **module).count();
        if word == "use" {
            let first = named.len();
            at = tree(&tokens, at + 1, &[], &mut named);
            named[first..].iter_mut().for_each(|named| named.inside = inside);
            continue;
        }
        match word.as_str() {
            "{" => blocks.push(before(2) == "mod"),
            "}" => drop(blocks.pop()),
            word if word.starts_with(is_word) && before(1) != "." => {
                let (segments, end) = path(&tokens, at);
                named.push(Named { line: *line, segments, used: false, inside });
                at = end;
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    named
}

/// Words, double colons, and single characters, each with its line.
fn tokens(code: &str) -> Vec<(usize, String)> {
    let mut tokens = Vec::new();
    for (number, line) in code.lines().enumerate() {
        let mut rest = line;
        while let Some(c) = rest.chars().next() {
            let length = match c {
                c if is_word(c) => rest.find(|c| !is_word(c)).unwrap_or(rest.len()),
                ':' if rest.starts_with("::") => 2,
                c => c.len_utf8(),
            };
            if !c.is_whitespace() {
                tokens.push((number + 1, rest[..length].to_owned()));
            }
            rest = &rest[length..];
        }
    }
    tokens
}

/// A plain path that begins at `at`, and where it ends.
fn path(tokens: &[(usize, String)], at: usize) -> (Vec<String>, usize) {
    let mut segments = vec![tokens[at].1.clone()];
    let mut end = at + 1;
    while is(tokens, end, "::") && tokens.get(end + 1).is_some_and(|(_, next)| next.starts_with(is_word)) {
        segments.push(tokens[end + 1].1.clone());
        end += 2;
    }
    (segments, end)
}

/// One branch of a `use` tree that begins at `at`, with what stands before it; returns where it ends.
fn tree(tokens: &[(usize, String)], mut at: usize, before: &[String], named: &mut Vec<Named>) -> usize {
    let mut segments = before.to_vec();
    let line = tokens.get(at).map_or(0, |(line, _)| *line);
    while let Some((_, token)) = tokens.get(at) {
        match token.as_str() {
            "::" => at += 1,
            "{" => {
                at += 1;
                while at < tokens.len() && !is(tokens, at, "}") {
                    let end = tree(tokens, at, &segments, named);
                    // Where no branch can be read, the next token is tried.
                    at = if end == at || is(tokens, end, ",") { end + 1 } else { end };
                }
                return at + 1;
            }
            ";" | "," | "}" => break,
            "as" => at += 2,
            // `a::{self}` names `a`.
            "self" if !segments.is_empty() => at += 1,
            _ => {
                segments.push(token.clone());
                at += 1;
            }
        }
    }
    named.push(Named { line, segments, used: true, inside: 0 });
    at
}

fn is(tokens: &[(usize, String)], at: usize, what: &str) -> bool {
    tokens.get(at).is_some_and(|(_, token)| token == what)
}
