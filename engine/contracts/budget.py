"""A budget that is spread over the layers of a model: units, their options with exact bytes and predicted losses. The
problem that a sensitivity analysis leaves, and a plan that solves it. Torch-free, and JSON on disk."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Literal, Self

import pydantic

from engine.base.errors import BadInput
from engine.base.ranges import count_of, ranges_of

Target = Literal["gguf", "compressed-tensors", "container"]
TARGET_TITLES: dict[Target, str] = {
    "gguf": "llama.cpp, Ollama, LM Studio (GGUF)",
    "compressed-tensors": "vLLM, transformers (compressed-tensors)",
    "container": "This program's container",
}
STORED = "stored"
"""Option of a unit that stays as it came."""
END_ROLES = ("embedding", "head")
"""Roles of the units outside of the layers."""
BATCH, CELLS = 512, 256
"""Tokens that llama.cpp reads at once by default (``n_ubatch``), and of how many it reserves a multiple."""
Nats = Annotated[float, pydantic.Field(allow_inf_nan=False)]


class _Record(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(frozen=True, extra="forbid")


class Option(_Record):
    """A way to store a unit. ``id``: a block type of ggml ("Q4_K"), a number format ("int4"), or `STORED`.
    ``bytes``: of its tensors in the file, alignment included. ``loss``: predicted KL divergence from the model as it
    came, nats a token, of this unit alone, rounded as the plan is built. ``nearest_loss``: the same rounded to nearest;
    None where the plan is built so. ``milliseconds``: predicted time that a token takes in this unit; None where it was
    not measured."""

    id: str
    bytes: int = pydantic.Field(ge=0)
    loss: Nats = pydantic.Field(ge=0)
    nearest_loss: Nats | None = pydantic.Field(default=None, ge=0)
    milliseconds: float | None = pydantic.Field(default=None, ge=0, allow_inf_nan=False)


class Unit(_Record):
    """Layers that must have one format in the target. ``layers``: names of their modules, the token embedding and the
    head among them. ``layer``: number of the decoder layer, None outside of them. ``role``: "q", "qkv" for
    siblings that agree, "down", "embedding", "head" …"""

    name: str
    layers: tuple[str, ...]
    layer: int | None = None
    role: str
    parameters: int
    options: tuple[Option, ...] = pydantic.Field(min_length=1)

    @property
    def is_end(self) -> bool:
        """True for the token embedding and the head."""
        return self.layer is None and self.role in END_ROLES

    def option(self, name: str) -> Option:
        """The option with this id; raises `BadInput` for one that the unit does not have."""
        for option in self.options:
            if option.id == name:
                return option
        raise BadInput(
            f"{self.name} can't be stored as '{name}'",
            where=self.name,
            advice=f"choose one of {', '.join(option.id for option in self.options)}",
        )


class Uniform(_Record):
    """A model of one format, or one of llama.cpp's mixes, that a plan is compared with. ``choices``: unit -> option."""

    label: str
    choices: dict[str, str]


class RemovedWidths(_Record):
    """Heads of attention and channels of the MLP (its inner values) that a file lacks. Both: for each decoder layer the
    numbers that go, as "0-3 7", equally many in every layer; empty where all stay."""

    heads: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()

    @pydantic.model_validator(mode="after")
    def _are_equally_many(self) -> Self:
        for what, layers in (("heads", self.heads), ("channels", self.channels)):
            counts = {count_of(ranges_of(text)) for text in layers}
            if len(counts) > 1:
                raise ValueError(f"the layers would lose different numbers of {what}")
            if 0 in counts:
                raise ValueError(f"the list of {what} names none")
        return self

    def __bool__(self) -> bool:
        """True where something goes."""
        return bool(self.heads or self.channels)

    @property
    def heads_gone(self) -> int:
        """Number of heads that each layer lacks."""
        return count_of(ranges_of(self.heads[0])) if self.heads else 0

    @property
    def channels_gone(self) -> int:
        """Number of channels that each layer lacks."""
        return count_of(ranges_of(self.channels[0])) if self.channels else 0


class KeyValueCache(_Record):
    """Bytes of the keys and values of a token in 16 bits. ``whole``: of the layers that read all tokens before;
    ``sliding``: window in tokens -> of the layers that read no more."""

    whole: int = pydantic.Field(default=0, ge=0)
    sliding: dict[int, int] = {}

    def bytes_at(self, context: int) -> int:
        """Bytes at so many tokens, as llama.cpp reserves them: a window has room for `BATCH` tokens more, and all are
        rounded up to `CELLS`."""
        whole = -(-context // CELLS) * CELLS
        windows = sum(
            count * min(whole, -(-(window + BATCH) // CELLS) * CELLS) for window, count in self.sliding.items()
        )
        return self.whole * whole + windows


class Decoding(_Record):
    """Origin and rest of the times of a token: ``program`` (name and version) with ``threads`` on the processor that it
    was measured on. ``milliseconds``: of a token beside all units."""

    program: str
    threads: int = pydantic.Field(ge=1)
    milliseconds: float = pydantic.Field(ge=0, allow_inf_nan=False)


class Measurement(_Record):
    """A plan whose loss was measured. ``predicted``: the sum of its options' losses; ``measured``: KL divergence in
    nats a token. ``rounding``: how it was rounded, "nearest" or as the plan is built."""

    label: str
    bytes: int
    predicted: Nats
    measured: Nats
    rounding: str = "nearest"


def why_refused(error: Exception) -> str:
    """The first reason why a file was refused, in one line."""
    if not isinstance(error, pydantic.ValidationError):
        return (str(error).splitlines() or [type(error).__name__])[0]
    first = error.errors()[0]
    message = first["msg"].removeprefix("Value error, ")
    return ": ".join([*filter(None, [".".join(map(str, first["loc"]))]), message])


class BudgetProblem(_Record):
    """Result of a sensitivity analysis: everything that any budget needs.

    ``fixed_bytes``: of the file beside the tensors of the units. ``dense_bytes``: of all parameters in 16 bits, a tied
    head counted once; 0 for those of the units. ``model``, ``text``, ``tokens``: origin of the losses.
    ``removed_layers``: numbers of layers that the file does not have; units keep the numbers that their layers came
    with. ``removed_experts``: module of experts -> numbers of those that the file does not have; units of single
    experts have the numbers of the file. ``removed_widths``: heads and channels that it does not have, of the
    layers that are left. Experts go alone. ``removed_loss``: KL divergence of the model without all of these, before
    anything is rounded.
    ``cache``: of what is left of the model; None where its size is not known. ``decoding``: where the options have
    times; None where no speed was measured.
    """

    version: Literal[1] = 1
    target: Target
    model: str
    text: str
    tokens: int
    fixed_bytes: int
    dense_bytes: int = pydantic.Field(default=0, ge=0)
    units: tuple[Unit, ...]
    uniform: tuple[Uniform, ...] = ()
    measured: tuple[Measurement, ...] = ()
    removed_layers: tuple[int, ...] = ()
    removed_experts: dict[str, tuple[int, ...]] = {}
    removed_widths: RemovedWidths = RemovedWidths()
    removed_loss: Nats = pydantic.Field(default=0.0, ge=0)
    cache: KeyValueCache | None = None
    decoding: Decoding | None = None

    @pydantic.model_validator(mode="after")
    def _experts_go_alone(self) -> Self:
        if self.removed_experts and (self.removed_layers or self.removed_widths):
            raise ValueError("experts can't be removed together with layers, heads or channels")
        return self

    @property
    def whole(self) -> int:
        """Bytes that a share of the size is of, two for each parameter."""
        return self.dense_bytes or 2 * sum(unit.parameters for unit in self.units)

    @property
    def measured_points(self) -> tuple[Measurement, ...]:
        """Measured plans with the KL divergence from the model as it came: what went with removed parts included. Where
        options lose less as a plan is built, plans that were rounded to nearest are none of those on its front."""
        gone = self.removed_loss
        is_solved = any(option.nearest_loss is not None for unit in self.units for option in unit.options)
        points = [one for one in self.measured if not is_solved or one.rounding != "nearest"]
        return tuple(one.model_copy(update={"measured": one.measured + gone}) if gone else one for one in points)

    def unit(self, name: str) -> Unit:
        """The unit with this name; raises `BadInput` for one that is not there."""
        for unit in self.units:
            if unit.name == name:
                return unit
        raise BadInput(f"Unknown unit '{name}'", where="plan", advice="choose one of the units of the analysis")

    def complete(self, choices: Mapping[str, str]) -> dict[str, str]:
        """The choices of an edited plan, in the order of the units; raises `BadInput` for a unit without a choice, for
        one that does not exist, and for an option that it does not have. Ends without a choice stay as they came:
        plans of earlier releases have none for some."""
        for name in choices:
            self.unit(name)
        stored = (unit for unit in self.units if unit.is_end and any(option.id == STORED for option in unit.options))
        choices = {unit.name: STORED for unit in stored} | dict(choices)
        if missing := [unit.name for unit in self.units if unit.name not in choices]:
            raise BadInput(f"The plan has no choice for {missing[0]}", where="plan", advice="add it to 'choices'")
        return {unit.name: unit.option(choices[unit.name]).id for unit in self.units}

    def bytes_of(self, choices: dict[str, str]) -> int:
        """Bytes of the file with these options."""
        return self.fixed_bytes + sum(unit.option(choices[unit.name]).bytes for unit in self.units)

    def loss_of(self, choices: dict[str, str]) -> float:
        """Sum of the options' losses, nats a token: the prediction before it is corrected by what was measured."""
        return sum(unit.option(choices[unit.name]).loss for unit in self.units)

    def nearest_loss_of(self, choices: Mapping[str, str]) -> float:
        """The same sum for options that are rounded to nearest."""
        options = [unit.option(choices[unit.name]) for unit in self.units]
        return sum(one.loss if one.nearest_loss is None else one.nearest_loss for one in options)

    def milliseconds_of(self, choices: Mapping[str, str]) -> float | None:
        """Predicted time of a token with these options; None where no speed was measured."""
        if self.decoding is None:
            return None
        return self.decoding.milliseconds + sum(
            unit.option(choices[unit.name]).milliseconds or 0.0 for unit in self.units
        )

    def speed_of(self, choices: Mapping[str, str]) -> float | None:
        """Predicted tokens per second with these options; None where no speed was measured."""
        milliseconds = self.milliseconds_of(choices)
        return None if not milliseconds else 1e3 / milliseconds

    def to_json(self) -> str:
        """As it is stored."""
        return self.model_dump_json(indent=1, exclude_none=True)

    @classmethod
    def parse(cls, text: str, where: str = "") -> Self:
        """Read it; raises `BadInput` for something else."""
        try:
            return cls.model_validate(json.loads(text))
        except (ValueError, RecursionError) as error:
            raise BadInput(
                "The file is not a sensitivity analysis",
                where=where,
                why=why_refused(error),
                advice="run Fit to budget again",
            ) from None


class Prediction(_Record):
    """KL divergence in nats a token that a plan will have, and the band in which 19 of 20 plans lie."""

    kl: Nats
    low: Nats
    high: Nats


class Step(_Record):
    """The next option up or down: what it costs in bytes and in milliseconds a token (None where no speed was measured)
    and saves in nats, all as differences (negative: less)."""

    option: str
    bytes: int
    loss: float
    milliseconds: float | None = None


class Row(_Record):
    """Choice for a unit and its reason. ``reason``: "locked", "only" (it has one option), "smallest" or "best"
    (nothing is beyond), "budget" (one step up is worth less for its bytes than what the budget was spent on), "speed"
    (the plan would be too slow with one step up: its time is spent where it saves more)."""

    unit: str
    option: str
    bytes: int
    loss: float
    reason: Literal["locked", "only", "smallest", "best", "budget", "speed"]
    up: Step | None = None
    down: Step | None = None


class Plan(_Record):
    """A solution: one option for each unit. ``budget``: bytes that were allowed; ``bytes``: of the file. ``speed``:
    tokens per second that were required; 0 for none."""

    version: Literal[1] = 1
    target: Target
    budget: int
    bytes: int
    choices: dict[str, str]
    locked: dict[str, str] = {}
    speed: float = pydantic.Field(default=0.0, ge=0, allow_inf_nan=False)
    loss: Nats
    predicted: Prediction
