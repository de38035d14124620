//! The example world of ghosts tells the stories that the tests tell.

use crate::simulator::server::load_world;
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
