//! End-to-end cases: each file in `tests/e2e/` is one test. `testkit::case` explains the format.

use std::path::Path;

fn case(path: &Path) -> datatest_stable::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(testkit::case::run(path)).map_err(|error| format!("{error:#}").into())
}

datatest_stable::harness! {
    { test = case, root = "tests/e2e", pattern = r"^[^/]+\.md$" },
}
