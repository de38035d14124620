use super::*;

const FORM: &str = "grant_type=client_credentials";
/// The id and the secret of the test client, as HTTP Basic has them.
const BASIC: &str = "Basic MDAwMDAwMDAtMDAwMC00MDAwLTgwMDAtMDAwMDAwMDBjMTFlOm5vdC1hLXNlY3JldA==";

#[tokio::test]
async fn a_token_is_given_for_basic_and_for_form_credentials() {
    let simulator = start(sample::world(vec![])).await;
    let answer = send(&simulator, "POST", "/oauth/token", &[("authorization", BASIC)], FORM).await;
    assert_eq!(answer.status, 200);
    assert_eq!((answer.json()["token_type"].clone(), answer.json()["expires_in"].clone()), ("bearer".into(), 86_400.into()));
    assert!(!token(&simulator).await.is_empty());
    assert_eq!(send(&simulator, "POST", "/login/oauth/token", &[("authorization", BASIC)], FORM).await.status, 200);
}

#[tokio::test]
async fn a_login_error_is_not_an_error_of_the_platform() {
    let simulator = start(sample::world(vec![])).await;
    let wrong = send(&simulator, "POST", "/oauth/token", &[], &format!("{FORM}&client_id=x&client_secret=y")).await;
    assert_eq!(wrong.status, 401);
    assert_eq!(wrong.json(), serde_json::json!({ "error": "invalid_client", "description": "authentication failed" }));
    let garbage = send(&simulator, "POST", "/oauth/token", &[], "\u{0}{]").await;
    assert_eq!((garbage.status, garbage.json()["error"].clone()), (400, "unsupported_grant_type".into()));
}

#[tokio::test]
async fn a_token_names_its_organization() {
    let simulator = start(sample::world(vec![])).await;
    let token = token(&simulator).await;
    let me = call(&simulator, &token, "GET", "/platform/api/v2/tokens/me", "").await;
    assert_eq!(me.json()["organization"]["id"], sample::ORGANIZATION.to_string());
    assert_eq!(me.json()["OAuthClient"]["id"], sample::CLIENT_ID);
    assert_eq!(call(&simulator, &token, "GET", "/api/v2/organizations/me", "").await.json()["id"], sample::ORGANIZATION.to_string());
    assert_eq!(call(&simulator, &token, "HEAD", "/api/v2/tokens/me", "").await.status, 200);
    assert_eq!(call(&simulator, &token, "DELETE", "/api/v2/tokens/me", "").await.status, 200);
    assert_eq!(call(&simulator, &token, "GET", "/api/v2/tokens/me", "").await.json()["code"], "bad.credentials");
}
