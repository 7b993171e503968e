"""Engines on other machines: the command that starts one over ssh, and what their runs have told already.

Nothing listens and no port is opened: the system's own ``ssh`` starts ``python -m engine.service.child --detached``
there, with its agent, its configuration and its known hosts. When the connection is lost, runs go on there, and a new
connection reads on in their event logs.
"""

from __future__ import annotations

import hashlib
import shlex
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath

from engine.base.errors import BadInput
from engine.contracts.events import Event, JobDone, from_line, to_line

SSH_OPTIONS = (
    "-T",
    *("-o", "BatchMode=yes"),  # there is no terminal in which a password could be given
    *("-o", "ConnectTimeout=15", "-o", "ServerAliveInterval=15", "-o", "ServerAliveCountMax=3"),
)
SRUN = "srun"
FIRST_DELAY, LONGEST_DELAY = 0.5, 30.0
"""Seconds before a lost connection is made again: doubled each time."""


@dataclass(frozen=True)
class Machine:
    """Another machine. ``name``: for sentences. ``command``: what starts an engine there, whose pipes come here."""

    name: str
    command: tuple[str, ...]

    @classmethod
    def over_ssh(
        cls,
        name: str,
        destination: str,
        *,
        python: str = "python3",
        home: str = "",
        device: str = "",
        launcher: str = "",
    ) -> Machine:
        """A machine that ``ssh destination`` reaches. ``python``: the interpreter there that has the same version of
        the program; ``home``: the workspace there, "" for the default one. ``launcher``: "srun" of Slurm with its
        options, which starts the engine on a compute node; "" for none. Raises `BadInput`."""
        if not destination or destination.startswith("-") or any(character.isspace() for character in destination):
            raise BadInput(
                "ssh can't use this destination",
                where=destination,
                advice="write user@host, or a name of ~/.ssh/config",
            )
        words = [python, "-P", "-m", "engine.service.child", "--detached"]
        words += ["--home", home] if home else []
        words += ["--device", device] if device else []
        words = [*launcher_words(launcher), *words]
        return cls(name, ("ssh", *SSH_OPTIONS, "--", destination, f"exec {shlex.join(words)}"))


def launcher_words(launcher: str) -> list[str]:
    """The words of "srun --time=8:00:00 …", [] for "". One task is started. Raises `BadInput`."""
    try:
        words = shlex.split(launcher)
    except ValueError as error:
        raise BadInput("The launcher can't be read", where=launcher, why=str(error)) from None
    if words and PurePosixPath(words[0]).name != SRUN:
        advice = "write srun with its options, such as 'srun --partition=gpu --gres=gpu:1 --time=8:00:00'"
        raise BadInput("This launcher is not known", where=words[0], advice=advice)
    return [*words, "--ntasks=1"] if words else []


class ReceivedEvents:
    """The events of a run that have come, so that its log adds only what is missing."""

    def __init__(self) -> None:
        self._digests: Counter[bytes] = Counter()
        self.read_bytes = 0
        """So much of the log was read."""

    def note(self, event: Event) -> None:
        """Remember an event that came live."""
        if not isinstance(event, JobDone):
            self._digests[_digest(to_line(event))] += 1

    def missing(self, lines: Iterable[str]) -> list[Event]:
        """Events of lines of the log that have not come. Lines that can't be read are left out."""
        events = []
        for line in lines:
            digest = _digest(line)
            if self._digests[digest]:
                self._digests[digest] -= 1
                continue
            try:
                events.append(from_line(line))
            except ValueError:
                continue
        return events


def delay_after(failures: int) -> float:
    """Seconds to wait after so many attempts in a row that reached nobody."""
    return min(LONGEST_DELAY, FIRST_DELAY * 2.0 ** min(failures, 16))


def _digest(line: str) -> bytes:
    return hashlib.blake2b(line.encode("utf-8", "replace"), digest_size=8).digest()
