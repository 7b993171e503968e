"""Common parts of width pruning and Sheared LLaMA: settings and budgets of a target shape."""
