"""Reports to render: a usual one, an empty one, and one with a hostile text in every field."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from dataci.finding import Counts, Finding, Place, Report, Severity

HOSTILE = {
    "terminal": "\x1b[31mred\x1b[0m\x1b]0;title\x07\x9b2J",
    "command": "::error file=a,line=1::forged",
    "command in a new line": "a\n::set-output name=x::y",
    "command in a wrapped line": "word " * 30 + "::stop-commands::x",
    "command in a long word": "x" * 76 + "::add-mask::e" + "x" * 63 + "::error::y",
    "indented command": "  ::warning::x",
    "old command": "see ##[add-mask]e and ##vso[task.setvariable]x",
    "newlines": "a\r\nb\rc\nd\u2028e\u2029f\x0bg\x0ch\x85i",
    "markdown": "*a* _b_ ~~c~~ **d** # e\n# f\n- g\n> h\n\n    i\n![j](k.png) [l](m) [n]: o",
    "html": "<script>alert(1)</script><img src=x onerror=alert(1)></code></td></table></details><!--",
    "entities": "&lt;b&gt; &#60;i&#62; &amp;",
    "formula": '=HYPERLINK("http://x")',
    "shell": "$(rm -rf ~) `reboot` ${HOME} ; &",
    "path": "../../x",
    "mentions": "@everyone #123 GH-1 o/r#7 a@b.example 0123456789abcdef0123456789abcdef01234567 :tada:",
    "links": "http://a.example https://b.example www.c.example WWW.D.example ftp://e <http://f> mailto:g@h.i",
    "bidi": "\u202eevil\u202c \u2066x\u2069 \u200f\u200ey",
    "zero width": "a\u200bb\u200d\ufeffc\u00add\U000e0041e\u3164f",
    "pipe": "a|b\\|c\\\\|d||",
    "cdata": "]]>",
    "fences": "```\n~~~\n````x",
    "surrogate": "a\ud800b\udcff",
    "combining": "e" + "\u0301" * 5000,
    "wide": "需要有人照顾我的猫" * 40,
    "emoji": "👩‍👩‍👧 ❤️ 🇩🇪",
    "nul": "\x00\x01\x7f",
    "percent": "100%0A::error::x%0D",
    "braces": "{0} {x} {{y}} %s %(z)s",
    "empty": "",
    "spaces": "   ",
    "tab": "\ta\tb\xa0c",
    "huge": "<\x1b|\n:: " * 250_000,
}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that asks for ``hostile`` once for each hostile text."""
    if "hostile" in metafunc.fixturenames:
        metafunc.parametrize("hostile", HOSTILE.values(), ids=HOSTILE.keys())


def _poisoned(text: str) -> Report:
    row = (("id", "1"), (text, text), ("text", text), ("none", None))
    path = text[:200].replace("\x00", "")
    findings = tuple(
        Finding(check, severity, path, line, column, text, f"{text}: remove it", (Place(path, 7),) * 5, row)
        for check in ("schema", f"mine-{text[:200]}")
        for severity in Severity
        for line, column in ((12, text), (13, "text"), (None, None))
    )
    return Report(
        "fail", 2, 30, findings, {finding.check: Counts(3, 3, 1, 1) for finding in findings}, text, (text,)
    )


@pytest.fixture(scope="session")
def poisoned() -> Callable[[str], Report]:
    """A report with the given text in every field that can hold a text from data."""
    return _poisoned


def _finding(line: int, match: str) -> Finding:
    row = (
        ("id", f"w-{line}"),
        ("want", "someone to feed my cat"),
        ("offer", "pet sitting"),
        ("match", match),
    )
    message = f'"{match}" is not one of the allowed values 0, 1: correct the cell'
    return Finding("schema", Severity.ERROR, "data/train/a.csv", line, "match", match, message, (), row)


@pytest.fixture(scope="session")
def usual() -> Report:
    """Two checks with errors, one with a warning, one with known findings only, two with none."""
    leak = Finding(
        "split-leak",
        Severity.ERROR,
        "data/train/a.csv",
        9,
        None,
        None,
        "the row stands in the test set as well: remove it here",
        (Place("data/test/t.csv", 4),),
    )
    rose = "the share of crowd rose to 48 %: look why"
    drift = Finding("drift", Severity.WARNING, None, None, "source", None, rose)
    summary = {
        "encoding": Counts(),
        "schema": Counts(errors=1234),
        "near-duplicate": Counts(known=12, waived=2),
        "split-leak": Counts(errors=1),
        "drift": Counts(warnings=1),
        "size": Counts(),
    }
    findings = (_finding(3, "2"), _finding(4, "2"), leak, drift)
    notes = ("the waiver for w-77 matches nothing: remove it",)
    return Report("fail", 5, 12345, findings, summary, "main", notes)


@pytest.fixture(scope="session")
def clean() -> Report:
    """Two checks ran and found nothing."""
    return Report("pass", 1, 3, (), {"schema": Counts(), "size": Counts()})
