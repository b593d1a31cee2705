"""How figures are said, alike in the shell and on the screen."""

from __future__ import annotations


def clock(seconds: float) -> str:
    """Minutes and seconds, rounded."""
    minutes, seconds = divmod(int(seconds + 0.5), 60)
    return f"{minutes}:{seconds:02}"


def counted(number: int, what: str) -> str:
    """So many of `what`, with an s unless it is one."""
    return f"{number:,} {what}{'s' * (number != 1)}"


def short(number: int) -> str:
    """A large number in three digits or so: 950, 36k, 3.7M."""
    if number < 1000:
        return str(number)
    return f"{number / 1e3:.0f}k" if number < 999_500 else f"{number / 1e6:.1f}M"


def size(number: int) -> str:
    """So many bytes of a file."""
    return f"{number / 1e3:.0f} kB" if number < 999_500 else f"{number / 1e6:.1f} MB"
