"""The export panel: formats with their sizes, options, progress, and what the verification found."""
