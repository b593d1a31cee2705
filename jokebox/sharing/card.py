"""A card of one joke, to be sent as a picture: as SVG, and drawn from that as PNG."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files

from rich.cells import cell_len

from jokebox.errors import JokeboxError
from jokebox.formatting import surprise
from jokebox.sharing.rendering import render
from jokebox.talk.turns import Turn

WIDTH, HEIGHT = 1200, 630  # pixels; a long joke makes the card higher
MARGIN, FOOTER = 90, 120
SIZES = (52, 44, 38, 32)  # of the letters, the largest first that has room
ADVANCE = 0.6  # width of a letter, as a share of its size: the font is a monospaced one
LEADING = 1.6  # height of a line, as well
YOU = -1  # the level of what the user said


@dataclass(frozen=True)
class Piece:
    """A part of the joke in one style, in columns from the left; `level` says how surprising."""

    text: str
    level: int
    column: int
    columns: int


def card(turns: Sequence[Turn], model: str) -> str:
    """Return the card of the joke that `turns` tell, as SVG."""
    pieces = [*_pieces(turns)]
    for size in SIZES:
        lines = _lines(pieces, int((WIDTH - 2 * MARGIN) / (ADVANCE * size)))
        height = MARGIN + len(lines) * LEADING * size + FOOTER
        if height <= HEIGHT:
            break
    return render(
        "card.svg",
        joke=turns[-1].joke,
        model=model,
        lines=lines,
        size=size,
        letter=ADVANCE * size,
        line=LEADING * size,
        margin=MARGIN,
        top=max(MARGIN, MARGIN + (HEIGHT - height) / 2),
        width=WIDTH,
        height=max(HEIGHT, round(height)),
    )


def as_png(svg: str) -> bytes:
    """Return a card as PNG; what its font lacks is drawn with the fonts of this machine.

    Raises JokeboxError if the packages that draw it are not installed.
    """
    try:
        from resvg_py import svg_to_bytes
    except ModuleNotFoundError:
        raise JokeboxError(
            "a picture as PNG needs more packages",
            "resvg-py and a font are not installed",
            "Install them with: pip install 'jokebox[png]'. Or write an .svg, which needs none.",
        ) from None
    fonts = files("fontpkg_ibm_plex_mono") / "files"
    names = ("IBMPlexMono-Regular.ttf", "IBMPlexMono-Bold.ttf")
    return svg_to_bytes(svg_string=svg, font_files=[str(fonts / name) for name in names])


def _pieces(turns: Sequence[Turn]) -> Iterator[tuple[str, int]]:
    """Yield the texts of a joke with their levels, each with the space before it if it has one."""
    for turn in turns:
        yield from ((f" {word}", YOU) for word in turn.prompt.split())
        yield from ((word.text, surprise(word.bits)) for word in turn.words)


def _lines(texts: Sequence[tuple[str, int]], columns: int) -> list[list[Piece]]:
    """Break texts into lines of so many columns, at spaces if possible."""
    lines: list[list[Piece]] = [[]]
    at = 0
    for group in _unbroken(texts):
        width = sum(cell_len(text) for text, _ in group)
        if at and at + 1 + width > columns:
            lines.append([])
            at = 0
        at += bool(at)
        for text, level in group:
            for part in _parts(text, columns):
                if at + cell_len(part) > columns:
                    lines.append([])
                    at = 0
                lines[-1].append(Piece(part, level, at, cell_len(part)))
                at += cell_len(part)
    return lines


def _unbroken(texts: Sequence[tuple[str, int]]) -> Iterator[list[tuple[str, int]]]:
    """Yield what stands between two spaces: a word, and the marks before and behind it."""
    group: list[tuple[str, int]] = []
    for text, level in texts:
        if text.startswith(" ") and group:
            yield group
            group = []
        if text.strip():
            group.append((text.strip(), level))
    if group:
        yield group


def _parts(text: str, columns: int) -> Iterator[str]:
    """Yield `text`, in parts if it is wider than a line."""
    part = ""
    for character in text:
        if cell_len(part + character) > columns:
            yield part
            part = ""
        part += character
    yield part
