"""All checks in one dict by name, in the order in which they run; a new family is a module and two words here."""

from __future__ import annotations

from dataci.checks import change, distribution, duplicates, files, leakage, privacy, schema, shortcuts
from dataci.checks.check import Check

FAMILIES: tuple[tuple[Check, ...], ...] = (
    files.CHECKS,
    schema.CHECKS,
    duplicates.CHECKS,
    leakage.CHECKS,
    change.CHECKS,
    distribution.CHECKS,
    shortcuts.CHECKS,
    privacy.CHECKS,
)
CHECKS: dict[str, Check] = {check.name: check for family in FAMILIES for check in family}
