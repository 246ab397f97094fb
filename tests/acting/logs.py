"""Reads act's JSON log: results of jobs, annotations and summaries with GitHub's limits, and the text."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from acting.state import JSON

A_STEP, A_JOB = 10, 50  # annotations of a kind, and of all kinds, that GitHub shows
TOO_LARGE = "$GITHUB_STEP_SUMMARY upload aborted, supports content up to a size of 1024k"
SUMMARY_LIMIT = 1024 * 1024  # bytes a step; above, GitHub rejects the whole


class Annotation(NamedTuple):
    """What GitHub shows beside a line; ``line`` is 0 without one."""

    job: str
    level: str  # error, warning, notice
    message: str
    file: str
    line: int
    title: str


class Read(NamedTuple):
    """What a log tells."""

    jobs: dict[str, str]  # job → success, failure, skipped
    text: str
    summaries: dict[str, str]  # job → Markdown
    annotations: list[Annotation]  # those that GitHub would show
    dropped: int  # annotations above its limits


def records(output: str) -> Iterable[JSON]:
    """Yield act's records; a line that is none becomes a message."""
    for line in output.splitlines():
        try:
            record = json.loads(line)
        except ValueError:
            record = {"msg": line}
        yield record if isinstance(record, dict) else {"msg": line}


def unescaped(text: str) -> str:
    """Undo the escapes of a workflow command's property: act leaves them as they are."""
    for code, char in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(code, char)
    return text


def annotation(record: JSON) -> Annotation:
    """Return a workflow command as an annotation."""
    pairs = record.get("kvPairs") or {}
    line = str(pairs.get("line", "0"))
    return Annotation(
        record.get("jobID", ""),
        record["command"],
        record.get("arg", ""),
        unescaped(pairs.get("file", "")),
        int(line) if line.isdecimal() else 0,
        unescaped(pairs.get("title", "")),
    )


def read(output: str, jobs: Iterable[str]) -> Read:
    """Read the log of a whole workflow; a job that never ended was skipped."""
    results: dict[str, str] = {}
    text: list[str] = []
    summaries: dict[str, str] = {}
    shown: list[Annotation] = []
    dropped = 0
    counts: Counter[tuple[str, ...]] = Counter()
    for record in records(output):
        job = record.get("jobID", "")
        text.append(str(record.get("msg", "")))
        if "jobResult" in record and results.get(job) != "failure":
            results[job] = record["jobResult"]
        elif record.get("command") == "summary":
            content = str(record["content"])
            size = len(content.encode())
            if size <= SUMMARY_LIMIT:
                summaries[job] = summaries.get(job, "") + content
            else:
                said = f"{TOO_LARGE}, got {size // 1024}k"
                shown.append(Annotation(job, "error", said, "", 0, ""))
        elif record.get("command") in ("error", "warning", "notice"):
            step = (job, "/".join(record.get("stepID") or []), record["command"])
            counts[step] += 1
            counts[(job,)] += 1
            if counts[step] <= A_STEP and counts[(job,)] <= A_JOB:
                shown.append(annotation(record))
            else:
                dropped += 1
    everyone = {job: results.get(job, "skipped") for job in jobs}
    return Read(everyone, "\n".join(line.rstrip("\n") for line in text), summaries, shown, dropped)
