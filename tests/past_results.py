"""Results of two runs, as the history has them."""

from __future__ import annotations

from pathlib import Path

from engine.record.history import Result

PROTOCOL = {"text": "wiki", "window": 512, "windows": 4}


def result(run: str, block: str, size: float, perplexity: float | None = None, **more: object) -> Result:
    metrics = {"size_bytes": size} | ({} if perplexity is None else {"perplexity": perplexity})
    values = {
        "run": run, "run_name": f"run {run}", "status": "done", "started": f"2026-03-0{run}T10:00:00", "note": "",
        "folder": Path(f"/runs/{run}"), "block": block, "title": block, "method": "gptq", "settings": {},
        "metrics": metrics, "protocol": PROTOCOL, "seconds": 3.0, "artifact": f"/a/{run}{block}", "cached": False,
        "source": "model", "model": "some/model", "device": "cpu",
    }  # fmt: skip
    return Result(**{**values, **more})  # type: ignore[arg-type]


ROWS = [
    result("2", "model", 100e6, 20.0, artifact="/a/m", method="model"),
    result("2", "int4", 30e6, 21.0, settings={"group_size": 64}),
    result("2", "int2", 20e6, 90.0, settings={"group_size": 32}),
    result("1", "model", 100e6, 20.0, artifact="/a/m", method="model"),
    result("1", "nf4", 31e6, 22.0, method="nf4"),
    result("1", "unmeasured", 10e6, seconds=0.0),
]


def swept(block: str, size: float, perplexity: float, run: str = "2", **settings: object) -> Result:
    return Result(
        run=run, run_name=run, status="done", started=f"2026-03-0{run}T10:00:00", note="", folder=Path("/r"),
        block=block, title=block, method="round_to_nearest" if settings else "model", settings=settings,
        metrics={"size_bytes": size, "perplexity": perplexity}, protocol={"text": "wiki"}, seconds=1.0,
        artifact=f"/a/{run}{block}", cached=False, source="model" if settings else "", model="m", device="cpu",
    )  # fmt: skip


SWEPT = [
    swept("model", 100e6, 20.0),
    swept("b2", 25e6, 90.0, format="int2", group_size=64),
    swept("b4", 40e6, 22.0, format="int4", group_size=64),
    swept("b8", 60e6, 20.1, format="int8", group_size=32),
    swept("old", 1e6, 30.0, run="1", format="int4", group_size=64),
]
