"""Whether tensors are still what they were, told by a number made of their bits: no way to change one is missed."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from typing import Any

import torch
from torch import nn

Known = dict[int, tuple[torch.Tensor, int, int]]
"""Id of a tensor -> the tensor, its version, its fingerprint."""
_CHUNK = 1 << 15
"""Words hashed at once: temporaries stay in the cache."""
_MULTIPLIER = 1099511628211


def fingerprint(tensor: torch.Tensor) -> int:
    """64 bits that depend on every bit of a tensor and on its place, not on shape or dtype: about 1 ns for each number.

    The 64-bit words of each chunk are multiplied by odd numbers without a pattern and summed, modulo 2^64 (multilinear
    hashing, Lemire & Kaser 2014, arXiv 1202.4961); the sums of the chunks are the coefficients of a polynomial.
    """
    flat = tensor.detach().contiguous().view(-1)
    if flat.storage_offset() * flat.element_size() % 8:
        flat = flat.clone()
    data = flat.view(torch.uint8)
    whole = len(data) // 8 * 8
    factors = _factors(data.device)
    total = torch.zeros((), dtype=torch.int64, device=data.device)
    for words in (*torch.split(data[:whole].view(torch.int64), _CHUNK), data[whole:].to(torch.int64)):
        total.mul_(_MULTIPLIER).add_((words * factors[: len(words)]).sum())
    return int(total)


def fingerprint_of(values: Iterable[Any], known: Known | None = None) -> tuple[Any, ...]:
    """Of the arguments of a call: tensors by content and shape, also inside of tuples, lists and mappings; other plain
    values as they are; objects by identity. ``known``: tensors whose fingerprints were taken before."""
    return tuple(_token(value, known) for value in values)


def state_of(module: nn.Module) -> tuple[Any, ...]:
    """All that a module computes with: the modules it is made of, and every parameter and buffer of them. Equal to
    another state only if neither was replaced or written into."""
    tensors = (*module.named_parameters(remove_duplicate=False), *module.named_buffers(remove_duplicate=False))
    return (
        tuple((name, inner, type(inner)) for name, inner in module.named_modules(remove_duplicate=False)),
        tuple((name, tensor.shape, tensor.dtype, fingerprint(tensor)) for name, tensor in tensors),
    )


def _token(value: Any, known: Known | None) -> Any:
    if isinstance(value, torch.Tensor):
        return tuple(value.shape), value.dtype, _remembered(value, known)
    if isinstance(value, tuple | list):
        return tuple(_token(each, known) for each in value)
    if isinstance(value, Mapping):
        return tuple((key, _token(each, known)) for key, each in value.items())
    return value if value is None or isinstance(value, bool | int | float | str) else id(value)


def _remembered(tensor: torch.Tensor, known: Known | None) -> int:
    """The fingerprint, taken once of a tensor that nothing was written into since."""
    if known is None:
        return fingerprint(tensor)
    # holding the tensor keeps its id from being given to another
    held, version, found = known.get(id(tensor), (None, -1, 0))
    if held is not tensor or version != tensor._version:
        version, found = tensor._version, fingerprint(tensor)
        known[id(tensor)] = (tensor, version, found)
    return found


@functools.lru_cache(maxsize=8)
def _factors(device: torch.device) -> torch.Tensor:
    """Odd int64 numbers (`_CHUNK`,): splitmix64 of their places."""
    mixed = torch.arange(1, _CHUNK + 1, dtype=torch.int64, device=device) * -7046029254386353131
    mixed = (mixed ^ (mixed >> 30)) * -4658895280553007687
    mixed = (mixed ^ (mixed >> 27)) * -7723592293110705685
    return (mixed ^ (mixed >> 31)) | 1
