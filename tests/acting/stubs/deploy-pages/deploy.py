"""Publishes the run's artifact $NAME as the site."""

from __future__ import annotations

import json
import os
import sys
import urllib.error
import urllib.request

SERVER, API = os.environ["GITHUB_SERVER_URL"], os.environ["GITHUB_API_URL"]


def call(url: str, token: str, data: bytes | None = None) -> dict[str, object]:
    """Return the answer to a request, as JSON."""
    request = urllib.request.Request(url, data, {"Authorization": f"Bearer {token}"})
    with urllib.request.urlopen(request) as answer:
        said: dict[str, object] = json.load(answer)
    return said


def main() -> None:
    """Deploy."""
    listed = call(f"{SERVER}/_runtime/artifacts", os.environ["ACTIONS_RUNTIME_TOKEN"])["artifacts"]
    assert isinstance(listed, list)
    mine = [one["id"] for one in listed if one["name"] == os.environ["NAME"]]
    if not mine:
        sys.exit(f"::error::No artifacts named {os.environ['NAME']} were found for this workflow run.")
    url = f"{API}/repos/{os.environ['GITHUB_REPOSITORY']}/pages/deployments"
    answer = call(url, os.environ["TOKEN"], json.dumps({"artifact_id": mine[0]}).encode())
    with open(os.environ["GITHUB_OUTPUT"], "a", encoding="utf-8") as output:
        output.write(f"page_url={answer['page_url']}\n")


try:
    main()
except urllib.error.HTTPError as error:
    sys.exit(f"::error::Failed to create deployment (status: {error.code}). {error.read().decode()}")
