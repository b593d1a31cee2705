"""How figures are said, alike in the shell and on the screen."""

from __future__ import annotations


def clock(seconds: float) -> str:
    """Minutes and seconds, rounded."""
    minutes, seconds = divmod(int(seconds + 0.5), 60)
    return f"{minutes}:{seconds:02}"


def counted(number: int, what: str) -> str:
    """So many of `what`, with an s unless it is one."""
    return f"{number:,} {what}{'s' * (number != 1)}"
