"""The words that rooms exchange: events, commands, settings, problems, metrics, and what inspections report.

Imports `engine.base` alone. Plain dataclasses and pydantic models: no algorithm, no torch, no Qt.
"""
