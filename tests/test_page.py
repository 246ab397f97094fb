"""The page of `dataci report` in a real browser: nothing runs, is fetched or runs over, and it can be read."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import baking
import browser as driver
import pytest
from baking import TEMPLATE, run
from browser import Browser

EVIL = (
    "<script>window.pwned=1</script><img src=x onerror='window.pwned=1'><svg onload=alert(1)></title></style> شخص"
    "</desc><style>body{display:none}</style><a href=javascript:alert(1)>&lt;b&gt;&#x3c;</a></bdi>'\u202e\u200f\x01\""
)
PAGES = (  # pages without a project: with everything in it, and with a hostile text in every place
    "import sys, pathlib\nimport test_page\nfrom dataci.reporters import page\n"
    "folder = pathlib.Path(sys.argv[1])\n"
    "(folder / 'full.html').write_text(page.render(test_page.usual()), 'utf-8')\n"
    "(folder / 'hostile.html').write_text(page.render(test_page.poisoned(sys.stdin.read())), 'utf-8')\n"
)
RESULTS = (
    "import sys, pathlib\nimport recording\nroot, parent = pathlib.Path(sys.argv[1]), None\n"
    "for at in range(4):\n"
    "    parent = recording.keep(root, f'candidate {at}', at / 10, at, parent=parent)['tag']\n"
)
CONTROL = "<!doctype html><title>x</title>{policy}<body>{body}</body>"


class Site(NamedTuple):
    """Pages on a loopback server, and the paths that were asked for."""

    url: str
    asked: list[str]
    pages: dict[str, str]


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Return a real browser; without one on the machine nothing here is known to work, so the test fails."""
    program = driver.find()
    if program is None:
        pytest.fail(driver.MISSING, pytrace=False)
    made = Browser(program, tmp_path_factory.mktemp("profile"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def site(pristine: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Return the pages: of the example before and after results, and those of PAGES."""
    folder = tmp_path_factory.mktemp("site")
    project = folder / "project"
    shutil.copytree(pristine, project)
    baking.commit(project)
    paths = [str(TEMPLATE / name) for name in ("src", "tests", "tests/reporters")]
    environment = {"PYTHONPATH": ":".join(paths), "OMP_NUM_THREADS": "1"}
    report(project, folder / "fresh.html")
    run(sys.executable, "-c", RESULTS, project, cwd=folder, env=environment)
    report(project, folder / "example.html")
    (folder / "evil.txt").write_text(EVIL, "utf-8")
    command = f"exec '{sys.executable}' -c \"$SCRIPT\" '{folder}' < evil.txt"
    run("sh", "-c", command, cwd=folder, env={**environment, "SCRIPT": PAGES})
    pages = {f"/{path.name}": path.read_text("utf-8") for path in sorted(folder.glob("*.html"))}
    policy = (
        pages["/example.html"].partition('<meta http-equiv="Content-Security-Policy"')[2].partition(">")[0]
    )
    policy = f'<meta http-equiv="Content-Security-Policy"{policy}>'
    bad = '<p style="color:red">a</p><script>window.pwned = 1; console.log("ran")</script><img src="/picture.png">'
    wide = '<table><td><svg width="2000" height="5"></svg></table>'
    pages |= {
        "/forbidden.html": CONTROL.format(policy=policy, body=bad),
        "/allowed.html": CONTROL.format(policy="", body=bad),
        "/wide.html": CONTROL.format(policy='<meta name="viewport" content="width=device-width">', body=wide),
    }
    with driver.serve(pages) as (url, asked):
        yield Site(url, asked, pages)


def report(project: Path, output: Path) -> None:
    """Write the page of a project as a user does."""
    paths = {"PYTHONPATH": str(project / "src"), "OMP_NUM_THREADS": "1"}
    run(sys.executable, "-m", "dataci", "report", "--output", output, cwd=project, env=paths)


@pytest.mark.parametrize("name", ["fresh", "example", "full", "hostile"])
@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_is_wrong_nothing_is_fetched_and_nothing_runs_over(
    browser: Browser, site: Site, name: str, width: int
) -> None:
    site.asked.clear()
    tab = browser.open(f"{site.url}/{name}.html", width=width, dark=width == 390)
    assert tab.complaints() == []
    assert tab.requests() == [f"{site.url}/{name}.html"]
    assert site.asked == [f"/{name}.html"]
    assert tab.overflow() <= 0
    assert tab.run("document.compatMode") == "CSS1Compat"
    assert tab.run("performance.getEntriesByType('resource').length") == 0
    assert len(site.pages[f"/{name}.html"].encode()) < 1_000_000


def test_the_detector_notices_scripts_styles_requests_and_wide_pages(browser: Browser, site: Site) -> None:
    site.asked.clear()
    forbidden = browser.open(f"{site.url}/forbidden.html")
    assert forbidden.run("window.pwned") is None
    said = " ".join(forbidden.complaints())
    assert "script" in said
    assert "style" in said
    assert "/picture.png" in said
    assert "/picture.png" not in site.asked
    allowed = browser.open(f"{site.url}/allowed.html")
    assert allowed.run("window.pwned") == 1
    assert any("ran" in one for one in allowed.complaints())
    assert f"{site.url}/picture.png" in allowed.requests()
    assert "/picture.png" in site.asked
    assert browser.open(f"{site.url}/wide.html", width=390).overflow() > 1000


def test_hostile_values_stay_text(browser: Browser, site: Site) -> None:
    tab = browser.open(f"{site.url}/hostile.html")
    assert tab.run("window.pwned") is None
    bad = "script, img, iframe, object, embed, form, a[href^=javascript], body style"
    assert tab.run(f"document.querySelectorAll('{bad}').length") == 0
    attributes = "[...document.querySelectorAll('*')].flatMap(e => [...e.attributes])"
    assert tab.run(f"{attributes}.filter(a => /^on|^style$/i.test(a.name)).length") == 0
    values = "[...document.querySelectorAll('bdi, code')].map(e => getComputedStyle(e).unicodeBidi)"
    assert tab.run(f"[...new Set({values})].join()") == "isolate", (
        "words from right to left would turn their neighbours"
    )
    assert tab.run("getComputedStyle(document.body).display") == "block"
    heading = str(tab.run("document.querySelector('h1').textContent"))
    assert heading.startswith("<script>window.pwned=1</script><img src=x onerror='window.pwned=1'>")
    seen = str(tab.run("document.body.textContent"))
    assert seen.count("<script>window.pwned=1</script>") > 20
    assert "\u202e" not in seen
    assert "\u200f" not in seen


def test_a_page_is_dark_where_the_reader_s_machine_is(browser: Browser, site: Site) -> None:
    shades = []
    for dark in (False, True):
        tab = browser.open(f"{site.url}/full.html", dark=dark)
        ground = str(tab.run("getComputedStyle(document.body).backgroundColor"))
        shades.append(max(int(part) for part in ground.strip("rgb()").split(",")))
    assert shades[0] > 230
    assert shades[1] < 40


def test_wide_tables_scroll_inside_their_own_box(browser: Browser, site: Site) -> None:
    tab = browser.open(f"{site.url}/full.html", width=390)
    boxes = "[...document.querySelectorAll('.scroll')]"
    assert int(tab.run(f"{boxes}.filter(b => b.scrollWidth > b.clientWidth + 20).length")) > 2
    assert int(tab.run(f"{boxes}.filter(b => b.getBoundingClientRect().right > 390).length")) == 0
    wide = "b.querySelectorAll('thead th').length > 4 && b.scrollWidth > b.clientWidth"
    assert int(tab.run(f"{boxes}.filter(b => {wide} && !b.hasAttribute('tabindex')).length")) == 0


def test_groups_robustness_and_certainty_are_read_on_a_phone(browser: Browser, site: Site) -> None:
    tab = browser.open(f"{site.url}/full.html", width=390)
    assert tab.overflow() <= 0
    for name in ("groups", "robustness", "uncertainty"):
        inside = (
            f"[...document.querySelectorAll('#{name} h2, #{name} h3, #{name} p, #{name} table, #{name} svg')]"
        )
        boxes = f"{inside}.filter(one => one.getBoundingClientRect().height > 0)"
        assert int(tab.run(f"{boxes}.length")) >= 6, name
        outside = f"{boxes}.filter(one => !one.closest('.scroll') && one.getBoundingClientRect().right > 390)"
        assert int(tab.run(f"{outside}.length")) == 0, name
        assert int(tab.run(f"document.querySelectorAll('nav a[href=\"#{name}\"]').length")) == 1
    bars = "[...document.querySelectorAll('#robustness .bar .fill')].map(bar => bar.getBoundingClientRect().width)"
    widths = tab.run(bars)
    assert len(widths) >= 3
    assert widths[0] < widths[1], "keyboard-2 flips more rows than keyboard-1"


def test_text_in_drawings_keeps_its_size_on_a_phone(browser: Browser, site: Site) -> None:
    for width in (390, 1280):
        tab = browser.open(f"{site.url}/example.html", width=width)
        texts = "[...document.querySelectorAll('svg.trend text')].map(t => t.getBoundingClientRect())"
        heights = tab.run(f"{texts}.map(box => box.height)")
        assert len(heights) >= 6
        assert min(heights) >= 11
        assert tab.run(f"{texts}.filter(box => box.right > {width}).length") == 0


def test_who_does_not_see_the_page_finds_landmarks_headings_and_words_for_drawings(
    browser: Browser, site: Site
) -> None:
    tab = browser.open(f"{site.url}/full.html")
    tree = [node for node in tab.call("Accessibility.getFullAXTree")["nodes"] if not node.get("ignored")]
    roles = [node["role"]["value"] for node in tree]
    for landmark in ("banner", "navigation", "main", "contentinfo"):
        assert roles.count(landmark) == 1, landmark
    assert roles.count("region") == site.pages["/full.html"].count("<section ") >= 7
    drawings = [node for node in tree if node["role"]["value"] in ("image", "img", "graphics-document")]
    assert len(drawings) >= 5
    for node in drawings:
        assert node["name"]["value"]
    tables = [node for node in tree if node["role"]["value"] == "table"]
    assert len(tables) > 10
    assert all(node["name"]["value"] for node in tables)
    assert {"columnheader", "rowheader"} <= set(roles)


def test_the_first_stop_of_the_keyboard_leads_past_the_head(browser: Browser, site: Site) -> None:
    tab = browser.open(f"{site.url}/full.html")
    tab.press("Tab")
    assert tab.run("document.activeElement.textContent") == "Skip to the content"
    assert tab.run("document.activeElement.getBoundingClientRect().left") >= 0


def test_on_paper_it_is_dark_on_white_without_the_links(browser: Browser, site: Site) -> None:
    tab = browser.open(f"{site.url}/full.html", dark=True)
    tab.call(
        "Emulation.setEmulatedMedia",
        media="print",
        features=[{"name": "prefers-color-scheme", "value": "dark"}],
    )
    assert tab.run("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert tab.run("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
    assert tab.run("getComputedStyle(document.querySelector('nav')).display") == "none"
