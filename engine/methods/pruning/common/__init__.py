"""What width pruning and Sheared LLaMA share: settings and budgets of a target shape."""
