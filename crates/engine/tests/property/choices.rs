//! A finite tape of random choices. Small numbers are the simple choices and an exhausted tape yields zeros for ever, so
//! that a test case gets simpler when proptest shortens the tape or makes its numbers smaller.

#[derive(Debug)]
pub(crate) struct Choices<'a> {
    tape: &'a [u16],
}

impl<'a> Choices<'a> {
    pub(crate) fn new(tape: &'a [u16]) -> Self {
        Self { tape }
    }

    /// A number below `n`.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        let Some((first, rest)) = self.tape.split_first() else { return 0 };
        self.tape = rest;
        usize::from(*first) % n.max(1)
    }

    /// True in about `percent` of a hundred cases.
    pub(crate) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) >= 100 - percent
    }

    pub(crate) fn pick<'t, T>(&mut self, from: &'t [T]) -> &'t T {
        &from[self.below(from.len())]
    }
}
