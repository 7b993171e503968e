"""An audit flags what quantizers do not do, and nothing else. All faults: `python tests/engine/audit/faults.py`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from engine.audit.audit import audit
from engine.audit.page import as_html
from engine.audit.statistics import row_errors
from engine.base.errors import BadInput
from engine.cli import main
from engine.contracts.audit import Audit, Finding, TensorAudit
from engine.testing.stage import compress
from tests.engine.audit import faults

SAMPLE = Path(__file__).resolve().parents[3] / "resources" / "sample" / "model"
SOME = {
    "self_attn.v_proj of another layer": "it holds model.layers.3.self_attn.v_proj",
    "noise in mlp.up_proj": "model.layers.1.mlp.up_proj",
    "swapped heads of q": "64 of 256 rows, from 0 to 63",
    "a changed embedding row": "Row 17 of 4096",
    "another rope": "rope_parameters",
    "swapped tokens": "2 of 4096 tokens",
}
"""Faults, and what the finding says."""


def rounded(model: Path, folder: Path, method: str = "round_to_nearest", **settings: object) -> Path:
    compress(model, method, settings or {"format": "int4", "group_size": 32}, folder)
    return folder / "artifact"


@pytest.mark.parametrize("name", SOME)
def test_a_fault_is_flagged(name: str, tmp_path: Path) -> None:
    model = faults.faulty(SAMPLE, tmp_path / "model", faults.FAULTS[name])
    result = audit(SAMPLE, rounded(model, tmp_path / "run"))
    assert not result.is_clean
    assert any(SOME[name] in str(finding) for finding in result.findings)


@pytest.mark.parametrize(
    ("method", "settings", "kind"),
    [
        ("round_to_nearest", {"format": "int4", "group_size": 32}, "rounded"),
        ("gguf_quants", {"type": "Q2_K", **faults.TEXT}, "compensated"),
    ],
)
def test_quantizers_are_clean(method: str, settings: dict[str, object], kind: str, tmp_path: Path) -> None:
    result = audit(SAMPLE, rounded(SAMPLE, tmp_path, method, **settings))
    assert result.is_clean, result.findings
    assert kind in {tensor.kind for tensor in result.tensors if tensor.format}
    assert all(tensor.bits < 16 for tensor in result.tensors if tensor.format)


@pytest.mark.parametrize(
    ("method", "settings", "kind"),
    [
        ("round_to_nearest", {"format": "int4", "group_size": 32}, "rounded"),
        ("gptq", {"format": "int3", "group_size": 32, **faults.TEXT}, "compensated"),
    ],
)
def test_an_embedding_that_is_rounded_or_solved_is_clean(
    method: str, settings: dict[str, object], kind: str, tmp_path: Path
) -> None:
    ends = {"quantize_embeddings": True, "quantize_head": True}
    result = audit(SAMPLE, rounded(SAMPLE, tmp_path, method, **settings, **ends))
    assert result.is_clean, result.findings
    (table,) = (tensor for tensor in result.tensors if tensor.role == "embedding")
    assert (table.kind, table.format) == (kind, settings["format"]) and table.bits < 5


def test_a_page_has_what_was_found_and_no_markup_of_others() -> None:
    nasty = "<script>alert(1)</script>'\"&{0}%s"
    tensor = TensorAudit(nasty, "q", nasty, 4.5, 0.25, "outside", nearest=0.5, ratio=float("nan"))
    finding = Finding("error", "The values differ", nasty, nasty)
    page = as_html(Audit(nasty, nasty, (tensor, tensor), (finding,)), nasty)
    assert "<script" not in page and page.count("&lt;script&gt;") == 10
    assert "does not prove that a file is harmless" in page and "outside of what quantizers do" in page
    assert "Nothing but" not in page and "Nothing but" in as_html(Audit("a", "b", (), ()))


def test_the_command_writes_a_page_and_replaces_no_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    artifact, page = str(rounded(SAMPLE, tmp_path)), tmp_path / "page.html"
    assert main(["audit", str(SAMPLE), artifact, "--page", str(page), "--quiet"]) == 0
    text = page.read_text()
    assert "model.layers.1.self_attn.v_proj" in text and "Nothing but what quantizers do" in text
    assert main(["audit", str(SAMPLE), artifact, "--page", str(page), "--quiet"]) == 2
    assert "would replace a file" in capsys.readouterr().err and page.read_text() == text


def test_the_command_says_it_by_its_status(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    artifact = str(rounded(SAMPLE, tmp_path))
    assert main(["audit", str(SAMPLE), artifact, "--json", "--quiet"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["status"] == "done" and len(answer["audit"]["tensors"]) == 38
    assert main(["audit", str(SAMPLE), artifact, "--quiet"]) == 0
    assert "does not prove" in capsys.readouterr().err


def test_two_different_models_are_refused(tiny: Callable[[str], Path]) -> None:
    with pytest.raises(BadInput) as caught:
        audit(SAMPLE, tiny("llama"))
    assert "layers" in str(caught.value) and "name the base" in str(caught.value).lower()


def test_small_rows_that_stayed_small_say_nothing() -> None:
    base = torch.randn(8, 16, generator=torch.Generator().manual_seed(0))
    base[3] *= 1e-4
    other = base.clone()
    other[3] = 0
    assert not row_errors(other, base).any()
    other[3] = 1
    assert row_errors(other, base)[3] > 1
