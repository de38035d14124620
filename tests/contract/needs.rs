//! The permissions that a request needs: the client sends it to the simulator without any, and names what it was told it lacks.

use std::collections::BTreeSet;

use webchat_terminator::clock;
use webchat_terminator::genesys::{Dialect, Operation};
use webchat_terminator::plan::Look;
use webchat_terminator::simulator::server::Simulator;
use webchat_terminator::simulator::world::{ConversationSpec, DeploymentSpec, World, sample};
use webchat_terminator::termination::Answer;

use crate::drive::{Told, client, drive};
use crate::ids::{CLIENT_ID, CLIENT_SECRET, COMMUNICATION, CONVERSATION, DEPLOYMENT, ORGANIZATION, PARTICIPANT};

/// The permissions of which one is needed; none where none is missed.
pub(crate) async fn needs(dialect: &Dialect, operation: Operation) -> Vec<String> {
    let mut conversation = ConversationSpec::usual(1);
    conversation.id = CONVERSATION;
    conversation.participants[0].id = PARTICIPANT;
    conversation.participants[0].communications[0].id = COMMUNICATION;
    let conversation = if *dialect == Dialect::Messages { conversation } else { conversation.as_chat() };
    let mut world = sample::world(vec![conversation]);
    world.organization.id = ORGANIZATION;
    let account = &mut world.clients[0];
    (account.id, account.secret, account.permissions) = (CLIENT_ID.into(), CLIENT_SECRET.into(), BTreeSet::new());
    if operation == Operation::ReadConfiguration {
        // Which one is to be read, the deployment says.
        account.permissions.insert("webDeployments:deployment:view".into());
    }
    world.deployments = vec![DeploymentSpec::new(DEPLOYMENT)];
    let world = World::new(world, clock::now()).unwrap();
    let simulator = Simulator::new(world, clock::now).bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let client = client(&simulator.url(), dialect);
    let lacks = match drive(&client, operation).await {
        Told::Look(Look::Barred(blocker)) => blocker.fault.message,
        Told::Answer(Answer::Barred(_, fault)) | Told::Warned(Some(fault)) => fault.message,
        Told::Access(None) | Told::Listening | Told::Warned(None) | Told::Look(Look::Seen(_)) | Told::Answer(Answer::Accepted(_)) => {
            return Vec::new();
        }
        told @ (Told::Access(_) | Told::Look(_) | Told::Answer(_)) => panic!("{operation:?}: {told:?}"),
    };
    let named = lacks.strip_prefix("the OAuth client lacks ").unwrap();
    named.trim_start_matches("one of ").split(" or ").map(String::from).collect()
}
