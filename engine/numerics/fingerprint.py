"""Fingerprints of tensors, from all their bits: a tensor that was changed in any way gets another one."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import torch
from torch import nn

from engine import devices

Fingerprints = dict[int, tuple[torch.Tensor, int, int]]
"""Id of a tensor -> the tensor, its version, its fingerprint."""
_CHUNK = 1 << 17
"""Words whose sum is one: their factors stay in the cache."""
_CHUNKS_AT_ONCE = 8
"""On an accelerator, where temporaries take 8 MiB then."""


def fingerprint(tensor: torch.Tensor) -> int:
    """The fingerprint of a tensor: 64 bits as an integer."""
    return fingerprints([tensor])[0]


def fingerprints(tensors: Sequence[torch.Tensor]) -> list[int]:
    """Fingerprints of several tensors; the host waits for their device once."""
    sums = [_sum(tensor) for tensor in tensors]
    if len({values.device for values in sums}) > 1:
        return [int(values) for values in sums]
    values: list[int] = torch.stack(sums).tolist() if sums else []
    return values


def _sum(tensor: torch.Tensor) -> torch.Tensor:
    """64 bits that depend on every bit of a tensor and on its place, not on shape, dtype or device: about 1 ns for each
    number.

    The 64-bit words of each chunk are multiplied by odd numbers without a pattern and summed, modulo 2^64 (multilinear
    hashing, Lemire & Kaser 2014, arXiv 1202.4961); so are the sums of the chunks, by other numbers.
    """
    flat = tensor.detach().contiguous().view(-1)
    if flat.storage_offset() * flat.element_size() % 8:
        flat = flat.clone()
    data = flat.view(torch.uint8)
    whole = len(data) // 8 * 8
    words, rest = data[:whole].view(torch.int64), data[whole:].to(torch.int64)
    return _combined(words, 0) + (rest * _factors(data.device, -1)[: len(rest)]).sum()


def _combined(words: torch.Tensor, level: int) -> torch.Tensor:
    """One number of int64 words (n,): of the sums of their chunks where they are more than a chunk."""
    factors = _factors(words.device, level)
    if len(words) <= _CHUNK:
        return _products(words[None], factors[: len(words)])[0]
    whole = len(words) // _CHUNK * _CHUNK
    sums = [_products(words[:whole].view(-1, _CHUNK), factors)]
    if whole < len(words):
        sums.append(_products(words[None, whole:], factors[: len(words) - whole]))
    return _combined(torch.cat(sums), level + 1)


def _products(rows: torch.Tensor, factors: torch.Tensor) -> torch.Tensor:
    """Rows (n, words) times factors (words,), int64 (n,)."""
    if not devices.is_accelerator(rows.device):
        return torch.mv(rows, factors)  # makes nothing on the way
    return torch.cat([(some * factors).sum(-1) for some in torch.split(rows, _CHUNKS_AT_ONCE)])


def fingerprint_of(values: Iterable[Any], cache: Fingerprints | None = None) -> tuple[Any, ...]:
    """The fingerprint of the arguments of a call: tensors by content and shape, also inside of tuples, lists and
    mappings; other plain values as they are; objects by identity. ``cache``: fingerprints of earlier calls, to which
    new ones are added."""
    values, cache = tuple(values), {} if cache is None else cache
    _add_fingerprints(values, cache)
    return tuple(_token(value, cache) for value in values)


def state_of(module: nn.Module) -> tuple[Any, ...]:
    """All that a module computes with: the modules it is made of, and every parameter and buffer of them. Equal to
    another state only if neither was replaced or written into."""
    tensors = (*module.named_parameters(remove_duplicate=False), *module.named_buffers(remove_duplicate=False))
    return (
        tuple((name, inner, type(inner)) for name, inner in module.named_modules(remove_duplicate=False)),
        tuple(
            (name, tensor.shape, tensor.dtype, value)
            for (name, tensor), value in zip(tensors, fingerprints([tensor for _, tensor in tensors]), strict=True)
        ),
    )


def _token(value: Any, cache: Fingerprints) -> Any:
    if isinstance(value, torch.Tensor):
        return tuple(value.shape), value.dtype, cache[id(value)][2]
    if isinstance(value, tuple | list):
        return tuple(_token(item, cache) for item in value)
    if isinstance(value, Mapping):
        return tuple((key, _token(item, cache)) for key, item in value.items())
    return value if value is None or isinstance(value, bool | int | float | str) else id(value)


def _add_fingerprints(values: Iterable[Any], cache: Fingerprints) -> None:
    """Add the fingerprints of all tensors in ``values``, but of those that nothing was written into since they were
    taken."""
    tensors = {id(tensor): tensor for tensor in _tensors(values)}
    missing = [tensor for tensor in tensors.values() if not _is_current(tensor, cache)]
    versions = [tensor._version for tensor in missing]
    for tensor, version, value in zip(missing, versions, fingerprints(missing), strict=True):
        cache[id(tensor)] = (tensor, version, value)  # holding the tensor keeps its id from being given to another


def _is_current(tensor: torch.Tensor, cache: Fingerprints) -> bool:
    stored, version, _ = cache.get(id(tensor), (None, -1, 0))
    return stored is tensor and version == tensor._version


def _tensors(values: Iterable[Any]) -> Iterator[torch.Tensor]:
    for value in values:
        if isinstance(value, torch.Tensor):
            yield value
        elif isinstance(value, tuple | list):
            yield from _tensors(value)
        elif isinstance(value, Mapping):
            yield from _tensors(value.values())


@functools.lru_cache(maxsize=32)
def _factors(device: torch.device, level: int) -> torch.Tensor:
    """Odd int64 numbers (_CHUNK,), others on each level: splitmix64 of their places."""
    first = 1 + (level % 8) * _CHUNK
    mixed = torch.arange(first, first + _CHUNK, dtype=torch.int64, device=device) * -7046029254386353131
    mixed = (mixed ^ (mixed >> 30)) * -4658895280553007687
    mixed = (mixed ^ (mixed >> 27)) * -7723592293110705685
    return (mixed ^ (mixed >> 31)) | 1
