"""What methods draw of their own: curves, heat maps, surfaces."""
