//! `sample-remote`: serves one GraphQL remote over an SDL file and a data file, until it is stopped.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use clap::Parser;
use testkit::{Behaviour, Remote};

/// A GraphQL server over an SDL file and a data file, for trying Conjoin out.
#[derive(Debug, Parser)]
#[command(name = "sample-remote")]
struct Options {
    /// Schema definition.
    #[arg(long, value_name = "FILE")]
    sdl: PathBuf,
    /// Rows and rules; the documentation of the `testkit` crate explains them.
    #[arg(long, value_name = "FILE")]
    data: PathBuf,
    /// Address to listen on.
    #[arg(long, default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    host: IpAddr,
    /// Port to listen on; 0 takes a free one.
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Milliseconds by which every answer is held back.
    #[arg(long, default_value_t = 0)]
    delay_ms: u64,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    let read = |path: &PathBuf| {
        std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
    };
    let address = SocketAddr::new(options.host, options.port);
    let remote = Remote::start_at(&read(&options.sdl)?, &read(&options.data)?, address).await?;
    remote.behave(Behaviour::delayed(Duration::from_millis(options.delay_ms)));
    #[expect(clippy::print_stdout, reason = "the URL is what callers read")]
    {
        println!("{}", remote.url());
    }
    tokio::signal::ctrl_c().await.context("cannot wait for the signal to stop")
}
