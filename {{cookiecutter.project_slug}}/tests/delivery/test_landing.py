"""Landing beside others: everything lands, in one line, each once; and a refusal is told at once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import building
import hosting
from dataci import remote
from dataci.delivery import landing
from dataci.delivery.landing import Landing
from hosting import WRITE, Host

PUBLISHERS = 6


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATACI_BACKOFF", "0.02")


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    with hosting.host(tmp_path, {"results/README.md": "0\n"}) as found:
        yield found


def counting(root: Path, name: str) -> Landing | None:
    """Write a file of one's own, and count in a file that everybody writes."""
    path, count = f"results/{name}.txt", root / "results/README.md"
    if (root / path).exists():
        return None
    building.write(root, {path: name, "results/README.md": f"{int(count.read_text()) + 1}\n"})
    return Landing([path, "results/README.md"], f"Result {name}")


def test_six_at_once_all_land_in_one_line(host: Host) -> None:
    clones = [host.clone(f"clone-{number}") for number in range(PUBLISHERS)]
    together = threading.Barrier(PUBLISHERS)

    def publish(root: Path) -> str | None:
        together.wait()
        return landing.land(root, host.hub(), "main", lambda: counting(root, root.name))

    with ThreadPoolExecutor(PUBLISHERS) as pool:
        made = list(pool.map(publish, clones))
    assert sorted(host.log(form="%H")[:-1]) == sorted(filter(None, made))
    assert sorted(host.log()) == ["Result " + root.name for root in clones] + ["Start"]
    assert all(len(parents.split()) <= 1 for parents in host.log(form="%P"))
    assert building.git(host.bare, "show", "main:results/README.md") == str(PUBLISHERS)


def test_what_is_there_already_is_not_committed(host: Host) -> None:
    root = host.clone("one")
    assert landing.land(root, host.hub(), "main", lambda: counting(root, "x"))
    assert landing.land(root, host.hub(), "main", lambda: counting(root, "x")) is None
    assert landing.land(root, host.hub(), "main", lambda: Landing(["results/x.txt"], "Again")) is None
    assert host.log() == ["Result x", "Start"]


def test_a_refusal_is_not_tried_again(host: Host) -> None:
    root, calls = host.clone("one"), []
    host.refuse(hosting.GH013)

    def write() -> Landing | None:
        calls.append(1)
        return counting(root, "x")

    with pytest.raises(remote.Rejected) as rejected:
        landing.land(root, host.hub(), "main", write)
    assert rejected.value.kind == "protected"
    assert len(calls) == 1


def test_a_push_whose_answer_was_lost_is_found_to_have_landed(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, whole = host.clone("one"), remote.push
    lost: list[str] = []

    def losing(folder: Path, commit: str, branch: str, token: str) -> None:
        whole(folder, commit, branch, token)
        lost.append(commit)
        raise remote.Unreachable("The answer was lost.")

    monkeypatch.setattr(remote, "push", losing)
    assert landing.land(root, host.hub(), "main", lambda: counting(root, "x")) is None
    assert len(lost) == 1
    assert host.log() == ["Result x", "Start"]


def test_it_does_not_try_for_ever(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATACI_BACKOFF", "0")
    monkeypatch.setattr(landing, "ATTEMPTS", 3)
    root = host.clone("one")
    (host.bare / "refs/heads/main.lock").touch()
    with pytest.raises(remote.Rejected, match="Run the job again") as rejected:
        landing.land(root, host.hub(), "main", lambda: counting(root, "x"))
    assert rejected.value.kind == "behind"
    assert remote.fetch(root, "main", WRITE)
