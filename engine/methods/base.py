"""Methods: a torch-free description with its settings, and an algorithm that is imported when it runs."""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Callable, Collection, Mapping
from dataclasses import InitVar, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, Literal, Protocol, TypeAlias, TypeVar, cast, runtime_checkable

from engine.architecture.coverage import planned
from engine.base.errors import BadInput
from engine.base.human import percent_text
from engine.contracts.metrics import ENOUGH
from engine.contracts.problem import Estimate, Problem
from engine.contracts.settings import Settings
from engine.models.stage import Stage

if TYPE_CHECKING:
    import torch

    from engine.architecture.anatomy import Anatomy, Linear
    from engine.checkpoints.checkpoint import CheckpointHeader
    from engine.contracts.budget import Target
    from engine.models.model import Model
    from engine.modules import CompressedModule
    from engine.modules.quantized_embedding import PackedEmbedding

Family = Literal["source", "training", "budget", "quantization", "pruning", "distillation", "low_rank"]
Need = Literal["data", "teacher", "training", "anatomy"]
Trait = Literal["mask", "low_rank", "quantized", "adapters", "own_attention", "online"]
"""Properties of a model that later methods must respect: weights that are zero and must stay zero; factors in place of
weights; weights in a packed format; adapters beside the weights; its own attention; activations that are transformed or
rounded at run time."""
Traits = frozenset[Trait] | Callable[[Any], frozenset[Trait]]
"""Traits of a result, or a function of the settings that gives them."""
S = TypeVar("S", bound=Settings)
S_contra = TypeVar("S_contra", bound=Settings, contravariant=True)

FAMILY_TITLES: dict[Family, str] = {
    "source": "Models",
    "budget": "Fit to budget",
    "quantization": "Quantization",
    "pruning": "Pruning",
    "distillation": "Distillation",
    "low_rank": "Low rank",
    "training": "Training",
}


@dataclass(frozen=True)
class Rule:
    """An order that does not work: this method behind a block whose result has the trait ``after``, and the reason."""

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
    traits: properties of its result that later methods must respect; a function where they depend on the settings.
    not_after: traits that no block before it may have. Of several rules that one block breaks, the first counts.
    supporting: a baseline or a recovery step, not the point of a pipeline.
    keeps_formats: its result is stored in the formats of what comes in, and takes as many bytes.
    choose_for: (use case, remark) rows of the help page.
    aliases: ids that the method had in earlier releases.
    algorithm: ``"package.module:ClassName"``, imported when the method is checked or run.
    origin: ``"name version"`` of the distribution that brings it, set by the registry; "" for a built-in one.
    leaves: earlier name of ``traits``, for plug-ins.
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
    traits: Traits = frozenset()
    not_after: tuple[Rule, ...] = ()
    keywords: tuple[str, ...] = ()
    choose_for: tuple[tuple[str, str], ...] = ()
    aliases: tuple[str, ...] = ()
    supporting: bool = False
    keeps_formats: bool = False
    origin: str = ""
    leaves: InitVar[Traits | None] = None

    def __post_init__(self, leaves: Traits | None) -> None:
        if leaves is not None:
            warnings.warn("MethodInfo(leaves=…) is now MethodInfo(traits=…)", DeprecationWarning, stacklevel=3)
            object.__setattr__(self, "traits", leaves)

    @property
    def is_source(self) -> bool:
        """True for a method that brings a model instead of changing one."""
        return not self.inputs

    def traits_of(self, settings: Settings) -> frozenset[Trait]:
        """Traits of the result of a block with these settings."""
        return self.traits(settings) if callable(self.traits) else self.traits

    def load(self) -> Method[Any]:
        """Import and make the algorithm. This may load torch. Raises `BadInput` for one of a plug-in that can't be."""
        return cast("Method[Any]", self._instantiate())

    def load_source(self) -> Source[Any]:
        """The same for a source."""
        return cast("Source[Any]", self._instantiate())

    def load_planner(self) -> Planning[Any]:
        """Methods and sources both check and estimate from shapes."""
        return cast("Planning[Any]", self._instantiate())

    def _instantiate(self) -> object:
        module, _, name = self.algorithm.partition(":")
        try:
            algorithm: object = getattr(importlib.import_module(module), name)()
            return algorithm
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
        """A sentence that says why the model is not on this machine yet; "" if it is. Never uses the network. Raises
        `BadInput` for a name that can't be a model."""

    def open(self, settings: S_contra, stage: Stage | None = None) -> Model:
        """The model, of which nothing is loaded yet; what is not here is fetched first. ``stage``: told about it; None
        while a pipeline is only looked at, where the model is here."""


@runtime_checkable
class Reshaping(Protocol[S_contra]):
    """A method whose result has another shape: the blocks behind it are checked and estimated for that shape."""

    def reshaped(
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
class Sizing(Protocol[S_contra]):
    """A method some of whose problems depend on the bytes in which tensors are stored."""

    def check_bytes(self, header: CheckpointHeader, anatomy: Anatomy, settings: S_contra) -> list[Problem]:
        """Problems that shapes alone do not show. Called where `Planning.check` finds no error."""


class FormatOffer(Protocol):
    """Formats of a method that a budget can be spread over."""

    def formats(self, linear: Linear, target: Target) -> tuple[str, ...]:
        """Ids of the formats that this layer may have in the target: those that fit its rows and that the target
        reads. The embedding and the head are asked for as linears too."""

    def module(self, linear: Linear, option: str, bias: torch.Tensor | None = None) -> CompressedModule:
        """The layer in this format, its tensors on the meta device."""

    def embedding(self, linear: Linear, option: str, factor: float) -> PackedEmbedding:
        """The token embedding in this format, its tensors on the meta device. ``factor``: multiplies what it gives."""

    def rounded(self, weight: torch.Tensor, option: str, energy: torch.Tensor | None) -> torch.Tensor:
        """The nearest weight (rows, inputs) that this format has, float32. ``energy``: (inputs,), the mean square of
        each input."""


LayerSolver: TypeAlias = "Callable[[torch.Tensor, str], torch.Tensor | None]"
"""(weight (rows, inputs), option) -> the weight, float32, that a method gives these rows; None for an option that it
rounds to nearest. Several threads may call it."""


@runtime_checkable
class SolvedFormats(Protocol):
    """A `FormatOffer` whose method rounds one column after the other: layers lose less than in the nearest weights."""

    def solver(self, gram: torch.Tensor) -> LayerSolver | None:
        """Rounds layers whose inputs have this Gram matrix, (inputs, inputs) float32, which stays as it is; None where
        all are rounded to nearest."""


@runtime_checkable
class Budgeted(Protocol[S_contra]):
    """A method whose formats a budget can be spread over."""

    def offer(self, settings: S_contra) -> FormatOffer:
        """The formats that it has with these settings."""


@runtime_checkable
class Comparing(Protocol[S_contra]):
    """A method that looks at all its models before anything is spent."""

    def compare(self, sources: Mapping[str, Path], settings: S_contra) -> list[Problem]:
        """Problems of the sources together. ``sources``: port -> where the model comes from that will be there."""


def reshaped(
    method: Planning[S], header: CheckpointHeader, anatomy: Anatomy, settings: S
) -> tuple[CheckpointHeader, Anatomy] | None:
    """The headers and the anatomy of a method's result; None where the shape stays or is not known before it runs."""
    if isinstance(method, Reshaping):
        return method.reshaped(header, anatomy, settings)
    if callable(earlier := getattr(method, "leaves", None)):
        warnings.warn(f"{type(method).__name__}.leaves(…) is now .reshaped(…)", DeprecationWarning, stacklevel=2)
        headers: tuple[CheckpointHeader, Anatomy] | None = earlier(header, anatomy, settings)
        return headers
    return None


def targets(method: Planning[S], anatomy: Anatomy, settings: S) -> Collection[str]:
    """Names of the layers that a method replaces; empty for a method that changes weights in place."""
    return method.targets(anatomy, settings) if isinstance(method, Targeting) else ()


def problems(
    method: Planning[S], anatomy: Anatomy, settings: S, header: CheckpointHeader | None = None
) -> list[Problem]:
    """Problems of a method with a model, and a warning if it would change only a small share of the parameters.
    ``header``: of the model, where it is known."""
    results = method.check(anatomy, settings)
    if header is not None and isinstance(method, Sizing) and all(one.severity != "error" for one in results):
        results = [*results, *method.check_bytes(header, anatomy, settings)]
    if not isinstance(method, Targeting) or any(problem.severity == "error" for problem in results):
        return results
    share = planned(anatomy, method.targets(anatomy, settings))
    if not share.left or share.parameters >= ENOUGH:
        return results
    little = f"Only {percent_text(round(share.parameters, 3))}" if share.parameters else "Nothing"
    message = f"{little} of the model's parameters would be worked on"
    advice = f"It leaves {share.left_text()}"
    return [*results, Problem("warning" if share.parameters else "error", message, advice=advice)]
