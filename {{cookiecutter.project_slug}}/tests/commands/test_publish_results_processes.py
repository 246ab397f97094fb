"""dataci publish results as processes: none of project/ runs, and six at once all land."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import handing
from dataci import git
from hosting import WRITE
from publishing_site import FIRST, Site

PLANTED = "from pathlib import Path\nPath(r'{canary}').touch()\n"


def start_process(site: Site, root: Path, commit: str, folder: Path) -> subprocess.Popen[str]:
    environment = {
        **os.environ,
        **handing.in_a_run(site.host, commit, WRITE, site.host.home / f"{root.name}.md"),
        "PYTHONPATH": str(Path(git.__file__).parents[1]),
        "OMP_NUM_THREADS": "1",
    }
    command = [sys.executable, "-m", "dataci", "publish", "results", str(folder)]
    return subprocess.Popen(
        command, cwd=root, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def test_it_runs_none_of_the_project(site: Site) -> None:
    canary = site.host.home / "canary"
    names = ("model", "schema", "slices", "checks", "__init__", "sitecustomize")
    planted = {f"project/{name}.py": PLANTED.format(canary=canary) for name in names}
    merged = site.merge({**planted, "sitecustomize.py": PLANTED.format(canary=canary)})
    made = site.result(merged, 0.3)
    done = start_process(site, site.host.clone("job"), merged, site.folder(merged, {0.3: made}))
    _, errors = done.communicate()
    assert done.returncode == 0, errors
    assert site.latest() == made["tag"]
    assert not canary.exists()


def test_six_publishers_at_once_all_land_in_one_line(site: Site) -> None:
    site.publish(site.start, site.folder(site.start, {FIRST: site.first}))
    commits = [site.merge(handing.batch(number)) for number in range(6)]
    made = [site.result(commit, 0.3 + n / 100, site.first) for n, commit in enumerate(commits)]
    folders = [site.folder(commit, {0.3 + n / 100: made[n]}) for n, commit in enumerate(commits)]
    clones = [site.host.clone(f"clone-{number}") for number in range(6)]
    running = [start_process(site, *job) for job in zip(clones, commits, folders, strict=True)]
    assert [process.communicate()[1] for process in running if process.wait()] == []
    subjects = site.host.log()
    assert sum(subject.startswith("Result ") for subject in subjects) == 7
    assert all(len(parents.split()) <= 1 for parents in site.host.log(form="%P"))
    assert all(f"results/{one['tag']}.predictions.csv" in site.results() for one in made)
    assert site.latest() == made[-1]["tag"]
