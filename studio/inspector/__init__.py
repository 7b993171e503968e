"""Looking inside a model: all layers as a table, as plots and as distributions."""
