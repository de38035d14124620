use super::*;

#[test]
fn a_domain_has_its_two_hosts() {
    let endpoints = Endpoints::of_domain("mypurecloud.de");
    assert_eq!(endpoints.api("/api/v2/tokens/me"), "https://api.mypurecloud.de/api/v2/tokens/me");
    assert_eq!(endpoints.login("/oauth/token"), "https://login.mypurecloud.de/oauth/token");
    assert_eq!(endpoints.hosts(), ["api.mypurecloud.de", "login.mypurecloud.de", "streaming.mypurecloud.de"]);
    assert!(endpoints.encrypted());
}

#[test]
fn a_path_is_kept_as_a_prefix_and_a_host_is_named_once() {
    let endpoints = Endpoints::custom("http://Gateway.example:8080/genesys/platform/", "http://gateway.example:8080/login").unwrap();
    assert_eq!(endpoints.api("/api/v2/tokens/me"), "http://gateway.example:8080/genesys/platform/api/v2/tokens/me");
    assert_eq!(endpoints.login("/oauth/token"), "http://gateway.example:8080/login/oauth/token");
    assert_eq!(endpoints.hosts(), ["gateway.example"]);
    assert!(!endpoints.encrypted());
}

#[test]
fn a_socket_leads_to_the_expected_host_and_port_only_and_not_in_clear_text() {
    let region = Endpoints::of_domain("mypurecloud.de");
    assert!(region.socket("wss://streaming.mypurecloud.de/channels/streaming-5-abc").is_ok());
    let gateway = Endpoints::custom("https://gateway.example/api", "https://gateway.example/login").unwrap();
    assert!(gateway.socket("wss://gateway.example:443/channels/x").is_ok());
    let said = "the socket would be at gateway.example:8443, and only gateway.example:443 is followed";
    assert_eq!(gateway.socket("wss://gateway.example:8443/channels/x").unwrap_err().message, said);
    let allowed = ["Sockets.example".to_owned()];
    let other = gateway.clone().with_streaming("wss://sockets.example", &allowed).unwrap();
    assert!(other.socket("wss://sockets.example/channels/x").is_ok() && other.socket("wss://gateway.example/x").is_err());
    assert_eq!(other.hosts(), ["gateway.example", "sockets.example"]);
    let simulator = Endpoints::custom("http://127.0.0.1:1", "http://127.0.0.1:1").unwrap();
    assert!(simulator.socket("ws://127.0.0.1:1/channels/x").is_ok() && simulator.socket("ws://127.0.0.1:2/channels/x").is_err());
    for uri in [
        "",
        "x",
        "ws://streaming.mypurecloud.de/channels/secret",
        "https://streaming.mypurecloud.de/channels/secret",
        "wss://streaming.mypurecloud.de.evil.example/channels/secret",
        "wss://streaming.mypurecloud.de@evil.example/secret",
        "wss://evil.example/channels/secret",
        "wss://streaming.mypurecloud.de:8443/channels/secret",
    ] {
        let fault = region.socket(uri).unwrap_err();
        assert!(fault.code == "streaming.host" && !fault.message.contains("secret"), "{uri}: {fault:?}");
    }
    for streaming in ["https://sockets.example", "ws://sockets.example", "wss://evil.example"] {
        assert!(gateway.clone().with_streaming(streaming, &allowed).is_err(), "{streaming}");
    }
}

#[test]
fn what_is_no_base_url_is_refused_without_repeating_a_password() {
    for bad in ["", "api.mypurecloud.de", "ftp://example.com", "https://user:hunter2@example.com", "https://example.com?a=b", "data:x"] {
        let refused = Endpoints::custom(bad, "https://example.com").unwrap_err().to_string();
        assert!(refused.starts_with("api: ") && !refused.contains("hunter2"), "{bad}: {refused}");
    }
    assert!(!Endpoints::custom("user:hunter2@x", "https://example.com").unwrap_err().to_string().contains("hunter2"));
}

#[test]
fn only_hosts_that_were_named_are_asked_and_only_the_own_machine_in_clear_text() {
    let allowed = |url: &str, hosts: &[&str]| {
        let hosts: Vec<String> = hosts.iter().map(|host| (*host).to_owned()).collect();
        Endpoints::allowed(url, url, &hosts).map(drop).map_err(|error| error.to_string())
    };
    assert_eq!(allowed("https://gateway.example/genesys", &["gateway.example"]), Ok(()));
    assert_eq!(allowed("https://gateway.example:8443", &["Gateway.Example"]), Ok(()));
    assert_eq!(allowed("http://127.0.0.1:8085", &["127.0.0.1"]), Ok(()));
    assert_eq!(allowed("http://[::1]:8085", &["[::1]"]), Ok(()));
    let refused = "api: host evil.example is not allowed; add --allow-custom-endpoints evil.example if the credentials may go there";
    assert_eq!(allowed("https://evil.example", &["gateway.example"]).unwrap_err(), refused);
    assert!(allowed("http://gateway.example", &["gateway.example"]).unwrap_err().contains("clear text"));
    assert!(allowed("https://127.0.0.1.evil.example", &["127.0.0.1"]).is_err());
}
