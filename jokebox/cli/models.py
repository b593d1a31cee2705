"""jokebox models: list, show, rename, remove, export and import what was trained."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from jokebox.cli.options import complete_models
from jokebox.cli.output import say, warn
from jokebox.formatting import counted, short


@click.group("models", invoke_without_command=True)
@click.pass_context
def command(context: click.Context) -> None:
    """The models on this machine. Without a command: list them."""
    if context.invoked_subcommand is None:
        context.invoke(list_models)


@command.command("list")
def list_models() -> None:
    """Names, newest first, with what they learnt from and how well."""
    from jokebox.library import Library

    entries = Library().models()
    if not entries:
        warn("No models yet. Train one with: jokebox train")
        return
    width = max(len(entry.name) for entry in entries)
    for entry in entries:
        score = entry.validation_bits_per_byte
        state = "finished" if entry.finished else f"{entry.progress:.0%} trained"
        if entry.can_resume:
            state += ", can be resumed"
        say(
            f"{entry.name:{width}}  {entry.saved_at:%Y-%m-%d %H:%M}"
            f"  {short(entry.parameters):>5} parameters"
            f"  {'     -' if score is None else f'{score:6.4f}'} bits/byte"
            f"  {state}  ({', '.join(entry.corpora)})"
        )


@command.command()
@click.argument("name", shell_complete=complete_models)
def show(name: str) -> None:
    """All about one model."""
    from jokebox.library import Library

    library = Library()
    model = library.load(name)
    for notice in library.notices:
        warn(f"jokebox: {notice}")
    test = model.test_bits_per_byte
    validation = model.validation_bits_per_byte
    rows = {
        "name": model.name,
        "corpora": ", ".join(model.corpus.names),
        "jokes": f"{len(model.corpus.training):,} training, {len(model.corpus.validation):,}"
        f" validation, {len(model.corpus.test):,} test",
        "network": f"{model.model.layers} x {model.model.hidden_size} LSTM,"
        f" {model.parameters:,} parameters, {model.tokenizer.size:,} tokens",
        "trained": f"{model.progress:.0%} of {model.plan.steps:,} steps"
        f" ({counted(model.plan.epochs, 'epoch')}), {model.seconds:.0f} s, {model.plan.precision}",
        "validation": "-" if validation is None else f"{validation:.4f} bits per byte",
        "test": "-" if test is None else f"{test:.4f} bits per byte",
        "seed": str(model.training.seed),
        "made": model.created,
        "with": ", ".join(f"{what} {version}" for what, version in model.versions.items()),
        "file": str(library.directory / name),
    }
    for key, value in rows.items():
        say(f"{key:11} {value}")
    for step, sample in model.history.samples:
        say(f"step {step:>6} {sample}")


@command.command()
@click.argument("old", shell_complete=complete_models)
@click.argument("new")
def rename(old: str, new: str) -> None:
    """Give a model another name."""
    from jokebox.library import Library
    from jokebox.settings import load_settings, save_settings

    Library().rename(old, new)
    settings = load_settings()
    if settings.model == old:
        save_settings(replace(settings, model=new))


@command.command()
@click.argument("name", shell_complete=complete_models)
def remove(name: str) -> None:
    """Remove a model, the one before it and its stopped run, for good."""
    from jokebox.library import Library

    Library().remove(name)


@command.command()
@click.argument("name", shell_complete=complete_models)
@click.argument("file", type=click.Path(path_type=Path))
def export(name: str, file: Path) -> None:
    """Copy a model to one file, jokes and all, for another machine."""
    from jokebox.library import Library

    library = Library()
    library.export(name, file)
    for notice in library.notices:
        warn(f"jokebox: {notice}")


@command.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--name", help="What to call it; as it was called, where not given.")
def import_model(file: Path, name: str | None) -> None:
    """Take in a model that was exported; its checksum is verified."""
    from jokebox.library import Library

    say(f"Imported as {Library().import_(file, name)}.")
