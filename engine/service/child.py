"""The engine process, started by `engine.service.process`: ``python -m engine.service.child``. Never imports Qt.

    window's process                      pipes                     this process
    Lane.send, cancel …  ── writer ──►  stdin   ──►  main thread ──► one `Engine` thread per lane
    Lane.drain  ◄── reader ──  EventBuffer  ◄──  stdout  ◄── telling thread ◄── EventBuffer of each `Engine`

The main thread only reads, so that a cancel is heard whatever is computed. The telling thread gathers events for some
milliseconds and gives a sign of life every second. Whatever prints, prints into the log (stderr). When the pipe ends,
be it that the window was closed or that it died, everything is cancelled at its next safe point and the process ends
within `EXIT_SECONDS`; after `Leave` with ``finish_runs`` the runs are finished first. SIGTERM cancels everything too.

On another machine (``--detached``) the end of the pipe means that the connection was lost: runs are finished, too, and
the next engine reports them (`engine.service.detached`).
"""

from __future__ import annotations

import argparse
import contextlib
import faulthandler
import gc
import os
import queue
import signal
import sys
import threading
import time
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

import psutil

from engine.base import children
from engine.base.collector import collect_seldom_while_loading, libraries_are_loaded
from engine.base.errors import StudioError
from engine.contracts.commands import RunPipeline
from engine.contracts.events import Event, Failure, RunChanged
from engine.installer.layout import hold_version
from engine.record.folder import RunFolder
from engine.record.home import Home
from engine.service.connection import open_log
from engine.service.detached import Accepted, LogReader
from engine.service.exit_reason import CLOSED, device_fault
from engine.service.protocol import PULSE_SECONDS, Ask, Ended, Follow, Leave, Pulse, Send
from engine.service.wire import Greeting, Refused, code_hash, encode, encode_events, read_greeting, receive
from engine.service.worker import Engine

EXIT_SECONDS = 10.0
"""From the end of the pipe to the end of the process at most, whatever is computed."""
GATHER_SECONDS = 0.005
BATCH = 2000
LOG_BYTES, LOG_KEPT = 4 << 20, 256 << 10
"""A log that grew larger is cut to its end."""
OOM_SCORE = 100
"""See `prefer_oom_kill`."""
BEHIND = 5
"""Niceness above that of the window."""
FIRST_LANES = ("look", "run")
"""Warmed up before anything is asked."""


class Child:
    """Handler of the messages of the pipe, in the main thread."""

    def __init__(
        self,
        reading: BinaryIO,
        writing: BinaryIO,
        home: Home,
        device: str | None,
        log: Path | None,
        detached: bool = False,
    ) -> None:
        self._reading, self._writing = reading, writing
        self._home, self._device, self._log = home, device, log
        self._lanes: dict[str, Engine] = {}
        self._wake = threading.Event()
        self._ending = threading.Event()
        self._is_terminated = False
        self._detached = detached
        self._accepted: Accepted | None = None
        self._readers: dict[str, LogReader] = {}
        """By run: those that another engine executes."""
        self._waiting: list[Send] = []
        """Runs that begin when those of other engines are over: a machine executes one at a time."""
        self._early: dict[str, list[Ask]] = {}
        """By run: what was asked of one that waits."""
        self._following = threading.RLock()
        self._posted: queue.SimpleQueue[list[bytes]] = queue.SimpleQueue()
        self._finish_runs = detached
        self._is_orphan = not detached
        """True if the window would be dead if the pipe ended now."""
        self._idle = True
        """True if nothing is done and memory of what was done is given back; changed with `_changing` held, so that a
        command that comes meanwhile is not taken for one that has ended."""
        self._changing = threading.Lock()
        self._rehearsed = threading.Event()
        self._fault = ""
        self._sender = threading.Thread(target=self._send_events, name="events", daemon=True)

    def serve(self) -> None:
        """Greet, obey until the pipe ends, then end everything. Ends at once if the other side is another version: it
        says so itself."""
        mine = Greeting(code=code_hash() if self._detached else "")
        if not self._write([mine.to_line()]) or (theirs := read_greeting(self._reading)) is None:
            return
        mine.refuse_other(theirs)
        if self._detached:
            if sys.platform != "win32":
                signal.signal(signal.SIGHUP, signal.SIG_IGN)
            self._accepted = Accepted(self._home)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # of the terminal: the window hears it too and decides
        signal.signal(signal.SIGTERM, self._on_terminate)
        for lane in FIRST_LANES:
            self._lane(lane)
        self._sender.start()
        threading.Thread(target=self._rehearse, name="rehearsing", daemon=True).start()
        try:
            self._obey()
        except Refused as error:
            print(error, file=sys.stderr, flush=True)
        if self._finish_runs:
            self._finish()
        if self._is_orphan:
            self._mark_runs()
        self.end()

    def _obey(self) -> None:
        """Do what the messages say until the pipe ends; raises `Refused` for one that can't be read."""
        while (message := receive(self._reading)) is not None:
            if isinstance(message, Send):
                self._send(message)
            elif isinstance(message, Ask):
                self._ask(message)
            elif isinstance(message, Follow) and self._accepted is not None:
                self._follow(message)
            elif isinstance(message, Leave):
                self._finish_runs, self._is_orphan = message.finish_runs, False
                if not message.finish_runs:
                    return

    def end(self) -> None:
        """Cancel all, tell the last events and let the process end, by force after `EXIT_SECONDS`."""
        force = threading.Timer(EXIT_SECONDS, os._exit, (CLOSED,))
        force.daemon = True
        force.start()
        for engine in self._lanes.values():
            engine.close(0.0)
        for engine in self._lanes.values():
            engine.close(EXIT_SECONDS)
        self._ending.set()
        self._wake.set()
        self._sender.join()
        force.cancel()

    def _rehearse(self) -> None:
        """Check a small pipeline: what is loaded and looked up for it need not be when a person waits for it."""
        for lane in FIRST_LANES:
            self._lanes[lane].ready.wait()
        try:
            from engine.pipeline.document import Pipeline
            from engine.run.estimate import check

            pipeline = Pipeline.linear([("model", {"model": "sample"}), ("round_to_nearest", {})])
            check(pipeline, None, home=self._home, device="cpu")
        except Exception:  # a broken sample hinders nobody; why stands in the log
            traceback.print_exc()
        if not any(engine.is_busy for engine in list(self._lanes.values())):
            gc.collect()
            gc.freeze()  # what is loaded now stays: the collector need not look at it again
            libraries_are_loaded()
        self._rehearsed.set()
        self._wake.set()

    # -- down ---------------------------------------------------------------------------------------------------------
    def _lane(self, name: str) -> Engine:
        if name not in self._lanes:
            on_event = self._accepted.note_event if self._accepted is not None else lambda event: None
            engine = Engine(self._home, device=self._device, wake=self._wake.set, tells_end=True, on_event=on_event)
            engine.name = f"engine-{name}"
            self._lanes[name] = engine
            engine.start()
        return self._lanes[name]

    def _send(self, message: Send) -> None:
        command = message.command
        if self._is_terminated and self._detached:
            return  # the next engine is asked again when this connection has ended
        if not isinstance(command, RunPipeline) or self._accepted is None:
            self._begin(message)
            return
        try:
            is_new = self._accepted.accept(command)
        except StudioError as error:
            self._refuse(message, error)
            return
        with self._following:
            if not is_new:
                self._follow(Follow(message.lane, command.id))
            elif self._readers:
                self._waiting.append(message)
            else:
                self._begin(message)

    def _begin(self, message: Send) -> None:
        engine = self._lane(message.lane)
        try:
            with self._changing:
                self._idle = False
                engine.send(message.command)
        except StudioError as error:
            self._refuse(message, error)

    def _refuse(self, message: Send, error: StudioError) -> None:
        engine, run = self._lane(message.lane), message.command.id
        engine.tell(Failure(run=run, what=error.what, where=error.where, why=error.why, advice=error.advice))
        if isinstance(message.command, RunPipeline):
            engine.tell(RunChanged(run=run, state="failed", message=str(error)))
        engine.tell(Ended(run=run))

    def _follow(self, message: Follow) -> None:
        with self._following:
            if message.run not in self._readers:
                reader = LogReader(
                    self._home, self._accepted or Accepted(self._home), message, self._post, self._read_out
                )
                self._readers[message.run] = reader
                reader.start()

    def _post(self, frames: list[bytes]) -> None:
        self._posted.put(frames)
        self._wake.set()

    def _read_out(self, reader: LogReader) -> None:
        """A run of another engine is over: those that waited for it may begin."""
        with self._following:
            self._readers.pop(reader.run_id, None)
            waiting, self._waiting = ([], self._waiting) if self._readers else (self._waiting, [])
            for message in waiting:
                self._begin(message)
                for early in self._early.pop(message.command.id, []):
                    self._ask(early)

    def _ask_followed(self, message: Ask) -> bool:
        """Pass a wish on to a run that another engine executes, or cancel one that waits for such; False if it is
        neither."""
        with self._following:
            entry = next((entry for entry in self._waiting if entry.command.id == message.id), None)
            if entry is not None:  # it may wait for its own reader: an earlier execution has just ended
                if message.verb == "cancel":
                    self._waiting.remove(entry)
                    self._early.pop(message.id, None)
                    self._lane(entry.lane).tell(RunChanged(run=message.id, state="cancelled"))
                    self._lane(entry.lane).tell(Ended(run=message.id))
                elif message.verb != "close":
                    self._early.setdefault(message.id, []).append(message)
                return True
            reader = self._readers.get(message.id)
            if reader is None or message.verb == "close":
                return False
            reader.ask(message.verb)
            return True

    def _ask(self, message: Ask) -> None:
        if self._ask_followed(message):
            return
        engine = self._lanes.get(message.lane)
        if engine is None:
            return
        if message.verb == "close":
            engine.close(0.0)
        else:
            getattr(engine, message.verb)(message.id)

    # -- the end ------------------------------------------------------------------------------------------------------
    def _finish(self) -> None:
        """The window is gone and wanted the runs to go on."""
        for name, engine in self._lanes.items():
            if name != "run":
                engine.close(0.0)
        while self._lanes["run"].is_busy or self._waiting:
            time.sleep(0.2)

    def _mark_runs(self) -> None:
        """Mark runs as ended without a person's wish: the next window offers to take them up."""
        for run in self._lanes["run"].open_ids:
            with contextlib.suppress(StudioError):
                RunFolder(self._home.runs / run).mark_interrupted()

    def _on_terminate(self, number: int, frame: object) -> None:
        """Cancel at the next safe point. Another thread does it: this one may hold a lock of an engine."""
        threading.Thread(target=self._terminate, name="terminating", daemon=True).start()

    def _terminate(self) -> None:
        self._is_terminated = True
        self._mark_runs()  # the desktop's session ends, or an administrator wants it: no wish of who started the run
        self.end()
        os._exit(0)

    # -- up -----------------------------------------------------------------------------------------------------------
    def _send_events(self) -> None:
        """Hand on what the engines tell. When nobody listens any more, events go nowhere but into the run's folder."""
        last, listening = 0.0, True
        while True:
            self._wake.wait(PULSE_SECONDS)
            over = self._ending.is_set()
            self._wake.clear()
            frames = [frame for lane in list(self._lanes) for frame in encode_events(lane, self._drain(lane))]
            while not self._posted.empty():
                frames += self._posted.get()
            if self._has_come_to_rest():
                self._give_back()
                last = 0.0
            if time.monotonic() - last >= PULSE_SECONDS:
                last = time.monotonic()
                frames.append(encode(self._pulse()))
                if self._accepted is not None:
                    self._accepted.give_sign()
                self._bound_log()
            if listening:
                listening = self._write(frames)
            if over:
                return
            time.sleep(GATHER_SECONDS)

    def _drain(self, lane: str) -> list[Event]:
        events = self._lanes[lane].drain(BATCH)
        if len(events) == BATCH:
            self._wake.set()
        self._fault = self._fault or next((f for event in events if (f := _fault(event))), "")
        return events

    def _write(self, frames: Sequence[bytes]) -> bool:
        try:
            for frame in frames:
                self._writing.write(frame)
            self._writing.flush()
        except (OSError, ValueError):
            return False
        return True

    def _has_come_to_rest(self) -> bool:
        """True if the last command has ended since this was asked last."""
        with self._changing:
            was, self._idle = self._idle, not any(engine.is_busy for engine in list(self._lanes.values()))
        return self._idle and not was

    def _give_back(self) -> None:
        """Memory that the last command used goes back to the system."""
        if self._rehearsed.is_set():
            from engine import devices  # torch is loaded by now

            devices.give_back()

    def _pulse(self) -> Pulse:
        ready = in_use = self._rehearsed.is_set()
        if ready:
            from engine import devices  # torch is loaded by now

            in_use = devices.is_in_use()
        return Pulse(
            ready=ready,
            resident=psutil.Process().memory_info().rss,
            idle=self._idle,
            device=in_use,
            fault=self._fault,
        )

    def _bound_log(self) -> None:
        """stderr goes to a file and is opened for appending: cut it, and what follows stands behind the cut."""
        if self._log is None:
            return
        with contextlib.suppress(OSError):
            if os.fstat(2).st_size > LOG_BYTES:
                with open(self._log, "rb+") as file:
                    file.seek(-LOG_KEPT, os.SEEK_END)
                    tail = file.read()
                    file.truncate(0)
                    file.seek(0)
                    file.write(tail)


def _fault(event: Event) -> str:
    """Message of the accelerator if this is a failure after which the process can't use it."""
    return device_fault(event.traceback.splitlines()) if isinstance(event, Failure) else ""


def take_pipes() -> tuple[BinaryIO, BinaryIO]:
    """The pipes to the window. Whatever prints from now on prints into the log, whatever reads finds nothing, and no
    process started from here holds the pipes open."""
    reading, writing = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return open(reading, "rb"), open(writing, "wb")


def prefer_oom_kill() -> None:
    """If memory runs out, let the system end this process and not the one whose window would say so.

    The number is a share of all memory, in thousandths, that is added to what the process uses: more than a window
    takes, and not so much that a small run ends before another program that fills the machine."""
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(str(OOM_SCORE), "ascii")


def lower_priority() -> None:
    """Lower the priority of this process below that of the window: where both want a processor, the window's events
    come first. Costs nothing where processors are free."""
    with contextlib.suppress(OSError, psutil.Error):
        if sys.platform == "win32":
            psutil.Process().nice(psutil.BELOW_NORMAL_PRIORITY_CLASS)
        else:
            os.nice(BEHIND)
    with contextlib.suppress(OSError):  # Linux gives each session its share first: this process has one of its own
        Path("/proc/self/autogroup").write_text(str(BEHIND), encoding="ascii")


def stand_alone(home: Home) -> Path | None:
    """Make this process, which ssh has started, one that needs nobody: a log on this machine, whose path is returned, a
    session of its own, and the environment that a window gives its child."""
    with contextlib.suppress(OSError, AttributeError):
        os.setsid()  # no signal of a terminal or of a connection comes here
    own = {"HF_HUB_DISABLE_PROGRESS_BARS": "1", "COMPRESSION_STUDIO_HOME": str(home.root)}
    os.environ.update({**children.spin_variables(), **children.search_paths(), **own})
    try:
        with open_log(home.root / "logs") as log:
            os.dup2(log.fileno(), 1)
            os.dup2(log.fileno(), 2)
            return Path(log.name)
    except (OSError, StudioError):
        return None


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve one window and end the process."""
    parser = argparse.ArgumentParser(prog="engine process", description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--home", type=Path)
    parser.add_argument("--detached", action="store_true", help="finish runs when the connection is lost")
    parser.add_argument("--device")
    parser.add_argument("--log", type=Path)
    chosen = parser.parse_args(arguments)
    hold_version()
    collect_seldom_while_loading()
    reading, writing = take_pipes()
    faulthandler.enable()
    prefer_oom_kill()
    lower_priority()
    home = Home(chosen.home) if chosen.home else Home.default()
    log = stand_alone(home) if chosen.detached else chosen.log
    try:
        Child(reading, writing, home, chosen.device, log, chosen.detached).serve()
    except Refused as error:
        print(error, file=sys.stderr)
    sys.stderr.flush()
    os._exit(0)  # all is written; taking torch apart would take seconds in which a window waits


if __name__ == "__main__":
    main()
