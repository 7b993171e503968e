"""The pipeline as cards on a canvas: scene, gestures, menus, palette, outline, map."""
