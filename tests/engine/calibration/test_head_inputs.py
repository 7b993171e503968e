"""The Gram matrix of what reaches the head, and the tables that are solved on it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from engine.architecture.anatomy import Anatomy
from engine.base.errors import RunFailed
from engine.calibration import head_inputs
from engine.calibration.head_inputs import head_gram, head_samples
from engine.calibration.settings import CalibrationSettings
from engine.calibration.tokens import calibration_tokens
from engine.methods.quantization.common import table_solver
from engine.methods.quantization.common.table_solver import TableSolver, read_by_head
from engine.models.source import open_model
from engine.numerics.column_walk import relative_error
from engine.numerics.quantization.quantize import dequantize, quantize
from engine.numerics.quantization.scheme import Clip, Scheme
from engine.testing.models import DECODERS
from engine.testing.stage import RecordingStage

Tiny = Callable[[str], Path]
TEXT = str(Path(__file__).resolve().parents[3] / "LICENSE")
SETTINGS = CalibrationSettings.parse(
    {"text": TEXT, "num_samples": 6, "sequence_length": 16, "compute_dtype": "float32"}
)
SEARCH = Clip("mse", steps=20)


# -- the Gram matrix ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", DECODERS)
def test_it_is_that_of_what_the_head_multiplies(kind: str, tiny: Tiny, tmp_path: Path) -> None:
    """Up to a factor, by which some networks scale what comes before the head."""
    model, stage = open_model(tiny(kind)), RecordingStage(tmp_path)
    gram = head_gram(model, SETTINGS, stage)
    whole = open_model(tiny(kind)).load(dtype=torch.float32)
    heard: list[torch.Tensor] = []
    whole.get(str(whole.anatomy.head)).register_forward_pre_hook(lambda _, inputs: heard.append(inputs[0]))
    with torch.no_grad():
        whole.module(input_ids=calibration_tokens(model, SETTINGS, stage))
    states = heard[0].double().flatten(0, 1)
    expected = states.T @ states / len(states)
    assert gram is not None and torch.equal(gram, gram.T)
    torch.testing.assert_close(
        gram.double() / gram.diagonal().mean(), expected / expected.diagonal().mean(), rtol=1e-3, atol=1e-4
    )


def test_it_is_gathered_once(tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model, stage = open_model(tiny("llama")), RecordingStage(tmp_path)
    gram = head_gram(model, SETTINGS, stage)
    assert gram is not None
    gram = gram.clone()
    with monkeypatch.context() as patch:
        patch.setattr(head_inputs, "walk", None)
        again = head_gram(model, SETTINGS, stage)
    assert again is not None and torch.equal(gram, again)
    file = next(tmp_path.rglob("head_gram.safetensors"))
    file.write_bytes(file.read_bytes()[:-9])
    third = head_gram(model, SETTINGS, stage)
    assert third is not None and torch.equal(gram, third), "a damaged file is gathered again"


def test_a_network_without_a_head_has_none(tiny: Tiny, tmp_path: Path) -> None:
    assert head_gram(open_model(tiny("bert")), SETTINGS, RecordingStage(tmp_path)) is None


@pytest.mark.parametrize(
    ("samples", "length", "inputs", "count"),
    [(32, 512, 64, 4), (32, 512, 576, 9), (32, 512, 4096, 32), (128, 2048, 4096, 16), (3, 512, 576, 3)],
)
def test_wide_heads_read_more_tokens(samples: int, length: int, inputs: int, count: int) -> None:
    assert head_samples(samples, length, inputs) == count


# -- tables ------------------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def gram() -> torch.Tensor:
    """Of inputs of which some are much alike."""
    generator = torch.Generator().manual_seed(0)
    states = torch.randn(512, 16, generator=generator) @ torch.randn(16, 64, generator=generator)
    states += 0.2 * torch.randn(512, 64, generator=generator)
    return states.T @ states / 512


@pytest.fixture(scope="module")
def table() -> torch.Tensor:
    """100 rows."""
    return torch.randn(100, 64, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize(
    "scheme",
    [
        Scheme("int4", True, "group", 32),
        Scheme("int3", False, "group", 32),
        Scheme("int5", True, "channel"),
        Scheme("int8", True, "tensor"),
        Scheme("nvfp4"),
        Scheme("nf4", True, "group", 32),
        Scheme("Q4_1"),
    ],
    ids=lambda scheme: f"{scheme.format}-{scheme.granularity}",
)
def test_pieces_are_solved_as_the_whole(
    scheme: Scheme, gram: torch.Tensor, table: torch.Tensor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To the bit, and better than the nearest weights."""
    solver = TableSolver(gram, RecordingStage(tmp_path), damping=0.1)
    whole = solver.solve("table", table, scheme, SEARCH)
    with monkeypatch.context() as patch:
        patch.setattr(table_solver, "PIECE", 7 * 64)
        pieces = solver.solve("table", table, scheme, SEARCH)
    solved = dequantize(pieces, scheme)
    torch.testing.assert_close(solved, dequantize(whole, scheme), rtol=1e-5, atol=1e-6)
    nearest = dequantize(quantize(table, scheme, SEARCH, energy=gram.diagonal()), scheme)
    assert relative_error(table, solved, gram) < 0.7 * relative_error(table, nearest, gram)


def test_pruned_weights_of_a_table_stay_zero(gram: torch.Tensor, table: torch.Tensor, tmp_path: Path) -> None:
    scheme, mask = Scheme("int4", True, "group", 32), table.abs() > 0.5
    solver = TableSolver(gram, RecordingStage(tmp_path), damping=0.1)
    solved = dequantize(solver.solve("table", table * mask, scheme, SEARCH, mask), scheme)
    assert not solved[~mask].any() and solved[mask].any()


def test_a_broken_table_is_named(gram: torch.Tensor, table: torch.Tensor, tmp_path: Path) -> None:
    broken = table.clone()
    broken[3, 5] = float("nan")
    with pytest.raises(RunFailed) as caught:
        TableSolver(gram, RecordingStage(tmp_path), damping=0.1).solve("embed", broken, Scheme("int4"), SEARCH)
    assert caught.value.where == "embed"


def test_a_matrix_that_can_not_be_factorized_is_said(table: torch.Tensor, tmp_path: Path) -> None:
    stage, scheme = RecordingStage(tmp_path), Scheme("int4", True, "group", 32)
    solved = TableSolver(torch.zeros(64, 64), stage, damping=0.1).solve("embed", table, scheme, SEARCH)
    assert any("embed: the Hessian could not be factorized" in line for line in stage.lines)
    assert relative_error(table, dequantize(solved, scheme), torch.eye(64)) < 0.05


def test_the_head_reads_its_own_table_or_the_embedding(tiny: Tiny) -> None:
    def of(kind: str) -> tuple[Anatomy, frozenset[str]]:
        anatomy = open_model(tiny(kind)).anatomy
        return anatomy, read_by_head(anatomy)

    tied, names = of("llama")
    assert names == {tied.embeddings[0], tied.head}
    untied, names = of("llama_untied")
    assert names == {untied.head}
    assert of("bert")[1] == frozenset()
