"""jokebox serve: the same app on a page in a browser, for several visitors."""

from __future__ import annotations

from functools import partial

import click

from jokebox.cli.options import model_option
from jokebox.cli.output import say


@click.command("serve")
@model_option("The model that visitors talk to. Default: the last one used.")
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    default=8000,
    show_default=True,
    help="The page's port.",
)
@click.option(
    "--visitors",
    type=click.IntRange(1, 100),
    default=8,
    show_default=True,
    help="So many may be there at once.",
)
@click.option(
    "--idle",
    type=click.FloatRange(0.05, 1440),
    default=15,
    show_default=True,
    metavar="MINUTES",
    help="Without a key or the mouse for so long, a visit ends.",
)
def command(model: str | None, port: int, visitors: int, idle: float) -> None:
    """Put jokebox on a page that browsers of this machine can open.

    Each visitor has a home of their own, with a copy of the model, and it is gone when they leave.
    Nothing is trained unless they ask for it. Needs: pip install 'jokebox[serve]'.
    """
    from jokebox.errors import JokeboxError
    from jokebox.library import MODEL, Library
    from jokebox.settings import load_settings

    try:
        from jokebox.serving.server import JokeboxServer
    except ModuleNotFoundError as error:
        if error.name is None or error.name.startswith("jokebox"):
            raise
        raise JokeboxError(
            "a page needs more packages",
            f"{error.name} is not installed",
            "Install them with: pip install 'jokebox[serve]'",
        ) from None
    library = Library()
    name = library.open(model, load_settings().model).name
    library.describe(name, MODEL)  # not a stopped run
    furnish = partial(library.copy, name)
    server = JokeboxServer(furnish, say, port=port, most=visitors, idle=60 * idle)
    try:
        server.serve()
    except OSError as error:
        raise JokeboxError(
            "the page cannot be opened",
            f"port {port}: {error.strerror}",
            "Choose another port with --port.",
        ) from None
