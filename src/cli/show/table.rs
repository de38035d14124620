//! How a table looks: columns of text without lines, as kubectl has them.

use std::io::{self, IsTerminal};

use comfy_table::{Cell, ColumnConstraint, ContentArrangement, Table, Width};

use super::super::output;
use super::Tone;

/// A table with these headings. On a terminal it is as wide as that; elsewhere no line is ever broken.
pub(super) fn table(headings: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(comfy_table::presets::NOTHING);
    table.set_header(headings.iter().map(|heading| Cell::new(heading.to_uppercase())));
    if io::stdout().is_terminal() {
        table.set_content_arrangement(ContentArrangement::Dynamic);
        table.set_width(u16::try_from(output::width()).unwrap_or(u16::MAX));
    }
    for (index, column) in table.column_iter_mut().enumerate() {
        column.set_padding((0, 2));
        if index == 0 {
            // Ids are for copying: they are never broken.
            column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(38)));
        }
    }
    table
}

/// The table as text. The first of these words that a line has is painted.
pub(super) fn rendered(table: &Table, words: &[(String, Tone)]) -> String {
    use owo_colors::OwoColorize;
    let mut text = String::new();
    for (index, line) in table.trim_fmt().lines().enumerate() {
        let found = words.iter().find(|(word, _)| line.split("  ").any(|cell| cell.trim() == word));
        let line = match found {
            _ if index == 0 => line.dimmed().to_string(),
            Some((word, tone)) => line.replacen(word.as_str(), &tone.paint(word), 1),
            None => line.to_owned(),
        };
        text.push_str(&line);
        text.push('\n');
    }
    text
}
