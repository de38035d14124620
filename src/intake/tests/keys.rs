//! The secrets: what holds, and that nothing else does.

use axum::http::{HeaderMap, HeaderValue};

use crate::intake::keys::KeyRing;
use crate::intake::proof::Proof;
use crate::intake::{KeyError, SECRET_HEADER, SIGNATURE_HEADER};

const OLD: &[u8] = b"the secret of last month, 32 bytes";
const NEW: &[u8] = b"the secret of this month, 32 bytes";

/// Test case PRF-1 of RFC 4868 and test case 6 of RFC 4231: a key that is shorter, and one that is longer than a block.
#[test]
fn signatures_are_those_of_the_standard() {
    let table: [(Vec<u8>, &[u8], &str); 2] = [
        (vec![0x0b; 32], b"Hi There", "198a607eb44bfbc69903a0f1cf2bbdc5ba0aa3f3d9ae3c1c7a3b1696a0b68cf7"),
        (
            vec![0xaa; 131],
            b"Test Using Larger Than Block-Size Key - Hash Key First",
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
        ),
    ];
    for (key, body, signature) in table {
        let keys = KeyRing::new(&key, None).unwrap();
        let proof = presented(&[(SIGNATURE_HEADER, format!("sha256={signature}"))]).unwrap();
        assert!(bool::from(proof.signature_holds(&keys, body)));
        assert!(!bool::from(proof.signature_holds(&keys, b"another body")));
        let upper = presented(&[(SIGNATURE_HEADER, format!("sha256={}", signature.to_uppercase()))]).unwrap();
        assert!(bool::from(upper.signature_holds(&keys, body)));
    }
}

#[test]
fn two_secrets_are_valid_while_they_are_rotated() {
    let holds = |keys: &KeyRing, secret: &[u8]| bool::from(keys.holds(secret));
    let before = KeyRing::new(OLD, None).unwrap();
    let during = KeyRing::new(NEW, Some(OLD)).unwrap();
    let after = KeyRing::new(NEW, None).unwrap();
    assert_eq!([&before, &during, &after].map(|keys| holds(keys, OLD)), [true, true, false]);
    assert_eq!([&before, &during, &after].map(|keys| holds(keys, NEW)), [false, true, true]);
    assert!(!holds(&during, b"the secret of next month, 32 bytes") && !holds(&during, b"") && !holds(&during, &NEW[..NEW.len() - 1]));
}

#[test]
fn a_secret_is_long_enough_and_has_no_white_space_around_it() {
    assert_eq!(KeyRing::new(b"too short", None).unwrap_err(), KeyError::TooShort);
    assert_eq!(KeyRing::new(&[b' '; 40], None).unwrap_err(), KeyError::TooShort);
    assert_eq!(KeyRing::new(NEW, Some(b"")).unwrap_err(), KeyError::TooShort);
    assert!(bool::from(KeyRing::new(b"the secret of this month, 32 bytes\n", None).unwrap().holds(NEW)));
}

#[test]
fn nothing_holds_against_the_decoy() {
    let decoy = KeyRing::decoy();
    assert!(!bool::from(decoy.holds(b"")) && !bool::from(decoy.holds(&[0; 32])));
}

#[test]
fn debug_shows_no_secret() {
    assert_eq!(format!("{:?}", KeyRing::new(NEW, Some(OLD)).unwrap()), "KeyRing");
}

#[test]
fn a_proof_that_is_none_is_not_presented() {
    let digits = "0".repeat(64);
    assert!(presented(&[(SIGNATURE_HEADER, format!("sha256={digits}"))]).is_some());
    for signature in
        ["", "sha256=", "sha256=00", &digits, &format!("sha1={digits}"), &format!("sha256={digits}0"), &format!("sha256={}g", &digits[1..])]
    {
        assert!(presented(&[(SIGNATURE_HEADER, signature.to_owned())]).is_none(), "{signature}");
    }
    assert!(presented(&[]).is_none());
    let secret = || (SECRET_HEADER, "x".to_owned());
    assert!(presented(&[secret()]).is_some());
    assert!(presented(&[secret(), secret()]).is_none(), "a header that comes twice is none");
    assert!(presented(&[secret(), (SIGNATURE_HEADER, "sha256=00".into())]).is_none(), "a signature that is none is not passed over");
}

/// A comparison by `==` ends at the first byte that differs, and its time tells where that is.
#[test]
fn secrets_are_compared_in_constant_time_only() {
    let keys = include_str!("../keys.rs");
    assert_eq!(keys.matches("ct_eq(").count(), 2, "one comparison of secrets, one of signatures");
    assert_eq!(keys.matches("PartialEq").count(), 1, "only the error is comparable, no key and no ring");
    for file in [keys, include_str!("../proof.rs")] {
        assert!(!file.contains(" == "), "a secret could be compared by the way");
    }
}

fn presented(headers: &[(&'static str, String)]) -> Option<Proof> {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.append(*name, HeaderValue::from_str(value).unwrap());
    }
    Proof::presented(&map)
}
