"""Fetch, commit and push against real git over HTTP: who commits, what a refusal was, where the token goes."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

import building
import hosting
from dataci import remote
from dataci.errors import CannotRun
from hosting import READ, WRITE, Host

FILES = {"a.txt": "one\n", "results/README.md": "start\n"}


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATACI_BACKOFF", "0")


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    with hosting.host(tmp_path, FILES) as found:
        yield found


def write_and_commit(root: Path, name: str = "results/new.txt", text: str = "new\n") -> str:
    building.write(root, {name: text})
    made = remote.commit(root, [name], "A result")
    assert made is not None
    return made


def test_a_commit_is_the_bots_and_holds_its_paths_only(host: Host) -> None:
    root = host.clone("one")
    building.write(root, {"results/new.txt": "new\n", "a.txt": "edited\n", "other.txt": "not asked for\n"})
    building.git(root, "add", "a.txt")
    building.write(root, {".git/hooks/pre-commit": "#!/bin/sh\nexit 1\n"})
    (root / ".git/hooks/pre-commit").chmod(0o755)
    message = "# Result: «ü»\n\n@somebody\n"
    made = remote.commit(root, ["results/new.txt"], message)
    assert made == building.git(root, "rev-parse", "HEAD")
    assert building.git(root, "show", "--name-only", "--format=", "HEAD") == "results/new.txt"
    assert building.git(root, "log", "-1", "--format=%an %ae %cn %ce") == " ".join(
        [remote.NAME, remote.EMAIL] * 2
    )
    assert building.git(root, "log", "-1", "--format=%B").strip() == message.strip()
    assert remote.commit(root, ["results/new.txt"], message) is None
    assert remote.commit(root, [], message) is None


def test_a_deleted_file_is_committed_and_a_name_is_no_pattern(host: Host) -> None:
    root = host.clone("one")
    (root / "a.txt").unlink()
    building.write(root, {"*.txt": "odd name\n", "b.txt": "untouched\n"})
    assert remote.commit(root, ["a.txt", "*.txt"], "Remove")
    assert building.git(root, "show", "--name-status", "--format=", "HEAD").split() == [
        "A",
        "*.txt",
        "D",
        "a.txt",
    ]


def test_a_push_lands_and_the_token_is_nowhere(host: Host, capfd: pytest.CaptureFixture[str]) -> None:
    root = host.clone("one")
    made = write_and_commit(root)
    remote.push(root, made, "main", WRITE)
    assert host.log(form="%H")[0] == made
    assert remote.fetch(root, "main", READ) == made
    kept = [path.read_bytes() for path in root.rglob("*") if path.is_file()]
    assert not [data for data in kept if WRITE.encode() in data]
    assert WRITE not in "".join(capfd.readouterr())


def test_only_the_server_of_the_remote_gets_the_token(host: Host) -> None:
    root = host.clone("one")
    assert list(remote.authorization(root, WRITE)) == [f"http.{host.server.url}/.extraHeader"]
    building.git(root, "remote", "set-url", "origin", "https://somebody@example.org:8443/owner/name")
    assert list(remote.authorization(root, WRITE)) == ["http.https://example.org:8443/.extraHeader"]
    building.git(root, "remote", "set-url", "origin", "git@example.org:owner/name")
    assert remote.authorization(root, WRITE) == {}


def test_settings_in_the_environment_stay_in_force(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("COUNT", "1"), ("KEY_0", "user.nickname"), ("VALUE_0", "kept")):
        monkeypatch.setenv(f"GIT_CONFIG_{name}", value)
    found = remote.environment(host.clone("one"), WRITE)
    count = int(found["GIT_CONFIG_COUNT"])
    assert found["GIT_CONFIG_KEY_0"] == "user.nickname"
    assert all(f"GIT_CONFIG_{part}_{n}" in found for n in range(count) for part in ("KEY", "VALUE"))
    assert f"GIT_CONFIG_KEY_{count}" not in found


def kind_of(root: Path, made: str, token: str = WRITE, branch: str = "main") -> str:
    with pytest.raises(remote.Rejected) as rejected:
        remote.push(root, made, branch, token)
    return rejected.value.kind


def test_a_push_from_behind_is_told_from_others(host: Host) -> None:
    one, two = host.clone("one"), host.clone("two")
    first, second = write_and_commit(one), write_and_commit(two, text="another\n")
    remote.push(one, first, "main", WRITE)
    assert kind_of(two, second) == "behind"
    remote.fetch(two, "main", WRITE)
    assert kind_of(two, second) == "behind"


def test_a_locked_ref_is_a_race(host: Host) -> None:
    root = host.clone("one")
    lock = host.bare / "refs/heads/main.lock"
    lock.touch()
    made = write_and_commit(root)
    assert kind_of(root, made) == "behind"
    lock.unlink()
    remote.push(root, made, "main", WRITE)


@pytest.mark.parametrize(
    ("words", "kind", "told"),
    [
        (hosting.GH013, "protected", "GH013: Repository rule violations found for refs/heads/main"),
        (hosting.GH006, "protected", "GH006: Protected branch update failed"),
        (
            "refusing to allow a GitHub App to create or update workflow x.yml without `workflows` permission",
            "workflows",
            "may not change workflows",
        ),
        ("something new", "other", "pre-receive hook declined"),
    ],
)
def test_what_the_server_says_tells_the_kind(host: Host, words: str, kind: str, told: str) -> None:
    root = host.clone("one")
    host.refuse(words)
    with pytest.raises(remote.Rejected, match=told) as rejected:
        remote.push(root, write_and_commit(root), "main", WRITE)
    assert rejected.value.kind == kind


def test_a_token_that_only_reads_is_forbidden(host: Host) -> None:
    root = host.clone("one")
    made = write_and_commit(root)
    assert kind_of(root, made, READ) == "forbidden"
    with pytest.raises(remote.Rejected, match="Workflow permissions") as rejected:
        remote.push(root, made, "main", "no-token-at-all")
    assert rejected.value.kind == "forbidden"
    with pytest.raises(remote.Rejected):
        remote.fetch(root, "main", "no-token-at-all")


def test_force_replaces_only_what_was_expected(host: Host) -> None:
    root = host.clone("one")
    start, first = building.git(root, "rev-parse", "HEAD"), write_and_commit(root)
    remote.push(root, first, "dataci/results", WRITE, force=True)
    with pytest.raises(remote.Rejected) as rejected:
        remote.push(root, start, "dataci/results", WRITE, force=True, expected=start)
    assert rejected.value.kind == "behind"
    remote.reset(root, start)
    second = write_and_commit(root, text="second\n")
    remote.push(root, second, "dataci/results", WRITE, force=True, expected=first)
    assert remote.find(root, "dataci/results", WRITE) == second
    assert remote.find(root, "dataci/none", WRITE) is None
    assert host.log()[0] == "Start"


def test_no_program_that_the_clone_names_is_run(host: Host, tmp_path: Path) -> None:
    root, ran = host.clone("one"), tmp_path / "ran"
    spy = tmp_path / "spy"
    spy.write_text(f"#!/bin/sh\necho $0 >> '{ran}'\n")
    spy.chmod(0o755)
    hooks = (
        "pre-commit",
        "commit-msg",
        "post-commit",
        "pre-push",
        "post-index-change",
        "reference-transaction",
    )
    for hook in hooks:
        (root / ".git" / "hooks").mkdir(exist_ok=True)
        (root / ".git" / "hooks" / hook).symlink_to(spy)
    for name in ("core.fsmonitor", "core.editor", "core.askPass", "credential.helper", "gpg.program"):
        building.git(root, "config", name, str(spy))
    ran.unlink(missing_ok=True)  # the settings themselves were looked at by git
    remote.reset(root, remote.fetch(root, "main", READ))
    building.write(root, {"a.txt": "1\n"})
    remote.push(root, remote.commit(root, ["a.txt"], "One") or "", "main", WRITE)
    assert not ran.exists()


def test_reset_takes_back_what_was_written(host: Host) -> None:
    root = host.clone("one")
    start = building.git(root, "rev-parse", "HEAD")
    write_and_commit(root)
    building.write(root, {"a.txt": "edited\n"})
    remote.reset(root, start)
    assert building.git(root, "status", "--porcelain") == ""
    assert building.git(root, "rev-parse", "HEAD") == start


def test_nobody_there_is_no_refusal(host: Host) -> None:
    root = host.clone("one")
    building.git(root, "remote", "set-url", "origin", "http://127.0.0.1:1/owner/name")
    with pytest.raises(remote.Unreachable, match="The network failed; run the job again"):
        remote.fetch(root, "main", WRITE)
    with pytest.raises(remote.Unreachable):
        remote.push(root, "HEAD", "main", WRITE)


@pytest.mark.parametrize(
    "branch", ["", "-f", "a b", "a..b", "/a", "a/", "a//b", "main:other", "a.lock", "x\ny"]
)
def test_odd_names_of_branches_are_refused(host: Host, branch: str) -> None:
    with pytest.raises(CannotRun, match="no name of a branch"):
        remote.fetch(host.clone("one"), branch, WRITE)


def test_a_branch_that_is_not_there_is_said(host: Host) -> None:
    with pytest.raises(CannotRun, match=r"cannot fetch nothing: .*couldn't find remote ref"):
        remote.fetch(host.clone("one"), "nothing", WRITE)


def test_a_shallow_clone_can_land(host: Host) -> None:
    root = host.clone("one", "--depth=1")
    assert subprocess.run(
        ["git", "rev-parse", "--is-shallow-repository"], cwd=root, capture_output=True, check=True
    )
    other = host.clone("two")
    remote.push(other, write_and_commit(other), "main", WRITE)
    remote.reset(root, remote.fetch(root, "main", WRITE))
    remote.push(root, write_and_commit(root, "b.txt"), "main", WRITE)
    assert host.log() == ["A result", "A result", "Start"]
