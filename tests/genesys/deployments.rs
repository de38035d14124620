//! What deployments tell guests, read for warnings: by two reads each, and nothing is guessed.

use webchat_terminator::genesys::Outcome;
use webchat_terminator::plan::{ConversationDisconnect as Told, Deployment, MOST_DEPLOYMENTS};
use webchat_terminator::simulator::world::{ConversationDisconnect, DeploymentSpec};

use super::*;

const PERMISSIONS: [&str; 2] = ["webDeployments:deployment:view", "webDeployments:configuration:view"];

/// A world with these deployments, and a client that may read them.
async fn offering(deployments: Vec<DeploymentSpec>) -> RunningSimulator {
    let mut spec = sample::world(vec![]);
    spec.deployments = deployments;
    spec.clients[0].permissions.extend(PERMISSIONS.map(String::from));
    start(spec).await
}

fn telling(number: u128, told: ConversationDisconnect) -> DeploymentSpec {
    let configuration_id = Some(Uuid::from_u128(number + 100));
    DeploymentSpec { configuration_id, ..DeploymentSpec::new(Uuid::from_u128(number)).telling(told) }
}

fn told(deployments: &[Deployment]) -> Vec<Option<Told>> {
    deployments.iter().map(|deployment| deployment.conversation_disconnect).collect()
}

fn reads(simulator: &RunningSimulator) -> (u64, u64) {
    (calls(simulator, Operation::GetWebdeploymentsDeployment), calls(simulator, Operation::GetWebdeploymentsConfigurationVersion))
}

#[tokio::test]
async fn each_deployment_is_read_by_two_requests_and_an_unknown_one_says_so() {
    let modes = [ConversationDisconnect::Off, ConversationDisconnect::Send, ConversationDisconnect::ReadOnly];
    let simulator = offering((1..).zip(modes).map(|(number, mode)| telling(number, mode)).collect()).await;
    let client = client(&simulator);
    let ids: Vec<Uuid> = [1, 9, 2, 3].map(Uuid::from_u128).into();
    let deployments = client.deployments(&ids).await;
    assert_eq!(deployments.iter().map(|deployment| deployment.id).collect::<Vec<_>>(), ids);
    assert_eq!(told(&deployments), [Some(Told::Off), None, Some(Told::Send), Some(Told::ReadOnly)]);
    assert_eq!(deployments[1].error.as_ref().unwrap().code, "not.found");
    assert_eq!(reads(&simulator), (4, 3));
    let counted: Vec<_> = client.counters().into_iter().map(|count| (count.operation.label(), count.outcome, count.count)).collect();
    for expected in
        [("read_deployment", Outcome::Accepted, 3), ("read_deployment", Outcome::Absent, 1), ("read_configuration", Outcome::Accepted, 3)]
    {
        assert!(counted.contains(&expected), "{counted:?}");
    }
    assert_eq!(simulator.witness().writes, []);
}

#[tokio::test]
async fn a_missing_permission_is_met_once_and_named_for_each() {
    for (missing, reads_made) in PERMISSIONS.into_iter().zip([(1, 0), (1, 1)]) {
        let simulator = offering(vec![telling(1, ConversationDisconnect::Off)]).await;
        simulator.with_world(|world| {
            let mut permissions = sample::client().permissions;
            permissions.extend(PERMISSIONS.into_iter().filter(|granted| *granted != missing).map(String::from));
            world.set_permissions(sample::CLIENT_ID, permissions).unwrap();
        });
        let deployments = client(&simulator).deployments(&[1, 2, 3].map(Uuid::from_u128)).await;
        assert_eq!(deployments.len(), 3);
        for deployment in deployments {
            let fault = deployment.error.unwrap();
            assert!(deployment.conversation_disconnect.is_none() && fault.message.contains(missing), "{fault:?}");
        }
        assert_eq!(reads(&simulator), reads_made, "{missing}");
    }
}

#[tokio::test]
async fn a_service_in_trouble_is_asked_once() {
    let simulator = offering(vec![telling(1, ConversationDisconnect::Off)]).await;
    fault(&simulator, Operation::GetWebdeploymentsDeployment, 9, answer(503));
    let deployments = client(&simulator).deployments(&[1, 2].map(Uuid::from_u128)).await;
    assert!(deployments.iter().all(|deployment| deployment.error.as_ref().is_some_and(|fault| fault.message.contains("503"))));
    assert_eq!(reads(&simulator), (1, 0));
}

#[tokio::test]
async fn no_more_are_read_than_a_connection_can_list() {
    let most = MOST_DEPLOYMENTS as u128;
    let simulator = offering((1..=most + 5).map(|number| telling(number, ConversationDisconnect::ReadOnly)).collect()).await;
    let ids: Vec<Uuid> = (1..=most + 5).map(Uuid::from_u128).collect();
    assert_eq!(told(&client(&simulator).deployments(&ids).await), vec![Some(Told::ReadOnly); MOST_DEPLOYMENTS]);
}
