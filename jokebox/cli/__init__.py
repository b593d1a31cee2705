"""The command line, one file per command.

A command is imported when it is used, and imports what it needs when it runs, so that the screen
opens at once and --help is fast.
"""

from __future__ import annotations

import gc
import importlib
import os
import sys
import time

import click

import jokebox
from jokebox.cli.options import model_option
from jokebox.cli.output import discard_output, is_rank_zero, warn
from jokebox.errors import JokeboxError

COMMANDS = {  # and their modules in this folder
    "compare": "compare",
    "corpora": "corpora",
    "eval": "evaluate",
    "keys": "keys",
    "models": "models",
    "paths": "paths",
    "tell": "tell",
    "train": "train",
}
DONE, FAILED, USAGE, INTERRUPTED = 0, 1, 2, 130
# torchrun ends all ranks when one exits. If all fail alike, the others wait so that the first rank,
# the only one that prints, can print the error.
SILENT_WAIT = 5.0  # seconds

EPILOG = """\b
Shell completion for bash (for zsh or fish, use zsh_source or fish_source):
  eval "$(_JOKEBOX_COMPLETE=bash_source jokebox)"
"""


class _Commands(click.Group):
    """Import a command when it is used: the screen needs none of them."""

    def list_commands(self, context: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        module = importlib.import_module(f"jokebox.cli.{COMMANDS[name]}")
        command: click.Command = module.command
        return command


@click.group(
    cls=_Commands,
    invoke_without_command=True,
    epilog=EPILOG,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@model_option("The model to open. Default: the last one used.")
@click.version_option(jokebox.__version__, message="%(prog)s %(version)s")
@click.pass_context
def group(context: click.Context, model: str | None) -> None:
    """Train a small language model on jokes while you watch, and talk to it.

    Without a command, the screen opens: start a joke, and jokebox finishes it.
    """
    if context.invoked_subcommand is None:
        _open_screen(model)
    elif model is not None:
        raise click.UsageError(f"--model has to come after {context.invoked_subcommand}")


def run() -> int:
    """Run the command line, and return the exit status.

    A JokeboxError, an OSError and wrong usage are printed to stderr, without a traceback.
    """
    if not is_rank_zero():
        discard_output()
    try:
        status = group.main(prog_name="jokebox", standalone_mode=False)
    except JokeboxError as error:
        warn(f"jokebox: {error.title}: {error.message}")
        if error.hint:
            warn(error.hint)
        return FAILED
    except OSError as error:
        warn(f"jokebox: {error.filename or 'a file'} cannot be used: {error.strerror or error}")
        return FAILED
    except click.ClickException as error:
        error.show()
        if not is_rank_zero():
            time.sleep(SILENT_WAIT)
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    return status if isinstance(status, int) else DONE


def _open_screen(model: str | None) -> None:
    terminal = all(stream and stream.isatty() for stream in (sys.stdin, sys.stderr))
    if not terminal or os.environ.get("TERM", "") in ("", "dumb"):
        warn("jokebox: the screen needs a terminal; in scripts use `jokebox tell`")
        raise click.exceptions.Exit(USAGE)
    gc.disable()  # while importing, which makes no garbage, so that the first frame comes sooner
    from jokebox.tui.app import JokeboxApp

    gc.freeze()
    app = JokeboxApp(model)
    app.run()
    raise click.exceptions.Exit(app.return_code or DONE)
