"""The report as a page."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import asdict
from typing import Any

from engine.contracts.events import Event, LayerDone, Metric
from engine.record.report import Entry, protocol_text
from engine.record.report_page import MOST_POINTS, as_html


def report(**details: Any) -> dict[str, Any]:
    heal = Entry(block="heal", method="lora", title="Heal <1>", settings={"steps": 40}, state="done", details=details)
    heal.metrics = {"perplexity": 12.5, "size_bytes": 4.1e6}
    return {
        "name": "Two & three", "status": "done", "started": "today", "seed": 0, "environment": {"python": "3"},
        "stages": [asdict(Entry(block="model", method="model", title="Model", settings={})), asdict(heal)],
        "pipeline": {
            "blocks": [
                {"id": "model", "method": "model", "x": 0, "y": 0},
                {"id": "heal", "method": "lora", "x": 304.0, "y": 0},
            ],
            "links": [{"source": "model", "target": "heal", "port": "model"}],
        },
    }  # fmt: skip


def pictures(page: str) -> list[ET.Element]:
    parts = page.split("<svg")[1:]
    return [ET.fromstring("<svg" + part.split("</svg>")[0] + "</svg>") for part in parts]


def test_it_has_the_pipeline_the_curves_and_the_layers() -> None:
    events: list[Event] = [
        Metric(run="r", block="heal", name="loss/train", step=n, value=9.0 - n / 1e3) for n in range(900)
    ]
    events += [Metric(run="r", block="heal", name="loss/eval", step=5, value=float("nan"))]
    events += [
        LayerDone(run="r", block="heal", layer=f"layers.{n}.up", index=n, count=2, metrics={"sparsity": 0.5})
        for n in (1, 0)
    ]
    page = as_html(report(), events)
    pipeline, chart = pictures(page)
    assert [text.text for text in pipeline.iter("text")] == ["Model", None, "Heal <1>", "4.10 MB · 12.50"]
    assert len(list(pipeline.iter("path"))) == 1 and len(list(pipeline.iter("rect"))) == 2
    (curve,) = chart.iter("polyline")
    points = [tuple(map(float, pair.split(","))) for pair in curve.attrib["points"].split()]
    assert len(points) <= MOST_POINTS + 1
    assert points[0][1] < points[-1][1] and points == sorted(points)  # the loss falls: down is a larger y
    assert page.index("layers.0.up") < page.index("layers.1.up") and "<1>" not in page


def test_it_says_that_a_training_was_ended_early_and_when() -> None:
    assert "stopped early, after 11 steps" in as_html(report(training={"stopped": True, "steps": 11}))
    assert "stopped early" not in as_html(report(training={"stopped": False, "steps": 40}))


def test_it_says_what_a_block_left_and_what_it_was_warned_of() -> None:
    given = report()
    given["stages"][1] |= {"coverage": {"left": {"lm_head": 0.1542}}, "warnings": ["Only <22> %"]}
    page = as_html(given)
    assert "stays as it came: lm_head (15.4 %)" in page and "<p>Only &lt;22&gt; %</p>" in page


def test_how_it_was_measured_is_said_of_what_was_measured() -> None:
    """The source of a GGUF has a protocol, which says how its weights came, though nothing was measured."""
    came: dict[str, Any] = {"protocol": {"weights": "GGUF (Q4_1), unpacked for use"}}
    measured = {"text": "a/wiki.txt", "windows": 2, "windows_of": 9, "window": 64, "dtype": "float32", "device": "cpu"}
    assert protocol_text([came, {"protocol": {}}]) == ""
    said = "Measured on 2 of 9 windows of 64 tokens of wiki.txt, float32 on cpu."
    assert protocol_text([came, {"protocol": measured}]) == said
