//! Hints for people who mistyped a name or chose a key that does not fit.

use std::fmt::Display;

/// `; did you mean "x"?`, or what there is instead, or nothing when there is nothing.
pub(super) fn did_you_mean<T: AsRef<str>>(wrong: &str, candidates: impl IntoIterator<Item = T>) -> String {
    let candidates: Vec<T> = candidates.into_iter().collect();
    let near = candidates
        .iter()
        .map(|candidate| {
            (
                strsim::damerau_levenshtein(&wrong.to_lowercase(), &candidate.as_ref().to_lowercase()),
                candidate,
            )
        })
        .min_by_key(|(distance, _)| *distance)
        // Two slips, and in short names fewer.
        .filter(|(distance, candidate)| *distance <= 2 && *distance * 2 < candidate.as_ref().len().max(2));
    match near {
        Some((_, name)) => format!("; did you mean \"{}\"?", name.as_ref()),
        None => match candidates.as_slice() {
            [] => String::new(),
            [only] => format!("; there is only \"{}\"", only.as_ref()),
            all => format!("; there are {}", list(all.iter().map(AsRef::as_ref))),
        },
    }
}

/// `"a", "b" and "c"`, cut when long.
pub(super) fn list<T: Display>(names: impl IntoIterator<Item = T>) -> String {
    const MOST: usize = 12;
    let mut names: Vec<String> = names.into_iter().map(|name| format!("\"{name}\"")).collect();
    let more = names.len().saturating_sub(MOST);
    names.truncate(MOST);
    if more > 0 {
        names.push(format!("{more} more"));
    }
    match names.split_last() {
        None => String::new(),
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
    }
}
