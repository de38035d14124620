//! Which known word somebody may have meant.

/// The known word that is nearest to what was written, if one is near enough to be meant.
pub(super) fn nearest<'a>(written: &str, known: &[&'a str]) -> Option<&'a str> {
    let written = written.to_lowercase();
    let near = known.iter().map(|word| (distance(&written, &word.to_lowercase()), *word));
    let (distance, word) = near.min_by_key(|(distance, _)| *distance)?;
    (distance <= word.chars().count().div_ceil(3).min(3)).then_some(word)
}

/// How many letters have to be changed, added or taken away.
fn distance(one: &str, other: &str) -> usize {
    let one: Vec<char> = one.chars().take(64).collect();
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (down, letter) in one.iter().enumerate() {
        let mut next = vec![down + 1];
        for (across, (letters, over)) in other.iter().zip(row.windows(2)).enumerate() {
            let [diagonal, above] = *over else { continue };
            let left = next.get(across).copied().unwrap_or(usize::MAX - 1);
            next.push((diagonal + usize::from(letter != letters)).min(above + 1).min(left + 1));
        }
        row = next;
    }
    row.last().copied().unwrap_or(one.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_near_is_meant() {
        let known = ["conversationId", "participantIds", "reason"];
        for (written, meant) in [
            ("raison", Some("reason")),
            ("ConversationID", Some("conversationId")),
            ("participantId", Some("participantIds")),
            ("conversation", Some("conversationId")),
            ("cause", None),
        ] {
            assert_eq!(nearest(written, &known), meant, "{written}");
        }
        assert_eq!((distance("", "abc"), distance("abc", ""), distance("kitten", "sitting")), (3, 3, 3));
    }
}
