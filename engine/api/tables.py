"""Rows of results as a notebook shows them: a DataFrame where pandas is installed, else a list of dicts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from engine.base.table import Table

if TYPE_CHECKING:
    from pandas import DataFrame


class Rows(list[dict[str, Any]]):
    """A list of dicts that a notebook shows as a table."""

    def _repr_html_(self) -> str:
        header = list(dict.fromkeys(name for row in self for name in row))
        return Table(header, [[row.get(name) for name in header] for row in self]).to_html()


def frame(rows: Iterable[Mapping[str, Any]], columns: Sequence[str] | None = None) -> DataFrame | Rows:
    """The rows as a pandas DataFrame where pandas is installed, else as `Rows`. ``columns``: of the DataFrame, also
    where there are no rows; by default every name that a row has."""
    plain = Rows(dict(row) for row in rows)
    try:
        from pandas import DataFrame
    except ImportError:
        return plain
    return DataFrame(plain, columns=columns)
