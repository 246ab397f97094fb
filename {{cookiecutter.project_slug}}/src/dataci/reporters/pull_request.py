"""A review as one comment on a pull request (or a step summary): the verdict first, the rest folded away.

Whoever opens the pull request has a say in every value of a review, so all of them are inert (see ``escape``). What the
review says is shown as its claim: beside it stands, from GitHub itself, how the run ended and whether the pull request
edits what judges it. It is never green when one of them speaks against it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from dataci.comparison import Comparison
from dataci.finding import Report
from dataci.reporters import behaviour, comparison, diff, distribution, markdown, matters, outline
from dataci.reporters.escape import markdown as inert
from dataci.review import FAILED, LATE, NONE, OFF, UNCHANGED, Review

MARKER = "<!-- dataci: review -->"
LIMIT = 60_000  # characters
LEAST = 4_000
PASS, FAIL, DOUBT = "✅", "❌", "⚠️"
UNKNOWN = {
    LATE: "not known before the merge",
    OFF: "not known",
    FAILED: "not known, training failed",
    NONE: "not compared",
    UNCHANGED: "as before",
}
_SHA = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_URL = re.compile(r"https?://[A-Za-z0-9._:/@%~-]+")
_LETTER = re.compile(r"\b[AB]\b")  # of a comparison: who reads its headline does not know yet what they are
_LISTED = (10, 4, 1)  # flipped rows of a kind, the most that fits
RESULTS = "results/"
FOLDED = "Metrics, slices, bugs{}, and the rows that flipped"
_FILES, _RECORDS = 3_000, 1_000  # characters for the names of edited files, and of results
_REASON = 400
_SENTENCES = 3
_CLOSING = 1_000  # characters kept free for the sentences at the end
_REST = 100  # and for the tags around a part


class Judged(NamedTuple):
    """What GitHub itself says of the run: the commit it judged, how it ended, and where it and the commit are shown."""

    sha: str
    conclusion: str = "success"
    run_url: str = ""
    commit_url: str = ""


class Part(NamedTuple):
    """A part of the comment: what it is called where it has to be left out, and its Markdown."""

    name: str
    text: str


def render(
    review: Review, limit: int = LIMIT, *, edited: Sequence[str] | None = (), judged: Judged | None = None
) -> str:
    """Return the review as GitHub Markdown in at most ``limit`` characters (4,000 at least).

    ``edited``: files of the pull request that have a say in the verdict, and results that it brings (None: not known).
    ``judged``: what GitHub says of the run, if it was asked. What is left out is named.
    """
    limit = max(limit, LEAST)
    judged = judged or Judged(review.head or "")
    opening = heading(review, judged, edited) + matters.gates(review.preview.comparison, limit // 12)
    opening += "".join(warnings(review.report, judged, edited, limit))
    missing = shortened(review.cut, min(100, limit // 200))
    charts = distributions(review.distribution, limit // 10)
    told = results(review, limit // 6)
    room = limit - sum(map(len, (opening, missing, charts, told))) - _CLOSING
    findings = markdown.render(review.report, limit=room - limit // 3).partition("\n\n")[2].rstrip() + "\n\n"
    parts = [
        Part("the findings", findings),
        Part("the difference of the data", data(review.diff, room - len(findings) - _REST)),
        Part("the distribution of the columns", charts),
        Part("the results", told),
    ]
    return fitting(opening, parts, missing, limit, judged)


def without_verdict(reason: str, judged: Judged, details: str = "", edited: Sequence[str] | None = ()) -> str:
    """Return the comment where there is no review. ``reason``: a sentence of ours; ``details``: anybody's text."""
    told = f"\n\n{inert(details, _REASON)}" if details else ""
    see = f" See [the run]({judged.run_url})." if url(judged.run_url) else ""
    opening = f"### {DOUBT} No verdict on {commit(judged)} {MARKER}\n\n{''.join(edits(edited))}"
    return f"{opening}{reason}{see}{told}\n"


def heading(review: Review, judged: Judged, edited: Sequence[str] | None) -> str:
    """Return the first line: the verdict, the commit that it is on, in a sentence why, and the invisible marker."""
    failed = is_failed(review.report)
    doubtful = edited is None or parted(edited)[0] or ended_red(judged) or not review.report.summary
    doubtful = doubtful or matters.is_gated(review.preview.comparison)
    icon = FAIL if failed else DOUBT if doubtful else PASS
    word = "FAIL" if failed else "PASS"
    where = f"{commit(judged)}{' with changes' if review.uncommitted else ''}"
    return f"### {icon} {word} on {where}: {outline.verdict(review.report, inert)} {MARKER}\n\n"


def is_failed(report: Report) -> bool:
    """Tell whether the review says that the change is bad; a "pass" with errors is no pass."""
    return report.verdict != "pass" or outline.sum_counts(report).errors > 0 or bool(report.crashed)


def ended_red(judged: Judged) -> bool:
    """Tell whether the run as a whole was anything but a success."""
    return judged.conclusion != "success"


def commit(judged: Judged) -> str:
    """Return the short name of the judged commit, as a link where its address is known."""
    if not _SHA.fullmatch(judged.sha):
        return "the working tree"
    name = f"<code>{judged.sha[:8]}</code>"
    return f"[{name}]({judged.commit_url})" if url(judged.commit_url) else name


def url(address: str) -> bool:
    """Tell whether an address may stand in a link."""
    return _URL.fullmatch(address) is not None


def warnings(report: Report, judged: Judged, edited: Sequence[str] | None, limit: int = LIMIT) -> list[str]:
    """Return what speaks against the verdict, a block each; ``limit``: characters of the whole comment."""
    told = edits(edited, limit)
    run = f"[the run]({judged.run_url})" if url(judged.run_url) else "the run"
    if ended_red(judged) and not is_failed(report):
        ended = (
            f"The data passed, but {run} ended with {inert(judged.conclusion, 20)}: another job of it is red."
        )
        told.append(alert("WARNING", ended))
    if is_failed(report) and not ended_red(judged) and judged.run_url:
        told.append(
            alert("WARNING", f"The review says FAIL, but {run} is green: its workflow does not act on it.")
        )
    return told


def edits(edited: Sequence[str] | None, limit: int = LIMIT) -> list[str]:
    """Return the warning that the pull request edits what judges it, if it does, or may (None); and that it brings
    results, which say nothing against the verdict on the data.
    """
    if edited is None:
        return [alert("WARNING", "It is not known whether this pull request edits what judges it.")]
    judges, records = parted(edited)
    told = list[str]()
    if judges:
        files = named(judges, min(_FILES, limit // 8))
        forge = "Such an edit can forge the verdict: review it first."
        told.append(alert("WARNING", f"This pull request edits what judges it: {files}.\n> {forge}"))
    if records:
        again = "Their figures are taken as they stand; <code>dataci reproduce TAG</code> makes them again."
        files = named(records, min(_RECORDS, limit // 16))
        told.append(alert("NOTE", f"This pull request brings results: {files}.\n> {again}"))
    return told


def parted(edited: Sequence[str]) -> tuple[list[str], list[str]]:
    """Part the files into those that judge, and the results."""
    judges = [file for file in edited if not file.startswith(RESULTS)]
    return judges, [file for file in edited if file.startswith(RESULTS)]


def alert(kind: str, text: str) -> str:
    """Return a box as GitHub draws it."""
    return f"> [!{kind}]\n> {text}\n\n"


def named(files: Sequence[str], room: int) -> str:
    """Name files, or as many of them as there is room for."""
    shown = list[str]()
    for file in files:
        name = inert(file, 100)
        room -= len(name) + 2
        if room < 0 or len(shown) == 10:
            break
        shown.append(name)
    hidden = len(files) - len(shown)
    more = f" and {outline.count(hidden, 'more file')}" if hidden else ""
    return f"{', '.join(shown)}{more}"


def folded(summary: str, body: str) -> str:
    """Return a part that opens with a click; ``summary`` is HTML, ``body`` Markdown."""
    return f"<details><summary>{summary}</summary>\n\n{body.strip()}\n\n</details>\n\n"


def data(found: dict[str, Any] | None, room: int) -> str:
    """Return the row diff of the data; "" where no file differs."""
    if found is None or not found["summary"]["files"]:
        return ""
    opening, _, body = diff.render(found, "markdown", limit=room).partition("\n\n")
    return folded(opening.removeprefix("### "), body)


def distributions(entries: Sequence[dict[str, Any]], room: int) -> str:
    """Return the charts of the columns; "" where there is none."""
    if not entries:
        return ""
    title = f"Distribution: {distribution.title(entries)}"
    return folded(title, distribution.render(entries, room - len(title) - _REST))


def results(review: Review, room: int) -> str:
    """Return what the change makes of the results, or why that is not known; its headline is never folded away."""
    preview, found = review.preview, review.preview.comparison
    if found is None:
        if preview.status == OFF and not is_failed(review.report):
            return ""
        return f"**Results:** {UNKNOWN[preview.status]}. {inert(preview.message, _REASON)}\n\n"
    headline, grounds, sides, _ = split(found, 0)
    worse = f"{DOUBT} " if found.verdict.word == "worse" else ""
    names = {"A": inert(review.base_ref or "the base", 60), "B": "this change"}
    said = _LETTER.sub(lambda letter: names[letter[0]], headline)
    opening = f"**Results: {worse}{said}.** {grounds}\n\n{sides}\n\n{matters.changes(found, room // 3)}"
    behaved = any(behaviour.table(found, inert, quiet=True))
    title = FOLDED.format(", behaviour" if behaved else "")
    for listed in _LISTED:
        text = opening + folded(title, split(found, listed)[3])
        if len(text) <= room:
            return text
    return f"{opening}For want of room, the tables of the results are not shown here.\n\n"


def split(found: Comparison, listed: int) -> tuple[str, str, str, str]:
    """Return a comparison's headline, its reasons, the names of the two sides, and all the rest, as Markdown."""
    headline, grounds, sides, *body = comparison.markdown_parts(found, listed, quiet=True)
    return headline.removeprefix("### "), grounds, sides, "\n\n".join(body)


def shortened(cut: Sequence[str], width: int) -> str:
    """Return the sentences of the review about what it leaves out itself, each in ``width`` columns."""
    told = [f"- {inert(sentence, width)}\n" for sentence in cut[:_SENTENCES]]
    hidden = len(cut) - len(told)
    return "".join(
        [*told, f"- and {outline.count(hidden, 'more part')}\n" if hidden else "", "\n" if told else ""]
    )


def fitting(opening: str, parts: Sequence[Part], missing: str, limit: int, judged: Judged) -> str:
    """Put the parts together. Where they do not fit, the largest but the first is left out, and named."""
    kept, cut = list(parts), list[str]()
    while kept and sum(map(len, (opening, missing, *(part.text for part in kept)))) + _CLOSING > limit:
        largest = max(kept[1:] or kept, key=lambda part: len(part.text))
        kept.remove(largest)
        cut.append(largest.name)
    body = "".join(part.text for part in kept)
    return opening + body + missing + closing(cut, "--format json" in body, judged)


def closing(cut: Sequence[str], listed: bool, judged: Judged) -> str:
    """Return the last lines: what was left out, and where the whole stands."""
    lost = f"For want of room, {' and '.join(cut)} are not shown here. " if cut else ""
    if not (cut or listed):
        return ""
    if not url(judged.run_url):
        show = "<code>dataci report --base REF --format json</code> shows the whole"
        return f"{lost}Here, {show}; of a workflow, the artifact <code>review</code> of the run holds it.\n"
    show = "<code>dataci report --from result.json --format json</code> shows it"
    return f"{lost}The whole is in the artifact <code>review</code> of [the run]({judged.run_url}): {show}.\n"
