"""The base of what is read from files and copied with changes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

import pydantic


class Record(pydantic.BaseModel):
    """A model whose copies can change only fields that it has."""

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """See pydantic, which takes any name here: a field that was renamed would be left as it is without a word.
        Raises TypeError for a name that is not a field."""
        unknown = sorted(set(update or ()) - set(type(self).model_fields))
        if unknown:
            raise TypeError(f"{type(self).__name__} has no field {', '.join(unknown)}")
        return super().model_copy(update=update, deep=deep)
