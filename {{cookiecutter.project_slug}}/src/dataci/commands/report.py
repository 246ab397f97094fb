"""dataci report: a page about the project's state, or all that is said of a change (what its pull request shows)."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dataci.errors import CannotRun

if TYPE_CHECKING:
    from dataci.commands import check
    from dataci.review import Review

HTML, JSON, GITHUB, MARKDOWN = "html", "json", "github", "markdown"
PAGE = Path("report.html")
LIMIT = 60_000  # bytes of Markdown: what a comment can hold
SUMMARY = "GITHUB_STEP_SUMMARY"


def run(
    root: Path,
    base: str | None = None,
    source: Path | None = None,
    format: str | None = None,
    output: Path | None = None,
    preview: bool = True,
    limit: int | None = None,
) -> int:
    """Write a page about the project; with ``base`` or ``source`` a review of a change; return the exit code.

    ``base``: a commit, of which the merge base with HEAD counts; the working tree is judged against it once, and
    trained to see what the results would become (not where ``preview`` is False). ``source``: a review as ``format``
    "json" wrote it, which is rendered without running anything of the project. ``limit``: bytes of Markdown.

    The exit code is 0 for a page; of a review 0 when the data are good, 1 when not, 3 when a check of ours crashed.
    CannotRun when there is no verdict; where an ``output`` is named, it is then a review that says why.
    """
    if base is not None and source is not None:
        raise CannotRun("--base judges a change and --from renders one that was judged. Name one of them.")
    if base is None and source is None:
        return page(root, format or HTML, output)
    if format == HTML:
        raise CannotRun(
            "There is no page about a change. Leave --format out, or name markdown, github or json."
        )
    format = format or MARKDOWN
    found = stored(source, output) if source else made(root, str(base), format, output, preview)
    show(root, found, format, output, limit or LIMIT)
    return exit_code(found)


def page(root: Path, format: str, output: Path | None) -> int:
    """Write the page about the project's state."""
    if format != HTML:
        raise CannotRun(f"--format {format} is for a change: name it with --base REF, or --from FILE.")
    from dataci import overview
    from dataci.commands import check
    from dataci.reporters import page as reporter

    place, here = (
        output or root / PAGE,
        Path.cwd(),
    )  # not into the folder where somebody stands: it may be data/
    check.write(reporter.render(overview.collect(root)), place)
    shown = place.relative_to(here) if place.is_relative_to(here) else place
    click.echo(f"The page is in {shown}: open it in a browser.")
    return 0


def exit_code(found: Review) -> int:
    """Return what the verdict makes of it."""
    from dataci.commands import check

    return check.exit_code(found.report)


# ---- a review that was written before


def stored(path: Path, output: Path | None) -> Review:
    """Read a review; CannotRun when there is none, which the step summary of a workflow says, too."""
    from dataci import review

    try:
        with path.open("rb") as file:
            return review.loads(file.read(review.LIMIT + 1))
    except CannotRun as error:
        message = (
            f"{str(path)!r} cannot be shown. {error} Name a file that `dataci report --format json` wrote."
        )
    except FileNotFoundError:
        message = (
            f"There is no {path.name}, so there is no verdict on this change. It is written by `dataci report --base "
            f"REF --format json --output {path.name}`; in a workflow, the step that runs this says why it was not."
        )
    except OSError as error:
        message = f"{str(path)!r} cannot be read: {error.strerror}. Name a file that dataci report wrote."
    if is_summary(output):
        append(f"### ❌ No verdict\n\n{message}\n")
    raise CannotRun(message)


# ---- a review that is made now


def made(root: Path, base: str, format: str, output: Path | None, wanted: bool) -> Review:
    """Judge the change; where that is impossible, a file that is asked for says so before CannotRun is raised."""
    from dataci.commands import check

    forget(output, format)

    def keep(found: Review) -> None:
        if output is not None and format == JSON:
            check.write(render(root, found, JSON, LIMIT), output)

    try:
        return judge(root, base, wanted, keep)
    except CannotRun as error:
        if output is not None:
            show(root, refused(root, base, str(error)), format, output, LIMIT)
        raise


def forget(output: Path | None, format: str) -> None:
    """Remove the review of an earlier run: what ends this run unexpectedly may not leave it there as if it were new."""
    if output is not None and format == JSON and (output.is_symlink() or output.is_file()):
        try:
            output.unlink()
        except OSError as error:
            raise CannotRun(
                f"{str(output)!r} cannot be replaced: {error.strerror}. Name another file."
            ) from None


def judge(root: Path, base: str, wanted: bool, keep: Callable[[Review], None]) -> Review:
    """Run the suite, the diff, the distributions and a training, each once, and return the review that fits.

    ``keep`` is called with what is known before the training: whatever happens to that, the verdict is not lost.
    """
    from dataci import git, preview
    from dataci.commands import check
    from dataci.review import LATE, OFF, Preview, Review, fit, privacy

    if not git.is_repository(root):
        raise CannotRun(
            "This is not a git repository, so there is nothing to compare with. Run git init and commit."
        )
    refuse_cache(root)
    judged, name = check.examine(root, base), called(base)
    commit = judged.base.which if judged.base is not None else None
    notes, diff, columns = differences(judged, name)
    report = judged.report._replace(
        notes=(*judged.report.notes, *notes), base=name if judged.report.base else None
    )
    clean = git.is_clean(root, ["data", "project", "dataci.toml"])
    found = Review(report, git.head(root), commit, name, not clean, diff, columns)

    def fitted(told: Preview) -> Review:
        return fit.fit(privacy.hide(found._replace(preview=told), judged.data.config))

    if report.verdict == "fail":
        return fitted(Preview(OFF, "Nothing was trained, because the data have errors. Mend them first."))
    ended = "The run was ended before its training was, so what the results become is shown after the merge."
    keep(fitted(Preview(LATE, ended)))
    return fitted(preview.preview(judged.data, str(commit), name, wanted, say))


def refuse_cache(root: Path) -> None:
    """Refuse a change that brings the engine's own notes: they are believed, so they could say that all is well."""
    from dataci import git
    from dataci.cache import FOLDER

    home = FOLDER.parts[0]
    if git.run(root, "ls-files", "-z", "--", home, check=False):
        raise CannotRun(
            f"{home}/ is committed. It is what the engine noted on somebody's machine, and nothing to share. "
            f"Take it out: git rm -r --cached {home}"
        )


def called(base: str) -> str:
    """Return what to call the base: a merge group names it by a full id, of which nobody reads the end."""
    from dataci import git

    return base[:8] if git.FULL_ID.fullmatch(base) else base


def differences(
    judged: check.Judged, base: str
) -> tuple[list[str], dict[str, object] | None, tuple[dict[str, object], ...]]:
    """Return what the change does to rows and distributions, and notes on what cannot be told."""
    from dataci import dataset as data
    from dataci import diff, distribution

    if judged.base is None:
        return [], None, ()
    now, added = judged.data, None
    notes, plain = [], None
    try:
        # The suite judges a file with renamed columns by their old names; the diff has to see the new ones.
        found = diff.diff(judged.base, data.load(now.config) if now.renamed else now)
        plain = diff.to_dict(found, base, limit=1000)
        added = None if now.renamed else found.added
    except CannotRun as error:
        notes.append(f"The rows that changed cannot be told: {error}")
    columns = () if judged.restarted else distribution.changes(judged.base, now, added)
    return notes, plain, columns


def refused(root: Path, base: str, message: str) -> Review:
    """Return the review of a change that could not be judged: it fails, with the reason as its one finding."""
    from dataci import git
    from dataci.finding import Counts, Finding, Report, Severity
    from dataci.review import OFF, Preview, Review, fit

    check = "cannot-run"
    finding = Finding(check, Severity.ERROR, None, None, None, None, message)
    report = Report("fail", 0, 0, (finding,), {check: Counts(errors=1)})
    told = Preview(OFF, "Nothing was trained, because the data could not be judged.")
    try:
        head = git.head(root)
    except CannotRun:
        head = None
    return fit.fit(Review(report, head, None, called(base), preview=told))


def say(sentence: str) -> None:
    """Say what takes its time, apart from the report."""
    click.echo(sentence, err=True)


# ---- rendering


def show(root: Path, found: Review, format: str, output: Path | None, limit: int) -> None:
    """Print a review, write it to a file, or add it to the step summary of a workflow."""
    from dataci.commands import check

    text = render(root, found, format, limit)
    if output is None:
        sys.stdout.write(text)
    elif is_summary(output):
        append(text)
    else:
        check.write(text, output)
        click.echo(f"{found.report.verdict}: the report is in {output}")


def render(root: Path, found: Review, format: str, limit: int) -> str:
    """Render a review; ended by a newline."""
    from dataci import git, review
    from dataci.commands import check
    from dataci.review import text

    if format == JSON:
        return text.dumps(review.to_dict(found))
    if format == GITHUB:
        from dataci.reporters import github

        return github.render(check.below(git.prefix(root), found.report))
    return markdown(found, limit)


def markdown(found: Review, limit: int) -> str:
    """Render a review as Markdown of at most ``limit`` bytes, as far as its reporter can make it that short."""
    from dataci.reporters import pull_request

    characters = limit
    while True:
        text = pull_request.render(found, characters).rstrip("\n") + "\n"
        size = len(text.encode("utf-8", "backslashreplace"))
        shorter = characters * limit // max(size, 1) - 1
        if size <= limit or shorter < 4000:
            return text
        characters = min(shorter, characters - 1)


def is_summary(output: Path | None) -> bool:
    """Tell whether a file is the step summary, which other steps write as well."""
    place = os.environ.get(SUMMARY)
    return output is not None and bool(place) and output.resolve() == Path(str(place)).resolve()


def append(text: str) -> None:
    """Add to the step summary."""
    from dataci.delivery import summary

    summary.add(text)
