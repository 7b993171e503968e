"""Model cards that can be replayed: commands that read one and make its export again, and their results. Torch-free."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from engine.contracts.commands import Command

Mode = Literal["exact", "near", "partial"]
"""Every tensor of the export was made again and is equal, or not; or the weights of the first layers alone."""


Verdict = Literal["exact", "near", "differs"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadCard(Command):
    """Read how an export was made: of its folder, one of its files, or a repository of the hub, of which the record
    alone is fetched. Result: `Card`."""

    export: str
    revision: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayExport(Command):
    """Make an export again and compare: all of it, or the first ``layers`` of its last step. ``base``: the model that
    it was made from, "" for the recorded one; ``files``: texts, which are found by their hashes. Result: `Replay`."""

    export: str
    revision: str = ""
    base: str = ""
    files: tuple[str, ...] = ()
    layers: int | None = None


@dataclass(frozen=True, slots=True)
class CardStep:
    """A step: its title, and its settings that are not the defaults, in words."""

    title: str
    settings: str


@dataclass(frozen=True, slots=True)
class CardFile:
    """A file, text or model that a setting of a step names. ``digest``: its SHA-256, of a model its fingerprint.
    ``is_here``: the name leads to the same content on this machine."""

    step: str
    setting: str
    name: str
    digest: str
    is_here: bool


@dataclass(frozen=True, slots=True)
class Card:
    """The record of an export. ``base_is_here``: the recorded name leads to a model on this machine. ``environment``:
    what it says of the machine, in words; ``other_environment``: what is not so here. ``why_not``: why it can't be made
    again, "" if it can. ``remark``: on a second record that says something else. ``pipeline``: its steps, JSON."""

    export: str
    name: str
    program: str
    format: str
    options: str
    base: str
    revision: str
    base_is_here: bool
    steps: tuple[CardStep, ...]
    files: tuple[CardFile, ...]
    environment: tuple[tuple[str, str], ...]
    other_environment: tuple[str, ...]
    tensors: int
    why_not: str
    remark: str
    pipeline: str


@dataclass(frozen=True)
class TensorReplay:
    """One tensor. ``equal_share``: of its bytes, or of the weights of a layer in a partial replay."""

    name: str
    equal_share: float

    @property
    def is_equal(self) -> bool:
        """True to the last bit."""
        return self.equal_share == 1.0


@dataclass(frozen=True)
class Replay:
    """All of it.

    other_environment: what is not as it was, in words; a replay is exact where nothing is. divergence: mean KL
    divergence in nats a token between the export and what was made again, and loss: between the base and the export;
    None where all is equal, or only a part was made. remark: on a second record that says something else.
    """

    folder: str
    mode: Mode
    tensors: tuple[TensorReplay, ...]
    other_environment: tuple[str, ...] = ()
    divergence: float | None = None
    loss: float | None = None
    remark: str = ""

    @property
    def differing(self) -> tuple[TensorReplay, ...]:
        """The tensors that are not equal, in the order of the file."""
        return tuple(tensor for tensor in self.tensors if not tensor.is_equal)

    @property
    def is_confirmed(self) -> bool:
        """True where something was compared and all is equal, or where another environment explains what is not and the
        two are nearer to each other than the export is to its base."""
        if not self.differing:
            return bool(self.tensors)
        within = self.divergence is not None and self.loss is not None and self.divergence <= self.loss
        return bool(self.other_environment) and within

    @property
    def verdict(self) -> Verdict:
        """All equal; explained by another environment; or not."""
        return "exact" if not self.differing else "near" if self.is_confirmed else "differs"

    def sentences(self) -> list[str]:
        """The result in words."""
        count, differing = len(self.tensors), self.differing
        what = "weights of layers" if self.mode == "partial" else "tensors"
        if not differing:
            return [f"Confirmed: all {count} {what} are equal to the bit."]
        first = differing[0]
        lines = [
            f"{count - len(differing)} of {count} {what} are equal to the bit. The first that differs is {first.name}: "
            f"{first.equal_share:.2%} of it is equal."
        ]
        if self.divergence is not None and self.loss is not None:
            lines.append(
                f"KL divergence between the two: {self.divergence:.3g} nats a token; between the base and the export: "
                f"{self.loss:.3g}."
            )
        if self.is_confirmed:
            return [*lines, "Confirmed as near: another environment explains differences of this size."]
        if not self.other_environment:
            return [*lines, "Not confirmed: nothing in the environment explains the difference."]
        return [*lines, "Not confirmed: the environment is another one, and so are the values."]
