//! While it happens: bars on a terminal, lines elsewhere. On standard error, so that the result can be piped.

use std::collections::BTreeMap;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use uuid::Uuid;

use super::super::output;
use super::super::work::Watch;
use super::{Step, Tone, steps};
use crate::plan::Progress;

/// Shows what happens.
#[derive(Debug)]
pub(crate) enum Live {
    /// A bar for the whole, a line for each session under way.
    Bars(Bars),
    /// A line for each step.
    Lines,
}

/// Bars on a terminal.
#[derive(Debug)]
pub(crate) struct Bars {
    screen: MultiProgress,
    whole: ProgressBar,
    sessions: BTreeMap<Uuid, ProgressBar>,
}

/// The most sessions that get a line of their own at a time.
const LINES: usize = 16;

/// A live view of `total` sessions, as the terminal can show it.
pub(crate) fn live(total: usize) -> Live {
    if !output::is_watched() {
        return Live::Lines;
    }
    let screen = MultiProgress::new();
    let whole = screen.add(ProgressBar::new(total as u64));
    whole.set_style(style("{spinner:.cyan} {bar:32.green/dim} {pos}/{len} sessions done, {elapsed}"));
    whole.enable_steady_tick(Duration::from_millis(120));
    Live::Bars(Bars { screen, whole, sessions: BTreeMap::new() })
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

impl Watch for Live {
    fn round(&mut self, before: &Progress, after: &Progress, now: Timestamp) {
        let told = steps(before, after, now);
        match self {
            Self::Bars(bars) => bars.round(&told, after),
            Self::Lines => grouped(&told).iter().for_each(|line| output::say(line)),
        }
    }

    fn notice(&mut self, text: &str) {
        match self {
            Self::Bars(bars) => _ = bars.screen.println(text),
            Self::Lines => output::say(text),
        }
    }

    fn halt(&mut self, _: &Progress) {
        if let Self::Bars(bars) = self {
            bars.sessions.values().for_each(ProgressBar::finish_and_clear);
            bars.whole.finish_and_clear();
        }
    }
}

impl Bars {
    fn round(&mut self, told: &[Step], after: &Progress) {
        for session in &after.sessions {
            let id = session.conversation_id;
            let Some(step) = told.iter().rfind(|step| step.conversation_id == id) else { continue };
            if session.state.is_final() {
                if let Some(bar) = self.sessions.remove(&id) {
                    bar.finish_and_clear();
                }
                let _unseen = self.screen.println(format!("{} {id}  {}", mark(step.tone), step.text));
                continue;
            }
            if !self.sessions.contains_key(&id) && self.sessions.len() < LINES {
                let bar = self.screen.insert_before(&self.whole, ProgressBar::new_spinner());
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
fn grouped(told: &[Step]) -> Vec<String> {
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
        format!("{time}  {}  {}{more}", step.conversation_id, step.tone.paint(&step.text))
    };
    groups.iter().map(line).collect()
}
