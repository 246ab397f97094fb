"""The stand-in's workflow runs, artifacts, git references and pages."""

from __future__ import annotations

import base64
from secrets import token_hex

from acting import bare
from acting.rest import Call, Redirect, Refusal, found, page, route
from acting.state import JSON


def shown(call: Call, artifact: JSON) -> JSON:
    """Return an artifact as the API gives it: without its bytes."""
    url = f"{call.world.url}/api/v3/repos/{call.repository.name}/actions/artifacts/{artifact['id']}"
    kept = {name: value for name, value in artifact.items() if name not in ("bytes", "run")}
    run = call.repository.runs.get(artifact["run"], {})
    origin = {name: run.get(name) for name in ("id", "head_branch", "head_sha")}
    return {**kept, "url": url, "archive_download_url": f"{url}/zip", "workflow_run": origin}


@route("GET", "/actions/runs/{id}", "actions:read")
def run(call: Call) -> JSON:
    """Return a workflow run."""
    return found(call.repository.runs, int(call.parts["id"]))


@route("GET", "/actions/runs/{id}/jobs", "actions:read")
def jobs(call: Call) -> JSON:
    """List the jobs of a run."""
    kept = call.repository.jobs.get(int(call.parts["id"]), [])
    return {"total_count": len(kept), "jobs": page(kept, call.query)}


@route("GET", "/actions/runs/{id}/artifacts", "actions:read")
def artifacts(call: Call) -> JSON:
    """List the artifacts of a run, the newest first; a run that was repeated has more than one of a name."""
    number, name = int(call.parts["id"]), call.query.get("name")
    found(call.repository.runs, number)
    kept = [
        shown(call, artifact)
        for artifact in call.repository.artifacts.values()
        if artifact["run"] == number and name in (None, artifact["name"])
    ][::-1]
    return {"total_count": len(kept), "artifacts": page(kept, call.query)}


@route("GET", "/actions/artifacts/{id}", "actions:read")
def artifact(call: Call) -> JSON:
    """Return one artifact's description."""
    return shown(call, found(call.repository.artifacts, int(call.parts["id"])))


@route("GET", "/actions/artifacts/{id}/zip", "actions:read")
def download(call: Call) -> Redirect:
    """Send the client to another host, which must not see its token."""
    one = found(call.repository.artifacts, int(call.parts["id"]))
    if one["expired"]:
        raise Refusal(410, "Artifact has expired")
    key = token_hex(16)
    call.world.blobs[key] = one["bytes"]
    return Redirect(f"{call.world.blob_url}/{key}.zip?sig={token_hex(8)}")


@route("GET", "/git/ref/{ref}", "contents:read")
def reference(call: Call) -> JSON:
    """Return where a reference points."""
    sha = bare.tip(call.repository.folder, f"refs/{call.parts['ref']}")
    if not sha:
        raise Refusal(404, "Not Found")
    return {"ref": f"refs/{call.parts['ref']}", "object": {"sha": sha, "type": "commit"}}


@route("DELETE", "/git/refs/{ref}", "contents:write")
def drop_reference(call: Call) -> None:
    """Delete a branch."""
    if not bare.tip(call.repository.folder, f"refs/{call.parts['ref']}"):
        raise Refusal(422, "Reference does not exist")
    bare.git(call.repository.folder, "update-ref", "-d", f"refs/{call.parts['ref']}")


@route("GET", "/branches/{ref}", "contents:read")
def branch(call: Call) -> JSON:
    """Return a branch."""
    sha = bare.tip(call.repository.folder, f"refs/heads/{call.parts['ref']}")
    if not sha:
        raise Refusal(404, "Branch not found")
    name = call.parts["ref"]
    return {"name": name, "commit": {"sha": sha}, "protected": name in call.repository.protected}


@route("GET", "/contents/{ref}", "contents:read")
def contents(call: Call) -> JSON:
    """Return a file of a branch, tag or commit."""
    path, ref = call.parts["ref"], call.query.get("ref", call.repository.default_branch)
    blob = bare.git(call.repository.folder, "rev-parse", "--verify", "--quiet", f"{ref}:{path}", check=False)
    if not blob:
        raise Refusal(404, "Not Found")
    text = bare.git(call.repository.folder, "cat-file", "blob", blob)
    encoded = base64.b64encode(text.encode("utf-8", "surrogateescape")).decode()
    return {"path": path, "sha": blob, "encoding": "base64", "content": encoded, "type": "file"}


@route("POST", "/pages/deployments", "pages:write")
def deploy(call: Call) -> JSON:
    """Publish an artifact as the site; takes the identity token's permission as well."""
    if not (call.token and call.token.may("id-token", "write")):
        raise Refusal(400, 'Ensure GITHUB_TOKEN has permission "id-token: write".')
    one = found(call.repository.artifacts, int(call.body["artifact_id"]))
    call.repository.pages.append(one["bytes"])
    return {"id": str(one["id"]), "status_url": "", "page_url": f"{call.world.url}/pages/"}


@route("GET", "/pages", "pages:read")
def site(call: Call) -> JSON:
    """Describe the site."""
    return {"html_url": f"{call.world.url}/pages/", "build_type": "workflow", "status": "built"}
