"""Commands of the window to the engine: small immutable messages, answered by events that carry the same id.

`RunPipeline` is answered by the events of a run. Every other command by `Progress` if it takes long, then one
`JobDone` with the result named here, or one `Failure`, or, if it was cancelled, one `RunChanged` "cancelled".
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from engine.base.human import bytes_text
from engine.contracts.claims import SAMPLE
from engine.contracts.opening import OpenIn
from engine.contracts.problem import Problem
from engine.contracts.processes import Strategy
from engine.contracts.settings import FieldInfo

QUIET = 1.25
"""A machine that takes no more than so many times as long as when it is quiet counts as that."""


def taken_text(in_use: int) -> str:
    """Remark about needed memory that the program has already."""
    return f", {bytes_text(in_use)} of it taken by the program already," if in_use else ""


def new_id() -> str:
    """A fresh id for a job."""
    return uuid.uuid4().hex[:12]


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """Base of all commands. ``id`` is the id of the run or job, made by the sender."""

    id: str = field(default_factory=new_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPipeline(Command):
    """Run a pipeline (``pipeline``: its JSON text), up to block ``until`` if given. ``resume``: the id is that of a
    run that was interrupted, whose folder holds the pipeline. ``processes``: so many of them execute it together."""

    pipeline: str = ""
    until: str | None = None
    resume: bool = False
    processes: int = 1
    strategy: Strategy = "ddp"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckPipeline(Command):
    """Problems and estimates of a pipeline, or of what leads to block ``until``. Result: `Checked`. ``quick``: from
    headers alone, while somebody edits: nothing is known of what is there already. ``new``: nothing of it is there, so
    that with ``quick`` measuring has an estimate, too."""

    pipeline: str
    until: str | None = None
    quick: bool = False
    new: bool = False


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """A model in short, from its headers. ``parameters`` and ``bits`` (per weight, as stored) are 0 for a result of a
    compression, whose tensors are packed; ``context`` in tokens, 0 where config.json has none."""

    architecture: str
    parameters: int = 0
    bits: float = 0.0
    context: int = 0


@dataclass(frozen=True, slots=True)
class Checked:
    """``problems`` in order of blocks. ``estimates``: block id -> (disk bytes, memory bytes, seconds or None).
    ``cached``: ids of blocks whose result is already there. Bytes of memory and disk that are free.
    ``measuring``: seconds for all metrics that are not there yet; ``measuring_memory``: bytes at the peak of that.
    ``models``: block id -> what the model is that it opens.

    Memory is that of the whole process, as it is shown afterwards, or on an accelerator that of the accelerator;
    ``engine_memory`` of it is taken already, so it is not among the free bytes and is not needed from them. Seconds are
    those of a quiet machine; as it is now, each takes ``slowdown`` of them."""

    problems: tuple[Problem, ...]
    estimates: dict[str, tuple[int, int, float | None]]
    cached: tuple[str, ...]
    free_memory: int
    free_disk: int
    measuring: float = 0.0
    measuring_memory: int = 0
    engine_memory: int = 0
    slowdown: float = 1.0
    models: dict[str, ModelFacts] = field(default_factory=dict)

    def needs(self) -> tuple[int, int, float | None]:
        """Peak memory in bytes (blocks run one after the other), disk in bytes and seconds (None: unknown) of the
        blocks that are not cached, and of measuring."""
        todo = [estimate for block, estimate in self.estimates.items() if block not in self.cached]
        seconds_known = [seconds for _, _, seconds in todo if seconds is not None]
        total = sum(seconds_known) + self.measuring if len(seconds_known) == len(todo) else None
        memory = max((*(memory for _, memory, _ in todo), self.measuring_memory))
        return memory, sum(disk for disk, _, _ in todo), total

    def shortage(self) -> str:
        """A sentence if memory or disk will not do, else "". The estimate can be wrong: a person may run anyway."""
        memory, disk, _ = self.needs()
        needed = (("memory", memory, self.engine_memory, self.free_memory), ("disk", disk, 0, self.free_disk))
        text = "; ".join(
            f"about {bytes_text(need)} of {what} are needed{taken_text(in_use)} and {bytes_text(free)} are free"
            for what, need, in_use, free in needed
            if need - in_use > free
        )
        return f"{text[0].upper()}{text[1:]}." if text else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadStructure(Command):
    """Look at a model's headers. Result: `engine.checkpoints.checkpoint.CheckpointHeader`."""

    model: str
    revision: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadClaims(Command):
    """Read what was measured of all claims that suit a model. Result: `engine.contracts.claims.MeasuredClaims`."""

    model: str = SAMPLE


@dataclass(frozen=True, slots=True, kw_only=True)
class RunClaims(Command):
    """Measure what is missing of some claims, of all without ``claims``; rows go to the workspace as they come. Result:
    `engine.contracts.claims.MeasuredClaims`."""

    claims: tuple[str, ...] = ()
    model: str = SAMPLE
    seeds: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DescribeDevice(Command):
    """Describe the device that computes. Result: what `engine.run.environment.describe` says of it and the machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadReport(Command):
    """Read the report of a run of the engine's workspace. Result: the values of its report.json."""

    run: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DescribeLayers(Command):
    """Describe the layers of a model from its headers. Result: `engine.architecture.anatomy.Anatomy`."""

    model: str
    revision: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DescribeText(Command):
    """Look at a text (a name as in `engine.data.texts`) as the tokenizer of ``model`` reads it ("": count none).
    ``part``: "train" or "validation" of bundled ones and data sets. Result: `TextDescription`."""

    text: str
    part: str = "train"
    model: str = ""


@dataclass(frozen=True, slots=True)
class TextDescription:
    """``records``: None for a plain text, else how many prompts, chats or texts it holds. ``characters``: of the whole
    text. ``tokens``: None without a tokenizer, else of all that is learned from it or read. ``beginning``: as it is
    shown to the model. ``chat_template``: whether the tokenizer has one, None without a tokenizer."""

    name: str
    sha256: str
    records: int | None
    characters: int
    tokens: int | None
    beginning: str
    chat_template: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchDatasets(Command):
    """Data sets of the hub with these words, the most downloaded first. Result: a tuple of `FoundDataset`."""

    words: str
    limit: int = 30


@dataclass(frozen=True, slots=True)
class FoundDataset:
    """``license``: its short name on the hub, "" if none is named."""

    name: str
    downloads: int
    license: str
    gated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Download(Command):
    """Bring a hub model to this machine; cancelled and taken up again like a run. Progress's text holds speed and
    file. Result: the folder's path as str."""

    model: str
    revision: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspect(Command):
    """Statistics of every layer of an artifact or model against ``reference`` (or None); kurtosis of activations on
    ``text`` if given. Result: `engine.contracts.inspection.Inspection`."""

    model: str
    reference: str | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectRotation(Command):
    """Activations of an artifact or model on ``text`` (a name as in `engine.data.texts`), place by place, beside those
    of ``reference`` (usually what it was made from). Result: `engine.contracts.rotation.RotationInspection`."""

    model: str
    reference: str | None = None
    text: str = "sample"


@dataclass(frozen=True, slots=True, kw_only=True)
class DescribeFormats(Command):
    """Describe the formats that an artifact (or model) can be exported as. Result: a tuple of `FormatInfo`: every
    format by its default options, the one to take first; or ``format`` alone, with these options."""

    artifact: str
    format: str | None = None
    options: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FormatInfo:
    """One export format for one artifact. ``problems``: errors say why it can't be written, warnings what is lost.
    ``expected_bytes`` of the tensor files, exact, and ``tensor_bytes`` and ``bits_per_weight`` of the tensors in them;
    None where it can't be written, or a plug-in does not say. ``options``: what may be chosen. ``larger``: why it is
    larger than the result, "" if it is not. ``keeps_values``: every value of the model is in the files, to the bit."""

    id: str
    title: str
    summary: str
    problems: tuple[Problem, ...]
    expected_bytes: int | None
    options: tuple[FieldInfo, ...]
    tensor_bytes: int | None = None
    bits_per_weight: float | None = None
    larger: str = ""
    keeps_values: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Export(Command):
    """Write an artifact in a format and verify it in a fresh process. Result: `Verified`."""

    artifact: str
    format: str
    folder: Path
    options: dict[str, Any] = field(default_factory=dict)


Reader = Literal["target program", "this program"]
"""The program that loaded an export to verify it: the one that the format is for, or only this one."""


READ, WRITTEN = 0.2, 0.75
"""Fractions of an export at which what the artifact gives is read, and the folder is written; of a verification the
first, at which the files are hashed."""
CHECKED_HERE = "Written, checked by this program only"
"""The verdict on files that the target program has not read."""


@dataclass(frozen=True, slots=True)
class Verified:
    """Result of a verification. ``unchecked``: this machine could not finish it, for want of memory or time: ``ok`` is
    false then although nothing was found wrong. ``verified_by``: the program that read the files; ``advice``: how to
    have the target program read them, if it did not. ``open_in``: lines that open it in other programs. ``metrics``:
    max_difference, max_relative_difference and tolerance (in standard deviations), size_bytes, expected_bytes after an
    export, and for a decoder kl_divergence and top1_agreement."""

    folder: Path
    format: str
    ok: bool
    sentence: str
    loaded_by: str
    seconds: float
    metrics: dict[str, float] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    verified_by: Reader = "target program"
    advice: str = ""
    unchecked: bool = False
    open_in: tuple[OpenIn, ...] = ()

    @property
    def by_target(self) -> bool:
        """True if the program that will use the files has read them, and all is well."""
        return self.ok and self.verified_by == "target program"

    @property
    def explanation(self) -> str:
        """The sentence without the verdict that it begins with, for who says that in a title."""
        said = self.sentence
        for verdict in ("Verified", CHECKED_HERE):
            said = said.removeprefix(f"{verdict}: ")
        return f"{said[:1].upper()}{said[1:]}"

    def __str__(self) -> str:
        return f"{self.folder}: {self.sentence}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Generate(Command):
    """Continue ``prompt`` with each of ``models`` (paths); pieces come as `Generated` events, one stream a model.
    ``top_p``, ``stop``: as in `engine.measure.generate.generate`. ``before``: earlier turns of a chat with each model,
    as (question, answer). Result: `Generation`. Models whose layers are blocks of GGUF types are run by llama.cpp where
    it is installed."""

    models: tuple[str, ...]
    prompt: str
    tokens: int = 100
    temperature: float = 0.0
    top_p: float = 1.0
    seed: int = 0
    chat: bool = False
    before: Mapping[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)
    stop: tuple[str, ...] = ()


@dataclass(frozen=True)
class Generation:
    """Tokens per second by model path, and the program that wrote where it was not this one."""

    speeds: Mapping[str, float]
    programs: Mapping[str, str] = field(default_factory=dict)
