//! The example worlds tell the ghost stories that the tests tell.

use crate::simulator::server::{default_world, load_world};
use crate::simulator::world::ghosts::{self, GhostStory};
use crate::simulator::world::{ConversationDisconnect, ConversationSpec, Profile, WorldSpec};

/// What makes a story, apart from its pace: the sentence, the guest, how the widget behaves, and what the deployment tells.
type Told<'a> = (&'a str, &'a str, Profile, Option<&'a str>, ConversationDisconnect);

fn told<'a>(world: &'a WorldSpec, conversation: &'a ConversationSpec) -> Told<'a> {
    let guest = conversation.participants.iter().find(|p| p.purpose.is_guest()).unwrap();
    let widget = guest.widget.as_ref().unwrap();
    let deployment = world.deployments.iter().find(|d| Some(d.id) == widget.deployment_id).unwrap();
    (&conversation.story, &guest.name, widget.profile, widget.text.as_deref(), deployment.conversation_disconnect)
}

#[test]
fn the_example_of_ghosts_tells_the_same_stories_at_a_pace_for_people() {
    let example = load_world(include_str!("../../../../deploy/examples/ghosts.yaml")).unwrap();
    let stories = ghosts::world(&GhostStory::ALL, 2_000);
    for (written, story) in example.conversations.iter().zip(&stories.conversations) {
        assert_eq!(told(&example, written), told(&stories, story));
    }
    assert!(example.conversations.len() >= stories.conversations.len());
}

/// How long the manifest watches is longer than any guest of the world takes for a step back.
#[test]
fn the_manifest_of_the_example_of_ghosts_ends_every_guest_in_it_and_watches_long_enough() {
    let world = load_world(include_str!("../../../../deploy/examples/ghosts.yaml")).unwrap();
    let manifest = include_str!("../../../../deploy/examples/simulated-ghosts/incident.yaml");
    let all = |key: &str| manifest.lines().filter_map(|line| line.trim().strip_prefix(key)).collect::<Vec<_>>();
    let there: Vec<String> = world.conversations.iter().map(|conversation| conversation.id.to_string()).collect();
    assert_eq!(all("- conversationId: "), there);
    assert_eq!(all("organizationId: "), [world.organization.id.to_string()]);
    assert_eq!((all("clientId: "), all("clientSecret: ")), (vec![&*world.clients[0].id], vec![&*world.clients[0].secret]));
    let watched_ms = all("settleSeconds: ")[0].parse::<u64>().unwrap() * 1000;
    let widgets = world.conversations.iter().flat_map(|it| &it.participants).filter_map(|participant| participant.widget.as_ref());
    let slowest = widgets.map(|widget| widget.after_ms.unwrap_or_default() + widget.reconnect_every_ms).max().unwrap();
    assert!(watched_ms > slowest, "{watched_ms} {slowest}");
}

#[test]
fn the_built_in_world_ends_with_the_same_stories_of_other_guests() {
    let world = default_world().unwrap();
    let stories = ghosts::world(&GhostStory::ALL, 700);
    let (_, last) = world.conversations.split_at(world.conversations.len() - stories.conversations.len());
    for (written, story) in last.iter().zip(&stories.conversations) {
        let (sentence, _, profile, text, mode) = told(&stories, story);
        let (written_sentence, _, written_profile, written_text, written_mode) = told(&world, written);
        assert_eq!((written_sentence, written_profile, written_text, written_mode), (sentence, profile, text, mode));
    }
}
