"""Libraries that ask a tensor where its bytes are."""

from __future__ import annotations

import functools
from typing import Any


@functools.cache
def adapt() -> None:
    """safetensors writes what a data pointer points to."""
    import safetensors.torch as library

    pointer, size = library.storage_ptr, library.storage_size

    def held(tensor: Any) -> Any:
        return getattr(tensor, "held", tensor)

    library.storage_ptr = lambda tensor: pointer(held(tensor))
    library.storage_size = lambda tensor: size(held(tensor))
