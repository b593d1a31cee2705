"""jokebox's two themes, dark and light, with one accent colour."""

from __future__ import annotations

from textual.theme import Theme

DARK = Theme(
    name="jokebox-dark",
    primary="#f0a840",
    secondary="#f0a840",
    accent="#f0a840",
    foreground="#dcd8d0",
    background="#16161a",
    surface="#1e1e23",
    panel="#26262c",
    warning="#f0a840",
    error="#e06c75",
    success="#f0a840",
    dark=True,
)
LIGHT = Theme(
    name="jokebox-light",
    primary="#8f4d00",
    secondary="#8f4d00",
    accent="#8f4d00",
    foreground="#2c2a26",
    background="#faf8f3",
    surface="#f2efe8",
    panel="#e8e4da",
    warning="#8f4d00",
    error="#b3363f",
    success="#8f4d00",
    dark=False,
    variables={"foreground-muted": "#635f57"},
)
