"""What the command line understands: the commands, and the options of the screen."""

from __future__ import annotations

import importlib
import time

import click

import jokebox
from jokebox.cli.options import model_option
from jokebox.cli.output import is_rank_zero
from jokebox.cli.screen import INTERRUPTED, open_screen

COMMANDS = {  # their modules in this folder, and the first lines of their help
    "compare": (
        "compare",
        "Let two models answer the same prompt, and compare their scores.",
    ),
    "corpora": ("corpora", "List, add, fetch and remove joke files."),
    "eval": ("evaluate", "Score a model on jokes that it was not trained on, in bits per byte."),
    "lesson": ("lesson", "Learn what a language model is, in eight short steps on the screen."),
    "keys": ("keys", "List the names of actions, their keys, and what they do."),
    "models": ("models", "List and manage the models on this machine."),
    "paths": ("paths", "Show where jokebox stores its files."),
    "serve": ("serve", "Put jokebox on a page that browsers of this machine can open."),
    "share": (
        "share",
        "Write a page of talks and models, or a card of one joke, for others.",
    ),
    "tell": ("tell", "Finish PROMPT as a joke; without it, tell any joke."),
    "train": ("train", "Train a model."),
}
# torchrun ends all ranks when one exits. If all fail alike, the others wait so that the first rank,
# the only one that prints, can print the error.
SILENT_WAIT = 5.0  # seconds

EPILOG = """\b
Shell completion for bash (for zsh or fish, use zsh_source or fish_source):
  eval "$(_JOKEBOX_COMPLETE=bash_source jokebox)"
"""


class _Commands(click.Group):
    """Import a command when it is used: neither the screen nor --help needs one."""

    def list_commands(self, context: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        module = importlib.import_module(f"jokebox.cli.{COMMANDS[name][0]}")
        command: click.Command = module.command
        return command

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


@click.group(
    cls=_Commands,
    invoke_without_command=True,
    epilog=EPILOG,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@model_option("The model to open. Default: the last one used.")
@click.version_option(jokebox.__version__, message="%(prog)s %(version)s")
@click.pass_context
def group(context: click.Context, model: str | None) -> int:
    """Train a small language model on jokes while you watch, and talk to it.

    Without a command, the screen opens: start a joke, and jokebox finishes it.
    """
    if context.invoked_subcommand is None:
        return open_screen(model)
    if model is not None:
        raise click.UsageError(f"--model has to come after {context.invoked_subcommand}")
    return 0


def main() -> int:
    """Do what the command line says, and return the exit status; print what is wrong with it."""
    try:
        status = group.main(prog_name="jokebox", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        if not is_rank_zero():
            time.sleep(SILENT_WAIT)
        return error.exit_code
    except click.Abort:
        return INTERRUPTED
    return status if isinstance(status, int) else 0
