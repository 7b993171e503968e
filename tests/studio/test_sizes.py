"""One result, as small as it is on its card: Inspector, model dialog, export pages and the card say the same bytes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from gguf_files import write_gguf
from PySide6.QtWidgets import QLabel

from engine.base.human import bytes_text
from engine.checkpoints.checkpoint import read_header
from engine.contracts.metrics import value_text
from engine.measure.inspection import inspect_model
from engine.measure.size import size_metrics
from engine.models.source import open_model
from engine.record.state import BlockRun
from engine.service.jobs import describe_format, describe_formats
from engine.testing.models import with_merges
from studio.bridge import Bridge
from studio.document.settings import UserSettings
from studio.export.panel import ExportPanel, folder_name
from studio.inspector.panel import InspectorPanel
from studio.models.structureview import StructureView
from studio.runs.card import facts
from tests.engine.export.test_sizes import step


@pytest.fixture
def result(tiny: Any, tmp_path: Path) -> Path:
    """Pruned, then rounded, from a GGUF file whose table of embeddings is in Q8_0."""
    source = write_gguf("llama", with_merges(tiny("llama"), tmp_path / "hf"), tmp_path / "source.gguf", "Q8_0")
    pruned = step(source, tmp_path / "pruned", "one_shot_pruning", score="magnitude")
    return step(pruned, tmp_path / "rounded", "round_to_nearest", format="int4", group_size=32)


@pytest.fixture
def panel(qtbot: Any, engine: Any, tmp_path: Path) -> Any:
    bridge = Bridge(make=lambda lane: engine)
    made = ExportPanel(bridge, UserSettings(export_folder=str(tmp_path)))
    qtbot.addWidget(made)
    made.resize(1100, 500)
    made.show()
    yield made, bridge, engine
    bridge.close()


def test_every_widget_says_the_bytes_of_the_card(qtbot: Any, panel: Any, result: Path) -> None:
    metrics = size_metrics(open_model(result))
    size, bits = bytes_text(metrics["size_bytes"]), value_text("bits_per_weight", metrics["bits_per_weight"])
    block = BlockRun("b", "Small", "done", artifact=str(result), metrics=metrics)
    source = BlockRun("a", "Model", "done", metrics=size_metrics(open_model(result)))
    assert facts(block, source)[0].value == size

    inspector = InspectorPanel(None)  # type: ignore[arg-type]
    qtbot.addWidget(inspector)
    inspector.show(inspect_model(open_model(result), progress=lambda *_: None, checkpoint=lambda: None), "Small")
    shown = " | ".join(each.text() for each in inspector.findChildren(QLabel))
    assert size in shown and f"{bits} bits per weight" in shown
    row = inspector.model.row_of("model.embed_tokens")
    assert inspector.model.cell(row, inspector.model.column_of("format")).text == "Q8_0"

    structure = StructureView()
    qtbot.addWidget(structure)
    structure.show_structure(read_header(result))
    assert size in [each.text() for each in structure.findChildren(QLabel)]

    export, bridge, engine = panel
    export.set_results([block], "Sample: 4-bit")
    infos = describe_formats(str(result))
    engine.answer(infos)
    bridge.pump()
    assert export.format is infos[0] and export._bytes.text().endswith("smallest lossless format")
    assert Path(export._folder.text()).name == f"Sample-4-bit-{infos[0].id}"
    (row,) = (index for index, info in enumerate(infos) if info.id == "container")
    export._formats.setCurrentRow(row)
    assert export._bytes.text() == f"{size} · {bits} bits per weight · lossless"
    for index in range(export._formats.count()):
        export._formats.setCurrentRow(index)
        info = export.format
        if info.expected_bytes is not None:
            assert export._formats.item(index).text().endswith(bytes_text(info.expected_bytes))
            assert export._bytes.text().startswith(bytes_text(info.expected_bytes))
            assert info.larger in export._problems.text()
            assert bool(info.larger) == (info.id not in ("container", "gguf"))


def test_an_option_changes_the_size_that_is_shown(panel: Any, result: Path) -> None:
    export, bridge, engine = panel
    export.set_results([BlockRun("b", "Small", "done", artifact=str(result))], "x")
    engine.answer(describe_formats(str(result)))
    bridge.pump()
    row = next(i for i in range(export._formats.count()) if export._formats.item(i).text().startswith("Hugging Face"))
    export._formats.setCurrentRow(row)
    before = export._bytes.text()
    wide = describe_format(str(result), "dense", {"dtype": "float16"})
    export._editors["dtype"].edited.emit("float16")
    assert engine.commands[-1].format == "dense" and engine.commands[-1].options == {"dtype": "float16"}
    engine.answer((wide,))
    bridge.pump()
    assert export._bytes.text().startswith(bytes_text(wide.expected_bytes)) and export._bytes.text() != before


@pytest.mark.parametrize(
    ("title", "name"), [("Sample: 4-bit", "Sample-4-bit"), ("a  b", "a-b"), ("größe_1.0", "größe_1.0"), ("…", "model")]
)
def test_the_folder_is_named_without_double_hyphens(title: str, name: str) -> None:
    assert folder_name(title) == name
