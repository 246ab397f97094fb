"""Ready-made slices, groups and counterfactuals for project/slices.py. For example:

    from dataci import slicing

    def misspelt(rows):
        return slicing.misspelt("want")

    def length(rows):
        return slicing.words("want", 6, 12)

    def other_gender(rows):
        return slicing.exchanged(rows, ["want", "offer"], slicing.GENDERED)

The word lists are short and English, and a start: give your own wherever a list is taken. That a text mentions a group
of people is all that they can tell, not who wrote it.
"""

from __future__ import annotations

from dataci.slicing.bands import bands, words
from dataci.slicing.dialect import SPELLING
from dataci.slicing.exchange import exchanged
from dataci.slicing.gender import GENDERED
from dataci.slicing.mentions import mentioned, mentions
from dataci.slicing.names import FIRST_NAMES
from dataci.slicing.people import AGES, FAITHS, GENDERS, HEALTH, LOVE, ORIGINS
from dataci.slicing.spelling import misspelt

__all__ = [
    "AGES",
    "FAITHS",
    "FIRST_NAMES",
    "GENDERED",
    "GENDERS",
    "HEALTH",
    "LOVE",
    "ORIGINS",
    "SPELLING",
    "bands",
    "exchanged",
    "mentioned",
    "mentions",
    "misspelt",
    "words",
]
