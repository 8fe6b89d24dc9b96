"""Processes: a server's tree, the processor time and the memory it has taken, starting and stopping."""

import os
import signal
import socket
import subprocess
from contextlib import suppress
from pathlib import Path

TICK = 1000 / os.sysconf("SC_CLK_TCK")
PROC = Path("/proc")


def _stat(pid: int) -> list[str]:
    return (PROC / str(pid) / "stat").read_text().rsplit(")", 1)[1].split()


def parent_of(pid: int) -> int:
    """The parent's number."""
    return int(_stat(pid)[1])


def tree(root: int) -> list[int]:
    """The process and all that descend from it."""
    children: dict[int, list[int]] = {}
    for entry in PROC.iterdir():
        if entry.name.isdigit():
            with suppress(OSError, IndexError):
                children.setdefault(parent_of(int(entry.name)), []).append(int(entry.name))
    found, new = [], [root]
    while new:
        pid = new.pop()
        found.append(pid)
        new += children.get(pid, [])
    return found


def processor_ms(root: int) -> float:
    """User and system time of the tree, those among it that have ended included."""
    total = 0
    for pid in tree(root):
        with suppress(OSError, IndexError):
            total += sum(int(each) for each in _stat(pid)[11:15])
    return total * TICK


def forget_peak(root: int) -> bool:
    """Let the peak of memory begin anew; false where the system does not allow it."""
    try:
        for pid in tree(root):
            (PROC / str(pid) / "clear_refs").write_text("5")
    except OSError:
        return False
    return True


def memory_mib(root: int, what: str = "VmHWM") -> float:
    """The tree's peak of memory since it was forgotten, or what it holds now (`VmRSS`)."""
    total = 0
    for pid in tree(root):
        with suppress(OSError):
            for line in (PROC / str(pid) / "status").read_text().splitlines():
                if line.startswith(what):
                    total += int(line.split()[1])
    return total / 1024


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def start(command: list[str], environment: dict[str, str], folder: Path, log: Path) -> subprocess.Popen[bytes]:
    """Start a server; what it says goes to `log`."""
    with log.open("wb") as output:
        return subprocess.Popen(  # noqa: S603 -- the commands are ours
            command,
            env={**os.environ, **environment},
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )


def stop(process: subprocess.Popen[bytes]) -> None:
    """Tell the server to end, and what is left of its tree after ten seconds by force."""
    if process.poll() is not None:
        return
    family = tree(process.pid)
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        for pid in family:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        process.wait()
