"""Widgets, tables, boxes, icons, the theme. Knows nothing of pipelines or runs."""
