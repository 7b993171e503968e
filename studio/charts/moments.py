"""What was seen of the layers of a block in the midst of its training, at which step. No Qt in here."""

from __future__ import annotations

from itertools import pairwise

from engine.contracts.events import LayerDone

MOST = 120
"""Moments that are kept of a block; past that each two become one."""


class Moments:
    """A moment is one look at some layers of a block, or several looks that were made one."""

    def __init__(self) -> None:
        self.steps: list[int] = []
        """The step of each moment, in the order of time: trainings of one block begin again at 0."""
        self._seen: dict[str, list[tuple[int, LayerDone]]] = {}

    def take(self, event: LayerDone) -> None:
        """One more layer was looked at; one without a step is of no moment."""
        if event.step is None:
            return
        if not self.steps or event.step != self.steps[-1]:
            if len(self.steps) >= MOST:
                self._halve()
            self.steps.append(event.step)
        self._seen.setdefault(event.layer, []).append((len(self.steps) - 1, event))

    def at(self, moment: int) -> dict[str, LayerDone]:
        """Each layer as it was last seen by then; those that were not seen yet are left out."""
        found = {layer: self.layer(layer, moment) for layer in self._seen}
        return {layer: event for layer, event in found.items() if event is not None}

    def layer(self, layer: str, moment: int) -> LayerDone | None:
        """One of them."""
        return next((event for number, event in reversed(self._seen.get(layer, [])) if number <= moment), None)

    def _halve(self) -> None:
        """Make one of each two moments: a layer that was seen in either stays, as it was later."""
        self.steps = self.steps[1::2] + (self.steps[-1:] if len(self.steps) % 2 else [])
        for layer, seen in self._seen.items():
            halved = [(number // 2, event) for number, event in seen]
            kept = [one for one, other in pairwise(halved) if one[0] != other[0]]
            self._seen[layer] = [*kept, halved[-1]]
