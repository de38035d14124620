//! While it happens: bars on a terminal, lines elsewhere. On standard error, so that the result can be piped.

use std::collections::BTreeMap;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use uuid::Uuid;

use super::super::output;
use super::super::work::Watch;
use super::{Step, Tone, steps};
use crate::plan::Progress;

/// Shows what happens.
#[derive(Debug)]
pub(crate) struct Live {
    /// Of which termination, with a space behind; empty where there is only one.
    whose: String,
    /// Bars, where there is a terminal to draw on; a line for each step elsewhere.
    bars: Option<Bars>,
}

/// A bar for the whole, a line for each session under way.
#[derive(Debug)]
struct Bars {
    whole: ProgressBar,
    sessions: BTreeMap<Uuid, ProgressBar>,
    /// The most sessions that get a line of their own at a time.
    lines: usize,
}

/// The most lines for single sessions, however many terminations share them.
const LINES: usize = 16;

/// A live view of `total` sessions, as the terminal can show it.
pub(crate) fn live(total: usize) -> Live {
    Live { whose: String::new(), bars: output::is_watched().then(|| Bars::new("", total, LINES)) }
}

/// A live view of the `total` sessions of one of `count` terminations, which bears its name if there are others.
pub(crate) fn live_among(count: usize, name: &str, total: usize) -> Live {
    if count <= 1 {
        return live(total);
    }
    let whose = format!("{name}  ");
    let bars = output::is_watched().then(|| Bars::new(&whose, total, (LINES / count).max(1)));
    Live { whose, bars }
}

impl Live {
    /// Whether there is a terminal to draw on.
    pub(crate) fn is_drawn(&self) -> bool {
        self.bars.is_some()
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

impl Watch for Live {
    fn round(&mut self, before: &Progress, after: &Progress, now: Timestamp) {
        let told = steps(before, after, now);
        match &mut self.bars {
            Some(bars) => bars.round(&self.whose, &told, after),
            None => grouped(&self.whose, &told).iter().for_each(|line| output::say(line)),
        }
    }

    fn notice(&mut self, text: &str) {
        output::say(&format!("{}{text}", self.whose));
    }

    fn halt(&mut self, progress: &Progress) {
        if let Some(bars) = &self.bars {
            bars.sessions.values().for_each(ProgressBar::finish_and_clear);
            bars.whole.finish_and_clear();
        }
        // The results come when all are at their end.
        if !self.whose.is_empty() {
            let tally = progress.tally();
            self.notice(&format!("{}/{} sessions done", tally.total - tally.remaining, tally.total));
        }
    }
}

impl Bars {
    fn new(whose: &str, total: usize, lines: usize) -> Self {
        let whole = output::screen().add(ProgressBar::new(total as u64));
        whole.set_style(style("{spinner:.cyan} {prefix}{bar:32.green/dim} {pos}/{len} sessions done, {elapsed}"));
        whole.set_prefix(whose.to_owned());
        whole.enable_steady_tick(Duration::from_millis(120));
        Self { whole, sessions: BTreeMap::new(), lines }
    }

    fn round(&mut self, whose: &str, told: &[Step], after: &Progress) {
        for session in &after.sessions {
            let id = session.conversation_id;
            let Some(step) = told.iter().rfind(|step| step.conversation_id == id) else { continue };
            if session.state.is_final() {
                if let Some(bar) = self.sessions.remove(&id) {
                    bar.finish_and_clear();
                }
                output::say(&format!("{} {whose}{id}  {}", mark(step.tone), step.text));
                continue;
            }
            if !self.sessions.contains_key(&id) && self.sessions.len() < self.lines {
                let bar = output::screen().insert_before(&self.whole, ProgressBar::new_spinner());
                bar.set_style(style("  {spinner:.cyan} {prefix}  {wide_msg}"));
                bar.set_prefix(id.to_string());
                bar.enable_steady_tick(Duration::from_millis(120));
                self.sessions.insert(id, bar);
            }
            if let Some(bar) = self.sessions.get(&id) {
                bar.set_message(step.tone.paint(&step.text));
            }
        }
        let tally = after.tally();
        self.whole.set_position(u64::try_from(tally.total - tally.remaining).unwrap_or(0));
    }
}

fn mark(tone: Tone) -> String {
    tone.paint(match tone {
        Tone::Good => "✔",
        Tone::Plain | Tone::Trouble => "•",
        Tone::Bad => "✘",
    })
}

/// Steps as lines. What happens to many sessions at once is one line.
fn grouped(whose: &str, told: &[Step]) -> Vec<String> {
    let mut groups: Vec<(&Step, usize)> = Vec::new();
    for step in told {
        match groups.iter_mut().find(|(known, _)| step.tone == Tone::Trouble && known.text == step.text) {
            Some((_, count)) => *count += 1,
            None => groups.push((step, 1)),
        }
    }
    let line = |(step, count): &(&Step, usize)| {
        let time = step.at.to_zoned(TimeZone::UTC).strftime("%H:%M:%SZ");
        let more = if *count > 1 { format!(" (and {} more sessions)", count - 1) } else { String::new() };
        format!("{time}  {whose}{}  {}{more}", step.conversation_id, step.tone.paint(&step.text))
    };
    groups.iter().map(line).collect()
}
