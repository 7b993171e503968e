"""The contract of an export format: `ExportFormat`, a class with one subclass for each format."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, ClassVar, Literal, Self

import torch

from engine.architecture.expert_counts import UNEVEN, is_uneven
from engine.contracts.problem import Problem
from engine.contracts.recipe import Recipe
from engine.export.folder import Progress as Progress  # where plug-ins import it from
from engine.export.folder import refuse, whole_folder
from engine.export.options import DtypeOptions as DtypeOptions
from engine.export.options import ExportOptions as ExportOptions
from engine.models.model import Model
from engine.modules import CompressedModule
from engine.numerics.quantization.scheme import Scheme

Trait = Literal["quantized", "adapters", "low_rank"]
"""The traits of a model (see `engine.methods.base.Trait`) that a format may need."""
ROUNDED = {torch.float16: 0.04, torch.bfloat16: 0.3}
"""By how many standard deviations a logit may differ where weights or inputs are rounded to this dtype."""


class ExportFormat(ABC):
    """One way to write a model for other programs.

    A subclass sets ``id``, ``title`` and ``summary``, and says with `problems` what can't be expressed. A folder of
    safetensors with a config.json is a `engine.export.safetensors_format.SafetensorsFormat`, which asks for `tensors`
    and `config` and does the rest; any other format implements `expected_bytes`, `write_files` and `read`. All other
    methods and attributes have answers that fit most formats.
    """

    id: str
    """A word of small letters, digits, underscores and hyphens."""
    title: str
    summary: str
    """One sentence, shown beside the title."""
    options: type[ExportOptions] = ExportOptions
    """The class of the ``options`` that the methods get."""
    origin: str = ""
    """``"name version"`` of the distribution that brings the format, set by the registry; "" for a built-in one."""

    needs: ClassVar[frozenset[Trait]] = frozenset()
    """Traits of which a model must have one to have anything to write; checked before a run too."""
    writes_out: ClassVar[bool] = False
    """True: what another program packed, in blocks that this format does not hold, is written in bfloat16."""
    rounds_inputs: ClassVar[bool] = True
    """True: layers that round their inputs still do so when the folder is loaded."""
    keeps_online: ClassVar[bool] = False
    """True: it expresses what layers do to activations at run time (`CompressedModule.ONLINE`), and layers with
    different numbers of experts. Where it is False, `check` refuses such models."""
    one_format_fused: ClassVar[Literal["", "warning", "error"]] = ""
    """Severity of layers in several formats where servers fuse them (q, k, v; gate, up): "" where no server does,
    "warning" where other programs read them all the same, "error"."""
    verifier: ClassVar[str] = "engine.export.verification.process"
    """Module of the fresh process that loads a folder with the program that will use it; it speaks the language of
    `engine.export.verification.process`."""

    def __new__(cls, **_functions: Any) -> Self:
        """``ExportFormat(id=..., problems=..., write=...)`` is how formats were declared up to version 0.1: as a
        `engine.export.function_format.FunctionFormat`, it still works."""
        if cls is ExportFormat:
            from engine.export.function_format import FunctionFormat

            return super().__new__(FunctionFormat)  # type: ignore[return-value]
        return super().__new__(cls)

    # -- what can be expressed -----------------------------------------------------------------------------------------
    @abstractmethod
    def problems(self, model: Model, options: Any) -> list[Problem]:
        """Errors for what the format can't express, warnings for what is lost; from shapes, nothing is loaded."""

    def check(self, model: Model, options: Any) -> list[Problem]:
        """`problems`, or before them what no format but the container expresses. An error means that `write`
        refuses."""
        if self.keeps_online:
            return self.problems(model, options)
        return self._uneven_problems(model) or self._online_problems(model) or self.problems(model, options)

    def _uneven_problems(self, model: Model) -> list[Problem]:
        """An error for layers that have different numbers of experts, which config.json can't say to others."""
        if not is_uneven(model.config):
            return []
        return [Problem("error", UNEVEN.format(self.title), advice="Export in the studio's container")]

    def _online_problems(self, model: Model) -> list[Problem]:
        """An error for what modules do to activations at run time, which no other program would do."""
        names_by_reason: dict[tuple[str, str], list[str]] = {}
        for name, module in model.compressed().items():
            if module.online:
                names_by_reason.setdefault((module.online, module.advice), []).append(name)
        return [
            Problem(
                "error",
                f"{self.title} can't express this result: {names[0]}"
                + (f" (and {len(names) - 1} more)" if len(names) > 1 else "")
                + f" {online}",
                where=names[0],
                advice=f"Export it in the studio's own container, or {without}",
            )
            for (online, without), names in names_by_reason.items()
        ]

    def keeps_values(self, model: Model, options: Any) -> bool:
        """True where the files hold every value of the model to the bit, and what its layers compute."""
        return False

    # -- writing and reading -------------------------------------------------------------------------------------------
    @abstractmethod
    def expected_bytes(self, model: Model, options: Any) -> int:
        """Bytes of the tensor files, exact, before anything is written: `engine.export.sizes` shows them."""

    def stored(self, model: Model, options: Any) -> Iterable[tuple[str, int]] | None:
        """Type and bytes of each tensor in these files, by the same plan; None: only their sum is known."""
        return None

    def write(self, model: Model, folder: Path, options: Any, progress: Progress) -> None:
        """Write a new folder, whole or not at all. Raises `BadInput` if something is in the folder already, or if
        `check` has an error; `RunFailed` for a full disk."""
        refuse(self.check(model, options))
        self.write_checked(model, folder, options, progress)

    def write_checked(self, model: Model, folder: Path, options: Any, progress: Progress) -> None:
        """`write` for a caller who has seen that `check` has no error."""
        with whole_folder(folder) as work_folder:
            self.write_files(model, work_folder, options, progress)
        progress(1.0, "Written")

    @abstractmethod
    def write_files(self, model: Model, folder: Path, options: Any, progress: Progress) -> None:
        """Write the files part by part into an empty folder, which has the name that it will have in the end."""

    def embed(self, folder: Path, recipe: Recipe) -> None:
        """Put the recipe into the file of a written folder too, where the format has a place for it."""
        return

    @abstractmethod
    def read(self, folder: Path) -> Iterator[tuple[str, torch.Tensor]]:
        """The dense tensors that a written folder stands for, by name, in float32 where they were packed."""

    # -- the program that will load it ---------------------------------------------------------------------------------
    def computing(self, model: Model) -> AbstractContextManager[str]:
        """While it is entered, the model computes what that program does where the format has no word to say
        otherwise; gives what that is, for "the artifact's, …", "" for nothing."""
        return nullcontext("")

    def tolerance(self, model: Model, options: Any) -> float:
        """By how many standard deviations a logit may differ because that program rounds on its own; more is allowed
        by what was rounded when it was written."""
        return 0.0

    def keeps_tokenizer(self, model: Model) -> bool:
        """True where the written tokenizer has to give the tokens that the model's own gives."""
        return True

    def snippet(self, model: Model, name: str) -> str:
        """Python that loads the folder of this name, for the model card; "": through transformers."""
        return ""

    # -- asked of the settings of a run, before it begins --------------------------------------------------------------
    def why_not(self, module: CompressedModule) -> str:
        """The reason why a layer can't be expressed, from its shape; "" if it can."""
        return ""

    def why_not_expert(self, module: CompressedModule) -> str:
        """The same of a layer of an expert."""
        return self.why_not(module)

    def unpackable(self, model: Model, layers: Collection[str]) -> Mapping[str, str]:
        """The reasons by name of those of ``layers`` that can't be expressed in this network."""
        return {}

    def sequential(self, model: Model) -> Collection[str]:
        """Names of the tensors of experts that transformers makes ordinary layers of."""
        return ()

    def together(self, schemes: Mapping[str, Scheme], experts: Collection[str]) -> list[Problem]:
        """Problems of layers in these schemes, by name, beside one another. ``experts``: which of them are of
        experts."""
        return []
