"""One method on a network in memory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import nn

from engine.api.display import meter, terminal_of
from engine.api.names import PathLike, Step
from engine.methods.registry import method as known_method
from engine.run.argument_checks import seed_of, steps_of
from engine.run.local import apply_in_memory


def apply(
    method: Step,
    model: nn.Module,
    /,
    *,
    inputs: Mapping[str, nn.Module | PathLike] | None = None,
    tokenizer: Any = None,
    seed: int = 0,
    progress: bool = True,
    **settings: Any,
) -> nn.Module:
    """Apply one method to a network of transformers that is in memory; nothing is written to a workspace.

    The network itself is changed: its compressed layers become `CompressedModule` s. Only a method that gives the
    network another shape (pruned widths or depths, a smaller student) returns another object. Where a method fails, the
    network is as it was. Apply one method after another to go on with what the last one left.

    Parameters
    ----------
    method: its id, with its settings as further arguments, or ``(id, settings)``.
    model: what ``AutoModelForCausalLM.from_pretrained(…)`` returned, on the CPU or a GPU: the work is done there.
    inputs: the models of a method's other ports: ``{"teacher": teacher}``, a network or anything that `engine.load`
        opens. A port without one gets a copy of ``model`` as it is now.
    tokenizer: for methods that read texts: a tokenizer of transformers or its folder; by default that of the folder
        that ``model`` was loaded from.
    seed: of everything random.
    progress: show a bar on standard error.
    settings: a text may be a text itself, a list of texts or of records, as in `compress`.

    Returns
    -------
    nn.Module: the compressed network, its dense tensors in the dtypes that they had.

    Raises
    ------
    BadInput: an unknown method or setting, a network that the method can't work on, a missing tokenizer.
    RunFailed: what went wrong.
    """
    [(name, own_settings)] = steps_of(method)
    info, settings = known_method(name), {**own_settings, **settings}
    with terminal_of({"local": info.title}, progress) as terminal:
        return apply_in_memory(
            info,
            settings,
            model,
            inputs=inputs or {},
            tokenizer=tokenizer,
            seed=seed_of(seed),
            emit=terminal,
            progress=meter(terminal),
        )
