//! `cargo xtask dev`: the console from its sources, in front of the gateway and the demo's remotes.
//!
//! Vite serves the console and shows changes as they are saved; it passes everything else on to the gateway.

use std::process::Command;

use anyhow::{Context as _, bail};

use crate::children::{Children, StopOnDrop};
use crate::{console, demo};

/// Runs until Ctrl-C.
pub(crate) fn run(arguments: &[String]) -> anyhow::Result<()> {
    let (mut port, mut console_port) = (8080, 5173);
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        let mut number = || {
            let value = arguments.next().with_context(|| format!("{argument} needs a value"))?;
            value.parse::<u16>().with_context(|| format!("{argument} needs a number"))
        };
        match argument.as_str() {
            "--port" => port = number()?,
            "--console-port" => console_port = number()?,
            other => bail!("`dev` has no option {other}; see `cargo xtask help`"),
        }
    }
    console::install()?;
    let programs = demo::build(true, false)?;
    let scratch = demo::Scratch::new()?;
    let children = Children::new()?;
    let _stop = StopOnDrop(&children);
    let example = crate::workspace().join("examples/demo");
    let remotes = demo::start_remotes(&children, &programs, &example)?;
    let gateway =
        demo::start_gateway(&children, &programs.join("conjoin"), &example, port, &remotes, &scratch.0)?;

    // Not through npm, which would leave its child behind.
    let mut vite = Command::new("node");
    vite.current_dir(console::directory()).arg("node_modules/vite/bin/vite.js");
    vite.args(["--host", "127.0.0.1", "--strictPort", "--port", &console_port.to_string()]);
    children.start("vite", vite.env("CONJOIN_URL", &gateway), |_| ())?;
    println!("\nconsole    http://127.0.0.1:{console_port}/console/\ngateway    {gateway}");
    for (name, url) in &remotes {
        println!("{name:10} {url}");
    }
    println!("\nCtrl-C stops all.");
    children.serve()
}
