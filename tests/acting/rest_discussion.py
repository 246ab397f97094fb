"""The stand-in's pull requests, issues, labels and comments."""

from __future__ import annotations

from typing import Any

from acting import bare
from acting.rest import Call, Refusal, found, limited, page, route
from acting.state import BOT, CLOCK, JSON, Repository, World, described, user

LETTERS = {"A": "added", "M": "modified", "D": "removed", "T": "changed"}


def new_issue(
    world: World,
    repository: Repository,
    title: str,
    body: str,
    login: str,
    labels: list[str],
    number: int | None = None,
) -> JSON:
    """Add an issue; a pull request adds its own under its number."""
    number = number or next(world.numbers)
    issue: JSON = {
        "id": next(world.ids),
        "number": number,
        "state": "open",
        "title": title,
        "body": body,
        "user": user(login),
        "labels": [{"name": name} for name in labels],
        "html_url": f"{world.url}/{repository.name}/issues/{number}",
        "comments": 0,
        "author_association": "NONE",
        "created_at": CLOCK,
        "updated_at": CLOCK,
    }
    repository.issues[number] = issue
    return issue


def new_pull(
    world: World,
    repository: Repository,
    source: Repository,
    branch: str,
    base: str,
    title: str,
    body: str,
    login: str,
) -> JSON:
    """Open a pull request from a branch of ``source``, and make its merge commit."""
    number = next(world.numbers)
    side = {"ref": branch, "sha": "", "label": f"{source.owner}:{branch}", "user": user(source.owner)}
    pull: JSON = {
        **new_issue(world, repository, title, body, login, [], number),
        "head": {**side, "repo": described(world, source)},
        "base": {
            "ref": base,
            "sha": "",
            "label": f"{repository.owner}:{base}",
            "repo": described(world, repository),
        },
        "draft": False,
        "merged": False,
        "merged_at": None,
        "merge_commit_sha": None,
        "mergeable": None,
        "html_url": f"{world.url}/{repository.name}/pull/{number}",
    }
    repository.issues[number]["pull_request"] = {"html_url": pull["html_url"]}
    repository.pulls[number] = pull
    bare.refresh(world, repository)
    return pull


def new_comment(world: World, repository: Repository, number: int, body: str, login: str) -> JSON:
    """Add a comment to an issue or pull request."""
    identity = next(world.ids)
    comment: JSON = {
        "id": identity,
        "issue": number,
        "body": body,
        "user": user(login),
        "html_url": f"{world.url}/{repository.name}/issues/{number}#issuecomment-{identity}",
        "issue_url": f"{world.url}/api/v3/repos/{repository.name}/issues/{number}",
        "created_at": CLOCK,
        "updated_at": CLOCK,
    }
    repository.comments[identity] = comment
    repository.issues[number]["comments"] += 1
    return comment


def login_of(call: Call) -> str:
    """Return who does it."""
    return call.token.login if call.token else ""


@route("GET", "/pulls", "pull-requests:read")
def pulls(call: Call) -> list[JSON]:
    """List pull requests: state (open unless told), head=owner:branch, base; the newest first."""
    state, head, base = (call.query.get(name, "") for name in ("state", "head", "base"))
    kept = [
        pull
        for pull in call.repository.pulls.values()
        if state == "all" or pull["state"] == (state or "open")
        if ":" not in head or pull["head"]["label"] == head  # GitHub ignores a head without an owner
        if not base or pull["base"]["ref"] == base
    ]
    return page(kept[::-1], call.query)


@route("POST", "/pulls", "pull-requests:write")
def create_pull(call: Call) -> JSON:
    """Open a pull request."""
    limited("PullRequest", call.body)
    repository, world = call.repository, call.world
    if login_of(call) == BOT and not repository.pulls_by_actions:
        raise Refusal(403, "GitHub Actions is not permitted to create or approve pull requests.")
    owner, colon, branch = str(call.body.get("head", "")).rpartition(":")
    source = next((r for r in world.repositories.values() if r.owner == owner), None) if colon else repository
    base = str(call.body.get("base", ""))
    invalid = [name for name in ("title", "head", "base") if not call.body.get(name)]
    tips = [
        (source and bare.tip(source.folder, f"refs/heads/{branch}")),
        bare.tip(repository.folder, f"refs/heads/{base}"),
    ]
    if invalid or source is None or not all(tips):
        errors: list[Any] = [{"resource": "PullRequest", "field": "head", "code": "invalid"}]
        raise Refusal(422, "Validation Failed", errors=errors)
    label = f"{source.owner}:{branch}"
    if any(p["state"] == "open" and p["head"]["label"] == label for p in repository.pulls.values()):
        exists = f"A pull request already exists for {label}."
        raise Refusal(
            422,
            "Validation Failed",
            errors=[{"resource": "PullRequest", "code": "custom", "message": exists}],
        )
    if tips[0] == tips[1]:
        none = f"No commits between {base} and {branch}"
        raise Refusal(
            422, "Validation Failed", errors=[{"resource": "PullRequest", "code": "custom", "message": none}]
        )
    text = str(call.body.get("body") or "")
    return new_pull(world, repository, source, branch, base, str(call.body["title"]), text, login_of(call))


@route("GET", "/pulls/{number}", "pull-requests:read")
def pull(call: Call) -> JSON:
    """Return a pull request, with the counts that a list leaves out."""
    one = found(call.repository.pulls, call.number)
    return {**one, "changed_files": len(compared(call))}


def compared(call: Call) -> list[JSON]:
    """List the files that a pull request changes, against the merge base."""
    one = found(call.repository.pulls, call.number)
    span = f"{one['base']['sha']}...{one['head']['sha']}"
    names = bare.git(call.repository.folder, "diff", "--name-status", "--no-renames", "-z", span)
    parts = names.split("\0")
    pairs = list(zip(parts[::2], parts[1::2], strict=False))
    return [
        {"filename": path, "status": LETTERS.get(letter, "changed"), "changes": 1} for letter, path in pairs
    ]


@route("GET", "/pulls/{number}/files", "pull-requests:read")
def files(call: Call) -> list[JSON]:
    """List the files of a pull request: 3,000 at most."""
    return page(compared(call)[:3000], call.query)


@route("PATCH", "/pulls/{number}", "pull-requests:write")
def edit_pull(call: Call) -> JSON:
    """Change title, body, state or base."""
    limited("PullRequest", call.body)
    one = found(call.repository.pulls, call.number)
    for name in ("title", "body", "state"):
        if name in call.body:
            one[name] = call.repository.issues[call.number][name] = call.body[name]
    return one


@route("GET", "/commits/{sha}/pulls", "pull-requests:read")
def pulls_of_commit(call: Call) -> list[JSON]:
    """List the pull requests whose head is the commit."""
    return [p for p in call.repository.pulls.values() if p["head"]["sha"] == call.parts["sha"]]


@route("GET", "/issues", "discussion:read")
def issues(call: Call) -> list[JSON]:
    """List issues, and pull requests, by state (open unless told) and labels; the newest first."""
    state = call.query.get("state", "open")
    wanted = {name for name in call.query.get("labels", "").split(",") if name}
    kept = [
        issue
        for issue in call.repository.issues.values()
        if state in ("all", issue["state"]) and wanted <= {label["name"] for label in issue["labels"]}
    ]
    return page(kept[::-1], call.query)


@route("POST", "/issues", "issues:write")
def create_issue(call: Call) -> JSON:
    """Open an issue."""
    limited("Issue", call.body)
    labels = [str(name) for name in call.body.get("labels", [])]
    text = str(call.body.get("body") or "")
    return new_issue(call.world, call.repository, str(call.body["title"]), text, login_of(call), labels)


@route("GET", "/issues/{number}", "discussion:read")
def issue(call: Call) -> JSON:
    """Return an issue."""
    return found(call.repository.issues, call.number)


@route("PATCH", "/issues/{number}", "discussion:write")
def edit_issue(call: Call) -> JSON:
    """Change title, body, state or labels."""
    limited("Issue", call.body)
    one = found(call.repository.issues, call.number)
    one.update({name: call.body[name] for name in ("title", "body", "state") if name in call.body})
    if "labels" in call.body:
        one["labels"] = [{"name": name} for name in call.body["labels"]]
    return one


@route("GET", "/issues/{number}/labels", "discussion:read")
def labels(call: Call) -> list[JSON]:
    """List the labels of an issue."""
    return list(found(call.repository.issues, call.number)["labels"])


@route("POST", "/issues/{number}/labels", "discussion:write")
def add_labels(call: Call) -> list[JSON]:
    """Add labels to an issue."""
    one = found(call.repository.issues, call.number)
    names = {label["name"] for label in one["labels"]}
    one["labels"] += [{"name": name} for name in call.body["labels"] if name not in names]
    return list(one["labels"])


@route("DELETE", "/issues/{number}/labels/{label}", "discussion:write")
def drop_label(call: Call) -> list[JSON]:
    """Take a label off an issue."""
    one = found(call.repository.issues, call.number)
    if call.parts["label"] not in {label["name"] for label in one["labels"]}:
        raise Refusal(404, "Label does not exist")
    one["labels"] = [label for label in one["labels"] if label["name"] != call.parts["label"]]
    return list(one["labels"])


@route("GET", "/issues/{number}/comments", "discussion:read")
def comments(call: Call) -> list[JSON]:
    """List the comments of an issue or pull request; the oldest first."""
    found(call.repository.issues, call.number)
    kept = [comment for comment in call.repository.comments.values() if comment["issue"] == call.number]
    return page(kept, call.query)


@route("POST", "/issues/{number}/comments", "discussion:write")
def create_comment(call: Call) -> JSON:
    """Comment."""
    limited("IssueComment", call.body)
    found(call.repository.issues, call.number)
    return new_comment(call.world, call.repository, call.number, str(call.body["body"]), login_of(call))


@route("GET", "/issues/comments/{id}", "discussion:read")
def comment(call: Call) -> JSON:
    """Return one comment."""
    return found(call.repository.comments, int(call.parts["id"]))


@route("PATCH", "/issues/comments/{id}", "discussion:write")
def edit_comment(call: Call) -> JSON:
    """Change a comment; it stays its author's."""
    limited("IssueComment", call.body)
    one = found(call.repository.comments, int(call.parts["id"]))
    one["body"] = str(call.body["body"])
    return one
