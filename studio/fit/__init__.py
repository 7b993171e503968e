"""Fit to budget in the window: a slider over file sizes, what each layer would be stored as, and why. Importing the
panel loads pyqtgraph. Never here: how a plan is chosen (engine.fit), what is measured, and what a run is."""
