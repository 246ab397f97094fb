"""The Markdown report: its form, that it keeps the limit and names what it cut, and that data is inert."""

from __future__ import annotations

import re
from collections.abc import Callable
from html.parser import HTMLParser

import pytest
from markdown_it import MarkdownIt

from dataci.finding import Counts, Finding, Report, Severity
from dataci.reporters.markdown import LIMIT, SHOWN, render

OURS = {
    "h3",
    "p",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
    "details",
    "summary",
    "code",
    "b",
    "br",
    "ul",
    "li",
}
TABLE = "| place | what is wrong | row |\n|:--|:--|:--|\n"


class Page(HTMLParser):
    """A page's elements and attributes, its text outside of ``code``, and the cells of each table row."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.open: list[str] = []
        self.prose = ""
        self.cells: list[int] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag not in ("br",):
            self.open.append(tag)
        if tag == "tr":
            self.cells.append(0)
        if tag in ("td", "th"):
            self.cells[-1] += 1

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "code" not in self.open:
            self.prose += data


def page(text: str) -> Page:
    """The page that GitHub would show."""
    return Page(MarkdownIt("gfm-like", {"linkify": False}).render(text))


def test_usual(usual: Report) -> None:
    cells = (
        "<code>id</code> = <code>w-{0}</code> · <code>want</code> = <code>someone to feed my cat</code> · "
    )
    cells += "<code>offer</code> = <code>pet sitting</code> · <b><code>match</code> = <code>2</code></b>"
    wrong = "<code>&#34;2&#34; is not one of the allowed values 0, 1: correct the cell</code>"
    row = "| <code>data/train/a.csv:{0}</code><br><code>match</code> | " + wrong + " | " + cells + " |\n"
    assert render(usual) == (
        "### ❌ FAIL: 1,235 errors, 1 warning in 12,345 rows of 5 files, compared with <code>main</code> "
        "(12 known, 2 waived)\n\n"
        "| check | errors | warnings | known | waived |\n|:--|--:|--:|--:|--:|\n"
        "| <code>schema</code> | 1,234 |  |  |  |\n"
        "| <code>near-duplicate</code> |  |  | 12 | 2 |\n"
        "| <code>split-leak</code> | 1 |  |  |  |\n"
        "| <code>drift</code> |  | 1 |  |  |\n\n"
        "2 other checks found nothing.\n\n"
        f"<details><summary><code>schema</code>: 1,234 errors</summary>\n\n{TABLE}"
        f"{row.format(3)}{row.format(4)}\n… and 1,232 more like these\n\n</details>\n\n"
        f"<details open><summary><code>split-leak</code>: 1 error</summary>\n\n{TABLE}"
        "| <code>data/train/a.csv:9</code> | "
        "<code>the row stands in the test set as well: remove it here</code>"
        "<br>see <code>data/test/t.csv:4</code> |  |\n\n</details>\n\n"
        f"<details><summary><code>drift</code>: 1 warning</summary>\n\n{TABLE}"
        "| the data as a whole<br><code>source</code> | "
        "<code>the share of crowd rose to 48 %: look why</code> |  |\n"
        "\n</details>\n\n"
        "- <code>the waiver for w-77 matches nothing: remove it</code>\n"
    )


def test_clean(clean: Report) -> None:
    assert render(clean) == "### ✅ PASS: nothing found in 3 rows of 1 file\n\n2 checks found nothing.\n\n"


def test_hostile(poisoned: Callable[[str], Report], hostile: str) -> None:
    text = render(poisoned(hostile))
    assert text.replace("\n", "").isprintable()
    assert len(text) < LIMIT
    assert not any(line.lstrip().startswith("::") or "##[" in line for line in text.splitlines())
    shown = page(text)
    assert shown.tags <= OURS
    assert shown.attributes <= {"style", "open"}
    assert set(shown.cells) <= {3, 5}
    assert not shown.open
    assert not re.search(r"@|://|www\.|#\d|GH-\d", shown.prose)


def _large(checks: int, each: int, text: str) -> Report:
    row = tuple((f"{text[:20]}{index}", text) for index in range(40))
    findings = tuple(
        Finding(f"check-{number}", severity, "data/a.csv", line, row[0][0], text, text, (), row)
        for number in range(checks)
        for severity in Severity
        for line in range(each)
    )
    notes = (text,) * 200
    return Report(
        "fail", 1, 1, findings, {f"check-{n}": Counts(5000, 5000) for n in range(checks)}, text, notes
    )


@pytest.mark.parametrize("checks", [1, 10, 2000])
@pytest.mark.parametrize("limit", [4000, 20_000, LIMIT])
@pytest.mark.parametrize("text", ["x" * 3000, "<@|://" * 500])
def test_the_limit_holds_and_every_finding_is_accounted_for(checks: int, limit: int, text: str) -> None:
    shown = render(_large(checks, 3, text), limit=limit)
    assert len(shown) <= limit
    listed = shown.count("| <code>data/a.csv:")
    more = sum(
        int(number.replace(",", "")) for number in re.findall(r"and ([\d,]+) more[ :](?!col|note)", shown)
    )
    none = sum(int(number.replace(",", "")) for number in re.findall(r"^([\d,]+), none", shown, re.MULTILINE))
    away = re.search(r"For want of room, ([\d,]+) findings", shown)
    assert listed + more + none + (int(away[1].replace(",", "")) if away else 0) == checks * 10_000
    page(shown)


def test_every_check_gets_a_turn() -> None:
    shown = render(_large(10, SHOWN, "<@|://" * 500))
    assert len(set(re.findall(r"<summary><code>(check-\d+)", shown))) == 10
    counts = [block.count("| <code>data/a.csv:") for block in shown.split("<details")[1:]]
    assert max(counts) - min(counts) <= 1
