"""From which score on is it a "yes"? Rules that choose a threshold, what each choice does, and what that costs.

Chosen on predictions of training rows by models that did not learn from them (``folds``), never on the test set.
"""
