"""A repository on a server, and clones of it, for the tests of what workflows push."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import building
import serving
from dataci.github import GitHub
from serving import Server

HOOK = """\
#!/bin/sh
while read -r old new ref; do
  case "$ref" in
    {refs})
{words}
      exit 1 ;;
  esac
done
"""
READ, WRITE = "token-that-reads", "token-that-writes"
GH013 = (
    "error: GH013: Repository rule violations found for refs/heads/main.\n\n"
    "- Changes must be made through a pull request."
)
GH006 = "error: GH006: Protected branch update failed for refs/heads/main."


class Host(NamedTuple):
    """A server with one bare repository, owner/name; ``main`` is its branch."""

    server: Server
    bare: Path
    home: Path

    def hub(self, token: str = WRITE) -> GitHub:
        return self.server.hub(token)

    def clone(self, name: str, *options: str) -> Path:
        """Clone as a checkout does: the token is not kept."""
        target = self.home / name
        building.git(self.home, "clone", "--quiet", *options, f"file://{self.bare}", str(target))
        building.git(target, "remote", "set-url", "origin", f"{self.server.url}/owner/name")
        return target

    def log(self, branch: str = "main", form: str = "%s") -> list[str]:
        """Return the commits of a branch, newest first."""
        return building.git(self.bare, "log", f"--format={form}", branch, "--").splitlines()

    def refuse(self, words: str, refs: str = "refs/heads/main") -> None:
        """Refuse pushes to some branches from now on, in these words."""
        told = "\n".join(f"      echo '{line}' >&2" for line in words.splitlines())
        hook = self.bare / "hooks/pre-receive"
        hook.write_text(HOOK.format(refs=refs, words=told))
        hook.chmod(0o755)


@contextlib.contextmanager
def host(home: Path, files: Mapping[str, str], api: serving.Behaviour | None = None) -> Iterator[Host]:
    """Serve a repository that begins with ``files``; what is no request of git is answered by ``api``."""
    start = home / "start"
    building.write(start, files)
    building.git(start, "init", "--quiet", "--initial-branch=main")
    building.commit(start, "Start")
    bare = home / "served/owner/name"
    building.git(home, "clone", "--quiet", "--bare", str(start), str(bare))
    building.git(bare, "config", "http.receivepack", "true")
    git = serving.git_backend(home / "served", {READ: "read", WRITE: "write"})

    def behave(asked: serving.Asked) -> serving.Answer | str:
        speaks_git = "/info/refs" in asked.path or "/git-" in asked.path
        return git(asked) if speaks_git or api is None else api(asked)

    with serving.serve(behave) as server:
        yield Host(server, bare, home)
