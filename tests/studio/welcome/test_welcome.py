"""The welcome page lists what there is; every bundled template can be opened."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine import resources
from engine.methods.registry import methods
from engine.pipeline.document import Pipeline
from engine.pipeline.templates import SAMPLE, templates
from studio.document.home import add_recent
from studio.welcome.page import WelcomePage
from studio.welcome.tiles import Row, Tile


@pytest.mark.parametrize("path", sorted(resources.path("pipelines").glob("*.json")), ids=lambda path: path.stem)
def test_every_template_is_a_valid_pipeline_with_words(path: Path):
    pipeline = Pipeline.read(path)
    assert pipeline.name and pipeline.description.endswith(".")
    for block in pipeline.blocks:
        methods()[block.method].settings.parse(block.settings, where=block.id)
    assert path in [template.path for template in templates()]


def test_the_sample_is_there_and_first():
    assert templates()[0].path.stem == SAMPLE
    assert [info.id for info in templates()[0].infos] == ["round_to_nearest"]


def test_what_templates_say_is_whole_where_the_window_is_small(qtbot):
    page = WelcomePage()
    qtbot.addWidget(page)
    page.resize(1280, 690)
    page.show()
    tiles = [tile for tile in page.findChildren(Tile) if tile.isVisible()]
    assert len(tiles) > len(templates())
    assert [tile.text() for tile in tiles if tile.words()[-1].endswith("…") or tile.title()[-1].endswith("…")] == []
    assert any(len(tile.title()) == 2 for tile in tiles)
    rows: dict[tuple[int, int], list[Tile]] = {}
    for tile in tiles:
        group = tile.parentWidget().mapTo(page, tile.parentWidget().rect().topLeft())
        rows.setdefault((group.y(), tile.y()), []).append(tile)
    assert all(len({tile.height() for tile in row}) == 1 for row in rows.values())
    assert all(tile.height() >= tile.heightForWidth(tile.width()) for tile in tiles)
    assert sum(len(row) > 1 for row in rows.values()) > len(templates()) // 3, "neighbors begin at the same height"


def test_recent_pipelines_are_listed_and_lead_to_their_file(qtbot, tmp_path):
    page = WelcomePage()
    qtbot.addWidget(page)
    assert page.findChildren(Row) == []
    path = tmp_path / "mine.json"
    path.write_text(Pipeline(name="Mine").to_json())
    add_recent("pipelines", str(path))
    page.refresh()
    (row,) = page.findChildren(Row)
    assert row.text() == "mine"
    with qtbot.waitSignal(page.pipeline_chosen) as chosen:
        row.click()
    assert chosen.args == [path]


def test_a_recent_pipeline_that_is_gone_leaves_the_list(qtbot, tmp_path):
    add_recent("pipelines", str(tmp_path / "gone.json"))
    page = WelcomePage()
    qtbot.addWidget(page)
    (row,) = page.findChildren(Row)
    row.click()
    from studio.document.home import recents

    assert recents("pipelines") == ()


def test_tiles_say_what_they_are_to_screen_readers(qtbot):
    page = WelcomePage()
    qtbot.addWidget(page)
    page.resize(1000, 700)
    tiles = page.findChildren(Tile)
    assert {"Try the sample", "Open a model", "New pipeline"} <= {tile.accessibleName() for tile in tiles}
    assert all(tile.accessibleDescription() for tile in tiles)


def test_it_draws_at_any_width_and_in_both_themes(qtbot, tmp_path):
    from studio.kit.theme import theme

    for number in range(9):
        path = tmp_path / f"a very long name of a pipeline that does not fit into its row {number}.json"
        path.write_text("{}")
        add_recent("pipelines", str(path))
    page = WelcomePage()
    qtbot.addWidget(page)
    for name in ("light", "dark"):
        theme().apply(name)
        for width in (500, 900, 1600):
            page.resize(width, 600)
            assert not page.grab().isNull()


def test_many_templates_are_grouped_by_family_and_found_by_words(qtbot, tmp_path):
    steps = {
        "Rounding": ["round_to_nearest"],
        "Half": ["sheared_llama"],
        "Soft": ["logit_distillation"],
        "Both": ["svd", "lora"],
    }
    steps["Mixed"] = ["svd", "round_to_nearest"]
    for number in range(25):
        name = f"{list(steps)[number % 5]} {number}"
        methods_of = [(method, {}) for method in steps[name.split()[0]]]
        pipeline = Pipeline.linear([("model", {"model": "sample"}), *methods_of])
        pipeline = pipeline.model_copy(update={"name": name, "description": f"Words about number {number}."})
        (tmp_path / f"template_{number:02}.json").write_text(pipeline.to_json())
    page = WelcomePage(template_folder=tmp_path)
    qtbot.addWidget(page)
    page.resize(1200, 800)
    page.show()
    assert len(page._templates) == 25 and page._search.isVisible()
    assert all(sum(tile in group._tiles for group in page._groups) == 1 for tile in page._templates)
    page._search.setText("SOFT")
    shown = [tile.text() for tile in page._templates if tile.isVisible()]
    assert len(shown) == 5 and all(text.startswith("Soft") for text in shown)
    page._search.setText("sheared_llama number 16")
    assert [tile.text() for tile in page._templates if tile.isVisible()] == ["Half 16"]
    page._search.setText("nothing of that kind")
    assert not any(tile.isVisible() for tile in page._templates) and page._none.isVisible()
    page._search.clear()
    assert all(tile.isVisible() for tile in page._templates)
    with qtbot.waitSignal(page.template_chosen) as told:
        page._templates[0].click()
    assert told.args[0].parent == tmp_path


def test_the_recent_list_leaves_no_ghosts_when_it_is_read_again(qtbot, tmp_path):
    page = WelcomePage()
    qtbot.addWidget(page)
    page.show()
    page.refresh()
    from PySide6.QtWidgets import QLabel

    qtbot.wait(20)
    hints = [each for each in page.findChildren(QLabel) if "appear here" in each.text()]
    assert sum(each.isVisible() for each in hints) == 1, [(h.text(), h.isVisible()) for h in hints]


def test_a_family_is_chosen_by_its_button(qtbot):
    from PySide6.QtWidgets import QToolButton

    page = WelcomePage()
    qtbot.addWidget(page)
    page.resize(1200, 800)
    page.show()
    chips = {chip.text(): chip for chip in page._chips.findChildren(QToolButton)}
    chips["Pruning"].click()
    shown = {tile.text() for tile in page._templates if tile.isVisible()}
    assert {"Sheared LLaMA", "Lottery tickets"} <= shown and "QLoRA" not in shown
    page._search.setText("qlora")  # of another family: typing looks in all of them
    assert chips["All"].isChecked() and "QLoRA" in {tile.text() for tile in page._templates if tile.isVisible()}
    chips["Pruning"].click()
    assert not [tile for tile in page._templates if tile.isVisible()] and page._none.isVisible()
    page._search.setText("sheared")
    chips["Pruning"].click()
    assert {tile.text() for tile in page._templates if tile.isVisible()} == {"Sheared LLaMA"}
    chips["All"].click()
    page._search.clear()
    assert all(tile.isVisible() for tile in page._templates)
    tile = page._templates[0]
    assert tile.heightForWidth(200) > tile.heightForWidth(900)  # as high as its words need
