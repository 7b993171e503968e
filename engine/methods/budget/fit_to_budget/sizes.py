"""Bytes of plans by the code that writes the files: of each option of each unit, and of the whole file."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from engine.base.errors import BadInput
from engine.base.files import make_folder, whole_file
from engine.contracts.budget import STORED, Target
from engine.export.base import ExportFormat
from engine.export.registry import export_format
from engine.export.sizes import export_size
from engine.fit.factored import stored_as
from engine.methods.base import FormatOffer
from engine.methods.budget.fit_to_budget.estimates import ends_may_stay, options
from engine.methods.budget.fit_to_budget.settings import METHOD
from engine.methods.budget.fit_to_budget.units import Group
from engine.models.layer import bias_of, replace
from engine.models.model import Model
from engine.modules.quantized_embedding import PackedEmbedding
from engine.modules.tied import TiedLinear

FORMATS: dict[Target, str] = {"gguf": "gguf", "compressed-tensors": "compressed-tensors", "container": "container"}
"""Export format of each target."""
ALIGNMENT: dict[Target, int] = {"gguf": 32}
"""Bytes to which each tensor of a file is filled up."""


@dataclass
class Sizes:
    """Sizes of plans of one model in one target. The model is a skeleton: nothing of it is loaded.

    bias_dtype: what the biases of layers that are quantized are stored in; None: as they came.
    """

    model: Model
    target: Target
    offer: FormatOffer
    groups: Sequence[Group]
    bias_dtype: torch.dtype | None = None

    def __post_init__(self) -> None:
        self._kind: ExportFormat = export_format(FORMATS[self.target])
        self._options = self._kind.options()
        self._originals = {x.name: self.model.get(x.name) for group in self.groups for x in group.linears}
        self._biases = {name: bias_of(module) for name, module in self._originals.items()}

    def options(self, group: Group) -> tuple[str, ...]:
        """Formats that all layers of a group may have; none: it stays as it is. Ends may stay beside integers too."""
        is_table = group.end in ("embedding", "tied")
        if is_table and PackedEmbedding.factor_of(self.model.get(group.tensors[0].name)) is None:
            return ()
        formats = options(group, self.target, self.offer)
        return (*formats, STORED) if group.end and formats and ends_may_stay(self.target) else formats

    def file_bytes(self, options: Mapping[str, str]) -> int:
        """Bytes of the file in which groups have these options."""
        self._assign(options)
        return self._file_bytes()

    def problems(self, options: Mapping[str, str]) -> None:
        """Raise `BadInput` where the target can't express a model with these options."""
        self._assign(options)
        for problem in self._kind.check(self.model, self._options):
            if problem.severity == "error":
                raise BadInput(
                    f"{self._kind.title} can't hold this model: {problem.message}",
                    where=problem.where,
                    advice=problem.advice or "choose another target",
                )

    def of_options(self, offered: Mapping[str, Sequence[str]]) -> tuple[dict[str, dict[str, int]], int]:
        """Bytes of each option of each group, and of all else in the file. ``offered``: group -> options.

        Groups of like shapes are measured once, by what their tensors add to the file's.
        """
        base = {group.name: offered[group.name][0] for group in self.groups if offered.get(group.name)}
        self.problems(base)
        whole, file = self._tensor_bytes(), self._file_bytes()
        sizes: dict[str, dict[str, int]] = {}
        seen: dict[tuple[object, ...], dict[str, int]] = {}
        for group in self.groups:
            if group.name not in base:
                continue
            key = (group.end, *((x.in_features, x.out_features, x.role) for x in group.linears), *offered[group.name])
            if key not in seen:
                first = self._own_bytes(group, base[group.name])
                seen[key] = {base[group.name]: first}
                for option in offered[group.name][1:]:
                    self._put_group(group, option)
                    now = self._file_bytes() - file if stored_as(option).rank else self._tensor_bytes() - whole
                    seen[key][option] = first + now
                self._put_group(group, base[group.name])
            sizes[group.name] = seen[key]
        fixed = self.file_bytes(base) - sum(sizes[name][option] for name, option in base.items())
        return sizes, fixed

    def _file_bytes(self) -> int:
        """Of factors the names, shapes and descriptions count too: there are more of them."""
        return export_size(self._kind, self.model, self._options).file_bytes

    def _own_bytes(self, group: Group, option: str) -> int:
        modules = [self.offer.module(linear, option) for linear in group.tensors]
        tensors = [t for module in modules for name, t in module.packed_tensors().items() if name != "bias"]
        return sum(self._filled(tensor.numel() * tensor.element_size()) for tensor in tensors)

    def _tensor_bytes(self) -> int:
        stored = self._kind.stored(self.model, self._options)
        assert stored is not None, "a built-in format says what it stores"
        return sum(self._filled(nbytes) for _, nbytes in stored)

    def _filled(self, nbytes: int) -> int:
        step = ALIGNMENT.get(self.target, 1)
        return -(-nbytes // step) * step

    def _assign(self, options: Mapping[str, str]) -> None:
        for group in self.groups:
            if group.name in options:
                self._put_group(group, options[group.name])

    def _put_group(self, group: Group, option: str) -> None:
        if option == STORED:
            for linear in group.linears:
                replace(self.model, linear.name, self._originals[linear.name])
            return
        if group.end in ("embedding", "tied"):
            table = group.linears[0]
            factor = PackedEmbedding.factor_of(self._originals[table.name]) or 1.0
            replace(self.model, table.name, self.offer.embedding(table, option, factor))
            if group.end == "tied":
                replace(self.model, group.linears[1].name, TiedLinear(table.name))
            return
        for linear in group.linears:
            bias = self._biases[linear.name]
            if bias is not None and not stored_as(option).rank:  # factors keep theirs as it came
                bias = bias.to(self.bias_dtype or bias.dtype)
            replace(self.model, linear.name, self.offer.module(linear, option, bias))


def as_an_artifact(model: Model, folder: Path) -> Model:
    """A skeleton as the result will lie on disk: exports copy what they find beside a model, such as its card, into
    their headers, and that a step made it. ``folder``: gets the files that travel with a model."""
    make_folder(folder)
    companions = []
    for file in model.companions:
        with whole_file(folder / file.name) as part:
            shutil.copyfile(file, part)
        companions.append(folder / file.name)
    skeleton = model.opened_again()
    skeleton.header = dataclasses.replace(model.header, path=folder, format="artifact")
    skeleton.companions = tuple(companions)
    skeleton.history = (*model.history, {"method": METHOD.id})
    return skeleton
