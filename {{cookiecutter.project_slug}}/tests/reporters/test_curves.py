"""The curves as files and in the page: whole XML, marked where the threshold is, and inert whatever labels say."""

from __future__ import annotations

import importlib.util
import re
import sys
from types import SimpleNamespace
from xml.etree import ElementTree

import pytest

import recording
from dataci.errors import CannotRun
from dataci.reporters import curves, pictures
from dataci.reporters.leaderboard import Board, Line
from dataci.reporters.page import curves as in_page
from dataci.reporters.page.state import Overview
from dataci.reporters.page.style import CSS
from dataci.reporters.threshold import spots
from dataci.thresholds import decision, rules
from dataci.thresholds.decision import Decision
from dataci.thresholds.effect import effect

SVG = "{http://www.w3.org/2000/svg}"
COSTS = (1.0, 5.0)


def decided(number: int = 200) -> Decision:
    """Return a decision with a check on other rows."""
    train, test = recording.predictions(0.3, 0, ["0", "1"] * (number // 2)), recording.predictions(0.3, 1)
    found = decision.decide(train, recording.HOW, rules.Rule("cost", 0.0, COSTS), "match", COSTS)
    return found._replace(
        test=effect(test, recording.HOW._replace(threshold=found.threshold), COSTS), folds=5
    )


def texts(root: ElementTree.Element) -> list[str]:
    """Return the words of a drawing."""
    return [str(one.text) for one in root.iter(f"{SVG}text")]


def contrast(one: str, two: str) -> float:
    """Return the contrast of two colours after WCAG 2."""

    def light(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        red, green, blue = (
            part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
        )
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    high, low = sorted((light(one), light(two)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_there_is_a_drawing_for_each_curve_with_title_axes_and_the_chosen_point() -> None:
    found = decided()
    files = curves.files(found)
    assert list(files) == ["roc", "precision-recall", "cost"]
    for name, text in files.items():
        root = ElementTree.fromstring(text)
        assert root.tag == f"{SVG}svg"
        assert root.get("role") == "img"
        assert root[0].tag == f"{SVG}title"
        assert len(root.findall(f"{SVG}polyline")) == len(root.findall(f"{SVG}circle")) == 2
        said = texts(root)
        assert f"chosen: {found.threshold:g}" in said
        assert any("match = 1" in one for one in said)
        assert any("training rows, out of fold" in one for one in said)
        assert any("test rows, as a check" in one for one in said)
        assert name != "cost" or any("1 a false positive, 5 a false negative" in one for one in said)
        dashes = [one.get("stroke-dasharray") for one in root.findall(f"{SVG}polyline")]
        assert sorted(map(bool, dashes)) == [False, True]  # told apart without any colour


def test_the_ring_lies_where_the_threshold_is() -> None:
    found = decided()
    root = ElementTree.fromstring(curves.files(found)["roc"])
    rate, recall = found.training.curves.roc.mark or (0.0, 0.0)
    ring = next(one for one in root.iter(f"{SVG}circle") if one.get("r") == "7")
    left, right = curves.LEFT, curves.WIDTH - curves.RIGHT
    bottom, top = curves.HEIGHT - curves.BOTTOM, curves.TOP
    assert float(ring.get("cx", "")) == pytest.approx(left + rate * (right - left), abs=0.06)
    assert float(ring.get("cy", "")) == pytest.approx(bottom - recall * (bottom - top), abs=0.06)


def test_nothing_leaves_the_drawing_and_nothing_is_loaded() -> None:
    for text in curves.files(decided()).values():
        root = ElementTree.fromstring(text)
        for line in root.iter(f"{SVG}polyline"):
            spots = [tuple(map(float, pair.split(","))) for pair in line.get("points", "").split()]
            assert all(0 <= x <= curves.WIDTH and 0 <= y <= curves.HEIGHT for x, y in spots)
            assert len(spots) > 5
        assert "http" not in text.replace("http://www.w3.org/2000/svg", "")
        assert "url(" not in text
        assert "<script" not in text


def test_a_drawing_of_many_rows_stays_small_and_keeps_its_shape() -> None:
    big = curves.files(decided(20_000))
    assert all(len(text) < 60_000 for text in big.values())


def test_both_themes_have_enough_contrast() -> None:
    for theme in (curves.LIGHT, curves.DARK):
        for kind in ("ink", "soft", "first", "second"):
            assert contrast(theme[kind], theme["ground"]) > 4.5
    assert all(
        curves.rule(f".{kind}", f"fill:{colour}") in curves.STYLE for kind, colour in curves.DARK.items()
    )


def test_the_same_decision_gives_the_same_bytes() -> None:
    assert curves.files(decided()) == curves.files(decided())


def test_names_from_data_stay_text(hostile: str) -> None:
    found = decided()._replace(label=hostile, positive=hostile)
    for text in curves.files(found).values():
        root = ElementTree.fromstring(text)
        kinds = {one.tag.removeprefix(SVG) for one in root.iter()}
        assert kinds <= {"svg", "title", "desc", "style", "rect", "line", "polyline", "circle", "text"}
        assert set(filter(lambda char: not char.isprintable(), text)) <= {"\n"}
        assert all(set(one.keys()).isdisjoint({"onload", "href", "style"}) for one in root.iter())
        assert len(text) < 60_000


def test_without_test_rows_there_is_one_line() -> None:
    for text in curves.files(decided()._replace(test=None)).values():
        assert len(ElementTree.fromstring(text).findall(f"{SVG}polyline")) == 1


def test_points_between_two_on_a_line_are_left_out_and_corners_stay() -> None:
    points = [(0.0, 0.0), (0.0, 1.0), (0.0, 2.0), (1.0, 2.0), (2.0, 2.0), (2.0, 2.04), (2.0, 1.0)]
    assert list(spots(points)) == ["0,0", "0,2", "2,2", "2,1"]


# ---- PNG


def test_a_png_is_made_where_its_library_is_there_and_else_it_is_named() -> None:
    drawing = curves.files(decided())["roc"]
    if importlib.util.find_spec("resvg_py") is None:
        with pytest.raises(CannotRun, match=r"pip install '\.\[png\]'"):
            pictures.png(drawing)
        return
    found = pictures.png(drawing)
    assert found.startswith(b"\x89PNG\r\n\x1a\n")
    assert int.from_bytes(found[16:20]) == 2 * curves.WIDTH
    assert found == pictures.png(drawing)


def test_a_missing_library_and_missing_fonts_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "resvg_py", None)
    with pytest.raises(CannotRun, match=r"pip install '\.\[png\]'"):
        pictures.png("<svg/>")
    without = SimpleNamespace(svg_to_bytes=lambda **_: b"the same, whatever the words")
    monkeypatch.setitem(sys.modules, "resvg_py", without)
    with pytest.raises(CannotRun, match="No font is installed"):
        pictures.png("<svg/>")


# ---- in the page


def shown(label: str = "match", **settings: object) -> str:
    """Return the section of the page."""
    test = recording.predictions(0.3)
    found = recording.made("one", {"test": test})
    found = {**found, "train": {**found["train"], "columns": {"label": label}}}
    found["evaluation"] = {**found["evaluation"], **settings}
    board = Board(found, None, "latest", (Line(found, 1, None, 1),), ())
    return in_page.section(Overview("x", board=board, threshold=effect(test, recording.HOW, COSTS)))


def test_the_page_says_what_the_threshold_does_and_draws_three_curves() -> None:
    text = shown(threshold_rule="cost", costs={"false_positive": 1, "false_negative": 5})
    seen = re.sub(r"\s+", " ", re.sub("<[^>]*>", "", text))
    figures = effect(recording.predictions(0.3), recording.HOW, COSTS).figures
    wrong = round(figures["false_positives"]["value"])
    assert f"At 0.5 (chosen by the rule cost), of 1,000 rows like the test rows, {wrong} (" in seen
    assert "are wrongly called match &#61; 1" in seen
    assert f"They cost {figures['cost']['value']:,.0f} (" in seen
    assert text.count("<svg") == text.count('class="curve"') == text.count('class="ring"') == 3
    assert seen.count("The ring:") == 6  # below each drawing, and in its description
    assert "never on these" in seen


def test_a_threshold_that_somebody_set_is_not_said_to_be_chosen() -> None:
    assert "At 0.5 (set by hand)" in shown()
    assert "each mistake counts 1" in shown()


def test_the_page_keeps_its_policy(hostile: str) -> None:
    text = shown(hostile)
    assert "style=" not in text
    assert "<script" not in text
    assert all(f"\n.{kind}" in CSS for kind in ("curve", "ring"))
    ElementTree.fromstring(text)  # each element is closed


def test_without_a_threshold_there_is_no_section() -> None:
    assert in_page.section(Overview("x")) == ""
