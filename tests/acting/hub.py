"""What tests use: a stand-in for GitHub with one repository, and verbs for what people and GitHub do there."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from acting import bare, events, leaks, rest_discussion, workflows
from acting.bare import Content
from acting.runner import Event, Run
from acting.stand_in import StandIn
from acting.state import BOT, CLOCK, JSON, Fault, Repository, Token, World, store

T = TypeVar("T")


class Hub:
    """A loopback GitHub. ``repository`` is the project; ``root`` a folder that is the hub's own."""

    def __init__(self, root: Path, bare_repository: Path, name: str = "acme/demo") -> None:
        root.mkdir(parents=True, exist_ok=True)
        self.world = World(root)
        self.stand_in = StandIn(self.world)
        self.repository = self.add(name, bare_repository)
        self.repository.collaborators.update({"maintainer": "admin", "writer": "write"})
        self.tools = {
            "pytest": 0,
            "mypy": 0,
            "ruff": 0,
        }  # commands that are not run in a workflow: exit codes
        self.canary = root / "canary"  # a file that a planted command would make
        self.elsewhere = f"{self.world.url}/evil"  # a stranger's server

    def close(self) -> None:
        """Stop the servers."""
        self.stand_in.close()

    def add(self, name: str, source: Path, parent: str = "") -> Repository:
        """Add a repository as a copy of a bare one."""
        folder = self.world.root / "git" / f"{name}.git"
        shutil.copytree(source, folder)
        made = Repository(name, folder, public=bool(parent), parent=parent)
        self.world.repositories[name] = made
        return made

    # ------------------------------------------------------------------ what people do

    def commit(
        self,
        files: Mapping[str, Content],
        message: str = "Change",
        *,
        branch: str = "main",
        start: str = "",
        repository: Repository | None = None,
        links: Mapping[str, str] | None = None,
    ) -> str:
        """Commit to a branch, on top of ``start`` (the branch itself, or else main); return the commit."""
        where = repository or self.repository
        top = start or (branch if bare.tip(where.folder, f"refs/heads/{branch}") else where.default_branch)
        new = bare.commit(where.folder, branch, files, message, top, links)
        bare.refresh(self.world, self.repository)
        return new

    def fork(self, owner: str) -> Repository:
        """Return somebody's fork, made when there is none."""
        name = f"{owner}/{self.repository.name.partition('/')[2]}"
        known = self.world.repositories.get(name)
        return known or self.add(name, self.repository.folder, self.repository.name)

    def pull(
        self,
        files: Mapping[str, Content],
        *,
        title: str = "Change",
        body: str = "",
        branch: str = "change",
        fork: str = "",
        base: str = "main",
        links: Mapping[str, str] | None = None,
    ) -> int:
        """Open a pull request with one commit, from a branch or from the fork of ``fork``; return its number."""
        source = self.fork(fork) if fork else self.repository
        start = bare.tip(self.repository.folder, f"refs/heads/{base}")
        bare.commit(source.folder, branch, files, title, start, links)
        author = fork or "writer"
        made = rest_discussion.new_pull(
            self.world, self.repository, source, branch, base, title, body, author
        )
        return int(made["number"])

    def update(self, number: int, files: Mapping[str, Content], *, force: bool = False) -> str:
        """Push a commit to a pull request's branch; with ``force`` in the place of its commits."""
        pull = self.repository.pulls[number]
        source = bare.head_of(self.world, pull)
        start = pull["base"]["sha"] if force else pull["head"]["sha"]
        return self.commit(files, "Update", branch=pull["head"]["ref"], start=start, repository=source)

    def merge(self, number: int) -> str:
        """Merge a pull request; return the merge commit. The push event is `on_push`'s."""
        pull, folder = self.repository.pulls[number], self.repository.folder
        bare.refresh(self.world, self.repository)
        base = pull["base"]["ref"]
        title = f"Merge pull request #{number}\n\n{pull['title']}"
        merged = bare.merge(folder, pull["base"]["sha"], pull["head"]["sha"], title)
        assert merged, f"pull request {number} conflicts with {base}"
        bare.git(folder, "update-ref", f"refs/heads/{base}", merged)
        pull.update(state="closed", merged=True, merged_at=CLOCK)
        self.repository.issues[number]["state"] = "closed"
        bare.refresh(self.world, self.repository)
        return merged

    def issue(self, title: str, body: str, *, by: str = "stakeholder", labels: Sequence[str] = ()) -> int:
        """Open an issue; return its number."""
        made = rest_discussion.new_issue(self.world, self.repository, title, body, by, list(labels))
        return int(made["number"])

    def label(self, number: int, name: str) -> None:
        """Put a label on an issue or pull request."""
        self.repository.issues[number]["labels"].append({"name": name})

    def comment(self, number: int, body: str, *, by: str = "writer") -> int:
        """Comment as somebody; return the comment's id."""
        made = rest_discussion.new_comment(self.world, self.repository, number, body, by)
        return int(made["id"])

    # ------------------------------------------------------------------ what tests look at

    def comments(self, number: int) -> list[JSON]:
        """Return the comments of an issue or pull request, the oldest first."""
        return [one for one in self.repository.comments.values() if one["issue"] == number]

    def file(self, path: str, ref: str = "main") -> bytes | None:
        """Return a file's content in a branch or commit, or None."""
        return bare.raw(self.repository.folder, "cat-file", "blob", f"{ref}:{path}")

    def files(self, ref: str = "main", under: str = "") -> list[str]:
        """List the paths in a branch or commit."""
        paths = bare.git(self.repository.folder, "ls-tree", "-r", "--name-only", ref).splitlines()
        return [path for path in paths if path.startswith(under)]

    def tip(self, ref: str = "main") -> str:
        """Return the commit of a branch, or ""."""
        return bare.tip(self.repository.folder, ref)

    def subjects(self, ref: str = "main") -> list[str]:
        """Return the subjects of the commits of a branch, the newest first."""
        return bare.git(self.repository.folder, "log", "--format=%s", ref).splitlines()

    def requests(self, method: str = "", path: str = "", host: str = "") -> list[Any]:
        """Return the logged requests: of this method, with this expression in the path, to this part."""
        kept = [one for one in self.world.requests if re.search(path, one.path)]
        return [one for one in kept if method in ("", one.method) and host in ("", one.host)]

    def leaks(self, *runs: Run) -> list[str]:
        """Say what escaped: the canary, a token in a log, summary, artifact or file, a request to a stranger."""
        return leaks.found(self.world, self.canary, runs)

    # ------------------------------------------------------------------ settings and accidents

    def protect(self, branch: str = "main") -> None:
        """Let nobody push to a branch (GH013)."""
        self.repository.protected.add(branch)

    def fault(self, method: str, path: str, *, times: int = 1, status: int = 0, late: bool = False) -> None:
        """Answer the next matching requests by ``status``, or drop them (0); ``late``: after they took effect."""
        self.world.faults.append(Fault(method, re.compile(path), times, status, late))

    def token(self, **permissions: str) -> str:
        """Return a workflow's token with permissions such as ``pull_requests="write"``, to try code without act."""
        scopes = {name.replace("_", "-"): access for name, access in permissions.items()}
        value = f"ghs_{len(self.world.tokens)}{'t' * 30}"
        self.world.tokens[value] = Token(value, "test", BOT, self.repository.name, scopes)
        return value

    def plant(self, run: int, name: str, data: bytes) -> None:
        """Give a run an artifact of any bytes, in the place of those of that name."""
        with self.world.lock:
            kept = self.repository.artifacts
            for identity in [i for i, one in kept.items() if (one["run"], one["name"]) == (run, name)]:
                del kept[identity]
            store(self.world, self.repository, run, name, data)

    # ------------------------------------------------------------------ what starts workflows

    def on_pull_request(self, number: int, action: str = "opened", only: str = "") -> dict[str, Run]:
        """Run what a pull request's event starts; nothing while it conflicts. File name → Run."""
        runs: dict[str, Run] = {}
        for name in ("pull_request", "pull_request_target"):
            event = events.pull_request(self.world, self.repository, number, action, name)
            runs |= self.fire(event, only) if event else {}
        return runs

    def on_merge_group(self, number: int, only: str = "") -> dict[str, Run]:
        """Run what a merge queue starts that tries one pull request."""
        return self.fire(events.merge_group(self.world, self.repository, number), only)

    def on_push(
        self, before: str, *, branch: str = "main", after: str = "", by: str = "maintainer", only: str = ""
    ) -> dict[str, Run]:
        """Run what a push to a branch starts; nothing when a workflow's token pushed."""
        if by == BOT:
            return {}
        new = after or self.tip(f"refs/heads/{branch}")
        return self.fire(events.push(self.world, self.repository, branch, before, new, by), only)

    def on_workflow_run(self, run: Run, only: str = "") -> dict[str, Run]:
        """Run what the completion of a run starts."""
        return self.fire(events.workflow_run(self.world, self.repository, run.id), only)

    def on_issue(
        self, number: int, action: str, *, label: str | None = None, by: str = "maintainer", only: str = ""
    ) -> dict[str, Run]:
        """Run what an issue's event starts; with ``labeled``, the label is put on first."""
        if action == "labeled" and label and {"name": label} not in self.repository.issues[number]["labels"]:
            self.label(number, label)
        return self.fire(events.issue(self.world, self.repository, number, action, by, label), only)

    def on_schedule(self, workflow: str) -> Run:
        """Run a workflow by its schedule."""
        return self.fire(events.timed(self.world, self.repository), workflow)[workflow]

    def on_dispatch(self, workflow: str, **inputs: str) -> Run:
        """Run a workflow by hand."""
        return self.fire(events.dispatch(self.world, self.repository, inputs), workflow)[workflow]

    def review(self, number: int, action: str = "opened") -> dict[str, Run]:
        """Run a pull request's workflows, and then what their completion starts: the whole chain."""
        runs = self.on_pull_request(number, action)
        for run in list(runs.values()):
            runs |= self.on_workflow_run(run)
        return runs

    def together(self, jobs: Sequence[Callable[[], T]]) -> list[T]:
        """Do several things at once, as GitHub does without a concurrency group."""
        with ThreadPoolExecutor(max_workers=len(jobs)) as pool:
            return [done.result() for done in [pool.submit(job) for job in jobs]]

    def rerun(self, run: Run) -> Run:
        """Run again what ran, for the same event and commit, as another attempt of the same run."""
        return workflows.start(self.world, self.repository, run.workflow, run.event, self.tools, run.id)

    def finished(
        self,
        number: int,
        artifacts: Mapping[str, bytes],
        *,
        conclusion: str = "failure",
        workflow: str = "data-ci.yml",
        action: str = "opened",
    ) -> Run:
        """Return a pull request's run as if it had left these artifacts (zips): quick, and as hostile as wanted."""
        event = events.pull_request(self.world, self.repository, number, action)
        assert event is not None, f"pull request {number} conflicts"
        return workflows.pretend(self.world, self.repository, workflow, event, conclusion, artifacts)

    def fire(self, event: Event, only: str = "") -> dict[str, Run]:
        """Run each workflow of the event's commit that the event starts (or ``only`` this file). File name → Run."""
        return workflows.fire(self.world, self.repository, event, self.tools, only)
