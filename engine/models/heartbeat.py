"""Signs of life among processes that work at one run together: one that is frozen or gone ends the run of all.

Collective operations wait as long as it takes, since the first process measures and writes alone while the others wait.
That is why signs of life are exchanged beside them: a thread of each process counts in the launcher's store, and looks
whether the others count. A process that computes for hours counts on; one that is stopped, swapped out or gone does
not.
"""

from __future__ import annotations

import datetime
import os
import threading
import time
from collections.abc import Callable
from typing import Any

from engine.base.errors import RunFailed

BEAT_SECONDS = 5.0
LOST_SECONDS = 180.0
"""Without a sign of life for so long a process counts as lost."""
_FAREWELL = b"left"


class Heartbeat(threading.Thread):
    """Counts for this process and watches the others until `stop`.

    on_lost: called once in this thread with the sentence and the number of the lost process (-1: the launcher's store).
    """

    def __init__(self, store: Any, rank: int, count: int, on_lost: Callable[[RunFailed, int], None]) -> None:
        super().__init__(name="heartbeat", daemon=True)
        self._store, self._rank, self._on_lost = store, rank, on_lost
        self._ended = threading.Event()
        self._writing = threading.Lock()
        now = time.monotonic()
        self._last_beats: dict[int, tuple[bytes, float]] = {
            other: (b"", now) for other in range(count) if other != rank
        }
        self._answered = now

    def run(self) -> None:
        """Beat and look until somebody is lost."""
        number, before = 0, time.monotonic()
        while not self._ended.wait(BEAT_SECONDS):
            number += 1
            now = time.monotonic()
            if now - before > 4 * BEAT_SECONDS:  # it was this process that was frozen: the others get their time anew
                self._last_beats = {other: (said, now) for other, (said, _) in self._last_beats.items()}
                self._answered = now
            before = now
            try:
                with self._writing:
                    if self._ended.is_set():  # a number behind the farewell would take it back
                        return
                    self._store.set(_key(self._rank), str(number))
                self._listen(now)
                self._answered = now
            except RuntimeError as error:  # of the store, which has no kinds of its own everywhere
                if not self._ended.is_set() and now - self._answered > LOST_SECONDS:
                    self._on_lost(_sentence("The launcher", now - self._answered, str(error)), -1)
                    return
                continue
            silent = next((o for o, (_, when) in self._last_beats.items() if now - when > LOST_SECONDS), None)
            if silent is not None and not self._ended.is_set():
                self._on_lost(_sentence(f"Process {silent}", now - self._last_beats[silent][1], ""), silent)
                return

    def _listen(self, now: float) -> None:
        for other, (said, _) in list(self._last_beats.items()):
            if self._store.check([_key(other)]):
                says = bytes(self._store.get(_key(other)))
                if says == _FAREWELL:
                    del self._last_beats[other]
                elif says != said:
                    self._last_beats[other] = (says, now)

    def stop(self) -> None:
        """This process is done: its silence means nothing from now on."""
        self._ended.set()
        try:
            with self._writing:
                self._store.set(_key(self._rank), _FAREWELL.decode())
        except RuntimeError:  # the store went away first: nobody is left who could ask
            return


def launcher_store() -> Any:
    """A connection of its own to the store through which the launcher let the processes find each other."""
    import torch.distributed

    stores: Any = torch.distributed  # which does not name them for type checkers
    host, port = os.environ["MASTER_ADDR"], int(os.environ["MASTER_PORT"])
    return stores.PrefixStore("heartbeat", stores.TCPStore(host, port, timeout=datetime.timedelta(seconds=60)))


def _key(rank: int) -> str:
    return f"beat/{rank}"


def _sentence(who: str, seconds: float, why: str) -> RunFailed:
    return RunFailed(
        f"{who} of this run gave no sign of life for {seconds:.0f} s",
        why=why,
        advice="it was stopped, killed, or cut off from the network; start the processes again to resume the run",
    )
