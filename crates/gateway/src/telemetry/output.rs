//! Lines on their way out: a request leaves its line in memory, and one thread writes what has gathered.
//!
//! Under load that is one system call for many lines. A line waits for 10 ms at most, so whoever kills the process with no
//! chance to stop loses no more than those. None is dropped: when the reader is too slow, those who log have to wait for it.

use std::io::{self, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// Lines gather for so long after a write.
const PAUSE: Duration = Duration::from_millis(10);

/// Bytes that may gather; whoever adds the line beyond them writes them all.
const MAX_PENDING: usize = 256 << 10;

/// Where lines go. Dropping a [`Flush`] of it writes the last ones.
pub(super) struct Output {
    pending: Mutex<Pending>,
    news: Condvar,
    target: Mutex<Target>,
}

#[derive(Default)]
struct Pending {
    lines: Vec<u8>,
    /// Whether the thread waits for a line rather than for the end of its pause.
    is_idle: bool,
}

struct Target {
    stream: Box<dyn Write + Send>,
    /// What is being written; trades places with the pending lines.
    lines: Vec<u8>,
}

impl Output {
    /// Starts the thread that writes to `stream`.
    pub(super) fn start(stream: Box<dyn Write + Send>) -> io::Result<Arc<Self>> {
        let target = Mutex::new(Target { stream, lines: Vec::new() });
        let output = Arc::new(Self { pending: Mutex::default(), news: Condvar::new(), target });
        let writing = Arc::clone(&output);
        thread::Builder::new().name("log".to_owned()).spawn(move || writing.work())?;
        Ok(output)
    }

    /// Adds a line, which ends with a line feed.
    pub(super) fn push(&self, line: &[u8]) {
        let mut pending = lock(&self.pending);
        pending.lines.extend_from_slice(line);
        let is_full = pending.lines.len() > MAX_PENDING;
        let was_idle = std::mem::take(&mut pending.is_idle);
        drop(pending);
        if is_full {
            self.flush();
        } else if was_idle {
            self.news.notify_one();
        }
    }

    /// Writes what is pending.
    pub(super) fn flush(&self) {
        let mut target = lock(&self.target);
        let Target { stream, lines } = &mut *target;
        // Taken only by whoever holds the stream, so that lines stay in order.
        std::mem::swap(lines, &mut lock(&self.pending).lines);
        // There is nobody to tell that nobody reads the log.
        let _ = stream.write_all(lines).and_then(|()| stream.flush());
        lines.clear();
    }

    fn work(&self) -> ! {
        loop {
            let mut pending = lock(&self.pending);
            while pending.lines.is_empty() {
                pending.is_idle = true;
                pending = self.news.wait(pending).unwrap_or_else(PoisonError::into_inner);
            }
            drop(pending);
            self.flush();
            thread::sleep(PAUSE);
        }
    }
}

/// Writes the last lines when it is dropped, also by a panic.
pub struct Flush(pub(super) Arc<Output>);

impl Drop for Flush {
    fn drop(&mut self) {
        self.0.flush();
    }
}

/// The output as the tracing library wants it.
pub(super) struct Lines(pub(super) Arc<Output>);

impl Write for Lines {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.push(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, Sender, channel};

    use super::*;

    /// Generous: a test that hangs fails, and a slow machine does not.
    const BOUND: Duration = Duration::from_secs(20);

    /// Sends on what is written to it.
    struct Stream(Sender<Vec<u8>>);

    impl Write for Stream {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.send(bytes.to_vec()).unwrap();
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn output() -> (Arc<Output>, Receiver<Vec<u8>>) {
        let (sender, written) = channel();
        (Output::start(Box::new(Stream(sender))).unwrap(), written)
    }

    #[test]
    fn a_line_is_written_without_another_one_behind_it() {
        let (output, written) = output();
        for line in [&b"first\n"[..], b"second\n"] {
            output.push(line);
            assert_eq!(written.recv_timeout(BOUND).unwrap(), line);
        }
    }

    #[test]
    fn every_line_is_written_once_and_those_of_a_thread_in_order() {
        let (output, written) = output();
        let flush = Flush(Arc::clone(&output));
        thread::scope(|scope| {
            for name in ["a", "b", "c", "d"] {
                let output = &output;
                // More than may be pending.
                scope.spawn(move || {
                    for n in 0..20_000 {
                        output.push(format!("{name} {n:09}\n").as_bytes());
                    }
                });
            }
        });
        drop(flush);
        let text = String::from_utf8(written.try_iter().flatten().collect()).unwrap();
        for name in ["a", "b", "c", "d"] {
            let lines: Vec<&str> = text.lines().filter(|line| line.starts_with(name)).collect();
            assert!(lines.is_sorted() && lines.len() == 20_000, "{name} {}", lines.len());
        }
        assert_eq!(text.lines().count(), 80_000);
    }

    #[test]
    fn a_panic_loses_no_line() {
        let (output, written) = output();
        let panicking = thread::spawn(move || {
            let _flush = Flush(Arc::clone(&output));
            (0..100).for_each(|_| output.push(b"x\n"));
            std::panic::resume_unwind(Box::new("on purpose"));
        });
        panicking.join().unwrap_err();
        assert_eq!(written.try_iter().flatten().count(), 200);
    }

    #[test]
    fn no_more_than_a_bound_is_pending() {
        /// Nobody reads the first bytes for a while.
        struct Slow(Sender<usize>);
        impl Write for Slow {
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                thread::sleep(Duration::from_millis(20));
                self.0.send(bytes.len()).unwrap();
                Ok(bytes.len())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let (sender, written) = channel();
        let output = Output::start(Box::new(Slow(sender))).unwrap();
        let line = [b'x'; 4096];
        (0..500).for_each(|_| output.push(&line));
        output.flush();
        let written: Vec<usize> = written.try_iter().collect();
        assert_eq!(written.iter().sum::<usize>(), 500 * line.len());
        assert!(written.iter().all(|&n_bytes| n_bytes <= MAX_PENDING + line.len()), "{written:?}");
    }
}
