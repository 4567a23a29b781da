//! `conjoin serve` as a process: what it prints, how signals end it, and what keeps it from starting.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a step that fails fails its test")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use serde_json::Value;

/// Generous: a test that hangs fails, and a slow machine does not.
const BOUND: Duration = Duration::from_secs(30);

/// A process that ends with its test.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        // It has ended already unless the test failed.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn conjoin(data: &tempfile::TempDir, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_conjoin"));
    command.args(["serve", "--port=0", "--data-dir"]).arg(data.path()).args(words);
    // Neither the variables of the machine nor a project around the working directory count here.
    command.env_clear().current_dir(data.path()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// The next line of the log, as JSON.
fn next_line(lines: &mpsc::Receiver<String>) -> Value {
    serde_json::from_str(&lines.recv_timeout(BOUND).unwrap()).unwrap()
}

/// Reads lines aside, so that waiting for one has a bound.
fn lines_of(stdout: ChildStdout) -> mpsc::Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                break;
            }
        }
    });
    receiver
}

fn wait(process: &mut Process) -> i32 {
    for _ in 0..BOUND.as_millis() / 20 {
        if let Some(status) = process.0.try_wait().unwrap() {
            return status.code().unwrap();
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    panic!("the process does not end");
}

#[test]
fn a_signal_ends_it_well() {
    for signal in ["TERM", "INT"] {
        let data = tempfile::tempdir().unwrap();
        let mut process = Process(conjoin(&data, &[]).spawn().unwrap());
        let lines = lines_of(process.0.stdout.take().unwrap());
        let started = next_line(&lines);
        assert_eq!((&started["type"], &started["level"]), (&"startup".into(), &"info".into()));
        let info = &started["detail"]["info"];
        assert_eq!(info["admin_secret_set"], false);
        assert!(info["message"].as_str().unwrap().contains("no admin secret is set"), "{info}");

        let mut connection = TcpStream::connect(info["address"].as_str().unwrap()).unwrap();
        connection.set_read_timeout(Some(BOUND)).unwrap();
        connection.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        connection.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200 OK") && answer.ends_with("\r\n\r\nOK"), "{answer}");
        let served = next_line(&lines);
        assert_eq!(served["type"], "http-log");
        assert_eq!(served["detail"]["http_info"]["url"], "/healthz");
        assert_eq!(served["detail"]["http_info"]["ip"], "127.0.0.1");
        assert_eq!(served["detail"]["operation"]["response_size"], 2);

        let id = process.0.id().to_string();
        assert!(Command::new("kill").args([&format!("-{signal}"), &id]).status().unwrap().success());
        assert_eq!(wait(&mut process), 0, "{signal}");
    }
}

#[test]
fn what_it_was_told_wrong_stops_it_with_one_line() {
    for (words, variables, exit, expected) in [
        (&["--host=0.0.0.0"][..], &[][..], 2, "--allow-unauthenticated"),
        (&[], &[("HASURA_GRAPHQL_SERVER_HOST", "*")], 2, "CONJOIN_ADMIN_SECRET"),
        (&[], &[("HASURA_GRAPHQL_JWT_SECRET", "{\"key\":\"hunter2\"}")], 2, "HASURA_GRAPHQL_JWT_SECRET"),
        (&[], &[("CONJOIN_MAX_DEPTH", "deep")], 2, "--max-depth"),
        (&["--metadata-dir=nowhere"], &[], 1, "nowhere"),
    ] {
        let data = tempfile::tempdir().unwrap();
        let output = conjoin(&data, words).envs(variables.iter().copied()).output().unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(exit), "{told}");
        assert!(told.contains(expected) && !told.contains("hunter2"), "{told}");
        assert_eq!(told.trim_end().lines().count(), 1, "{told}");
    }
}

#[test]
fn secrets_are_not_printed() {
    let data = tempfile::tempdir().unwrap();
    let words = ["--admin-secret=hunter2", "--log-level=debug"];
    let mut process = Process(conjoin(&data, &words).spawn().unwrap());
    let lines = lines_of(process.0.stdout.take().unwrap());
    let mut log = Vec::new();
    while log.last().is_none_or(|line: &String| !line.contains("admin_secret_set")) {
        log.push(lines.recv_timeout(BOUND).unwrap());
    }
    let id = process.0.id().to_string();
    Command::new("kill").args(["-TERM", &id]).status().unwrap();
    assert_eq!(wait(&mut process), 0);
    log.extend(lines.iter());
    assert!(log.iter().all(|line| !line.contains("hunter2")), "{log:?}");
    assert!(log.iter().any(|line| line.contains("\"admin_secret_set\":true")), "{log:?}");
}
