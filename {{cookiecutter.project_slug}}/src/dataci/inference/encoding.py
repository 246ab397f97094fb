"""The encoding of a text file that nobody described, and its text."""

from __future__ import annotations

import codecs
import re
from typing import NamedTuple

from dataci.errors import CannotRun
from dataci.formats.text import BOMS, unreadable

MOJIBAKE = re.compile("[ÂÃ][\x80-\xbf\u0152-\u0161\u0178-\u017e\u2013-\u2122]|â€")
GUESSES = ["cp1252", "cp1250", "cp1251", "mac_roman", "shift_jis", "gb18030", "euc_kr", "big5"]


class Decoded(NamedTuple):
    """A text, the name of the encoding it was in, and what is doubtful about that."""

    text: str
    encoding: str
    doubts: tuple[str, ...] = ()


def decode(data: bytes, name: str) -> Decoded:
    """Return the text of ``data``; CannotRun when there is none. ``name`` is for the message."""
    if data.startswith(codecs.BOM_UTF8):
        return utf8(data[len(codecs.BOM_UTF8) :], name, "UTF-8 with BOM")
    for bom, codec, title in BOMS:
        if data.startswith(bom):
            return Decoded(strict(data, codec, name), title)
    nuls = data[:65536].count(0)
    if nuls > min(len(data), 65536) // 4:
        codec = "utf-16-le" if data[1:65536:2].count(0) > data[0:65536:2].count(0) else "utf-16-be"
        return Decoded(strict(data, codec, name), "UTF-16 without BOM")
    refused = unreadable(data)
    if refused:
        raise CannotRun(f"{name}: {refused.message}")
    return utf8(data, name, "UTF-8")


def utf8(data: bytes, name: str, title: str) -> Decoded:
    """Decode bytes that are UTF-8 or one of the 8-bit encodings."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return guess(data, name)
    found = MOJIBAKE.search(text)
    if not found:
        return Decoded(text, title)
    piece = text[max(0, found.start() - 10) : found.end() + 10].replace("\n", " ")
    doubt = f"looks as if UTF-8 had once been read as Latin-1: {piece!r}. Kept as it is"
    return Decoded(text, title, (doubt,))


def guess(data: bytes, name: str) -> Decoded:
    """Decode what is not UTF-8: Windows-1252 where little is not ASCII, else what charset-normalizer says."""
    high = [byte for byte in data[: 1 << 20] if byte >= 0x80]
    codec = "cp1252"
    if len(high) > min(len(data), 1 << 20) // 10 or not decodes(data, codec):
        codec = best_guess(data) or "latin-1"
    text = data.decode(codec)
    place = next(at for at, char in enumerate(text) if ord(char) >= 0x80)
    piece = text[max(0, place - 10) : place + 10].replace("\n", " ")
    doubt = f"is not UTF-8; it was read as {codec}. Does this look right: {piece!r}?"
    return Decoded(text, codec, (doubt,))


def best_guess(data: bytes) -> str | None:
    """Ask charset-normalizer, which is slow to import and not always there."""
    try:
        from charset_normalizer import from_bytes
    except ImportError:
        return None
    best = from_bytes(data[: 1 << 20], cp_isolation=GUESSES).best()
    return best.encoding if best and decodes(data, best.encoding) else None


def decodes(data: bytes, codec: str) -> bool:
    """Tell whether ``data`` is valid in ``codec``."""
    try:
        data.decode(codec)
    except UnicodeDecodeError:
        return False
    return True


def strict(data: bytes, codec: str, name: str) -> str:
    """Decode, or refuse in words."""
    try:
        return data.decode(codec).removeprefix("\ufeff")
    except UnicodeDecodeError:
        raise CannotRun(
            f"{name}: this looks like {codec} text but is damaged. Export it again as UTF-8."
        ) from None
