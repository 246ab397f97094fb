"""dataci bug new on a terminal: from a draft, question by question, until the patterns are good or somebody stops."""

from __future__ import annotations

import signal
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import click

from dataci.bugs import draft, entering
from dataci.bugs.draft import Draft
from dataci.bugs.form import DESCRIPTION, LIMITS, NAME
from dataci.commands.bug import asking, new
from dataci.commands.bug.new import Given, Place


def run(root: Path, place: Place, given: Given) -> int:
    """Make a bug by questions; return 0. What was answered is kept, however it ends."""
    if hasattr(signal, "siginterrupt"):  # Polars lets a read go on after Ctrl-C, until the next line is typed
        signal.siginterrupt(signal.SIGINT, True)
    try:
        return interview(root, place, begun(root, place, given), given.patterns)
    except (KeyboardInterrupt, click.Abort):
        if draft.load(root) is not None:
            kept = draft.FILE.as_posix()
            asking.say(f"\nWhat you answered is kept in {kept}; `dataci bug new` goes on with it.")
        raise


def begun(root: Path, place: Place, given: Given) -> Draft:
    """Return the draft to go on with, or a new one, with what the options say; what cannot be is asked again."""
    found = draft.load(root)
    if found is not None and not asking.go_on(found):
        asking.say(f"It is kept as {draft.put_aside(root)}.")
        found = None
    said = {key: value for key, value in given._asdict().items() if value is not None and key != "patterns"}
    found = (found or Draft())._replace(**said)
    refused = {
        "name": entering.refuse_text("The name", found.name, LIMITS[NAME]),
        "description": entering.refuse_text("The description", found.description, LIMITS[DESCRIPTION]),
        "reporter": entering.refuse_text("The reporter", found.reporter, LIMITS[NAME]),
        "id": place.refuse_id(found.id),
    }
    for key, wrong in refused.items():
        if wrong and getattr(found, key):
            asking.tell(wrong)
    for key in (key for key, wrong in refused.items() if wrong):
        found = found._replace(**dict[str, Any]({key: ""}))
    return found._replace(users=None) if entering.refuse_users(found.users or "") else found


def interview(root: Path, place: Place, found: Draft, file: Path | None) -> int:
    """Ask for what is open, judge it, and ask again until it is good."""
    keep = partial(draft.save, root)
    found = asking.facts(found, keep, partial(entering.free, place.dataset), place.refuse_id)
    while True:
        answered = file or asking.patterns(found, keep, place, partial(so_far, place, found.id))
        typed = isinstance(answered, Draft)
        if isinstance(answered, Draft):
            found = answered
            text = entering.text_from(found.patterns, place.columns)
        else:
            text = new.read(answered)
        entered = new.judged(place, found.id, text)
        new.tell(entered, typed)
        if not entered.faults:
            return new.finish(root, place, found, entered)
        if not asking.again(typed):
            raise click.Abort
        file = None
        if typed:
            found = asking.fill(found, keep, entered.lacking)
            found = asking.mend(found, keep, place, [fault.line or 0 for fault in entered.faults])


def so_far(place: Place, own: str, rows: Sequence[dict[str, str]]) -> list[str]:
    """Say how the patterns so far balance; nothing where they cannot be read yet."""
    from dataci.bugs import balance

    data = entering.sketch(entering.text_from(rows, place.columns), place.target, own, place.day)
    if data is None:
        return []
    return balance.told(
        place.asked(), balance.weigh(place.asked(), place.dataset, entering.path_of(own), data), False
    )
