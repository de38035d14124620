//! What a person sees on the page.

use std::fmt::Debug;
use std::fs;
use std::path::Path;

use libtest_mimic::Failed;
use serde_json::json;
use webchat_terminator::simulator::server::load_world;
use webchat_terminator::simulator::world::{
    ConversationDisconnect, ConversationSpec, DEFAULT_DEPLOYMENT, Delay, DeploymentSpec, Profile, Purpose, WidgetSpec, WorldSpec, sample,
};

use crate::Case;
use crate::fetch::Browser;
use crate::stage::Stage;

/// All of them.
pub(crate) const ALL: [Case; 5] = [
    ("a_guest_watches_the_session_being_ended", a_guest_watches_the_session_being_ended),
    ("a_ghost_that_writes_again_comes_back_and_is_ended_again", a_ghost_that_writes_again_comes_back_and_is_ended_again),
    ("a_ghost_that_comes_back_while_wct_watches_is_ended_again", a_ghost_that_comes_back_while_wct_watches_is_ended_again),
    ("a_guest_whose_line_is_cut_can_reconnect", a_guest_whose_line_is_cut_can_reconnect),
    ("the_picture_can_be_taken_again", the_picture_can_be_taken_again),
];

/// Two conversations of Ada's and Ben's, whose guests are told of an end in this way.
fn world(mode: ConversationDisconnect) -> WorldSpec {
    let named = |n: u32, name: &str| {
        let mut chat = ConversationSpec::of(n, &[Purpose::Customer, Purpose::Agent]);
        for participant in &mut chat.participants {
            participant.name = if participant.purpose == Purpose::Customer { name.into() } else { "Sam".into() };
        }
        chat
    };
    let mut spec = sample::world(vec![named(1, "Ada"), named(2, "Ben").with_widget(&WidgetSpec::new(Profile::WellBehaved))]);
    spec.deployments = vec![DeploymentSpec { replies: true, ..DeploymentSpec::new(DEFAULT_DEPLOYMENT).telling(mode) }];
    spec
}

fn a_guest_watches_the_session_being_ended(browser: &Browser) -> Result<(), Failed> {
    let stage = Stage::set(world(ConversationDisconnect::ReadOnly))?;
    let seen = stage.play(browser, "ended", None)?;
    let expected = json!({
        "replied": true,
        "guest": "readonly",
        "mayWrite": false,
        "card": "ended",
        "other": "live",
        "verdict": "clean",
        "freshChat": "connected",
        "complaints": [],
    });
    same("the page", &seen, &expected)?;
    let witness = stage.witness()?;
    same("ghosts and disorder", &(witness.guests.ghosts, witness.out_of_order), &(0, 0))
}

fn a_ghost_that_writes_again_comes_back_and_is_ended_again(browser: &Browser) -> Result<(), Failed> {
    let stage = Stage::set(world(ConversationDisconnect::Send))?;
    let seen = stage.play(browser, "ghost", None)?;
    let expected = json!({
        "told": "ended",
        "back": "ghost",
        "verdictThen": "wrong",
        "toldAgain": "ended",
        "later": "ended",
        "card": "ended",
        "verdict": "clean",
        "complaints": [],
    });
    same("the page", &seen, &expected)?;
    let guests = stage.witness()?.guests;
    same("returns, messages after the end, ghosts", &(guests.guest_returns, guests.guest_messages_after_end, guests.ghosts), &(1, 1, 0))
}

/// With events and a settle window: nobody but the guest does anything, once the command runs.
fn a_ghost_that_comes_back_while_wct_watches_is_ended_again(browser: &Browser) -> Result<(), Failed> {
    let mut world = world(ConversationDisconnect::Send);
    // Long enough for a person to see that the ghost is back.
    world.behaviour.effect_delay_ms = Delay::fixed(2_000);
    let ada = world.conversations[0].id;
    let stage = Stage::set(world)?;
    let folder = tempfile::tempdir()?;
    let seen = stage.play_with(browser, "watched", None, &stage.apply(ada, 15, folder.path())?)?;
    let expected = json!({
        "told": "ended",
        "back": "ghost",
        "toldAgain": "ended",
        "card": "ended",
        "other": "live",
        "verdict": "clean",
        "exit": 0,
        "row": { "state": "Ended", "reconnects": 1, "confirmedBy": "Notification" },
        "complaints": [],
    });
    same("the page", &seen, &expected)?;
    let witness = stage.witness()?;
    let guests = witness.guests;
    same("returns, ghosts, disorder, polls", &(guests.guest_returns, guests.ghosts, witness.out_of_order, witness.polls), &(1, 0, 0, 0))
}

fn a_guest_whose_line_is_cut_can_reconnect(browser: &Browser) -> Result<(), Failed> {
    let stage = Stage::set(world(ConversationDisconnect::Off))?;
    let seen = stage.play(browser, "cut", None)?;
    let expected =
        json!({ "lost": "cut", "again": "connected", "notTold": "connected", "card": "ghost", "verdict": "wrong", "complaints": [] });
    same("the page", &seen, &expected)
}

fn the_picture_can_be_taken_again(browser: &Browser) -> Result<(), Failed> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let spec = load_world(&fs::read_to_string(root.join("deploy/examples/ghosts.yaml"))?)?;
    let folder = tempfile::tempdir()?;
    let picture = folder.path().join("page.png");
    let stage = Stage::set(spec)?;
    let seen = stage.play(browser, "picture", Some(&picture))?;
    same("the page", &seen, &json!({ "complaints": [] }))?;
    let taken = fs::read(&picture)?;
    if !taken.starts_with(b"\x89PNG") || taken.len() < 20_000 {
        return Err(format!("{} bytes are no picture of the page", taken.len()).into());
    }
    if std::env::var("WCT_BLESS").is_ok_and(|value| value == "1") {
        fs::create_dir_all(root.join("docs"))?;
        fs::write(root.join("docs/page.png"), taken)?;
    }
    Ok(())
}

fn same<T: PartialEq + Debug>(what: &str, found: &T, expected: &T) -> Result<(), Failed> {
    if found == expected { Ok(()) } else { Err(format!("{what}: {found:?}\nexpected: {expected:?}").into()) }
}
