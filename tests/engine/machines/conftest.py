"""Fixtures of tests that run pipelines."""

from run_fixtures import _one_thread, _probe_is_a_method, chain, go, heard, home, text

__all__ = ["_one_thread", "_probe_is_a_method", "chain", "go", "heard", "home", "text"]
