//! Legacy web chat, as the vendor's older SDK and its guest client see it.

use libtest_mimic::Failed;
use serde_json::{Value, json};
use webchat_terminator::simulator::world::{ConversationSpec, Delay, Operation, World, Write, sample};

use crate::Case;
use crate::cases::{operations, same};
use crate::fetch::Sdk;
use crate::script::Stage;

/// What the platform's older SDK is tried with.
pub(crate) const BACK_END: [Case; 1] = [("an_older_sdk_reads_and_ends_chats_in_every_way", ends_chats)];
/// What the guest client is tried with.
pub(crate) const GUESTS: [Case; 1] = [("the_guest_client_begins_a_chat_speaks_and_leaves", a_guest)];

fn ends_chats(sdk: &Sdk) -> Result<(), Failed> {
    let mut spec = sample::world((1..=3).map(|n| ConversationSpec::usual(n).as_chat()).collect());
    spec.behaviour.effect_delay_ms = Delay::fixed(150);
    let first = spec.conversations[0].guest_legs()[0];
    let stage = Stage::set(spec)?;
    let found = stage.play(sdk, "chats", false)?;
    let expected = [
        ("communication", json!(true)),
        ("state", json!("connected")),
        ("flatState", json!("connected")),
        ("participant", Value::Null),
        ("accepted", json!("connected")),
        ("participantEnded", json!(true)),
        ("disconnectType", json!("client")),
        ("cascade", json!(true)),
        ("communicationEnded", json!(true)),
        ("wrapperAnswer", json!(true)),
        ("allEnded", json!(true)),
    ];
    for (name, value) in expected {
        same(name, &found[name], &value)?;
    }
    let witness = stage.simulator()?.witness();
    let writes = vec![
        (Operation::PatchConversationsChatParticipant, 202),
        (Operation::PatchConversationsChatParticipantCommunication, 200),
        (Operation::PatchConversationsChat, 200),
    ];
    same("writes", &operations(&witness), &writes)?;
    same("every write did something", &witness.writes.iter().all(Write::effective), &true)?;
    same("effective closes of the first guest", &witness.effective_closes_of(first), &1)?;
    same("unknown calls", &witness.calls_of(Operation::Unknown), &0)
}

fn a_guest(sdk: &Sdk) -> Result<(), Failed> {
    let stage = Stage::set(sample::world(vec![ConversationSpec::usual(1).as_chat()]))?;
    let found = stage.play(sdk, "guest", false)?;
    let expected = [
        ("refusedWithAnotherToken", json!(401)),
        ("role", json!("CUSTOMER")),
        ("state", json!("CONNECTED")),
        ("members", json!(["CUSTOMER", "WORKFLOW"])),
        ("said", json!("Hello")),
        ("history", json!(["Hello"])),
        ("frames", json!(["member-change", "member-change", "message", "message", "member-change"])),
        ("left", json!("DISCONNECTED")),
        ("closed", json!(1000)),
    ];
    for (name, value) in expected {
        same(name, &found[name], &value)?;
    }
    let witness = stage.simulator()?.witness();
    same("guests who left", &witness.calls_of(Operation::DeleteWebchatGuestConversationMember), &1)?;
    same("ghosts", &witness.guests.ghosts, &0)?;
    same("unknown calls", &witness.calls_of(Operation::Unknown), &0)?;
    let there = |world: &mut World| world.conversations().filter(|(c, _)| !c.live_guest_legs().is_empty()).count();
    let left = stage.simulator()?.with_world(there);
    same("guests who are still there: the one who was never spoken of", &left, &1)
}
