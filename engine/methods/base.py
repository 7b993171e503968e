"""What a method is: a torch-free description with its settings, and an algorithm that is imported when it runs."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, Literal, Protocol, TypeVar, cast, runtime_checkable

from engine.architecture.coverage import planned
from engine.base.errors import BadInput
from engine.base.human import percent_text
from engine.contracts.metrics import ENOUGH
from engine.contracts.problem import Estimate, Problem
from engine.contracts.settings import Settings
from engine.models.stage import Stage

if TYPE_CHECKING:
    import torch

    from engine.architecture.anatomy import Anatomy
    from engine.checkpoints.checkpoint import CheckpointHeader
    from engine.models.model import Model

Family = Literal["source", "training", "quantization", "pruning", "distillation", "low_rank"]
Need = Literal["data", "teacher", "training", "anatomy"]
Trait = Literal["mask", "low_rank", "quantized", "adapters", "own_attention", "online"]
"""What a model has after a method, and methods behind it have to know of: weights that are zero and are to stay so;
factors in the place of weights; weights in another format than that of the device's products; adapters beside the
weights; an attention of its own; transforms or roundings of activations as it runs."""
S = TypeVar("S", bound=Settings)
S_contra = TypeVar("S_contra", bound=Settings, contravariant=True)

FAMILY_TITLES: dict[Family, str] = {
    "source": "Models",
    "training": "Training",
    "quantization": "Quantization",
    "pruning": "Pruning",
    "distillation": "Distillation",
    "low_rank": "Low rank",
}


@dataclass(frozen=True)
class Rule:
    """An order that does not work: this method after any that leaves the trait ``after``, and the reason."""

    after: Trait
    why: str
    advice: str = ""
    severity: Literal["error", "warning"] = "error"


@dataclass(frozen=True)
class MethodInfo:
    """The torch-free half of a method.

    Parameters
    ----------
    inputs: port names; the first is the model that is compressed. Empty for a source.
    optional: those of them that nothing has to be linked to: without a link the source that the block's own model
        comes from (the original) is there.
    leaves: what its result has that methods behind it have to know of; a function where that depends on the settings.
    not_after: what nothing upstream of it may leave. Of several rules that one block breaks, the first counts.
    supporting: stands beside or behind others as a rule, as a baseline or a recovery: a pipeline is about the others.
    choose_for: pairs for the help page: what a person wants who should take it, and what to say behind its title.
    aliases: ids that the method had in earlier releases.
    algorithm: ``"package.module:ClassName"``, imported when the method is checked or run.
    origin: ``"name version"`` of the distribution that brings it, set by the registry; "" for a built-in one.
    """

    id: str
    title: str
    family: Family
    summary: str
    settings: type[Settings]
    algorithm: str
    paper: str = ""
    inputs: tuple[str, ...] = ("model",)
    optional: tuple[str, ...] = ()
    needs: frozenset[Need] = frozenset()
    leaves: frozenset[Trait] | Callable[[Any], frozenset[Trait]] = frozenset()
    not_after: tuple[Rule, ...] = ()
    keywords: tuple[str, ...] = ()
    choose_for: tuple[tuple[str, str], ...] = ()
    aliases: tuple[str, ...] = ()
    supporting: bool = False
    origin: str = ""

    @property
    def is_source(self) -> bool:
        """Whether it brings a model instead of changing one."""
        return not self.inputs

    def left_by(self, settings: Settings) -> frozenset[Trait]:
        """What a block with these settings leaves."""
        return self.leaves(settings) if callable(self.leaves) else self.leaves

    def load(self) -> Method[Any]:
        """Import and make the algorithm. This may load torch. Raises `BadInput` for one of a plug-in that can't be."""
        return cast("Method[Any]", self._made())

    def load_source(self) -> Source[Any]:
        """The same for a source."""
        return cast("Source[Any]", self._made())

    def load_planner(self) -> Planning[Any]:
        """What both can do: look at shapes."""
        return cast("Planning[Any]", self._made())

    def _made(self) -> object:
        module, _, name = self.algorithm.partition(":")
        try:
            made: object = getattr(importlib.import_module(module), name)()
            return made
        except Exception as error:
            if not self.origin:
                raise
            raise BadInput(
                f"The method '{self.id}' of {self.origin} can't be loaded",
                where=self.algorithm,
                why=f"{type(error).__name__}: {error}",
                advice="install what it needs, or another version of it",
            ) from error


class Planning(Protocol, Generic[S_contra]):
    """The torch half of a method. It keeps no state: one object may serve many runs."""

    def check(self, anatomy: Anatomy, settings: S_contra) -> list[Problem]:
        """Problems found from shapes alone, before anything is spent; each names the layer and the reason."""

    def estimate(
        self, header: CheckpointHeader, anatomy: Anatomy, settings: S_contra, device: torch.device
    ) -> Estimate:
        """Bytes on disk, peak memory and seconds of applying it."""


class Method(Planning[S_contra], Protocol):
    """Changes a model."""

    def apply(self, model: Model, settings: S_contra, stage: Stage) -> Model:
        """Compress ``model`` (in place, part by part) and return it."""


class Source(Planning[S_contra], Protocol):
    """Brings a model."""

    def absent(self, settings: S_contra) -> str:
        """Why the model is not on this machine yet, as a sentence; "" if it is. Never uses the network. Raises
        `BadInput` for what can't be a model."""

    def open(self, settings: S_contra, stage: Stage | None = None) -> Model:
        """The model, of which nothing is loaded yet; what is not here is fetched first. ``stage``: told about it; None
        while a pipeline is only looked at, where the model is here."""


@runtime_checkable
class Reshaping(Protocol[S_contra]):
    """A method that leaves a model of another shape: what follows it is checked and estimated for that one."""

    def leaves(
        self, header: CheckpointHeader, anatomy: Anatomy, settings: S_contra
    ) -> tuple[CheckpointHeader, Anatomy] | None:
        """The headers and the anatomy of its result; None where the shape is the same, or not known before it runs.
        Called whatever `Method.check` says."""


@runtime_checkable
class Targeting(Protocol[S_contra]):
    """A method that makes some layers smaller and leaves all else as it is."""

    def targets(self, anatomy: Anatomy, settings: S_contra) -> Collection[str]:
        """The names of these layers: linears, embeddings, the head. Called whatever `Method.check` says."""


@runtime_checkable
class Comparing(Protocol[S_contra]):
    """A method that looks at all its models before anything is spent."""

    def compare(self, sources: Mapping[str, Path], settings: S_contra) -> list[Problem]:
        """Problems of the sources together. ``sources``: port -> where the model comes from that will be there."""


def targets(method: Planning[S], anatomy: Anatomy, settings: S) -> Collection[str]:
    """The layers that a method makes itself; none where it changes weights in their places."""
    return method.targets(anatomy, settings) if isinstance(method, Targeting) else ()


def problems(method: Planning[S], anatomy: Anatomy, settings: S) -> list[Problem]:
    """What a method finds wrong with a model, and a word about how little of it would be worked on."""
    found = method.check(anatomy, settings)
    if not isinstance(method, Targeting) or any(problem.severity == "error" for problem in found):
        return found
    share = planned(anatomy, method.targets(anatomy, settings))
    if not share.left or share.parameters >= ENOUGH:
        return found
    little = f"Only {percent_text(round(share.parameters, 3))}" if share.parameters else "Nothing"
    message = f"{little} of the model's parameters would be worked on"
    advice = f"It leaves {share.left_text()}"
    return [*found, Problem("warning" if share.parameters else "error", message, advice=advice)]
