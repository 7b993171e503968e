"""Plots that methods define: curves, heat maps, surfaces."""
