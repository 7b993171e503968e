"""One of the processes that execute a run together: ``accelerate launch … -m engine.service.rank``. Never imports Qt.

The first alone speaks with who started them (`engine.service.launched`): events on its standard output, requests on its
standard input. When that pipe ends, nobody is there any more, and all of them end.
"""

from __future__ import annotations

import argparse
import contextlib
import faulthandler
import os
import select
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from engine.base.collector import collect_seldom_while_loading
from engine.base.errors import RunFailed, StudioError
from engine.contracts.events import Event, RunChanged, to_line
from engine.record.folder import RunFolder
from engine.record.home import Home
from engine.run.control import Control
from engine.service.child import prefer_oom_kill, take_pipes

if TYPE_CHECKING:
    from engine.run.runner import Outcome

EXIT_SECONDS = 10.0
"""Seconds from a request to end this process to its end at most, whatever is computed."""
REQUESTS = ("pause", "resume", "stop", "cancel")


class Rank:
    """This process. ``first``: whether it is the one that speaks, writes and measures."""

    def __init__(self, first: bool, home: Home, run: str, reading: BinaryIO, writing: BinaryIO) -> None:
        self._first, self._home, self.run = first, home, run
        self._reading, self._writing = reading, writing
        self._control = Control()

    def execute(self, pipeline: Path | None, until: str | None, device: str | None) -> int:
        """Run a pipeline, or take the run up without one; gives the exit status."""
        threading.Thread(target=self._listen if self._first else self._watch, name="listening", daemon=True).start()
        self._hear_signals()
        from engine.models import ranks
        from engine.run.failures import explain, failure

        try:
            outcome = self._outcome(pipeline, until, device)
        except BaseException as error:  # before the run has a folder whose log could say it
            explained = explain(error)
            self._speak(failure(explained, error, run=self.run, block=None))
            self._speak(RunChanged(run=self.run, state="failed", message=str(explained)))
            return RunFailed.exit_status
        if outcome.exit_status == 0:
            ranks.finalize()
        return outcome.exit_status

    def _outcome(self, pipeline: Path | None, until: str | None, device: str | None) -> Outcome:
        from engine.pipeline.document import Pipeline
        from engine.run import runner

        more = {"home": self._home, "device": device, "sink": self._speak, "control": self._control}
        if pipeline is None:
            return runner.resume(self.run, **more)  # type: ignore[arg-type]
        return runner.start(Pipeline.read(pipeline), run=self.run, until=until, **more)  # type: ignore[arg-type]

    def _speak(self, event: Event) -> None:
        if self._first:
            with contextlib.suppress(OSError, ValueError):  # who listened is gone: `_listen` ends it
                self._writing.write(f"{to_line(event)}\n".encode())
                self._writing.flush()

    # -- other threads ------------------------------------------------------------------------------------------------
    def _listen(self) -> None:
        """Obey until the pipe ends; then nobody is there."""
        for line in self._reading:
            request = line.decode("ascii", "replace").strip()
            if request in REQUESTS:
                getattr(self._control, request)()
        self._end_alone()

    def _watch(self) -> None:
        """As `_listen`, for processes that get no requests: the pipe is for the first."""
        if not hasattr(select, "poll"):  # Windows: the launcher ends this one
            return
        look = select.poll()
        look.register(self._reading, 0)  # no more than its end
        look.poll()
        self._end_alone()

    def _hear_signals(self) -> None:
        """The launcher ends all by SIGTERM when one has failed, while the main thread may wait in a library for good:
        another thread gets it."""
        if sys.platform == "win32":
            return
        reading, writing = os.pipe()
        os.set_blocking(writing, False)
        signal.set_wakeup_fd(writing)
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda number, frame: None)
        signal.signal(signal.SIGINT, signal.SIG_IGN)

        def wait() -> None:
            os.read(reading, 1)
            self._leave()

        threading.Thread(target=wait, name="signals", daemon=True).start()

    def _leave(self) -> None:
        """End at the next safe point without a request."""
        force = threading.Timer(EXIT_SECONDS, os._exit, (RunFailed.exit_status,))
        force.daemon = True
        force.start()
        self._mark()
        self._control.cancel()

    def _end_alone(self) -> None:
        """End at once, as an engine that was killed: no process is there that could read more. Files are whole all the
        same, and the log says no end that was not requested."""
        self._mark()
        os._exit(RunFailed.exit_status)

    def _mark(self) -> None:
        """Offer the run to be taken up, unless its end was requested."""
        if self._first and not self._control.is_cancelled:
            with contextlib.suppress(StudioError):
                RunFolder(self._home.runs / self.run).mark_interrupted()


def main(arguments: Sequence[str] | None = None) -> None:
    """Execute a run together with the other processes, and end this one."""
    parser = argparse.ArgumentParser(prog="engine rank", description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--run", required=True)
    parser.add_argument("--pipeline", type=Path)
    parser.add_argument("--until")
    parser.add_argument("--device")
    parser.add_argument("--resume", action="store_true")
    chosen = parser.parse_args(arguments)
    collect_seldom_while_loading()
    reading, writing = take_pipes()
    faulthandler.enable()
    prefer_oom_kill()
    first = os.environ.get("RANK", "0") == "0"
    rank = Rank(first, Home(chosen.home), chosen.run, reading, writing)
    status = rank.execute(None if chosen.resume else chosen.pipeline, chosen.until, chosen.device)
    sys.stderr.flush()
    os._exit(status)  # all is written; threads of libraries may still wait for processes that have ended


if __name__ == "__main__":
    main()
