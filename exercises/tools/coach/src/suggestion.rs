//! What a mistyped word was perhaps meant to be.

/// " (did you mean 'x'?)", if one of the words is near enough; otherwise where to look.
pub(crate) fn did_you_mean<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> String {
    let near = known.map(|other| (strsim::damerau_levenshtein(word, other), other));
    match near.min() {
        Some((distance, other)) if distance <= (other.len() / 3).max(1) => {
            format!(": did you mean '{other}'?")
        }
        _ => ": `cargo coach list` shows all exercises, `cargo coach help` all commands".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_pointed_out_and_other_words_are_not_guessed_at() {
        let known = || ["list", "pool_map"].into_iter();
        assert!(did_you_mean("lisst", known()).contains("did you mean 'list'?"));
        assert!(did_you_mean("pool_mop", known()).contains("'pool_map'?"));
        assert!(did_you_mean("zebra", known()).contains("cargo coach list"));
    }
}
