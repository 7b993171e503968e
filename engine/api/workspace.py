"""Lists: methods, runs, results. None of them loads torch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.api.names import PathLike, home_of
from engine.api.tables import Rows, frame
from engine.contracts.settings import FieldInfo, fields, plain, range_words
from engine.methods.registry import method as known_method
from engine.methods.registry import methods as known_methods
from engine.record.history import History
from engine.record.home import Home
from engine.record.results import Filter, Records

if TYPE_CHECKING:
    from pandas import DataFrame


def methods(method: str | None = None, /) -> DataFrame | Rows:
    """List all methods, or all settings of one.

    Parameters
    ----------
    method: an id, such as "gptq"; None for the list of methods.

    Returns
    -------
    DataFrame, or a list of dicts where pandas is not installed: id, title, family, summary, paper and origin (the
    package of a plug-in) of each method; or name, default, values, title and help of each setting.

    Raises
    ------
    BadInput: there is no such method.
    """
    if method is not None:
        return frame(map(_setting_row, fields(known_method(method).settings)))
    return frame(
        {
            "id": info.id,
            "title": info.title,
            "family": info.family,
            "summary": info.summary,
            "paper": info.paper,
            "origin": info.origin,
        }
        for info in known_methods().values()
        if not info.is_source
    )


def history(limit: int = 1000, /, *, home: Home | PathLike | None = None) -> DataFrame | Rows:
    """List the last runs, the newest first; also those of the window and the command line.

    Parameters
    ----------
    limit: how many at most.
    home: the workspace, as in `compress`.

    Returns
    -------
    DataFrame, or a list of dicts where pandas is not installed: run (its id, for `resume` and `export`), name, status,
    started, finished, folder, and the metrics of its last block.

    Raises
    ------
    BadInput: the workspace can't be opened.
    """
    with History.readable(home_of(home)) as index:
        runs = index.runs(limit)
    words = ("name", "status", "started", "finished", "folder")
    return frame({"run": run.id} | {name: getattr(run, name) for name in words} | run.last_metrics for run in runs)


def results(filter: str = "", /, *, home: Home | PathLike | None = None) -> DataFrame | Rows:
    """List the results of all runs, the newest first, with all their metrics.

    Parameters
    ----------
    filter: words that all must occur and limits of numbers, as on the page Results: "gptq ppl<25 size<=50MB".
    home: the workspace, as in `compress`.

    Returns
    -------
    DataFrame, or a list of dicts where pandas is not installed: title, run, method, model, metrics by name (see
    `engine.contracts.metrics`), device, date, note, and the folder of the artifact.

    Raises
    ------
    BadInput: a limit on a column without numbers; the workspace can't be opened.
    """
    with History.readable(home_of(home)) as index:
        records = Records(index.results())
    columns = records.columns()
    rows = records.chosen(Filter.read(filter, columns))
    table = ({name: records.value(row, name) for name in columns} | {"artifact": row.artifact} for row in rows)
    return frame(table, [*columns, "artifact"])


def _setting_row(field: FieldInfo) -> dict[str, Any]:
    choices = ", ".join(str(plain(value)) for value, _ in field.choices)
    words = "true or false" if field.kind == "bool" else range_words(field) or choices or field.kind
    return {"name": field.name, "default": field.default, "values": words, "title": field.title, "help": field.help}
