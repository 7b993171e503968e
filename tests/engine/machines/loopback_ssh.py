"""This machine as another one: a server of ssh on the loopback address with keys of its own."""

from __future__ import annotations

import contextlib
import shlex
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

SSHD = shutil.which("sshd") or shutil.which("/usr/sbin/sshd")


@contextlib.contextmanager
def loopback_ssh(folder: Path, **environment: str) -> Iterator[list[str]]:
    """The options by which ``ssh 127.0.0.1`` comes to a server that runs meanwhile; skips the test where none can.
    ``environment``: of what is started there."""
    if SSHD is None or shutil.which("ssh") is None or shutil.which("ssh-keygen") is None:
        pytest.skip("there is no sshd here")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    for name in ("host", "user"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)], check=True)
    shutil.copy(folder / "user.pub", folder / "authorized")
    (folder / "known").write_text(f"[127.0.0.1]:{port} {(folder / 'host.pub').read_text()}")
    settings = {"Port": port, "ListenAddress": "127.0.0.1", "HostKey": folder / "host", "PidFile": "none"}
    settings |= {"AuthorizedKeysFile": folder / "authorized", "StrictModes": "no", "UsePAM": "no"}
    if environment:
        settings["SetEnv"] = " ".join(f"{name}={value}" for name, value in environment.items())
    (folder / "sshd").write_text("".join(f"{name} {value}\n" for name, value in settings.items()))
    with open(folder / "sshd.log", "w") as log:
        server = subprocess.Popen([SSHD, "-D", "-e", "-f", str(folder / "sshd")], stderr=log)
    known = f"UserKnownHostsFile={folder / 'known'}"
    options = ["-F", "none", "-p", str(port), "-i", str(folder / "user"), "-o", known]
    try:
        for _ in range(20):  # the server takes a moment
            words = ["ssh", *options, "-o", "BatchMode=yes", "127.0.0.1", "true"]
            probe = subprocess.run(words, capture_output=True, text=True, timeout=60)
            if probe.returncode == 0 or server.poll() is not None:
                break
            time.sleep(0.5)
        if probe.returncode != 0:
            pytest.skip(f"sshd can't be used here: {probe.stderr} {(folder / 'sshd.log').read_text()}")
        yield options
    finally:
        server.kill()
        server.wait()


def ssh_with_options(folder: Path, options: list[str]) -> Path:
    """A folder for the front of PATH, whose ``ssh`` is the system's with these options."""
    found = shutil.which("ssh")
    folder.mkdir()
    (folder / "ssh").write_text(f'#!/bin/sh\nexec {found} {shlex.join(options)} "$@"\n')
    (folder / "ssh").chmod(0o755)
    return folder
