//! `conjoin serve` as a process of its own, on a free port.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use reqwest::Client;
use serde_json::{Value, json};

/// Generous: a test that hangs fails, and a slow machine does not.
pub(crate) const BOUND: Duration = Duration::from_secs(30);

/// A process that ends with its test.
pub(crate) struct Process(pub(crate) Child);

impl Drop for Process {
    fn drop(&mut self) {
        // It has ended already unless the test failed.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The command to start one.
pub(crate) fn conjoin(data: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_conjoin"));
    command.args(["serve", "--port=0", "--data-dir"]).arg(data).args(words);
    // Neither the variables of the machine nor a project around the working directory count here.
    command.env_clear().current_dir(data).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Reads lines aside, so that waiting for one has a bound.
pub(crate) fn lines_of(stdout: ChildStdout) -> mpsc::Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            // Nobody may be interested any more, and the process must go on all the same.
            let _ = sender.send(line);
        }
    });
    receiver
}

/// The next line of the log, as JSON.
pub(crate) fn next_line(lines: &mpsc::Receiver<String>) -> Value {
    serde_json::from_str(&lines.recv_timeout(BOUND).unwrap()).unwrap()
}

/// One that has started.
pub(crate) struct Serving {
    pub(crate) process: Process,
    pub(crate) address: SocketAddr,
    pub(crate) client: Client,
}

impl Serving {
    /// Starts it with the access log off and waits until it listens.
    pub(crate) fn start(data: &Path, words: &[&str], variables: &[(&str, &str)]) -> Self {
        let mut command = conjoin(data, &["--enabled-log-types=startup"]);
        let mut process = Process(command.args(words).envs(variables.iter().copied()).spawn().unwrap());
        let lines = lines_of(process.0.stdout.take().unwrap());
        let address = loop {
            let line = next_line(&lines);
            if let Some(address) = line["detail"]["info"]["address"].as_str() {
                break address.parse().unwrap();
            }
        };
        let client = Client::builder().no_proxy().timeout(BOUND).build().unwrap();
        Self { process, address, client }
    }

    /// Status and body of the answer to a POST; the error when there is none.
    pub(crate) async fn try_post(&self, path: &str, body: &Value) -> Result<(u16, Value), reqwest::Error> {
        let url = format!("http://{}{path}", self.address);
        let answer = self.client.post(url).body(body.to_string()).send().await?;
        let status = answer.status().as_u16();
        Ok((status, serde_json::from_slice(&answer.bytes().await?).unwrap()))
    }

    /// Status and body of the answer to a POST.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        self.try_post(path, body).await.unwrap()
    }

    /// Runs a metadata command that has to succeed.
    pub(crate) async fn metadata(&self, command: &str, args: Value) -> Value {
        let (status, answer) = self.post("/v1/metadata", &json!({"type": command, "args": args})).await;
        assert_eq!(status, 200, "{answer}");
        answer
    }

    /// Status and text of the answer to a GET.
    pub(crate) async fn get(&self, path: &str) -> (u16, String) {
        let answer = self.client.get(format!("http://{}{path}", self.address)).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }
}
