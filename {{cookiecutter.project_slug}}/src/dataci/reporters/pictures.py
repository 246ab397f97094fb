"""A drawing as PNG, for places that show no SVG: slides, mails."""

from __future__ import annotations

from dataci.errors import CannotRun

ZOOM = 2  # so that it is sharp on a slide
BLANK = "<svg xmlns='http://www.w3.org/2000/svg' width='20' height='20' font-family='sans-serif'>{}</svg>"
LETTER = "<text x='2' y='15'>A</text>"


def png(svg: str) -> bytes:
    """Return a drawing as PNG, in its light colours; CannotRun where the library is missing, or any font.

    The same drawing gives the same bytes where the same fonts are installed.
    """
    try:
        from resvg_py import svg_to_bytes
    except ImportError:
        raise CannotRun("PNG files need one more library: pip install '.[png]'") from None
    if svg_to_bytes(svg_string=BLANK.format("")) == svg_to_bytes(svg_string=BLANK.format(LETTER)):
        raise CannotRun(
            "No font is installed here, so the pictures would have no words. Install one (on Debian: "
            "apt-get install fonts-dejavu-core), or take the .svg files."
        )
    return bytes(svg_to_bytes(svg_string=svg, zoom=ZOOM))
