"""Events on their way from the engine to the window: bounded, and what matters is never dropped."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

from engine.contracts.events import Event


class EventBuffer:
    """One thread puts, another drains. When ``capacity`` is reached, every second of the droppable events (metrics,
    progress, memory) goes, so that curves stay curves; all others stay, whatever their number. ``wake`` is called after
    every put, by whoever put; ``on_event`` with the event before."""

    def __init__(
        self,
        capacity: int = 20_000,
        wake: Callable[[], None] = lambda: None,
        on_event: Callable[[Event], None] = lambda event: None,
    ) -> None:
        self._capacity = capacity
        self._wake, self._on_event = wake, on_event
        self._events: deque[Event] = deque()
        self._thin_at = capacity
        self._lock = threading.Lock()

    def put(self, event: Event) -> None:
        """Add an event."""
        self._on_event(event)
        with self._lock:
            self._events.append(event)
            if len(self._events) > self._thin_at:
                self._thin()
        self._wake()

    def drain(self, limit: int = 1000) -> list[Event]:
        """Take the oldest events, at most ``limit``."""
        with self._lock:
            drained = [self._events.popleft() for _ in range(min(limit, len(self._events)))]
            self._thin_at = max(self._capacity, len(self._events))
        return drained

    def __len__(self) -> int:
        return len(self._events)

    def _thin(self) -> None:
        droppable = 0
        thinned: deque[Event] = deque()
        for event in self._events:
            droppable += event.droppable
            if not event.droppable or droppable % 2 == 0:
                thinned.append(event)
        self._events = thinned
        self._thin_at = max(self._capacity, len(thinned) + self._capacity // 8)
