"""Tiny models, as `engine.testing.models` builds them."""

from engine.testing.models import *  # noqa: F403
