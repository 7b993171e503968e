"""Live charts of a run. Importing a chart loads pyqtgraph, so the window imports `studio.plots.board` late."""
