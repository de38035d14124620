//! Holds a document to its schema, as the API server would: types, bounds, patterns, enums, required and unknown fields,
//! lists whose items must differ. (The rules in CEL are checked on the typed resource.)

use std::collections::BTreeSet;

use jiff::Timestamp;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::{JSONSchemaProps, JSONSchemaPropsOrArray};
use regex::Regex;
use serde_json::Value;

use super::nearest::nearest;
use super::node::{Content, Node, Place};

/// What is wrong, and where.
#[derive(Debug)]
pub(super) struct Mistake {
    pub(super) place: Place,
    /// The field, as `spec.sessions[3].conversationId`.
    pub(super) path: String,
    pub(super) said: String,
}

impl Mistake {
    pub(super) fn new(place: Place, path: &str, said: impl Into<String>) -> Self {
        Self { place, path: path.to_owned(), said: said.into() }
    }
}

/// Checks a node and everything below it; the first mistake in the order of the text.
pub(super) fn check(node: &Node, schema: &JSONSchemaProps, path: &str) -> Result<(), Mistake> {
    let wrong = |said: String| Err(Mistake::new(node.place, path, said));
    let expected = schema.type_.as_deref().unwrap_or_default();
    match &node.content {
        Content::Fields(fields) if expected == "object" => {
            let known = schema.properties.as_ref();
            for (key, field) in fields {
                let below = format!("{path}.{}", key.name);
                match known.and_then(|known| known.get(&key.name)) {
                    Some(_) if field.is_null() => {}
                    Some(of_field) => {
                        let is_required = schema.required.iter().flatten().any(|name| *name == key.name);
                        long_enough(field, of_field, &below, is_required)?;
                        check(field, of_field, &below)?;
                    }
                    None => return Err(unknown(key.place, &below, &key.name, known.into_iter().flatten().map(|(name, _)| name))),
                }
            }
            missing(node, schema, path)
        }
        Content::List(items) if expected == "array" => check_list(node, items, schema, path),
        Content::Text(text) if expected == "string" => check_text(text, schema).or_else(wrong),
        Content::Number(number) if expected == "integer" => match number.as_i64() {
            Some(whole) => check_number(whole, schema).or_else(wrong),
            None => wrong(format!("{number} is not a whole number; write {}", range(schema))),
        },
        Content::Bool(_) if expected == "boolean" => Ok(()),
        Content::Null | Content::Bool(_) | Content::Number(_) | Content::Text(_) | Content::List(_) | Content::Fields(_) => {
            wrong(unexpected(&node.content, expected, schema))
        }
    }
}

fn unexpected(content: &Content, expected: &str, schema: &JSONSchemaProps) -> String {
    let found = match content {
        Content::Null => "nothing",
        Content::Bool(_) => "true or false",
        Content::Number(_) => "a number",
        Content::Text(_) => "a text",
        Content::List(_) => "a list",
        Content::Fields(_) => "fields",
    };
    match expected {
        "string" => format!("a text is expected, {found} is there; put it in quotes"),
        "integer" => match content {
            Content::Text(text) if text.trim().parse::<i64>().is_err() => {
                format!("{} is not a whole number; write {}", shown_text(text), range(schema))
            }
            Content::Null | Content::Bool(_) | Content::Number(_) | Content::Text(_) | Content::List(_) | Content::Fields(_) => {
                format!("a whole number is expected, {found} is there; write it without quotes")
            }
        },
        "boolean" => format!("true or false is expected, {found} is there; write it without quotes"),
        "array" => format!("a list is expected, {found} is there; begin each item with `- `"),
        _ => format!("fields are expected, {found} is there; write `name: value` lines below it"),
    }
}

/// Which numbers are allowed, in words.
fn range(schema: &JSONSchemaProps) -> String {
    match (schema.minimum.map(|bound| bound as i64), schema.maximum.map(|bound| bound as i64)) {
        (Some(least), Some(most)) => format!("{least} to {most}"),
        (Some(least), None) => format!("{least} or more"),
        (None, Some(most)) => format!("{most} or less"),
        (None, None) => "one, such as 1".to_owned(),
    }
}

/// The complaint about a field that is not in the schema.
pub(super) fn unknown<'a>(place: Place, path: &str, name: &str, known: impl Iterator<Item = &'a String>) -> Mistake {
    let known: Vec<&str> = known.map(String::as_str).collect();
    let said = match nearest(name, &known) {
        Some(like) => format!("unknown field; did you mean `{like}`?"),
        None => format!("unknown field; one of {} is expected", known.join(", ")),
    };
    Mistake::new(place, path, said)
}

fn missing(node: &Node, schema: &JSONSchemaProps, path: &str) -> Result<(), Mistake> {
    let absent = schema.required.iter().flatten().find(|name| node.field(name).is_none());
    absent.map_or(Ok(()), |name| Err(Mistake::new(node.place, &format!("{path}.{name}"), "missing; it is required")))
}

/// A list that may not be empty can be left out, unless it is required.
fn long_enough(node: &Node, schema: &JSONSchemaProps, path: &str, is_required: bool) -> Result<(), Mistake> {
    let Content::List(items) = &node.content else { return Ok(()) };
    let length = items.len() as i64;
    let way_out = if is_required { "add what is missing" } else { "or leave the field out" };
    let short = schema.min_items.filter(|least| length < *least);
    let mistake = short.map(|least| Mistake::new(node.place, path, format!("{length} items; at least {least} must be there, {way_out}")));
    mistake.map_or(Ok(()), Err)
}

fn check_list(node: &Node, items: &[Node], schema: &JSONSchemaProps, path: &str) -> Result<(), Mistake> {
    let length = items.len() as i64;
    if let Some(most) = schema.max_items.filter(|most| length > *most) {
        return Err(Mistake::new(node.place, path, format!("{length} items; at most {most} may be there, split it up")));
    }
    if let Some(JSONSchemaPropsOrArray::Schema(of_item)) = &schema.items {
        for (index, item) in items.iter().enumerate() {
            check(item, of_item, &format!("{path}[{index}]"))?;
        }
    }
    distinct(items, schema, path)
}

/// Lists that are sets or maps hold each item, or each key, once.
fn distinct(items: &[Node], schema: &JSONSchemaProps, path: &str) -> Result<(), Mistake> {
    let keys = schema.x_kubernetes_list_map_keys.as_deref().unwrap_or_default();
    let kind = schema.x_kubernetes_list_type.as_deref();
    let mut seen = BTreeSet::new();
    for (index, item) in items.iter().enumerate() {
        let key: String = match kind {
            Some("set") => item.value().to_string(),
            Some("map") => keys.iter().map(|key| item.field(key).map_or(Value::Null, Node::value).to_string()).collect(),
            _ => return Ok(()),
        };
        if !seen.insert(key.clone()) {
            let keys = keys.join(", ");
            let field = if keys.is_empty() { String::new() } else { format!(".{keys}") };
            let said = format!("{} is there twice; list it once", key.trim_matches('"'));
            return Err(Mistake::new(item.place, &format!("{path}[{index}]{field}"), said));
        }
    }
    Ok(())
}

fn check_text(text: &str, schema: &JSONSchemaProps) -> Result<(), String> {
    let length = text.chars().count() as i64;
    if let Some(allowed) = &schema.enum_ {
        let allowed: Vec<&str> = allowed.iter().filter_map(|value| value.0.as_str()).collect();
        // Regions are listed in both spellings; one is enough to read.
        let shown: Vec<&str> = allowed.iter().filter(|name| !name.contains('_')).copied().collect();
        return if allowed.contains(&text) {
            Ok(())
        } else {
            Err(format!("{} is not known; one of {} is expected", shown_text(text), shown.join(", ")))
        };
    }
    if let Some(most) = schema.max_length.filter(|most| length > *most) {
        return Err(format!("{length} characters; at most {most} are allowed, shorten it"));
    }
    if let Some(least) = schema.min_length.filter(|least| length < *least) {
        return Err(format!("{length} characters; at least {least} are needed, complete it"));
    }
    if let Some(pattern) = &schema.pattern {
        let fits = Regex::new(pattern).map(|regex| regex.is_match(text));
        if !fits.unwrap_or(true) {
            return Err(format!("{} {}", shown_text(text), unfit(pattern)));
        }
    }
    if schema.format.as_deref() == Some("date-time") && text.parse::<Timestamp>().is_err() {
        return Err(format!("{} is not a time; write it like 2026-11-20T12:00:00Z", shown_text(text)));
    }
    Ok(())
}

/// What a text is not that does not fit a pattern of ours, in words.
fn unfit(pattern: &str) -> &'static str {
    if pattern.contains("{8}-") {
        "is not a UUID in lower case; write it like 00000000-0000-4000-8000-000000000000"
    } else if pattern.starts_with("^https?://") {
        "is not a base URL; write it like https://api.mypurecloud.de"
    } else if pattern.starts_with("^wss?://") && pattern.contains("{}") {
        "is not the address of an event stream; write it like wss://gateway.example.com/streams/{conversationId}"
    } else if pattern.starts_with("^wss?://") {
        "is not a base URL of sockets; write it like wss://streaming.mypurecloud.de"
    } else if pattern.starts_with("^[a-z0-9](") {
        "is not a valid name; write lower-case letters, digits, dots and hyphens, with a letter or digit at both ends"
    } else {
        "is not a valid word; write letters, digits and underscores, with a letter first"
    }
}

fn check_number(number: i64, schema: &JSONSchemaProps) -> Result<(), String> {
    let (least, most) = (schema.minimum.map(|bound| bound as i64), schema.maximum.map(|bound| bound as i64));
    let within = least.is_none_or(|least| number >= least) && most.is_none_or(|most| number <= most);
    match (within, least, most) {
        (true, _, _) => Ok(()),
        (false, Some(least), Some(most)) => Err(format!("{number} is out of bounds; write a number from {least} to {most}")),
        (false, Some(bound), None) | (false, None, Some(bound)) => Err(format!("{number} is out of bounds; the bound is {bound}")),
        (false, None, None) => Ok(()),
    }
}

/// What stands there, cut to what fits in a line.
pub(super) fn shown_text(text: &str) -> String {
    let short: String = text.chars().take(60).collect();
    if short.len() < text.len() { format!("{short:?}…") } else { format!("{short:?}") }
}
