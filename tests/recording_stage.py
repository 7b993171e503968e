"""Stages, as `engine.testing.stage` has them."""

from engine.testing.stage import *  # noqa: F403
