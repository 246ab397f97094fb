"""What `dataci why` says in plain sentences: what moved, what did it, which batch stands out. And its numbers."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from dataci.attribution import Attribution, Batch, Batches, Estimate, Explanation, Group, apportion
from dataci.reporters.sentences import metric_name

NAME = 44  # columns of a path
LOUD = 3.0  # robust standard deviations from which a batch stands out
WORDS = {"data": "the data", "code": "the code", "params": "the settings", "env": "the environment"}
PARTS = {"data": "data", "code": "code", "params": "settings", "env": "environment", "test": "test set"}
Escape = Callable[[str, int], str]


class Figures(NamedTuple):
    """How the metric and effects on it are written: with ``digits`` decimals."""

    digits: int = 3

    def plain(self, value: float) -> str:
        """Write a metric."""
        return f"{value:,.{self.digits}f}"

    def signed(self, value: float) -> str:
        """Write an effect with its sign."""
        return f"{round(value, self.digits) + 0.0:+,.{self.digits}f}"

    def span(self, effect: Estimate, form: str = "{} to {}") -> str:
        """Write an interval; nothing where there is none."""
        if effect.low is None or effect.high is None:
            return ""
        return form.format(self.signed(effect.low), self.signed(effect.high))

    def full(self, effect: Estimate) -> str:
        """Write an effect with its interval."""
        return f"{self.signed(effect.value)}{self.span(effect, ' (95 % interval {} to {})')}"


def figures(shared: Attribution | None) -> Figures:
    """Say how numbers are written: three decimals, fewer of large metrics, more where all effects are small."""
    if shared is None:
        return Figures()
    effects = [abs(share.effect.value) for share in shared.shares] + [abs(shared.total.value)]
    largest, metric = max(effects), max(abs(shared.before), abs(shared.after))
    wanted = 1 - math.floor(math.log10(largest)) if largest > 0 else 0
    return Figures(min(7, max(0 if metric >= 10 else 3, wanted)))


def rounded(shared: Attribution, show: Figures) -> Attribution:
    """Round an attribution to what is shown, such that what is shown adds up, too."""
    unit = 10**show.digits
    before, after = round(shared.before * unit), round(shared.after * unit)
    units = (
        apportion([share.effect.value * unit for share in shared.shares], after - before)
        if shared.shares
        else []
    )
    shares = tuple(
        share._replace(effect=share.effect._replace(value=value / unit))
        for share, value in zip(shared.shares, units, strict=True)
    )
    total = shared.total._replace(value=(after - before) / unit)
    return shared._replace(before=before / unit, after=after / unit, total=total, shares=shares)


def sentences(found: Explanation, show: Figures, escape: Escape) -> Iterator[str]:
    """Say what moved, what did it, and which batch stands out."""
    name = metric_name(found.metric, escape)
    ends = f"{escape(found.a, NAME)} to {escape(found.b, NAME)}"
    if not found.changed:
        yield f"Nothing that makes the model differs from {ends}, nor the test set."
        return
    if not found.attribution:
        yield f"From {ends} changed: {listed([PARTS[part] for part in found.changed])}."
        yield recorded(found, name)
        if found.reason:
            yield f"How much each did cannot be told: {escape(found.reason, 600)}"
        elif found.quick:
            yield "Nothing was trained. Without --quick `dataci why` says how much each did."
        return
    yield movement(found, found.attribution, show, name)
    yield from blame(found, found.attribution, show)
    if found.batches and found.batches.found:
        yield suspect(found, found.attribution, found.batches, show, escape)


def recorded(found: Explanation, name: str) -> str:
    """Say what the records have."""
    before, after = found.recorded
    if before is None or after is None:
        return f"Not both records have the {name}."
    apart = " They were not both measured on today's test set." if "test" in found.changed else ""
    return f"Recorded {name}: {before:.4g} and {after:.4g}.{apart}"


def movement(found: Explanation, shared: Attribution, show: Figures, name: str) -> str:
    """Say how the metric moved from A to B on the same rows."""
    total = shared.total
    if not shared.shares:
        return f"Only the test set changed; on today's {name} is {show.plain(shared.after)} for both."
    if total.value == 0:
        return f"{name} did not move: it is {show.plain(shared.after)} for both on today's test set."
    good = (total.value > 0) == (found.direction == "higher")
    verdict = ("better" if good else "worse") if certain(total) else "which may be chance"
    word = "rose" if total.value > 0 else "fell"
    ends = f"from {show.plain(shared.before)} to {show.plain(shared.after)} on today's test set"
    return f"{name} {word} by {show.plain(abs(total.value))}, {ends} ({verdict})."


def blame(found: Explanation, shared: Attribution, show: Figures) -> Iterator[str]:
    """Say in one sentence what each factor did, in another what was taken off before."""
    total = shared.total.value
    shares = sorted(shared.shares, key=lambda share: -abs(share.effect.value))
    shares.sort(key=lambda share: total != 0 and share.effect.value * total <= 0)
    if shares:
        first, *rest = shares
        much = "most of it" if abs(first.effect.value) >= abs(total) / 2 else "the largest part of it"
        much = (
            ("all of it" if not rest else much)
            if total
            else "something all the same"
            if first.effect.value
            else "nothing"
        )
        told = [f"{words(first.names)} did {much}: {show.full(first.effect)}"]
        told += [
            f"{words(share.names)} {verb(share.effect.value, total)}: {show.full(share.effect)}"
            for share in rest
        ]
        sentence = "; ".join(told)
        yield f"{sentence[0].upper()}{sentence[1:]}."
    for step in found.steps:
        ends = f"{show.plain(step.before)} to {show.plain(step.after)}"
        yield (
            f"The change of the {step.name} is taken off first: by that alone A goes from {ends}, "
            f"{show.full(step.effect)}."
        )


def how_much(value: float, total: float, only: bool) -> str:
    """Say how much of the whole one factor did, the one that did most."""
    if not total:
        return "moved it" if value else "did nothing"
    return (
        "did all of it"
        if only
        else "did most of it"
        if abs(value) >= abs(total) / 2
        else "did the largest part of it"
    )


def verb(value: float, total: float) -> str:
    """Say in which direction a factor worked."""
    if value == 0:
        return "did nothing"
    return "added to it" if value * total > 0 else "worked against it"


def suspect(found: Explanation, shared: Attribution, batches: Batches, show: Figures, escape: Escape) -> str:
    """Say which batch of data stands out."""
    batch = max(
        batches.found, key=lambda batch: is_odd(batch) + harmful(batch, found.direction)
    )  # of equals the first
    if not is_odd(batch) and not harmful(batch, found.direction):
        return "No batch of training rows stands out."
    why = f": the old model expects other labels (z = {batch.z:.1f})" if is_odd(batch) else ""
    told = f"{'Commit ' if batches.by == 'commit' else ''}{escape(batch.name, NAME)} stands out{why}."
    if batch.without is None or batch.gain is None:
        return told
    chance = "" if certain(batch.gain) else ", which may be chance"
    ends = f"{show.plain(batch.without)} instead of {show.plain(shared.after)}"
    return f"{told} Without it the new model would be at {ends}: {show.full(batch.gain)}{chance}."


def is_odd(batch: Batch) -> bool:
    """Tell whether a batch surprises the old model far more than is usual."""
    return (batch.z or 0.0) >= LOUD


def harmful(batch: Batch, direction: str) -> bool:
    """Tell whether the new model is better without a batch, beyond chance."""
    gain = batch.gain
    return gain is not None and certain(gain) and (gain.value > 0) == (direction == "higher")


def certain(effect: Estimate) -> bool:
    """Tell whether an interval is there and leaves out 0."""
    return effect.low is not None and effect.high is not None and (effect.low > 0 or effect.high < 0)


def words(names: Group) -> str:
    """Name a factor, or several together."""
    return f"{listed([WORDS[name] for name in names])}{' together' if len(names) > 1 else ''}"


def listed(names: Sequence[str]) -> str:
    """Join names: "data, code and settings"."""
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
