//! Knows how nothing that a run started outlives it, whatever became of its host.

use std::time::Duration;
use std::{fs, thread};

use rustix::process::{Pid, Signal, WaitOptions, getpid, kill_process, set_child_subreaper, wait};

/// From now on a process left behind by a host that was lost becomes our child, not init's.
pub fn become_subreaper() {
    // Where the kernel has no such thing the host's own sweep is all there is.
    let _ = set_child_subreaper(Some(getpid()));
}

/// Kills every child of this process, and what they leave behind in turn. Only for the end of a program.
pub fn kill() {
    for _ in 0..1000 {
        let strays = children();
        if strays.is_empty() {
            return;
        }
        for stray in strays {
            let _ = kill_process(stray, Signal::KILL);
        }
        while let Ok(Some(_)) = wait(WaitOptions::NOHANG) {}
        thread::sleep(Duration::from_millis(1));
    }
}

fn children() -> Vec<Pid> {
    let tasks = fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let lists = tasks.filter_map(|task| fs::read_to_string(task.path().join("children")).ok());
    let numbers = lists.flat_map(|list| list.split_whitespace().filter_map(|it| it.parse().ok()).collect::<Vec<i32>>());
    numbers.filter_map(Pid::from_raw).collect()
}
