"""jokebox paths: where jokebox stores its files."""

from __future__ import annotations

import click

from jokebox.cli.options import json_option
from jokebox.cli.output import say, say_json


@click.command("paths")
@json_option
def command(as_json: bool) -> None:
    """Show where jokebox stores its files. If JOKEBOX_HOME is set, it writes only there."""
    from jokebox import paths

    places = {
        "models": str(paths.models_dir()),
        "corpora": str(paths.corpora_dir()),
        "talks": str(paths.talks_dir()),
        "favourites": str(paths.favourites_file()),
        "prompts": str(paths.prompts_file()),
        "settings": str(paths.settings_file()),
        "log": str(paths.log_file()),
        "bundled": str(paths.bundled_corpus()),
    }
    if as_json:
        say_json(places)
        return
    for name, place in places.items():
        say(f"{name:10} {place}")
