"""Libraries that ask a tensor where its bytes are, or what kind of device it is on."""

from __future__ import annotations

import functools
import types
from typing import Any


@functools.cache
def adapt() -> None:
    """safetensors writes what a data pointer points to."""
    import safetensors.torch as library

    pointer, size = library.storage_ptr, library.storage_size

    def held(tensor: Any) -> Any:
        return getattr(tensor, "held", tensor)

    _let_accelerate_scale_losses()
    library.storage_ptr = lambda tensor: pointer(held(tensor))
    library.storage_size = lambda tensor: size(held(tensor))


def _let_accelerate_scale_losses() -> None:
    """accelerate before 1.16 trains in float16 on the kinds of devices in a list within its code, and asks which of
    them is here to choose a gradient scaler: ours is one of them from now on. Later ones ask torch for its device."""
    import torch
    from accelerate import accelerator

    from simulated_accelerator.tensor import NAME

    start = accelerator.Accelerator.__init__
    constants = tuple(
        (*each, NAME) if isinstance(each, tuple) and {"cuda", "xpu", "mps"} <= set(each) else each
        for each in start.__code__.co_consts
    )
    if constants == start.__code__.co_consts:
        return
    assert isinstance(start, types.FunctionType)
    start.__code__ = start.__code__.replace(co_consts=constants)
    accelerator.get_grad_scaler = lambda kind=None, **options: torch.amp.GradScaler(NAME, **options)
