"""Other machines in the window: the page of their cards, and the choice of where a run goes."""
