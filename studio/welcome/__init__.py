"""The home page: recent pipelines and runs, templates."""
