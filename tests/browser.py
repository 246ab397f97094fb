"""A real Chromium without a window, driven by the DevTools protocol over two pipes, and a server that notes paths."""

from __future__ import annotations

import base64
import fcntl
import json
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MISSING = "There is no Chromium on this machine, and these tests need one: apt-get install -y chromium"
QUIET = (  # no display, no profile of its own, and none of the requests that a browser makes by itself
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --disable-dev-shm-usage --hide-scrollbars --remote-debugging-pipe"
).split()
HERE, THERE = 3, 4  # the numbers of the pipes that Chromium reads from and writes to
WAIT = 60  # seconds; a browser that takes longer hangs

JSON = dict[str, Any]


def find() -> str | None:
    """Return the path of a Chromium, None when there is none."""
    return next((path for path in map(shutil.which, NAMES) if path), None)


class Browser:
    """One browser. ``open`` returns a tab, which notes all that happens in it."""

    def __init__(self, program: str, profile: Path) -> None:
        (to_read, self.to), (self.back, to_write) = os.pipe(), os.pipe()
        theirs = [fcntl.fcntl(end, fcntl.F_DUPFD, 10) for end in (to_read, to_write)]
        self.process = subprocess.Popen(
            [program, *QUIET, f"--user-data-dir={profile}", "about:blank"],
            pass_fds=(HERE, THERE, *theirs),
            preexec_fn=lambda: (os.dup2(theirs[0], HERE), os.dup2(theirs[1], THERE)),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for end in (to_read, to_write, *theirs):
            os.close(end)
        self.number, self.rest = 0, b""
        self.events: list[JSON] = []
        self.watchdog = threading.Timer(WAIT, self.process.kill)
        self.watchdog.start()

    def close(self) -> None:
        """End the browser."""
        self.watchdog.cancel()
        self.process.kill()
        self.process.wait()
        os.close(self.to)
        os.close(self.back)

    def call(self, method: str, session: str = "", **given: Any) -> JSON:
        """Call a method of the protocol and return its result; what happens meanwhile is noted."""
        self.number += 1
        message = {
            "id": self.number,
            "method": method,
            "params": given,
            **({"sessionId": session} if session else {}),
        }
        os.write(self.to, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.next()
            if answer.get("id") == self.number:
                assert "error" not in answer, f"{method}: {answer['error']}"
                found: JSON = answer["result"]
                return found
            self.events.append(answer)

    def next(self) -> JSON:
        """Return the next message."""
        while b"\0" not in self.rest:
            more = os.read(self.back, 1 << 20)
            assert more, f"Chromium ended, or took more than {WAIT} seconds"
            self.rest += more
        first, _, self.rest = self.rest.partition(b"\0")
        message: JSON = json.loads(first)
        return message

    def open(self, url: str, *, width: int = 1280, height: int = 900, dark: bool = False) -> Tab:
        """Load a page and return its tab, once it has loaded."""
        self.watchdog.cancel()
        self.watchdog = threading.Timer(WAIT, self.process.kill)
        self.watchdog.start()
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        tab = Tab(self, session, width)
        for domain in ("Page", "Runtime", "Log", "Network", "Audits"):
            tab.call(f"{domain}.enable")
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        tab.call("Emulation.setDeviceMetricsOverride", **size)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        tab.call("Emulation.setEmulatedMedia", features=[scheme])
        tab.call("Page.navigate", url=url)
        while not tab.seen("Page.loadEventFired"):
            self.events.append(self.next())
        tab.run("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(0))))")
        return tab


class Tab:
    """A page in a browser, and what happened in it."""

    def __init__(self, browser: Browser, session: str, width: int) -> None:
        self.browser = browser
        self.session = session
        self.width = width

    def call(self, method: str, **given: Any) -> JSON:
        """Call a method of the protocol for this tab."""
        return self.browser.call(method, self.session, **given)

    def run(self, expression: str) -> Any:
        """Return the value of an expression in the page; the page's policy does not hold for it."""
        found = self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")

    def seen(self, *methods: str) -> list[JSON]:
        """Return the events of these kinds so far."""
        return [
            one["params"]
            for one in self.browser.events
            if one.get("sessionId") == self.session and one["method"] in methods
        ]

    def complaints(self) -> list[str]:
        """Return whatever the browser had to say: errors, warnings, violations of the policy, output of scripts."""
        found = [str(one["entry"]["text"]) for one in self.seen("Log.entryAdded")]
        found += [str(one["issue"]["code"]) for one in self.seen("Audits.issueAdded")]
        found += [str(one["exceptionDetails"]["text"]) for one in self.seen("Runtime.exceptionThrown")]
        found += [str(one["args"]) for one in self.seen("Runtime.consoleAPICalled")]
        return found + [str(one["message"]) for one in self.seen("Page.javascriptDialogOpening")]

    def requests(self) -> list[str]:
        """Return what the page asked for, besides what stands in it."""
        urls = [str(one["request"]["url"]) for one in self.seen("Network.requestWillBeSent")]
        return [url for url in urls if not url.startswith("data:")]

    def overflow(self) -> int:
        """Return how many pixels the page is wider than the window; a phone's own width grows with what runs over."""
        return int(self.run("document.documentElement.scrollWidth")) - self.width

    def press(self, key: str) -> None:
        """Press a key."""
        code = {"Tab": 9}[key]
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code)

    def picture(self, path: Path) -> None:
        """Write a picture of the whole page, for whoever wants to see it."""
        found = self.call("Page.captureScreenshot", captureBeyondViewport=True)
        path.write_bytes(base64.b64decode(found["data"]))


@contextmanager
def serve(pages: Mapping[str, str]) -> Iterator[tuple[str, list[str]]]:
    """Serve pages by path on this machine; yield the address and the list of the paths that are asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            text = pages.get(self.path)
            self.send_response(404 if text is None else 200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write((text or "").encode())

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()
