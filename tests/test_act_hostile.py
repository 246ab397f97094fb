"""Hostile data, branch names and artifacts, from the pull request to the comment, executed: no command of theirs runs,
no other pull request is touched, no value becomes markup, and what is really wrong with the data is shown all the same.
"""

from __future__ import annotations

import csv
import io
import json
import re
import stat
import zipfile
from html.parser import HTMLParser
from typing import Any

import pytest
from acting.hub import Hub
from acting.runner import Run
from markdown_it import MarkdownIt

COMMENT, CHECK = "pr-comment.yml", "data-ci.yml"
BOT = "github-actions[bot]"
MARKER = "<!-- dataci: review -->"
OPEN, CLOSE = "$" + "{" * 2, "}" * 2
TAGS = set("h3 p table thead tbody tr th td details summary code b br ul li a strong em blockquote".split())
BATCH = "data/train/2026-11-hostile.csv"


class Page(HTMLParser):
    """What GitHub would show: elements, where links lead, and the text outside of ``code``."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.links: list[str] = []
        self.code = 0
        self.prose = ""
        self.feed(MarkdownIt("gfm-like", {"linkify": False}).render(text))
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert {name for name, _ in attrs} <= {"href", "style", "open"}
        self.tags.add(tag)
        self.links += [str(value) for name, value in attrs if name == "href"]
        self.code += tag == "code"

    def handle_endtag(self, tag: str) -> None:
        self.code -= tag == "code"

    def handle_data(self, data: str) -> None:
        self.prose += "" if self.code else data


def inert(hub: Hub, text: str) -> None:
    """Assert that nothing in a comment or a summary is markup but what is ours."""
    page = Page(text)
    assert page.tags <= TAGS
    assert all(link.startswith(f"{hub.world.url}/{hub.repository.name}/") for link in page.links)
    assert not re.search(r"@|://|www\.|#\d", page.prose)
    assert text.replace("\n", "").isprintable()
    assert len(text) <= 60_000


def only_comment(hub: Hub, number: int) -> str:
    """Return the text of the one comment on a pull request."""
    (comment,) = hub.comments(number)
    assert comment["user"]["login"] == BOT
    return str(comment["body"])


def hostile(hub: Hub) -> list[str]:
    """Return texts that would do something wherever somebody forgot to escape them."""
    touch = f"touch {hub.canary}"
    return [
        f"I need a cat sitter $({touch}) and `{touch}`; {touch} && {touch} | {touch}",
        f"A walk for my dog {OPEN} github.token {CLOSE} {OPEN} toJSON(secrets) {CLOSE} {OPEN} env.GITHUB_TOKEN {CLOSE}",
        "Lessons\n::set-output name=x::y\n::add-mask::e\n::error file=README.md,line=1::forged\n::stop-commands::x",
        "A plumber ##[error]forged ##vso[task.setvariable variable=x]y",
        "Ask @everyone, @acme/owners and @maintainer about #1, GH-1 and acme/demo#1 or a@b.example",
        f"<script>fetch('{hub.elsewhere}')</script><img src={hub.elsewhere} onerror=alert(1)></td></table></details>",
        f"{MARKER} ### ✅ PASS <!-- {MARKER}",
        f"![see]({hub.elsewhere}/a.png) [click]({hub.elsewhere}) <{hub.elsewhere}> {hub.elsewhere} www.evil.example",
        "\u202ekcab\u202c \u2066isolated\u2069 zero\u200bwidth \u200fmark",
        '=HYPERLINK("http://x") | a | b |\n|---|---|\n| c | d |',
        "\x1b[31mred\x1b[0m \x1b]0;title\x07",
        "x" * 2_000_000,
    ]


def batch(hub: Hub) -> str:
    """Return a data file: a hostile row for each text, and a wrong label in the last row."""
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow((hub.file("data/train/2026-09-batch-1.csv") or b"").decode().splitlines()[0].split(","))
    for at, text in enumerate(hostile(hub)):
        offer = f"Offer number {at}: {text[:100]}"
        table.writerow([f"w90{at}", text, offer, "1", "pet sitting", f"u90{at}", "web", "2026-08-01"])
    wrong = (
        "w999",
        "Somebody to water plants",
        "Plants watered",
        "maybe",
        "gardening",
        "u999",
        "web",
        "2026-08-01",
    )
    table.writerow(wrong)
    return out.getvalue()


def test_hostile_data_from_a_fork(hub: Hub) -> None:
    bystander = hub.pull({"docs/a.md": "a\n"}, branch="other")
    branch = f"p;$(touch${{IFS}}{hub.canary})`id`&&{OPEN}github.token{CLOSE}'\"|x#1"
    number = hub.pull(
        {BATCH: batch(hub)}, title=hostile(hub)[0], body=hostile(hub)[5], branch=branch, fork="mallory"
    )
    runs = hub.review(number)
    check, comment = runs[CHECK], runs[COMMENT]
    assert check.conclusion == "failure"
    assert comment.conclusion == "success", comment.log
    said = only_comment(hub, number)
    assert said.startswith("### ❌ FAIL on ")
    assert re.search(r"<code>data/train/2026-11-hostile\.csv:\d+</code><br><code>match</code>", said)
    assert "<code>match</code> = <code>maybe</code>" in said
    inert(hub, said)
    inert(hub, check.summary)
    assert hub.comments(bystander) == []
    assert hub.leaks(check, comment) == []
    assert {
        one.message for one in check.annotations if "forged" in one.message and one.file == "README.md"
    } == set()
    assert set(written(hub)) == {("POST", f"/issues/{number}/comments")}


def written(hub: Hub) -> list[tuple[str, str]]:
    """Return what was changed over the API: method and path within the repository."""
    requests = hub.requests(host="api")
    changes = [one for one in requests if one.method != "GET"]
    return [(one.method, one.path.partition(hub.repository.name)[2]) for one in changes]


def packed(
    content: Any, name: str = "result.json", mode: int = stat.S_IFREG | 0o644, more: str = ""
) -> bytes:
    """Return an artifact: JSON or bytes under a name, with the mode of a file or a link."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        entry = zipfile.ZipInfo(name)
        entry.create_system, entry.external_attr = 3, mode << 16
        entry.compress_type = zipfile.ZIP_DEFLATED
        archive.writestr(entry, content if isinstance(content, bytes) else json.dumps(content).encode())
        if more:
            archive.writestr(more, b"more")
    return out.getvalue()


def review(**changes: Any) -> dict[str, Any]:
    """Return a review with which nothing is wrong, and in which some fields say something else."""
    counts = {"errors": 0, "warnings": 0, "known": 0, "waived": 0}
    report = {
        "version": 1,
        "verdict": "pass",
        "checked": {"files": 1, "rows": 9},
        "base": "origin/main",
        "findings": [],
        "summary": {"schema": counts},
        "notes": [],
        "crashed": [],
    }
    found: dict[str, Any] = {
        "version": 1,
        "head": None,
        "uncommitted": False,
        "base": None,
        "base_ref": "origin/main",
        "report": report,
        "diff": None,
        "distribution": [],
        "preview": {"status": "off", "message": "", "comparison": None},
        "cut": [],
    }
    return {**found, **changes}


def commented(hub: Hub, number: int, artifacts: dict[str, bytes], conclusion: str = "success") -> Run:
    """Run pr-comment after a run that handed over these artifacts."""
    run = hub.on_workflow_run(hub.finished(number, artifacts, conclusion=conclusion))[COMMENT]
    assert run.conclusion == "success", run.log
    assert hub.leaks(run) == []
    assert {one.token for one in hub.requests(host="blob")} <= {""}  # the token stays with the API
    return run


ARTIFACTS = {
    "a link": packed(review(), mode=stat.S_IFLNK | 0o777),  # with which nothing else is wrong
    "a path upwards": packed(review(), "../../../../result.json"),
    "another schema": packed({"version": 1, "verdict": "pass"}),
    "a bomb": packed(b"{" + b" " * 200_000_000 + b"}"),
}


@pytest.mark.parametrize("which", ARTIFACTS)
def test_a_hostile_artifact_gives_no_verdict(hub: Hub, which: str) -> None:
    bystander = hub.pull({"docs/a.md": "a\n"}, branch="other")
    number = hub.pull({"docs/b.md": "b\n"}, fork="mallory")
    run = commented(hub, number, {"review": ARTIFACTS[which]})
    said = only_comment(hub, number)
    assert said.startswith("### ⚠️ No verdict on ")
    assert "was refused" in said
    assert "✅" not in said + run.summary
    inert(hub, said)
    assert hub.comments(bystander) == []


def test_the_number_of_another_pull_request_and_another_artifact_lead_nowhere(hub: Hub) -> None:
    bystander = hub.pull({"docs/a.md": "a\n"}, branch="other")
    number = hub.pull({"docs/b.md": "b\n"}, fork="mallory")
    other = hub.repository.pulls[bystander]
    lying = review(number=bystander, pull_request=bystander, issue=bystander, head=other["head"]["sha"])
    commented(
        hub, number, {"review": packed(lying), "results": packed(review()), "evil": packed(b"x", "../../x")}
    )
    assert only_comment(hub, number).startswith("### ✅ PASS on ")
    commented(hub, number, {"evil": packed(review())}, "failure")
    assert only_comment(hub, number).startswith("### ⚠️ No verdict on ")
    assert hub.comments(bystander) == []
    assert {path for _, path in written(hub)} <= {
        f"/issues/{number}/comments",
        f"/issues/comments/{hub.comments(number)[0]['id']}",
    }


def test_a_verdict_that_may_be_forged_is_not_green(hub: Hub) -> None:
    touch = f"import pathlib; pathlib.Path({str(hub.canary)!r}).touch()\n"
    files = {
        ".github/workflows/data-ci.yml": "name: data-ci\non: pull_request\njobs: {}\n",
        "src/dataci/commands/publish/comment.py": touch,
        "project/model.py": touch,
        "project/schema.py": touch,
    }
    number = hub.pull(files, fork="mallory")
    hub.comment(number, f"{MARKER} ✅ all is well", by="mallory")
    run = commented(hub, number, {"review": packed(review())})
    theirs, ours = hub.comments(number)
    assert theirs["body"] == f"{MARKER} ✅ all is well"
    assert ours["user"]["login"] == BOT
    assert ours["body"].startswith("### ⚠️ PASS on ")
    for path in files:
        assert f"<code>{path.replace('_', '&#95;')}</code>" in ours["body"]
    assert "✅" not in ours["body"] + run.summary
    assert hub.leaks(run) == []  # nothing of the pull request ran where the token can write
