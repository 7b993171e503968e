"""Packing: exact round trips, and the bytes that others expect."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.numerics.quantization import packing

BITS = (1, 2, 3, 4, 8)


@settings(max_examples=150, deadline=None)
@given(bits=st.sampled_from(BITS), rows=st.integers(1, 7), columns=st.integers(1, 70), seed=st.integers(0, 1_000_000))
def test_round_trip(bits: int, rows: int, columns: int, seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    codes = torch.randint(0, 2**bits, (rows, columns), dtype=torch.uint8, generator=generator)
    packed = packing.pack(codes, bits)
    assert packed.shape == (rows, packing.packed_width(columns, bits))
    assert torch.equal(packing.unpack(packed, bits, columns), codes)
    words = packing.to_words(packed)
    assert words.dtype == torch.int32
    assert torch.equal(packing.from_words(words, bits, columns), packed)


@pytest.mark.parametrize("bits", BITS)
def test_the_stream_is_little_endian(bits: int) -> None:
    torch.manual_seed(0)
    codes = torch.randint(0, 2**bits, (1, 37), dtype=torch.uint8)
    number = sum(code << (bits * i) for i, code in enumerate(codes[0].tolist()))
    expected = list(number.to_bytes(packing.packed_width(37, bits), "little"))
    assert packing.pack(codes, bits)[0].tolist() == expected


@pytest.mark.parametrize("bits", BITS)
@pytest.mark.parametrize("columns", [64, 33, 7])
def test_words_are_those_of_compressed_tensors(bits: int, columns: int) -> None:
    from compressed_tensors.compressors.pack_quantized.helpers import pack_to_int32

    torch.manual_seed(0)
    codes = torch.randint(0, 2**bits, (5, columns), dtype=torch.uint8)
    signed = (codes.int() - 2 ** (bits - 1)).to(torch.int8)
    assert torch.equal(packing.to_words(packing.pack(codes, bits)), pack_to_int32(signed, bits))


def test_a_view_is_packed_like_a_copy() -> None:
    codes = torch.randint(0, 16, (6, 10), dtype=torch.uint8)
    assert torch.equal(packing.pack(codes.t(), 4), packing.pack(codes.t().contiguous(), 4))
