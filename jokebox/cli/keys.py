"""jokebox keys: what can be given other keys."""

from __future__ import annotations

import click

from jokebox.cli.options import json_option, load_settings_or_warn
from jokebox.cli.output import say, say_json, warn

EXAMPLE = """\b
In settings.toml (jokebox paths says where it is):
  [keys]
  again = "ctrl+g,f10"
"""


@click.command("keys", epilog=EXAMPLE)
@json_option
def command(as_json: bool) -> None:
    """List the names of actions, their keys, and what they do."""
    from jokebox.tui.keymap import actions, keys_of, problems

    chosen = load_settings_or_warn().keys
    for problem in problems(chosen):
        warn(f"jokebox: {problem}")
    for name, binding in actions().items():
        keys = keys_of(name, chosen)
        if as_json:
            say_json({"action": name, "keys": keys, "does": binding.tooltip})
        else:
            say(f"{name:14} {', '.join(keys):18} {binding.tooltip}")
