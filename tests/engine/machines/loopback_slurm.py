"""A cluster of one node with Slurm, on the loopback address, without a daemon that stays."""

from __future__ import annotations

import contextlib
import getpass
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

PROGRAMS = ("slurmctld", "slurmd", "srun", "sinfo")
START_SECONDS = 60.0


def _free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


def _configuration(folder: Path) -> str:
    name, user = socket.gethostname().split(".")[0], getpass.getuser()
    control, daemon = _free_ports(2)
    for each in ("state", "spool"):
        (folder / each).mkdir()
    values = {
        "ClusterName": "loopback",
        "SlurmctldHost": f"{name}(127.0.0.1)",
        "SlurmctldPort": control,
        "SlurmdPort": daemon,
        "AuthType": "auth/none",
        "CredType": "cred/none",
        "SlurmUser": user,
        "SlurmdUser": user,
        "StateSaveLocation": folder / "state",
        "SlurmdSpoolDir": folder / "spool",
        "SlurmctldPidFile": folder / "slurmctld.pid",
        "SlurmdPidFile": folder / "slurmd.pid",
        "ProctrackType": "proctrack/pgid",
        "TaskPlugin": "task/none",
        "JobAcctGatherType": "jobacct_gather/none",
        "SelectType": "select/linear",
        "MpiDefault": "none",
        "ReturnToService": 2,
        "KillWait": 30,
    }
    lines = [f"{key}={value}\n" for key, value in values.items()]
    lines.append(f"NodeName={name} NodeAddr=127.0.0.1 CPUs=2 State=UNKNOWN\n")
    lines.append("PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP\n")
    return "".join(lines)


@contextlib.contextmanager
def loopback_slurm(folder: Path) -> Iterator[Path]:
    """The configuration (for SLURM_CONF) of a cluster that runs meanwhile; skips the test where none can."""
    path = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin"))
    programs = {name: shutil.which(name, path=path) for name in PROGRAMS}
    if missing := [name for name, found in programs.items() if found is None]:
        pytest.skip(f"there is no Slurm here ({', '.join(missing)})")
    folder.mkdir()
    configuration = folder / "slurm.conf"
    configuration.write_text(_configuration(folder))
    environment = {**os.environ, "SLURM_CONF": str(configuration)}
    servers = []
    try:
        for name in ("slurmctld", "slurmd"):
            with open(folder / f"{name}.log", "w") as log:
                words = [str(programs[name]), "-D", "-f", str(configuration)]
                servers.append(subprocess.Popen(words, env=environment, stdout=log, stderr=log))
        end, state = time.monotonic() + START_SECONDS, ""
        while state != "idle" and time.monotonic() < end and all(server.poll() is None for server in servers):
            time.sleep(0.5)
            words = [str(programs["sinfo"]), "--noheader", "--format=%T"]
            state = subprocess.run(words, env=environment, capture_output=True, text=True).stdout.strip()
        if state != "idle":
            logs = "".join((folder / f"{name}.log").read_text()[-500:] for name in ("slurmctld", "slurmd"))
            pytest.skip(f"Slurm can't be used here: {state} {logs}")
        yield configuration
    finally:
        for server in reversed(servers):
            server.terminate()
            server.wait()
