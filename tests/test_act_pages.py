"""The workflow `pages`, executed: a job that only reads builds the page; it is published only where that is on."""

from __future__ import annotations

import io
import tarfile
import zipfile
from pathlib import Path

import pytest
from acting import calls
from acting.hub import Hub
from baking import TEMPLATE as PROJECT

CALLER = Path(__file__).parent / "acting" / "samples" / "calls-pages.yml"
SWITCH = "DATACI_PAGES"


def page(artifact: bytes) -> str:
    """Return the page in a zipped artifact, which holds nothing else."""
    with zipfile.ZipFile(io.BytesIO(artifact)) as archive:
        assert archive.namelist() == ["index.html"]
        return archive.read("index.html").decode()


def test_the_page_is_built_and_kept_but_not_published(hub: Hub) -> None:
    run = hub.on_dispatch("pages.yml")
    assert run.jobs == {"build": "success", "deploy": "skipped"}, run.log
    assert list(run.artifacts) == ["page"]
    found = page(run.artifacts["page"])
    assert "no result yet" in found
    assert "<h1>" in found
    assert hub.repository.pages == []
    assert hub.requests("POST", "/pages/deployments") == []
    assert hub.leaks(run) == []


def test_where_the_owner_switched_it_on_exactly_that_page_is_published(hub: Hub) -> None:
    hub.repository.variables[SWITCH] = "on"
    run = hub.on_dispatch("pages.yml")
    assert run.jobs == {"build": "success", "deploy": "success"}, run.log
    (published,) = hub.repository.pages
    with tarfile.open(fileobj=io.BytesIO(published)) as site:
        files = [member for member in site.getmembers() if not member.isdir()]
        assert [member.name.removeprefix("./") for member in files] == ["index.html"]
        inside = site.extractfile(files[0])
        assert inside is not None
        assert inside.read().decode() == page(run.artifacts["page"])
    (deployed,) = hub.requests("POST", "/pages/deployments")
    assert deployed.token == "pages.yml/deploy"
    assert hub.leaks(run) == []


def test_another_value_is_not_on(hub: Hub) -> None:
    hub.repository.variables[SWITCH] = "off"
    run = hub.on_dispatch("pages.yml")
    assert run.jobs == {"build": "success", "deploy": "skipped"}, run.log
    assert hub.repository.pages == []


def test_only_what_the_page_shows_starts_it(hub: Hub) -> None:
    before = hub.tip()
    hub.commit({"README.md": "# Other words\n"})
    assert hub.on_push(before, only="pages.yml") == {}
    before = hub.tip()
    hub.commit({"data/train/note.md": "Rows come later.\n"})
    assert hub.on_push(before, only="pages.yml")["pages.yml"].conclusion == "success"


def test_a_run_that_waited_builds_the_branch_as_it_is_by_then(hub: Hub) -> None:
    before = hub.tip()
    old = hub.commit({"data/train/note.md": "Rows come later.\n"})
    hub.commit({"README.md": "# Named since\n"})
    run = hub.on_push(before, after=old, only="pages.yml")["pages.yml"]
    assert "<h1><bdi>Named since</bdi></h1>" in page(run.artifacts["page"])


def test_data_that_cannot_be_judged_are_on_the_page_and_leave_the_run_green(hub: Hub) -> None:
    before = hub.tip()
    hub.commit({"data/train/bad.csv": "id,want\n1,a,b,c\n", "results/00000000-00000000.json": "{"})
    run = hub.on_push(before, only="pages.yml")["pages.yml"]
    assert run.jobs["build"] == "success", run.log
    found = page(run.artifacts["page"])
    assert "✕" in found
    assert "results/00000000-00000000.json is not valid JSON" in found
    assert "Traceback" not in run.log


def test_the_project_s_own_code_cannot_publish_or_push(hub: Hub) -> None:
    hub.repository.variables[SWITCH] = "on"
    steal = (
        "import os, pathlib, subprocess\n"
        "words = ' '.join(f'{k}={v}' for k, v in os.environ.items())\n"
        "pathlib.Path('/proc/self/environ').read_bytes()\n"
        "assert 'ghs_' not in words, 'there is a token'\n"
        "assert b'ghs_' not in pathlib.Path('.git/config').read_bytes()\n"
        "done = subprocess.run(['git', 'push', 'origin', 'HEAD:main'], capture_output=True)\n"
        "assert done.returncode, 'it could push'\n"
        "raise SystemExit('tried everything')\n"
    )
    tip = hub.commit({"project/checks.py": steal})
    run = hub.on_dispatch("pages.yml")
    assert run.jobs["build"] == "success", run.log
    assert "tried everything" in page(run.artifacts["page"])
    assert hub.tip() == tip
    assert hub.leaks(run) == []


def test_it_can_be_called_by_what_publishes_results(hub: Hub) -> None:
    hub.repository.variables[SWITCH] = "on"
    hub.commit({".github/workflows/calls-pages.yml": CALLER.read_text("utf-8")})
    run = hub.on_dispatch("calls-pages.yml")
    assert run.jobs == {"publish": "success", "pages-build": "success", "pages-deploy": "success"}, run.log
    assert len(hub.repository.pages) == 1
    (deployed,) = hub.requests("POST", "/pages/deployments")
    assert deployed.token == "calls-pages.yml/pages-deploy"
    assert hub.leaks(run) == []
    failed = hub.on_dispatch("calls-pages.yml", fail="yes")
    assert failed.jobs == {"publish": "failure", "pages-build": "skipped", "pages-deploy": "skipped"}, (
        failed.log
    )


def test_who_calls_it_has_to_grant_what_it_needs() -> None:
    text = CALLER.read_text("utf-8")
    pages = (PROJECT / ".github/workflows/pages.yml").read_text("utf-8")
    assert "pages-deploy" in calls.inlined(text, lambda name: pages)
    with pytest.raises(
        AssertionError, match="'deploy' is requesting 'pages: write', but is only allowed 'pages: none'"
    ):
        calls.inlined(text.replace("      pages: write\n", ""), lambda name: pages)
    with pytest.raises(AssertionError, match="cannot be called"):
        calls.inlined(text, lambda name: pages.replace("  workflow_call:\n", ""))
