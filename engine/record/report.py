"""The report of a run: one JSON object, complete after every block. `report_page` makes it a page to read."""

from __future__ import annotations

import contextlib
import functools
import time
import typing
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pydantic

from engine.contracts.metrics import BY_NAME, COLLAPSED, is_collapsed, plain_text, program_text, value_text

SHOWN = (
    "perplexity",
    "kl_divergence",
    "top1_agreement",
    "hidden_cosine",
    "pooled_cosine",
    "masked_loss",
    "size_bytes",
    "bits_per_weight",
    "coverage",
    "loops",
    "token_flips",
    "generation_agreement",
    "prefill_tokens_per_second",
    "decode_tokens_per_second",
    "seconds",
    "peak_memory_bytes",
    "peak_device_memory_bytes",
)

WEIGHTS = "weights"
"""In the protocol of a source whose weights came packed: as what, and that they are unpacked where it is measured."""

FORMER = {"metrics": "figures"}
"""Names of fields in the reports of the first release."""


@dataclass
class Entry:
    """The entry of one block in a report."""

    block: str
    method: str
    title: str
    settings: dict[str, Any]
    origin: str = ""
    """The package that the method comes from, "" for a built-in one."""
    signature: str = ""
    state: str = "queued"
    cached: bool = False
    seconds: float = 0.0
    """Of its method alone."""
    elapsed_seconds: float = 0.0
    """Wall time of the block without pauses: loading, its method, storing, measuring. The blocks add up to the run."""
    peak_memory_bytes: int = 0
    peak_device_memory_bytes: int = 0
    estimated_seconds: float | None = None
    """As the machine was when the run began; ``estimated_quiet_seconds``: where nothing else works on it."""
    estimated_quiet_seconds: float | None = None
    estimated_peak_memory_bytes: int = 0
    estimated_peak_device_memory_bytes: int = 0
    engine_memory_bytes: int = 0
    """So much of the peak was there when the block began."""
    processor_seconds: float = 0.0
    """Processor seconds of all cores together."""
    metrics: dict[str, float] = field(default_factory=dict)
    protocol: dict[str, Any] = field(default_factory=dict)
    details: dict[str, Any] = field(default_factory=dict)
    coverage: dict[str, Any] = field(default_factory=dict)
    """See `engine.architecture.coverage.Coverage.as_json`; of a source nothing."""
    artifact: str | None = None
    warnings: list[str] = field(default_factory=list)
    made_by: dict[str, Any] = field(default_factory=dict)
    """Origin of the result: hash of the code, versions of libraries, kind of device."""


class Report(pydantic.BaseModel):
    """Content of report.json. Read from a file, what is damaged in it counts as not there."""

    model_config = pydantic.ConfigDict(extra="ignore")

    status: str = "interrupted"
    run: str = ""
    name: str = ""
    seed: int = 0
    folder: str = ""
    environment: dict[str, Any] = {}
    stages: list[Entry] = []
    pipeline: dict[str, Any] = {}
    started: str = ""
    finished: str | None = None
    elapsed_seconds: float = 0.0
    """Wall time since it was started or resumed, without pauses."""
    error: dict[str, str | None] | None = None

    @pydantic.field_validator("*", mode="wrap")
    @classmethod
    def _or_default(
        cls, value: Any, check: pydantic.ValidatorFunctionWrapHandler, info: pydantic.ValidationInfo
    ) -> Any:
        try:
            return check(value)
        except pydantic.ValidationError:
            return cls.model_fields[str(info.field_name)].get_default(call_default_factory=True)

    @pydantic.field_validator("stages", mode="before")
    @classmethod
    def _sound(cls, value: Any) -> Any:
        return [entry for item in value if (entry := _entry(item)) is not None] if isinstance(value, list) else []


def _entry(value: Any) -> Entry | None:
    """The readable part of the entry of a block; None if it does not even say which."""
    block = value.get("block") if isinstance(value, dict) else None
    if not isinstance(block, str):
        return None
    entry: dict[str, Any] = {"method": "", "title": block, "settings": {}}
    for name, adapter in _fields().items():
        with contextlib.suppress(KeyError, pydantic.ValidationError):
            entry[name] = adapter.validate_python(value[name if name in value else FORMER.get(name, name)])
    return Entry(**entry)


@functools.cache
def _fields() -> dict[str, pydantic.TypeAdapter[Any]]:
    return {name: pydantic.TypeAdapter(kind) for name, kind in typing.get_type_hints(Entry).items()}


def read_report(data: Any) -> dict[str, Any]:
    """A report with all that it should have, of whatever stands in report.json; {} if that is nothing."""
    if not isinstance(data, dict) or not data:
        return {}
    report = Report.model_validate(data).model_dump()
    if report["error"] is None:
        del report["error"]
    return report


def timestamp() -> str:
    """Now, as ISO 8601 with the zone."""
    return time.strftime("%Y-%m-%dT%H:%M:%S%z")


def metric_text(name: str, value: float) -> str:
    """A metric as tables of reports give it: as on screen, but shares of tokens with all their decimals, and units only
    where they are part of the number."""
    unit = BY_NAME[name].unit if name in BY_NAME else ""
    if unit in ("bytes", "s", "tokens/s") or name in ("parameters", "coverage", "coverage_bytes"):
        return value_text(name, value)
    return plain_text(name, value)


def cell(stage: dict[str, Any], name: str) -> str:
    """A metric of a stage as tables show it, "" if it has none. A collapsed model has no perplexity worth ranking."""
    if name not in stage["metrics"]:
        return ""
    collapsed = name == "perplexity" and is_collapsed(name, stage["protocol"])
    if collapsed:
        return COLLAPSED
    return program_text(name, metric_text(name, stage["metrics"][name]), stage["protocol"])


def name_of(stage: dict[str, Any]) -> str:
    """Name of a stage in tables: its title, the package that its method comes from, how its weights came."""
    more = (stage.get("origin"), stage["protocol"].get(WEIGHTS))
    return " ".join([stage["title"], *(f"({word})" for word in more if word)])


def protocol_text(stages: Iterable[dict[str, Any]]) -> str:
    """Protocol of the metrics of these stages in one sentence; "" if none was. A protocol may say only how the weights
    of a source came."""
    measured = (stage["protocol"] for stage in stages if stage["protocol"].get("windows"))
    protocol: dict[str, Any] = next(measured, {})
    if not protocol:
        return ""
    name = Path(str(protocol.get("text", ""))).name
    windows = f"{protocol.get('windows')} of {protocol.get('windows_of')} windows of {protocol.get('window')} tokens"
    return f"Measured on {windows} of {name}, {protocol.get('dtype')} on {protocol.get('device')}."


def columns(stages: Iterable[dict[str, Any]]) -> list[str]:
    """The metrics that at least one stage has, in the order of the table."""
    stages = list(stages)
    return [name for name in SHOWN if any(name in stage["metrics"] for stage in stages)]
