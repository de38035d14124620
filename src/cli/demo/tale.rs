//! The demo as a tale: who was there, what happened step by step, what the other side saw, and why the order matters.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use jiff::Timestamp;
use owo_colors::OwoColorize;

use super::super::show::{Step, Tone};
use super::super::simulate::{self, on_the_example};
use super::guest;
use super::play::Happened;
use crate::simulator::world::{ConversationSpec, Operation, Witness, WorldSpec};
use crate::termination::Session;

/// What is said before anything happens.
pub(super) fn opening(sessions: usize) -> String {
    format!(
        "{}\n\
         {sessions} web messaging sessions must end, from the back end. In this process runs a simulated Genesys Cloud with their guests;\n\
         the manifest is deploy/examples/incident.yaml. Nothing leaves this machine.\n\n\
         {}\n\
         A conversation is a wrapper around legs: the guest's, a bot's, a queue's, an agent's. Close the wrapper first, and the guest's\n\
         widget still believes that it is connected: a ghost, and the next thing it writes brings the conversation back. So, for each:\n\n  \
         {}\n\n\
         Below, what goes its usual way is told once, and ~ marks what only the guest notices. `wct apply` tells every step.\n",
        "An incident".bold(),
        "Why the order matters".bold(),
        "guest leg is there → close it → wait until an event confirms it → read → close the conversation → watch for a ghost".cyan(),
    )
}

/// The tale of what happened.
pub(super) struct Tale<'a> {
    world: &'a WorldSpec,
    happened: &'a Happened,
}

impl<'a> Tale<'a> {
    pub(super) fn of(world: &'a WorldSpec, happened: &'a Happened) -> Self {
        Self { world, happened }
    }

    pub(super) fn text(&self) -> String {
        let (mut text, mut known) = (String::new(), BTreeSet::new());
        for session in &self.happened.sessions {
            self.session(&mut text, session, &mut known);
        }
        self.witness(&mut text, &self.happened.witness);
        self.ending(&mut text);
        text
    }

    /// One session's part. What goes its way is told by the first session to which it happens, and is `known` then.
    fn session(&self, text: &mut String, session: &Session, known: &mut BTreeSet<&'a str>) {
        let id = session.conversation_id;
        let conversation = self.world.conversations.iter().find(|conversation| conversation.id == id);
        let story = conversation.map_or("", |conversation| conversation.story.as_str());
        let guests = conversation.map(guests).unwrap_or_default();
        let state = Tone::of(session.state).paint(&format!("{:?}", session.state));
        let _infallible = writeln!(text, "\n{}  {}  {state}\n  {}", id.bold(), guests.bold(), story.italic());
        let steps = self.happened.steps.iter().filter(|step| step.conversation_id == id);
        let news = steps.filter(|step| known.insert(without_ids(&step.text)) || step.tone != Tone::Plain);
        let told = news.map(|step| (step.at, format!("{} {}", mark(step), step.tone.paint(&step.text))));
        let unseen = guest::told(self.happened, id).map(|(at, said)| (at, format!("~ {said}").dimmed().to_string()));
        let mut lines: Vec<(Timestamp, String)> = told.chain(unseen).collect();
        lines.sort_by_key(|(at, _)| *at);
        if guest::is_believing(self.happened, id) {
            let said = "~ nobody told the guest, who still believes to be connected: with conversationDisconnect off, no API can";
            lines.push((self.happened.ended, Tone::Trouble.paint(said)));
        }
        for (at, line) in lines {
            let _infallible = writeln!(text, "  {}  {line}", self.clock(at).dimmed());
        }
    }

    fn clock(&self, at: Timestamp) -> String {
        let passed = at.duration_since(self.happened.begun).as_millis().max(0);
        format!("{:>2}.{:03} s", passed / 1000, passed % 1000)
    }

    fn witness(&self, text: &mut String, witness: &Witness) {
        let calls: u64 = witness.calls.values().sum();
        let reads = witness.calls_of(Operation::GetConversation) + witness.calls_of(Operation::GetConversationsMessage);
        let closes: u64 = witness.effective_closes.iter().map(|close| close.count).sum();
        let guests = witness.effective_closes.iter().filter(|close| close.guest).count();
        let twice = witness.effective_closes.iter().filter(|close| close.count > 1).count();
        let _infallible = writeln!(text, "\n{}", "What the other side saw (the simulator's witness)".bold());
        let mut row = |number: u64, is_good: bool, said: &str| {
            let number = format!("{number:>5}");
            let tone = if is_good { Tone::Good } else { Tone::Bad };
            let _infallible = writeln!(text, "  {}  {said}", tone.paint(&number));
        };
        row(calls, true, &format!("calls in all: {reads} reads of conversations, {} writes, the rest to log in", witness.writes.len()));
        row(closes, true, &format!("closes that ended something that was live: {guests} of a guest's leg, the others of what was left"));
        row(twice as u64, twice == 0, "legs that were closed twice");
        row(witness.repeated_closes, witness.repeated_closes == 0, "closes that were sent again after an accepted one, in vain");
        row(
            witness.out_of_order,
            witness.out_of_order == 0,
            "conversations closed while their guest was still live: out of order, a ghost each",
        );
        row(witness.after_finished, witness.after_finished == 0, "writes after the end");
        row(witness.teardowns, witness.teardowns == 0, "teardowns by force");
        row(witness.polls, witness.polls == 0, "polls: reads while the end of a guest's leg was waited for, of which events tell");
        let of_guests = witness.guests;
        row(of_guests.guest_returns, true, "guests who came back after the end");
        row(of_guests.ghosts_back, of_guests.ghosts_back == 0, "ghosts who are back now, for they were not ended again");
        let untold = "ghosts who still believe to be connected: no API can tell them; Conversation Disconnect can, and is off there";
        row(of_guests.ghosts_believing, of_guests.ghosts_believing == 0, untold);
    }

    fn ending(&self, text: &mut String) {
        let took = self.happened.ended.duration_since(self.happened.begun).as_secs_f64();
        let _infallible = writeln!(
            text,
            "\n{} sessions in {took:.1} s. Every write was recorded before it was sent: kill the process at any point, and the next one\n\
             looks first and goes on at the right step. To try it yourself, serve this same world in one terminal:\n\n  \
             wct simulate\n\n\
             and in another say what would happen, and do it:\n\n  \
             {}\n  {}",
            self.happened.sessions.len(),
            on_the_example("plan", simulate::EXAMPLE),
            on_the_example("apply", simulate::EXAMPLE)
        );
    }
}

/// A step's text without the service's ids, by which it is known again.
fn without_ids(text: &str) -> &str {
    text.split_once(" (correlation ").map_or(text, |(before, _)| before)
}

/// Who the guests are, by name.
fn guests(conversation: &ConversationSpec) -> String {
    let guests = conversation.participants.iter().filter(|participant| participant.purpose.is_guest());
    guests.map(|guest| guest.name.as_str()).collect::<Vec<_>>().join(" and ")
}

fn mark(step: &Step) -> String {
    step.tone.paint(match step.tone {
        Tone::Good => "✔",
        Tone::Plain => "·",
        Tone::Trouble => "!",
        Tone::Bad => "✘",
    })
}
