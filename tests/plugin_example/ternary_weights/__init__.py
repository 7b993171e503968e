"""Ternary weights (Li et al. 2016, arXiv 1605.04711) as a plug-in: what a package of others looks like."""
