"""A run in several processes of this machine: `accelerate launch` starts them, the first tells what happens.

    this process                       pipes                       the first process (`engine.service.rank`)
    requests: a line each    ──►  standard input   ──►   `Control` of the run
    events  ◄── a line each  ◄──  standard output  ◄──   events of the run

The others say nothing. When this process dies, the pipe to them ends and so do they. Looks and checks stay in this
process: nothing but the run is done together.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import IO

from engine import resources
from engine.base import children
from engine.base.errors import BadInput, RunFailed
from engine.base.files import write_text
from engine.contracts.commands import RunPipeline
from engine.contracts.events import OVER, Event, Failure, Log, RunChanged, from_line
from engine.contracts.processes import TITLES, refuse_processes
from engine.record.folder import RunFolder
from engine.record.home import Home
from engine.run.control import Control
from engine.service.exit_reason import RESUME

LAUNCHER = "accelerate.commands.launch"
PROGRAM: tuple[str, ...] = ("-m", "engine.service.rank")
"""The program of each process, for the launcher."""
SECONDS = 0.1
"""Seconds between two looks at the requests."""
REAP_SECONDS = 60.0
"""From the last word of the first process to the end of the launcher, which gives the others half a minute."""
SHOWN_LINES, SHOWN_BYTES = 40, 64 << 10


class LaunchedRun:
    """One execution of a run by several processes.

    Parameters
    ----------
    on_event: called with every event, in the thread that calls `execute`. control: requests that the run gets.
    """

    def __init__(
        self, command: RunPipeline, home: Home, device: str | None, on_event: Callable[[Event], None], control: Control
    ) -> None:
        self._command, self._home, self._device = command, home, device
        self._on_event, self._control = on_event, control
        self._folder = RunFolder(home.runs / command.id)
        self._last: RunChanged | None = None
        """Its end, which is reported when the processes are gone."""

    def execute(self) -> None:
        """Start the processes and report events until the last has ended. Raises `BadInput` for what can't be
        started."""
        self._refuse()
        self._control.notify = lambda request: None  # the first process tells it
        with tempfile.TemporaryDirectory(prefix="compression-studio-") as folder, tempfile.TemporaryFile() as log:
            process = self._start(Path(folder), log)
            passing = threading.Thread(target=self._pass_on, args=(process,), name="requests", daemon=True)
            passing.start()
            try:
                self._listen(process)
            finally:
                status = _reap(process)
                passing.join()
            self._end(status, _last_lines(log))

    # -- steps --------------------------------------------------------------------------------------------------------
    def _refuse(self) -> None:
        import torch

        from engine import devices

        count, strategy = self._command.processes, self._command.strategy
        refuse_processes(count, strategy)
        device = torch.device(self._device) if self._device else devices.default()
        if not devices.is_accelerator(device):
            if strategy == "fsdp2":
                text = f"{TITLES[strategy]} splits weights on GPUs only: on the CPU each process holds the whole model"
                self._on_event(Log(run=self._command.id, level="warning", text=text))
            return
        there = devices.available().get(device.type, 0)
        if there < count:
            why = f"{there} of {device.type} for {count} processes"
            raise BadInput("There are not enough GPUs", why=why, advice=f"choose at most {there} processes")

    def _start(self, folder: Path, log: IO[bytes]) -> subprocess.Popen[bytes]:
        command = self._command
        words = ["--config_file", str(resources.path("accelerate", f"{command.strategy}.yaml"))]
        words += ["--num_processes", str(command.processes), "--main_process_port", "0", *PROGRAM]
        words += ["--home", str(self._home.root), "--run", command.id]
        words += ["--device", self._device] if self._device else []
        words += ["--until", command.until] if command.until else []
        if command.resume:
            words += ["--resume"]
        else:
            write_text(folder / "pipeline.json", command.pipeline)
            words += ["--pipeline", str(folder / "pipeline.json")]
        here = {name: os.environ[name] for name in ("HF_TOKEN",) if name in os.environ}  # after a person's yes
        here["HF_HUB_OFFLINE"] = os.environ.get("HF_HUB_OFFLINE", "0")
        pipe = subprocess.PIPE
        more = {"COMPRESSION_STUDIO_HOME": str(self._home.root), **here}
        try:
            return children.start_session(
                LAUNCHER, *words, folder=folder, stdin=pipe, stdout=pipe, stderr=log, variables=more
            )
        except OSError as error:
            raise RunFailed("The processes of the run can't be started", why=str(error)) from None

    def _listen(self, process: subprocess.Popen[bytes]) -> None:
        """Report events until no process is left that could write one."""
        assert process.stdout is not None
        for line in process.stdout:
            try:
                event = from_line(line.decode("utf-8", "replace"))
            except ValueError:  # of a library
                sys.stderr.write(line.decode("utf-8", "replace"))
                continue
            if isinstance(event, RunChanged) and event.state in OVER:
                self._last = event
            else:
                self._on_event(event)

    def _pass_on(self, process: subprocess.Popen[bytes]) -> None:
        """Pass requests on while the processes live. When the launcher is gone before them, the end of the pipe
        ends them."""
        control, paused, cancelled = self._control, False, False
        assert process.stdin is not None
        with contextlib.suppress(OSError, ValueError), process.stdin as pipe:
            while process.poll() is None:
                requests = []
                if control.is_cancelled and not cancelled:
                    cancelled = True
                    requests.append("cancel")
                if control.is_stopping:
                    control.next_block()
                    requests.append("stop")
                if control.is_paused != paused:
                    paused = control.is_paused
                    requests.append("pause" if paused else "resume")
                if requests:
                    pipe.write("".join(f"{request}\n" for request in requests).encode())
                    pipe.flush()
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(SECONDS)

    def _end(self, status: int, lines: list[str]) -> None:
        """Report how it ended. A run that was cancelled without a request was interrupted."""
        last = self._last
        ended_by_others = last is not None and last.state == "cancelled" and self._folder.was_interrupted
        if last is not None and (not ended_by_others or self._control.is_cancelled):
            self._on_event(last)
            return
        sys.stderr.write("\n".join(lines) + "\n")
        if self._control.is_cancelled and last is None and not self._folder.path.is_dir():
            self._on_event(RunChanged(run=self._command.id, state="cancelled"))
            return
        what = f"The {self._command.processes} processes of the run were ended"
        why = next((line for line in reversed(lines) if line.startswith("compression-studio: ")), f"status {status}")
        events: list[Event] = [
            Failure(run=self._command.id, what=what, why=why, advice=RESUME, traceback="\n".join(lines)),
            RunChanged(run=self._command.id, state="interrupted", message=what),
        ]
        for event in events:
            self._on_event(event)


def _last_lines(log: IO[bytes]) -> list[str]:
    size = log.seek(0, os.SEEK_END)
    log.seek(max(0, size - SHOWN_BYTES))
    return log.read().decode("utf-8", "replace").splitlines()[-SHOWN_LINES:]


def _reap(process: subprocess.Popen[bytes]) -> int:
    assert process.stdout is not None
    process.stdout.close()
    try:
        return process.wait(REAP_SECONDS)
    except subprocess.TimeoutExpired:
        process.terminate()  # it ends those that it has started
    try:
        return process.wait(REAP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()
