"""What the ten degrees of harm mean, in the words of the issue form."""

from __future__ import annotations

DEGREES = {
    1: "a nuisance that hardly anybody notices",
    2: "a nuisance that people notice",
    3: "annoying, it costs a minute",
    4: "annoying again and again, or it makes us look careless",
    5: "people give up, or go elsewhere",
    6: "somebody loses hours or a little money",
    7: "many lose hours or money, or a group of people is served worse than others",
    8: "somebody loses what matters, such as a job, a deadline, or time while being ill",
    9: "somebody may get hurt, or a law is broken",
    10: "somebody gets hurt",
}
