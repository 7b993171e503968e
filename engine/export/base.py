"""What an export format is."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import torch

from engine.contracts.problem import Problem
from engine.contracts.settings import Settings, setting
from engine.models.model import Model
from engine.modules import CompressedModule
from engine.numerics.quantization.scheme import Scheme

Trait = Literal["quantized", "adapters", "low_rank"]
"""What methods leave (see `engine.methods.base.Trait`), as far as a format asks for it."""
Progress = Callable[[float, str], None]
"""Share that is done (0..1) and what is being done. It may raise `Cancelled`: nothing is left behind then."""


ROUNDED = {torch.float16: 0.04, torch.bfloat16: 0.3}
"""By how many standard deviations a logit may differ where weights or inputs are rounded to this."""


class ExportOptions(Settings):
    """What a format lets one choose."""


class DtypeOptions(ExportOptions):
    """What the floating tensors are stored in."""

    dtype: Literal["stored", "float32", "bfloat16", "float16"] = setting(
        "stored",
        title="Dense tensors as",
        help="What tensors that are not packed are stored in. 'As it is' keeps them to the bit.",
        choices={"stored": "As it is", "float32": "float32", "bfloat16": "bfloat16", "float16": "float16"},
        value_aliases={"as stored": "stored"},
    )

    def cast(self, stored: torch.dtype) -> torch.dtype:
        """The dtype in which a tensor that is ``stored`` now is written."""
        wanted = getattr(torch, self.dtype, None)
        return wanted if stored.is_floating_point and isinstance(wanted, torch.dtype) else stored


@dataclass(frozen=True)
class ExportFormat:
    """One way to write a model for other programs.

    options: class of the options that the functions get.
    problems: why an artifact can't be expressed (errors), or what is lost (warnings); from shapes, nothing is loaded.
    expected_bytes: of the tensor files, exact: what `engine.export.sizes` gives to whoever shows a size.
    stored: type and bytes of each tensor in these files, by the same plan; None: only their sum is known.
    keeps_values: whether the files hold every value of the model to the bit, and what its layers compute.
    write: part by part into a new folder, whole or not at all. BadInput if the folder holds something already, or if
    `problems` has an error; RunFailed for a full disk.
    read: the dense tensors that a written folder stands for, by name, in float32 where they were packed.
    rounds_inputs: whether layers that round their inputs still do so when the folder is loaded.
    keeps_online: whether it can express what layers do to activations at run time (`CompressedModule.ONLINE`), and
    layers with different numbers of experts; where not, the registry refuses such artifacts before it is asked.
    verifier: module of the fresh process that loads a folder with the program that will use it; speaks the language of
    `engine.export.verification.process`.
    computing: while it is entered, the model computes what that program does where the format has no word to say
    otherwise; gives what that is, for "the artifact's, …", "" for nothing.
    tolerance: by how many standard deviations a logit may differ, where that program rounds on its own; more is allowed
    by what was rounded when it was written.
    keeps_tokenizer: whether the written tokenizer has to give the tokens that the artifact's gives.
    snippet: Python that loads the folder of this name, for the model card; None: through transformers.
    why_not: why a layer can't be expressed, "" if it can; asked from its shape, before a run too.
    why_not_expert: the same of a layer of an expert; None: as of any other.
    unpackable: the reasons by name of those of some layers that can't be expressed in this network; asked before a run
    too.
    sequential: the tensors of experts of a model that it has as ordinary layers all the same, by name.
    together: what is wrong with layers in these schemes beside one another, by name, and which of them are of experts;
        asked before a run too. None where layers may differ as they like.
    one_format_fused: how bad it is that layers which its servers fuse (q, k, v; gate, up) are in several formats: ""
        where none does, "warning" where other programs read them all the same, "error".
    writes_out: whether what came packed by another program, in what the format does not hold, is written in bfloat16.
    needs: what a model must have, one of these, to have anything to write; asked of the blocks before a run.
    origin: ``"name version"`` of the distribution that brings it, set by the registry; "" for a built-in one.
    """

    id: str
    title: str
    summary: str
    options: type[ExportOptions]
    problems: Callable[[Model, Any], list[Problem]]
    expected_bytes: Callable[[Model, Any], int]
    write: Callable[[Model, Path, Any, Progress], None]
    read: Callable[[Path], Iterator[tuple[str, torch.Tensor]]]
    rounds_inputs: bool = True
    keeps_online: bool = False
    verifier: str = "engine.export.verification.process"
    computing: Callable[[Model], AbstractContextManager[str]] = lambda model: nullcontext("")
    tolerance: Callable[[Model, Any], float] = lambda model, options: 0.0
    keeps_tokenizer: Callable[[Model], bool] = lambda model: True
    snippet: Callable[[Model, str], str] | None = None
    why_not: Callable[[CompressedModule], str] | None = None
    why_not_expert: Callable[[CompressedModule], str] | None = None
    unpackable: Callable[[Model, Collection[str]], Mapping[str, str]] = lambda model, layers: {}
    sequential: Callable[[Model], Collection[str]] = lambda model: ()
    together: Callable[[Mapping[str, Scheme], Collection[str]], list[Problem]] | None = None
    one_format_fused: Literal["", "warning", "error"] = ""
    stored: Callable[[Model, Any], Iterable[tuple[str, int]]] | None = None
    keeps_values: Callable[[Model, Any], bool] = lambda model, options: False
    needs: frozenset[Trait] = frozenset()
    writes_out: bool = False
    origin: str = ""
