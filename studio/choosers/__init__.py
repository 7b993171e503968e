"""Dialogs in which the value of a setting is picked from what there is: texts, layers of the model."""
