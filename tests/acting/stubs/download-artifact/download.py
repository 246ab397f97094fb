"""Fetches artifacts from the stand-in and unpacks them into $FOLDER; links in an archive become links."""

from __future__ import annotations

import io
import json
import os
import stat
import sys
import urllib.error
import urllib.request
import zipfile
from pathlib import Path
from typing import Any


class Bare(urllib.request.HTTPRedirectHandler):
    """Follows a redirect without the token, as the real action does."""

    def redirect_request(self, request: Any, *rest: Any) -> Any:
        """Drop the credentials."""
        new = super().redirect_request(request, *rest)
        if new is not None:
            new.headers = {name: value for name, value in new.headers.items() if name != "Authorization"}
        return new


def fetch(url: str, token: str) -> bytes:
    """Return what the stand-in answers."""
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"})
    data: bytes = urllib.request.build_opener(Bare).open(request).read()
    return data


def unpack(data: bytes, folder: Path) -> None:
    """Unpack an archive; a path that leaves the folder is refused."""
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for entry in archive.infolist():
            if ".." in Path(entry.filename).parts or entry.filename.startswith("/"):
                sys.exit(f"::error::Malformed entry path: {entry.filename}")
            if stat.S_ISLNK(entry.external_attr >> 16):
                (folder / entry.filename).symlink_to(archive.read(entry).decode())
            else:
                archive.extract(entry, folder)


def main() -> None:
    """Download one artifact by name, or all of them."""
    name, run = os.environ["NAME"], os.environ["RUN"]
    if run:
        base = f"{os.environ['GITHUB_API_URL']}/repos/{os.environ['REPOSITORY']}/actions"
        listing, token = f"{base}/runs/{run}/artifacts?per_page=100", os.environ["TOKEN"]
    else:
        base = f"{os.environ['GITHUB_SERVER_URL']}/_runtime/artifacts"
        listing, token = base, os.environ["ACTIONS_RUNTIME_TOKEN"]
    every = {one["name"]: one["id"] for one in reversed(json.loads(fetch(listing, token))["artifacts"])}
    if name and name not in every:
        sys.exit(f"::error::Unable to download artifact(s): Artifact not found for name: {name}")
    for each in [name] if name else every:
        data = fetch(f"{base}/artifacts/{every[each]}/zip" if run else f"{base}/{each}", token)
        flat = name or os.environ["MERGE"] == "true"
        unpack(data, Path(os.environ["FOLDER"]) / ("" if flat else each))


try:
    main()
except urllib.error.HTTPError as error:
    sys.exit(f"::error::Unable to download artifact(s): {error.code} {error.read().decode()}")
