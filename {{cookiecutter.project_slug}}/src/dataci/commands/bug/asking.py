"""The questions of `dataci bug new`, asked on a terminal. Each answer goes to ``keep`` at once: none is lost."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dataci.reporters.escape import terminal

if TYPE_CHECKING:
    from dataci.bugs.columns import Target
    from dataci.bugs.draft import Draft
    from dataci.commands.bug.new import Place

TAKE_BACK, SHOWN = "-", 12
Keep = Callable[["Draft"], None]
Refuse = Callable[[str], str | None]
Tell = Callable[[Sequence[dict[str, str]]], list[str]]


def say(line: str = "") -> None:
    """Write a line; what is in it was escaped."""
    click.echo(line)


def answer(question: str, refuse: Refuse, default: str = "") -> str:
    """Ask until the answer is good."""
    while True:
        given = clean(click.prompt(question, default=default, show_default=bool(default)))
        wrong = refuse(given)
        if wrong is None:
            return given
        tell(wrong)


def clean(given: str) -> str:
    """Return what was typed; bytes that are no UTF-8 become U+FFFD."""
    return given.encode("utf-8", "surrogateescape").decode("utf-8", "replace").strip()


def facts(found: Draft, keep: Keep, propose: Callable[[str], str], refuse_id: Refuse) -> Draft:
    """Ask for all that is still open, but for the patterns. ``propose``: an id for a name."""
    from dataci.bugs import entering
    from dataci.bugs.form import LIMITS, NAME

    if not found.name:
        name = answer("Name, a few words", lambda text: entering.refuse_text("The name", text, LIMITS[NAME]))
        keep(found := found._replace(name=name))
    if not found.description:
        keep(found := found._replace(description=description()))
    if not found.harm:
        keep(found := found._replace(harm=harm()))
    if found.users is None:
        question = "How many users does it concern? A number; nothing when nobody knows"
        keep(found := found._replace(users=answer(question, entering.refuse_users)))
    if not found.reporter:
        who = answer("Who reports it?", lambda text: entering.refuse_text("The reporter", text, LIMITS[NAME]))
        keep(found := found._replace(reporter=who))
    if not found.id:
        keep(found := found._replace(id=answer("Its folder below data/bugs", refuse_id, propose(found.name))))
    return found


def description() -> str:
    """Ask for a text of several lines, which an empty line ends."""
    from dataci.bugs import entering
    from dataci.bugs.form import DESCRIPTION, LIMITS

    while True:
        say("Description: what does the model do, what should it do? An empty line ends it.")
        lines: list[str] = []
        while line := clean(click.prompt("", default="", show_default=False, prompt_suffix="> ")):
            lines.append(line)
        text = "\n".join(lines)
        wrong = entering.refuse_text("The description", text, LIMITS[DESCRIPTION])
        if wrong is None:
            return text
        tell(wrong)


def harm() -> int:
    """Ask how harmful the bug is, with words for each degree."""
    from dataci.bugs.harm import DEGREES

    say("Harm: what happens to somebody who meets it?")
    for degree, words in DEGREES.items():
        say(f"  {degree:>2}  {words}")
    return int(click.prompt("Harm", type=click.IntRange(min(DEGREES), max(DEGREES))))


def patterns(found: Draft, keep: Keep, place: Place, weigh: Tell) -> Draft | Path:
    """Ask for patterns one by one, or for a file with them; return the draft, or the file."""
    from dataci.bugs.patterns import FEWEST, MOST

    say()
    say(
        f"Patterns: {FEWEST} to {MOST}. Some that the model gets wrong, some of the other kind, and some true"
    )
    say("cases around the fault, so that a model cannot pass by always saying the same.")
    if not found.patterns:
        file = answer("A file with them (CSV or JSON Lines), or nothing to type them", readable)
        if file:
            return Path(file)
    say(f"An empty line ends the list; {TAKE_BACK} takes the last one back.")
    while len(found.patterns) < MOST:
        given = one(len(found.patterns) + 1, place)
        if given is None and not found.patterns:
            say("  There is no pattern yet.")
        elif given is None and len(found.patterns) < FEWEST:
            say(f"  {len(found.patterns)} so far; a bug has at least {FEWEST}.")
            if click.confirm("  Stop here? What you have is kept.", default=False):
                raise click.Abort
        elif given is None:
            break
        elif not given:
            keep(found := found._replace(patterns=found.patterns[:-1]))
            say(f"  {len(found.patterns)} left.")
        else:
            keep(found := found._replace(patterns=(*found.patterns, given)))
            for line in weigh(found.patterns):
                say(f"  {terminal(line, 400)}")
    return found


def one(number: int, place: Place) -> dict[str, str] | None:
    """Ask for one pattern: its cells; None at the end of the list, {} where the last one is taken back."""
    cells: dict[str, str] = {}
    target = place.target
    for at, name in enumerate(place.columns):
        first = at == 0
        question = f"{number:>2} {terminal(name, 40)}{labels(name, target)}"
        given = answer(question, lambda text, name=name, first=first: refuse_cell(text, name, target, first))  # type: ignore[misc]
        if first and not given:
            return None
        if first and given == TAKE_BACK:
            return {}
        cells[name] = given
    return cells


def labels(name: str, target: Target) -> str:
    """List the labels beside the question for one."""
    if name != target.roles.label or not target.labels:
        return ""
    more = " …" if len(target.labels) > SHOWN else ""
    return f" ({', '.join(terminal(label, 20) for label in target.labels[:SHOWN])}{more})"


def refuse_cell(text: str, name: str, target: Target, first: bool) -> str | None:
    """Say what is wrong with a cell, or None. The schema judges the rest, once the pattern is whole."""
    from dataci.bugs import columns
    from dataci.bugs.fault import FORBIDDEN

    if FORBIDDEN.search(text):
        return "That holds a character that nobody sees. Type it again."
    if name == target.roles.label and columns.label(text, target) is None:
        return f"{text[:40]!r} is none of the labels: {columns.labels_told(target)}."
    needs_text = name in (*target.roles.text, target.roles.label) and not first
    return "This cannot be empty." if needs_text and not text else None


def readable(text: str) -> str | None:
    """Say why a path cannot be read, or None; nothing at all is fine."""
    return None if not text or Path(text).is_file() else f"There is no file {text[:80]!r}."


def fill(found: Draft, keep: Keep, lacking: Sequence[str]) -> Draft:
    """Ask once for what every pattern needs and nothing can be filled in for."""
    for name in lacking:
        value = answer(f"{terminal(name, 40)}, the same for all patterns", lambda text: None)
        rows = tuple({**row, name: value} for row in found.patterns)
        keep(found := found._replace(patterns=rows))
    return found


def mend(found: Draft, keep: Keep, place: Place, lines: Sequence[int]) -> Draft:
    """Ask again for the patterns at fault. ``lines``: of the text, where pattern N stands at line N + 1."""
    numbers = sorted({line - 1 for line in lines if 1 < line <= len(found.patterns) + 1})
    dropped: list[int] = []
    for number in numbers:
        say(f"Type pattern {number} again; {TAKE_BACK} drops it.")
        given = one(number, place)
        while given is None:
            given = one(number, place)
        if given:
            rows = (*found.patterns[: number - 1], given, *found.patterns[number:])
            keep(found := found._replace(patterns=rows))
        else:
            dropped.append(number)
    rows = tuple(row for at, row in enumerate(found.patterns, start=1) if at not in dropped)
    keep(found := found._replace(patterns=rows))
    return found


def go_on(found: Draft) -> bool:
    """Ask whether to go on with a draft."""
    what = f"{terminal(found.name, 60)!r}, " if found.name else ""
    return click.confirm(
        f"There is an unfinished bug: {what}{len(found.patterns)} patterns. Go on with it?", default=True
    )


def again(typed: bool) -> bool:
    """Ask whether to mend what was refused."""
    question = "Mend them now?" if typed else "Mend the file, or take another, and go on?"
    return click.confirm(f"{question} What you answered is kept.", default=True)


def tell(wrong: str) -> None:
    """Say what is wrong with an answer."""
    say(f"  {terminal(wrong, 400)}")
