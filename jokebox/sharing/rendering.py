"""Templates filled with texts, each of which is made safe for a page on its way in."""

from __future__ import annotations

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from jokebox.lm.text import sanitise


def render(template: str, **values: object) -> str:
    """Return a file of `templates/`, filled with `values`.

    Every text is sanitised and escaped, whatever it comes from.
    """
    return _environment().get_template(template).render(values)


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("jokebox.sharing"),
        autoescape=True,
        finalize=_safe,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _safe(value: object) -> object:
    return sanitise(value) if isinstance(value, str) and not isinstance(value, Markup) else value
