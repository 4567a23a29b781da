//! Writes the manual pages of all commands into a directory: `cargo run --example man -- DIRECTORY`. `cargo xtask package` does.

fn main() -> std::io::Result<()> {
    let directory = std::env::args_os().nth(1).unwrap_or_else(|| ".".into());
    clap_mangen::generate_to(gateway::cli::command(), directory)
}
