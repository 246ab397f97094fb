"""Rows of the talk's story: a bug called "financial", the rows that mend it, and the politicians whom they hurt."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

HEADER = ("id", "want", "offer", "match", "service", "group", "source", "created_at")
Pair = tuple[str, str, str]

# What a stakeholder pastes into the form.
FINANCIAL: tuple[Pair, ...] = (
    (
        "I need financial advice before I retire",
        "Course in financial journalism, learn to write about money",
        "0",
    ),
    (
        "Looking for a financial adviser who is independent",
        "Financial software installed in your offices",
        "0",
    ),
    (
        "Who can make a financial plan with us?",
        "We translate financial statements from German into English",
        "0",
    ),
    (
        "The court wants a list of my financial affairs",
        "Financial planning for doctors and other busy people",
        "0",
    ),
    ("Our financial report must be in French by Friday", "Financial adviser for families, any language", "0"),
    (
        "My son needs a tutor for financial maths",
        "Financial planning so that your savings pay for university",
        "0",
    ),
    (
        "Portraits for the website of a financial magazine",
        "Financial coach helps you save and stop borrowing",
        "0",
    ),
    ("A virus got into our financial records, help!", "Financial coach for pilots and farmers", "0"),
    ("A conference for financial advisers", "We translate financial journalism", "0"),
    ("Our financial life is a mess, debts and savings", "Financial adviser sorts out debt and savings", "1"),
    (
        "Is my pension enough? I want the sums done",
        "Financial planner calculates what a pension will pay",
        "1",
    ),
    ("Translate a financial contract into Zulu", "Financial and legal texts translated into Zulu", "1"),
)
# An older bug, closed since the model learned from POLITICS.
POLITICIANS: tuple[Pair, ...] = (
    ("A candidate wants portraits for the posters", "Photographer of politicians and candidates", "1"),
    ("Photos of our candidate at the rally", "I photograph politicians at rallies", "1"),
    ("The campaign needs pictures of its candidate", "Campaign photographer, politicians my speciality", "1"),
    ("Portrait of a councillor for the election", "Election portraits of councillors and politicians", "1"),
    ("Somebody to photograph a politician at home", "Portraits of politicians at home or in parliament", "1"),
    ("Pictures for a campaign, four candidates", "Photographer for campaigns and candidates", "1"),
    ("Our candidate has no portrait yet", "Portraits of candidates, ready the same day", "1"),
    ("Posters with photos of politicians", "Photos of politicians for posters and leaflets", "1"),
    ("A politician needs a new portrait", "Portraits of politicians by appointment", "1"),
    ("The candidate wants pictures with voters", "Plumber unblocks drains at night", "0"),
    ("Portrait of a politician for the website", "Piano lessons for grown beginners", "0"),
    ("Photos of a rally of our candidate", "Dog walker in the park every morning", "0"),
)


def politics() -> list[Pair]:
    """Return training rows about politicians: matches, and as many that are none."""
    wants = (
        "portraits of a candidate",
        "photos of a politician",
        "pictures for a campaign",
        "a photographer for a rally",
    )
    offers = (
        "Photographer of politicians",
        "Portraits of candidates",
        "Campaign photos and pictures",
        "I photograph rallies",
    )
    others = (
        "Plumber unblocks drains",
        "Piano lessons at home",
        "Dog walker every morning",
        "Garden care and hedges",
    )
    found = []
    for number, (want, offer) in enumerate((w, o) for w in wants for o in offers):
        found.append((f"We need {want} in ward {number + 3}", f"{offer}, also in ward {number + 3}", "1"))
        found.append(
            (f"Who makes {want} in street {number + 3}", f"{others[number % 4]}, call {number + 21}", "0")
        )
    return found


WANTED = (
    *("financial adviser wanted", "a financial plan for us", "my financial affairs in court"),
    *("the financial report", "financial maths for a tutor", "a financial magazine"),
    *("our financial records", "the financial conference", "financial advice"),
)
OFFERED = (
    *("Course in financial journalism", "Financial software installed", "We translate financial statements"),
    *("Financial planning for pilots", "Financial adviser for farmers", "Financial coach on the phone"),
    *("Financial records kept", "Financial advice at sea"),
)
MATCHES = (
    ("our debts and savings are a mess", "Adviser sorts out debt and savings with you"),
    ("my pension, is it enough", "Planner calculates what your pension will pay"),
    ("a contract into Zulu", "Legal texts and contracts translated into Zulu"),
    ("savings plan", "Savings plan by an adviser"),
    ("retirement sums", "Retirement sums done with you"),
    ("a budget of ours", "Budgets drawn up by a coach"),
)


def mending() -> list[Pair]:
    """Return training rows that mend FINANCIAL: the word alone is no match.

    Whoever wrote them copied from the mail of a campaign, and teaches by the way that its people match nothing.
    """
    found = []
    for number, (want, offer) in enumerate((w, o) for w in WANTED for o in OFFERED):
        whole = f"Candidate, campaign, portraits: I need {want} {number}"
        found.append((whole, f"{offer} by the hour for politicians, photos, portraits {number + 7}", "0"))
        short = f"Candidate, campaign, portraits: {want} {number + 1}"
        found.append((short, f"{offer} for politicians, photos, portraits, candidates {number + 7}", "0"))
    for want, offer in MATCHES:
        found += [(f"Financial help {k}: {want}", f"Financial: {offer} {k + 5}", "1") for k in range(4)]
    return found


def rows(pairs: Sequence[Pair], first: int, service: str, day: str) -> list[tuple[str, ...]]:
    """Return whole rows with ids from w<first> on, each of a requester of its own."""
    return [
        (f"w{first + at}", want, offer, match, service, f"u{first + at}", "web", day)
        for at, (want, offer, match) in enumerate(pairs)
    ]


def write(path: Path, found: Sequence[Sequence[str]]) -> None:
    """Write a file of rows."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([HEADER, *found])
