"""The template that this project came from: the link to it, and what an update from it brings.

Two halves that trust each other with nothing but files. ``preparing`` runs cruft, and so the template's code, and makes
a patch; ``taking`` treats the patch as a stranger's, and runs nothing of it. ``handover`` is the folder in between.
"""
