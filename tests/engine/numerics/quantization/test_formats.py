"""Number formats against the libraries that define them."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
import torch

from engine.contracts.settings import field_of
from engine.methods.quantization.common.rounding_settings import RoundingSettings
from engine.numerics.ggml.layouts import FORMATS as BLOCK_FORMATS
from engine.numerics.quantization.formats import E2M1, FORMATS, normal_float_levels


def test_nf4_is_the_table_of_bitsandbytes() -> None:
    from bitsandbytes.functional import get_4bit_type

    theirs = get_4bit_type("nf4", device="cpu").double()
    assert torch.allclose(torch.tensor(normal_float_levels(4), dtype=torch.float64), theirs, atol=2e-6)
    levels = normal_float_levels(3)
    assert len(levels) == 8 and levels[0] == -1 and levels[-1] == 1 and 0.0 in levels
    assert sum(level > 0 for level in levels) == sum(level < 0 for level in levels) + 1


@pytest.mark.parametrize("bits", range(2, 9))
def test_integers_are_in_two_s_complement(bits: int) -> None:
    entry = FORMATS[f"int{bits}"]
    assert (entry.minimum, entry.maximum) == (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
    assert entry.code_dtype == torch.int8


def test_other_codes_are_stored_as_their_dtype_says() -> None:
    assert FORMATS["float8_e4m3"].code_dtype == torch.float8_e4m3fn
    assert FORMATS["float8_e4m3"].largest == torch.finfo(torch.float8_e4m3fn).max
    assert FORMATS["nf4"].code_dtype == FORMATS["int1"].code_dtype == torch.uint8


def test_e2m1_has_two_exponent_bits_and_one_mantissa_bit() -> None:
    def value(code: int) -> float:
        exponent, mantissa = code >> 1, code & 1
        return mantissa * 0.5 if exponent == 0 else (1 + mantissa / 2) * 2.0 ** (exponent - 1)

    assert tuple(value(code) for code in range(8)) == E2M1
    assert FORMATS["float4_e2m1"].levels == (*E2M1, *(-level for level in E2M1))
    assert FORMATS["float4_e2m1"].largest == max(E2M1)


def test_block_formats_are_those_of_ggml() -> None:
    blocks = {name: number for name, number in FORMATS.items() if number.kind == "block"}
    assert blocks.keys() == BLOCK_FORMATS.keys()
    for name, layout in BLOCK_FORMATS.items():
        assert (blocks[name].bits, blocks[name].group_size) == (int(layout.bits_per_weight), layout.size)


def test_inputs_of_the_table_are_the_activations_that_settings_offer() -> None:
    field = field_of(RoundingSettings, "activations")
    assert field is not None
    named = {inputs for number in FORMATS.values() for inputs in number.inputs}
    assert {value for value, _ in field.choices} == named | {"none"}


def test_a_format_more_is_one_entry() -> None:
    """A new process adds it before settings are imported: no other line knows it."""
    code = """
        import sys
        from engine.numerics.quantization import formats

        formats.FORMATS["nf3"] = formats.NumberFormat(
            "nf3", 3, "codebook", "3 bit NormalFloat (NF3)", grid=lambda: formats.normal_float_levels(3),
            inputs=("int8",), by_columns=True, aliases=("normal3",),
        )
        from engine.contracts.settings import fields
        from engine.methods.quantization.awq.settings import AwqSettings
        from engine.methods.quantization.gptq.settings import GptqSettings
        from engine.methods.quantization.lr_qat.settings import LrQatSettings
        from engine.methods.quantization.round_to_nearest.settings import RoundToNearestSettings
        from engine.methods.quantization.spinquant.settings import SpinQuantSettings

        def choices(settings):
            return dict(next(field for field in fields(settings) if field.name == "format").choices)

        for settings in (RoundToNearestSettings, GptqSettings, AwqSettings, SpinQuantSettings):
            assert choices(settings)["nf3"] == "3 bit NormalFloat (NF3)", settings
        assert "nf3" not in choices(LrQatSettings)
        settings = GptqSettings.model_validate({"format": "normal3", "layer_formats": ["down=normal3"]})
        assert settings.format == "nf3" and settings.layer_formats == ("down=nf3",)
        assert settings.summary() == "nf3 · g64 · mse"
        assert "torch" not in sys.modules

        import torch
        from engine.methods.quantization.common.rounding import scheme_of
        from engine.numerics.quantization.quantize import dequantize, quantize
        weight = torch.tensor(formats.FORMATS["nf3"].levels).repeat(4, 8)
        scheme = scheme_of(RoundToNearestSettings(format="nf3"))
        assert torch.equal(dequantize(quantize(weight, scheme), scheme), weight)
    """
    root = Path(__file__).resolve().parents[4]
    command = [sys.executable, "-c", textwrap.dedent(code)]
    ended = subprocess.run(command, cwd=root, env=os.environ, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
