"""The only door to GitHub's REST API: what a workflow run was told, and requests with time-outs and a few more tries.

A request that may be repeated (GET, PUT, PATCH, DELETE) is tried again after a lost connection, 429 and 5xx. A POST
that may have arrived is not: whoever sent it looks again. The token goes to the API and to no other host.
"""

from __future__ import annotations

import json
import os
import random
import re
import time
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn
from urllib.parse import urlencode, urljoin, urlsplit

from dataci.errors import CannotRun

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse

ENVIRON = os.environ
ATTEMPTS = 5
CONNECT, READ, WHOLE = (
    10.0,
    30.0,
    180.0,
)  # seconds: to connect, between two pieces of an answer, for all of it
PATIENCE = 120.0  # seconds; a server that asks to wait longer is given up
LONGEST = 32 << 20  # bytes of a JSON answer
PER_PAGE, PAGES = 100, 100
VERSION = "2022-11-28"
NAME = re.compile(r"[A-Za-z0-9_-]+/(?!\.{1,2}$)[A-Za-z0-9_.-]+")
LOOPBACK = [("http", host) for host in ("127.0.0.1", "localhost", "::1")]
MOVED = (301, 302, 303, 307, 308)
BUSY = (429, 500, 502, 503, 504)


class Refused(CannotRun):
    """The server said no. ``status``: its answer, 404 for instance."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class Unreachable(CannotRun):
    """The server did not answer; whether it did what it was asked is not known."""


class GitHub(NamedTuple):
    """Where the API and the web pages are, which repository ("owner/name") this is about, and the token of the run."""

    api: str
    server: str
    repository: str
    token: str

    def __repr__(self) -> str:
        """Leave the token out, wherever this is printed."""
        return f"GitHub({self.repository!r} at {self.api!r})"


def connect(environ: Mapping[str, str] = ENVIRON) -> GitHub:
    """Return what a workflow run knows of GitHub; CannotRun names what is missing or cannot be right."""
    api, server = (address(environ, name) for name in ("GITHUB_API_URL", "GITHUB_SERVER_URL"))
    repository, token = (environ.get(name, "") for name in ("GITHUB_REPOSITORY", "GITHUB_TOKEN"))
    if not NAME.fullmatch(repository):
        told = f"is {repository[:80]!r}" if repository else "is not set"
        raise CannotRun(f"GITHUB_REPOSITORY {told}. It must be OWNER/NAME; a workflow run sets it by itself.")
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        told = "is no token" if token else "is not set"
        raise CannotRun(
            f"GITHUB_TOKEN {told}. The step of the workflow needs it in `env:`, set to github.token."
        )
    return GitHub(api, server, repository, token)


def address(environ: Mapping[str, str], name: str) -> str:
    """Return a base address without a slash at the end. A token travels over TLS only, or within this machine."""
    found = environ.get(name, "").rstrip("/")
    if not found:
        raise CannotRun(f"{name} is not set. `dataci publish` runs in a workflow, which sets it by itself.")
    parts = urlsplit(found)
    if not parts.hostname or (parts.scheme != "https" and (parts.scheme, parts.hostname) not in LOOPBACK):
        raise CannotRun(f"{name} is {found[:80]!r}. It must begin with https://.")
    return found


def event(environ: Mapping[str, str] = ENVIRON) -> dict[str, Any]:
    """Return what started this run; CannotRun where nothing did, or where that cannot be read."""
    path = environ.get("GITHUB_EVENT_PATH", "")
    if not path:
        raise CannotRun(
            "GITHUB_EVENT_PATH is not set. A workflow run sets it by itself; here, set it to a file with the event."
        )
    try:
        with open(path, "rb") as file:
            found = json.loads(file.read())
    except (OSError, ValueError, RecursionError) as error:
        raise CannotRun(f"GITHUB_EVENT_PATH cannot be read: {str(error)[:200]}.") from None
    if not isinstance(found, dict):
        raise CannotRun("GITHUB_EVENT_PATH holds no event: it is no JSON table.")
    return found


def get(hub: GitHub, path: str, **query: str) -> Any:
    """Return the JSON at ``path`` ("/repos/OWNER/NAME/pulls"); Refused or Unreachable where there is none to be had."""
    return ask(hub, "GET", f"{path}?{urlencode(query)}" if query else path)


def pages(hub: GitHub, path: str, **query: str) -> Iterator[Any]:
    """Yield the items of a list that comes in pages; a table with one list in it (artifacts, jobs) counts as that."""
    for number in range(1, PAGES + 1):
        found = get(hub, path, **query, per_page=str(PER_PAGE), page=str(number))
        if isinstance(found, dict):
            found = next((value for value in found.values() if isinstance(value, list)), [])
        if not isinstance(found, list):
            raise CannotRun(f"GitHub's answer to {path} is no list. Run the job again.")
        yield from found
        if len(found) < PER_PAGE:
            return
    raise CannotRun(
        f"GitHub's list of {path} has more than {PER_PAGE * PAGES:,} entries. Nothing was changed."
    )


def send(hub: GitHub, method: str, path: str, body: Mapping[str, Any]) -> Any:
    """Send JSON and return the answer (None where it is empty); Unreachable: a POST may have arrived, so look again."""
    return ask(hub, method, path, json.dumps(body).encode("utf-8"))


def download(hub: GitHub, path: str, limit: int) -> bytes:
    """Return the bytes at ``path``, at most ``limit``; a redirect is followed, to another host without the token."""
    url = hub.api + path
    for _ in range(5):
        status, headers, body = tried(hub, "GET", url, None, limit)
        if status not in MOVED:
            return answered("GET", path, status, body)
        url = urljoin(url, headers.get("location", ""))
        address({"The address of the download": url}, "The address of the download")
    raise CannotRun(f"{path} leads from one address to the next and to no end. Run the job again.")


def ask(hub: GitHub, method: str, path: str, body: bytes | None = None) -> Any:
    """Ask the API and return the JSON that it answers; None for an empty answer."""
    status, _, raw = tried(hub, method, hub.api + path, body, LONGEST)
    raw = answered(method, path, status, raw)
    try:
        return json.loads(raw) if raw.strip() else None
    except (ValueError, RecursionError):
        raise Unreachable(
            f"What came from {hub.api} for {path.partition('?')[0]} is no JSON. Run the job again."
        ) from None


def answered(method: str, path: str, status: int, body: bytes) -> bytes:
    """Return the body of an answer that is a success; Refused, with the server's own words, for any other."""
    if 200 <= status < 300:
        return body
    what = f"{method} {path.partition('?')[0]}"
    if status in MOVED:
        raise Refused(
            f"GitHub has moved what {what} asks for: the repository was renamed. Run the job again.", status
        )
    cure = " GITHUB_TOKEN is wrong or has expired." if status == 401 else ""
    raise Refused(f"GitHub refused {what}: {status} {words(body)}".rstrip() + f".{cure}", status)


def words(body: bytes) -> str:
    """Return the message in an answer, on one line, without its full stop; "" where there is none."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    if not isinstance(found, dict):
        return ""
    errors = found.get("errors")
    inner = (
        [one.get("message") for one in errors if isinstance(one, dict)] if isinstance(errors, list) else []
    )
    parts = [part for part in (found.get("message"), *inner) if isinstance(part, str)]
    return " ".join("; ".join(parts).split())[:300].rstrip(".")


def tried(
    hub: GitHub, method: str, url: str, body: bytes | None, limit: int
) -> tuple[int, Mapping[str, str], bytes]:
    """Ask until there is an answer that another try would not change, a few times at most: status, headers, body."""
    for attempt in range(ATTEMPTS):
        last = attempt == ATTEMPTS - 1
        try:
            status, headers, raw = once(hub, method, url, body, limit)
        except Lost as lost:
            if last or (lost.arrived and method == "POST"):
                host = urlsplit(url).hostname
                raise Unreachable(f"{host} did not answer ({lost}). Run the job again.") from None
            pause(attempt)
            continue
        asked = wait(status, headers)
        if last or asked is None or (method == "POST" and status >= 500):
            return status, headers, raw
        pause(attempt, asked)
    raise AssertionError("the last attempt returns or raises")


class Lost(Exception):
    """The connection failed; ``arrived``: perhaps only after the request was there."""

    def __init__(self, message: str, arrived: bool) -> None:
        super().__init__(message)
        self.arrived = arrived


def once(
    hub: GitHub, method: str, url: str, body: bytes | None, limit: int
) -> tuple[int, Mapping[str, str], bytes]:
    """Make one request and return the status, the headers by their names in small letters, and the body.

    Lost where the connection fails, CannotRun for an answer above ``limit`` bytes.
    """
    library = urllib3()
    options = {"timeout": library.Timeout(connect=CONNECT, read=READ), "retries": False, "redirect": False}
    try:
        with library.PoolManager() as client:  # one a request: they are few, and none is left half open
            sent = headers_for(hub, url, body)
            response = client.request(method, url, body=body, headers=sent, preload_content=False, **options)
            found = {name.lower(): value for name, value in response.headers.items()}
            return response.status, found, bounded(response, limit, url)
    except (library.exceptions.NewConnectionError, library.exceptions.ConnectTimeoutError) as error:
        raise Lost(type(error).__name__, arrived=False) from None
    except library.exceptions.HTTPError as error:
        raise Lost(type(error).__name__, arrived=True) from None


def bounded(response: BaseHTTPResponse, limit: int, url: str) -> bytes:
    """Read an answer, but never more than ``limit`` bytes, and not for ever."""
    found, began = bytearray(), time.monotonic()
    for chunk in response.stream(1 << 16, decode_content=False):
        found += chunk
        if time.monotonic() - began > WHOLE:
            raise Lost("it sends too slowly", arrived=True)
        if len(found) > limit:
            raise CannotRun(
                f"The answer to {urlsplit(url).path} has more than {limit:,} bytes. It was not read."
            )
    return bytes(found)


def headers_for(hub: GitHub, url: str, body: bytes | None) -> dict[str, str]:
    """Return the headers of a request; the token only for the API itself."""
    found = {"User-Agent": "dataci", "Accept": "application/vnd.github+json", "X-GitHub-Api-Version": VERSION}
    if urlsplit(url)[:2] == urlsplit(hub.api)[:2]:
        found["Authorization"] = f"Bearer {hub.token}"
    return found if body is None else {**found, "Content-Type": "application/json"}


def wait(status: int, headers: Mapping[str, str]) -> float | None:
    """Return how many seconds the server asks to wait before another try; None where one would change nothing."""
    asked = headers.get("retry-after", "")
    if status not in BUSY and not (status == 403 and asked):  # 403 with Retry-After: too many requests, too
        return None
    seconds = float(asked) if asked.isdecimal() and len(asked) < 7 else 0.0
    return seconds if seconds <= PATIENCE else None


def pause(attempt: int, asked: float = 0.0) -> None:
    """Wait before another try: longer each time, never in step with others. DATACI_BACKOFF scales it (tests: 0)."""
    try:
        scale = float(ENVIRON.get("DATACI_BACKOFF", "1"))
    except ValueError:
        raise CannotRun("DATACI_BACKOFF must be a number of seconds.") from None
    time.sleep(max(0.0, scale) * max(asked, random.uniform(0.5, 1.0) * min(2.0**attempt, 20.0)))


def urllib3() -> Any:
    """Import the HTTP client late; CannotRun says how to install it."""
    try:
        import urllib3 as library
    except ImportError:
        missing()
    return library


def missing() -> NoReturn:
    """Refuse to run without the extra."""
    raise CannotRun("This needs urllib3, which is not installed. Install it: pip install '.[github]'.")
