//! Rust text with everything that is no code blanked out: comments, strings, and, where asked, test code. Lines stay where
//! they are.

/// Blanks comments, and what strings and characters hold.
pub(crate) fn code(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while at < chars.len() {
        let end = skipped(&chars, at);
        if end > at {
            out.extend(chars[at..end].iter().map(|c| if *c == '\n' { '\n' } else { ' ' }));
            at = end;
        } else {
            out.push(chars[at]);
            at += 1;
        }
    }
    out
}

/// Where the comment, string or character ends that begins at `at`; `at` when none does.
fn skipped(chars: &[char], at: usize) -> usize {
    let word_before = at > 0 && is_word(chars[at - 1]);
    match chars[at] {
        '/' if chars.get(at + 1) == Some(&'/') => end_of(chars, at, |rest| rest[0] == '\n'),
        '/' if chars.get(at + 1) == Some(&'*') => block_comment(chars, at),
        '"' => quoted(chars, at, '"'),
        'r' | 'b' | 'c' if !word_before => prefixed(chars, at),
        // A character, not a lifetime: it closes after one character or begins with a backslash.
        '\'' if chars.get(at + 1) == Some(&'\\') || chars.get(at + 2) == Some(&'\'') => quoted(chars, at, '\''),
        _ => at,
    }
}

/// Strings with letters before the quote: `b"…"`, `r"…"`, `br#"…"#`.
fn prefixed(chars: &[char], at: usize) -> usize {
    let letters = chars[at..].iter().take_while(|c| matches!(c, 'r' | 'b' | 'c')).count();
    let raw = chars[at..at + letters].contains(&'r');
    let hashes = if raw { chars[at + letters..].iter().take_while(|c| **c == '#').count() } else { 0 };
    let quote = at + letters + hashes;
    match chars.get(quote) {
        Some('"') if raw => {
            let close: Vec<char> = std::iter::once('"').chain(std::iter::repeat_n('#', hashes)).collect();
            (quote + 1..chars.len()).find(|end| chars[*end..].starts_with(&close)).map_or(chars.len(), |end| end + close.len())
        }
        Some('"') => quoted(chars, quote, '"'),
        Some('\'') if letters == 1 && chars[at] == 'b' => quoted(chars, quote, '\''),
        _ => at,
    }
}

fn quoted(chars: &[char], at: usize, quote: char) -> usize {
    let mut end = at + 1;
    while end < chars.len() && chars[end] != quote {
        end += if chars[end] == '\\' { 2 } else { 1 };
    }
    (end + 1).min(chars.len())
}

fn block_comment(chars: &[char], at: usize) -> usize {
    let (mut depth, mut end) = (0, at);
    while end < chars.len() {
        if chars[end..].starts_with(&['/', '*']) {
            (depth, end) = (depth + 1, end + 2);
        } else if chars[end..].starts_with(&['*', '/']) {
            (depth, end) = (depth - 1, end + 2);
            if depth == 0 {
                return end;
            }
        } else {
            end += 1;
        }
    }
    end
}

fn end_of(chars: &[char], at: usize, is_end: impl Fn(&[char]) -> bool) -> usize {
    (at..chars.len()).find(|end| is_end(&chars[*end..])).unwrap_or(chars.len())
}

pub(crate) fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Blanks every item of `code` that is compiled for tests only, and names the modules among them that are files of their own.
pub(crate) fn without_tests(code: &str) -> (String, Vec<String>) {
    let mut out: Vec<char> = code.chars().collect();
    let mut modules = Vec::new();
    let mut at = 0;
    while let Some(start) = (at..out.len()).find(|at| out[*at..].starts_with(&['#', '['])) {
        let attribute_end = closing(&out, start + 1);
        let attribute: String = out[start..attribute_end].iter().filter(|c| !c.is_whitespace()).collect();
        at = attribute_end;
        if is_for_tests(&attribute) {
            let end = item_end(&out, attribute_end);
            let item: String = out[attribute_end..end].iter().collect();
            modules.extend(
                item.trim()
                    .trim_start_matches("pub ")
                    .trim_start_matches("pub(crate) ")
                    .strip_prefix("mod ")
                    .and_then(|m| m.strip_suffix(';'))
                    .map(str::to_owned),
            );
            out[start..end].iter_mut().filter(|c| **c != '\n').for_each(|c| *c = ' ');
            at = end;
        }
    }
    (out.into_iter().collect(), modules)
}

fn is_for_tests(attribute: &str) -> bool {
    let words = attribute.split(|c: char| !is_word(c));
    attribute.starts_with("#[cfg(") && !attribute.contains("not(test)") && words.into_iter().any(|word| word == "test")
}

/// Just after the bracket that closes the one at `open`.
fn closing(chars: &[char], open: usize) -> usize {
    let mut depth = 0;
    for (at, c) in chars.iter().enumerate().skip(open) {
        match c {
            '[' | '{' | '(' => depth += 1,
            ']' | '}' | ')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at + 1;
        }
    }
    chars.len()
}

/// Just after the item that begins at `at`: its semicolon, or its block.
fn item_end(chars: &[char], at: usize) -> usize {
    let mut end = at;
    while end < chars.len() {
        match chars[end] {
            ';' => return end + 1,
            '{' => return closing(chars, end),
            '[' | '(' => end = closing(chars, end),
            _ => end += 1,
        }
    }
    end
}
