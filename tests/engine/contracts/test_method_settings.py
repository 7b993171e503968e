"""What every block that changes a model is asked about the tensors that it does not make itself."""

from __future__ import annotations

import pytest

from engine.contracts.method_settings import MethodSettings, other_dtype
from engine.contracts.settings import Settings


@pytest.mark.parametrize(
    ("values", "dtype"),
    [
        ({}, ""),
        ({"other_dtype": "stored"}, ""),
        ({"other_dtype": "float16"}, "float16"),
        ({"unquantized_dtype": "bfloat16"}, "bfloat16"),
        ({"rest": "as stored"}, ""),
    ],
)
def test_other_tensors_stay_as_they_came_unless_a_type_is_named(values: dict[str, str], dtype: str) -> None:
    assert other_dtype(MethodSettings.parse(values)) == dtype


def test_a_block_without_the_setting_leaves_them_as_they_came() -> None:
    assert other_dtype(Settings()) == ""
