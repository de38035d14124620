//! Canonical JSON: keys sorted, no white space, nothing escaped that need not be. For the values that receipts hold it is the form of
//! RFC 8785.

use serde_json::Value;
use sha2::{Digest, Sha256};

/// The canonical JSON of a value.
#[must_use]
pub fn canonical(value: &Value) -> String {
    let mut text = String::new();
    write(value, &mut text);
    text
}

fn write(value: &Value, text: &mut String) {
    match value {
        // A text, a number or a word alone is written in only one way.
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => text.push_str(&value.to_string()),
        Value::Array(values) => {
            text.push('[');
            for (place, value) in values.iter().enumerate() {
                text.push_str(if place > 0 { "," } else { "" });
                write(value, text);
            }
            text.push(']');
        }
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_unstable_by_key(|(name, _)| *name);
            text.push('{');
            for (place, (name, value)) in fields.into_iter().enumerate() {
                text.push_str(if place > 0 { "," } else { "" });
                text.push_str(&Value::from(name.as_str()).to_string());
                text.push(':');
                write(value, text);
            }
            text.push('}');
        }
    }
}

/// The SHA-256 of a value's canonical JSON, hexadecimal. Of an object without its field `hash`, if it has one.
pub(super) fn hash(value: &Value) -> String {
    let mut hashed = value.clone();
    if let Some(fields) = hashed.as_object_mut() {
        fields.remove("hash");
    }
    Sha256::digest(canonical(&hashed)).iter().map(|byte| format!("{byte:02x}")).collect()
}
