//! Secrets that are searched for wherever something is shown, in every form that they may take on their way there. Shared by the targets
//! that do.

use std::fmt::Write as _;

const STANDARD: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const FOR_URLS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Below this a text is only searched for as it is, in bytes.
const SHORT: usize = 8;

/// Secrets, each with what it is.
#[derive(Clone, Debug, Default)]
pub(crate) struct Marked(Vec<(String, String)>);

impl Marked {
    /// Looks for this one too, from now on.
    pub(crate) fn also(&mut self, what: &str, secret: &str) {
        assert!(secret.len() >= 4, "{what} is too short to be told from ordinary text");
        self.0.push((what.to_owned(), secret.to_owned()));
    }

    /// The first that a text holds, and in which form; without the secret itself, for this is printed.
    pub(crate) fn found_in(&self, text: &str) -> Option<String> {
        let lower = text.to_ascii_lowercase();
        self.0.iter().find_map(|(what, secret)| {
            let form = forms(secret).into_iter().find(|(form, shown)| {
                // Letters of hexadecimal and of percent signs may be of either case.
                if matches!(*form, "hexadecimal" | "URL") { lower.contains(&shown.to_ascii_lowercase()) } else { text.contains(shown) }
            });
            form.map(|(form, _)| format!("{what} in {form}"))
        })
    }

    /// A text holds none of them.
    #[track_caller]
    pub(crate) fn assert_unseen(&self, text: &str, place: &str) {
        assert!(!self.0.is_empty(), "nothing is looked for");
        assert_eq!(self.found_in(text), None, "{place} shows it");
    }
}

/// How a secret may look on its way.
fn forms(secret: &str) -> Vec<(&'static str, String)> {
    let bytes = secret.as_bytes();
    // The other forms of a short text occur by chance.
    if bytes.len() < SHORT {
        return vec![("plain text", secret.to_owned())];
    }
    let hexadecimal = bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    });
    let url = bytes.iter().fold(String::new(), |mut text, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(byte) {
            text.push(char::from(*byte));
        } else {
            write!(text, "%{byte:02x}").unwrap();
        }
        text
    });
    let mut forms = vec![("plain text", secret.to_owned()), ("hexadecimal", hexadecimal), ("URL", url)];
    // What stands before it shifts its base64: there are three ways in which it can stand there, as in `id:secret`.
    for alphabet in [STANDARD, FOR_URLS] {
        forms.extend((0..3).map(|shift| ("base64", base64_inside(bytes, shift, alphabet))));
    }
    let as_numbers = bytes.iter().map(u8::to_string).collect::<Vec<_>>().join(", ");
    forms.push(("a list of bytes", as_numbers));
    forms
}

/// The digits of a secret's base64 that do not depend on what stands around it, when `shift` bytes stand before it.
fn base64_inside(secret: &[u8], shift: usize, alphabet: &[u8; 64]) -> String {
    let padded: Vec<u8> = std::iter::repeat_n(0, shift).chain(secret.iter().copied()).collect();
    let bit = |at: usize| padded.get(at / 8).map_or(0, |byte| usize::from(byte >> (7 - at % 8) & 1));
    // Digits of six bits: those that begin in the secret and end in it.
    let digits = (shift * 8).div_ceil(6)..padded.len() * 8 / 6;
    digits.map(|digit| char::from(alphabet[(0..6).fold(0, |value, at| value * 2 + bit(digit * 6 + at))])).collect()
}

#[test]
fn a_secret_is_found_in_every_form() {
    let mut marked = Marked::default();
    marked.also("the secret", "hunter2+more?");
    for (shown, form) in [
        ("it is hunter2+more?", "plain text"),
        ("it is 68756E746572322B6d6f72653f", "hexadecimal"),
        ("it is hunter2%2Bmore%3F", "URL"),
        ("Basic aHVudGVyMittb3JlPw==", "base64"),
        ("Basic YTpodW50ZXIyK21vcmU/Yg==", "base64"),
        ("Basic YWFhOmh1bnRlcjIrbW9yZT8=", "base64"),
        ("eDpodW50ZXIyK21vcmU_Yg", "base64"),
        ("[104, 117, 110, 116, 101, 114, 50, 43, 109, 111, 114, 101, 63]", "a list of bytes"),
    ] {
        assert_eq!(marked.found_in(shown), Some(format!("the secret in {form}")), "{shown}");
    }
    assert_eq!(marked.found_in("hunter2 is not all of it"), None);
}
