"""jokebox models: list, show, rename, remove, export and import models."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from jokebox.cli.options import complete_models, load_settings_or_warn
from jokebox.cli.output import say, warn
from jokebox.formatting import counted, short, size, training_state

if TYPE_CHECKING:
    from jokebox.library import Library
    from jokebox.lm.checkpoint import Checkpoint


@click.group("models", invoke_without_command=True)
@click.pass_context
def command(context: click.Context) -> None:
    """List and manage the models on this machine. Without a command, list them."""
    if context.invoked_subcommand is None:
        context.invoke(list_models)


@command.command("list")
def list_models() -> None:
    """List the models, newest first, with their scores and corpora; then what cannot be opened."""
    from jokebox.library import Library

    library = Library()
    models, unusable = library.models(), library.unusable()
    if not models and not unusable:
        warn("No models yet. Train one with: jokebox train")
        return
    names = [*(model.name for model in models), *(file.name for file in unusable)]
    width = max(map(len, names))
    for model in models:
        score = model.validation_bits_per_byte
        say(
            f"{model.name:{width}}  {model.saved_at:%Y-%m-%d %H:%M}"
            f"  {short(model.parameters):>5} parameters"
            f"  {'     -' if score is None else f'{score:6.4f}'} bits/byte"
            f"  {training_state(model, can_resume=model.can_resume)}"
            f"  ({', '.join(model.corpora)})"
        )
    for file in unusable:
        say(f"{file.name:{width}}  cannot be opened: {file.problem}")


@command.command()
@click.argument("name", shell_complete=complete_models)
def show(name: str) -> None:
    """Show the details of a model, and samples from its training."""
    from jokebox.library import Library
    from jokebox.train.request import learnt_earlier_jokes

    library = Library()
    model = library.load(name)
    for notice in library.notices:
        warn(f"jokebox: {notice}")
    corpus = model.corpus
    outdated = ", as they were in an earlier jokebox" * learnt_earlier_jokes(corpus)
    before = f", after {', '.join(corpus.earlier_names)}" * bool(corpus.earlier)
    test = model.test_bits_per_byte
    validation = model.validation_bits_per_byte
    rows = {
        "name": model.name,
        "corpora": ", ".join(corpus.names) + outdated + before,
        "jokes": f"{len(corpus.training):,} training, {len(corpus.validation):,}"
        f" validation, {len(corpus.test):,} test"
        + f"; {len(corpus.earlier):,} learnt before"
        * bool(corpus.earlier),
        "network": f"{model.model.layers} x {model.model.hidden_size} LSTM,"
        f" {model.parameters:,} parameters, {model.tokenizer.size:,} tokens",
        "trained": f"{model.progress:.0%} of {model.plan.steps:,} steps"
        f" ({counted(model.plan.epochs, 'epoch')}), {model.seconds:.0f} s, {model.plan.precision}"
        + f", preset {model.plan.rung}"
        * bool(model.plan.rung),
        "validation": "-" if validation is None else f"{validation:.4f} bits per byte",
        "test": "-" if test is None else f"{test:.4f} bits per byte",
        "seed": str(model.training.seed),
        "made": model.created,
        "with": ", ".join(f"{what} {version}" for what, version in model.versions.items()),
        "snapshots": _snapshots(library, model),
        "file": str(library.directory / name),
    }
    for key, value in rows.items():
        say(f"{key:11} {value}")
    for step, sample in model.history.samples:
        say(f"step {step:>6} {sample}")


def _snapshots(library: Library, model: Checkpoint) -> str:
    """Return at which steps snapshots were kept, and how large all of a model are."""
    steps = ", ".join(f"{step:,}" for step in library.snapshot_steps(model))
    (total,) = (m.snapshot_bytes for m in library.models() if m.name == model.name)
    return f"of step {steps}; {size(total)}" if steps else "none"


@command.command()
@click.argument("old", shell_complete=complete_models)
@click.argument("new")
def rename(old: str, new: str) -> None:
    """Rename a model."""
    from jokebox.library import Library
    from jokebox.settings import save_settings

    settings = load_settings_or_warn()  # before anything is renamed
    Library().rename(old, new)
    if settings.model == old:
        save_settings(replace(settings, model=new), settings)


@command.command()
@click.argument("name", shell_complete=complete_models)
def remove(name: str) -> None:
    """Delete a model for good, with its previous version and its stopped run."""
    from jokebox.library import Library

    Library().remove(name)


@command.command("remove-snapshots")
@click.argument("name", shell_complete=complete_models)
def remove_snapshots(name: str) -> None:
    """Delete what a model was like at some steps of its run, and keep the model itself."""
    from jokebox.library import Library

    Library().remove_snapshots(name)


@command.command()
@click.argument("name", shell_complete=complete_models)
@click.argument("file", type=click.Path(path_type=Path))
def export(name: str, file: Path) -> None:
    """Copy a model to a single file, with its jokes, for another machine; without snapshots."""
    from jokebox.library import Library

    library = Library()
    library.export(name, file)
    for notice in library.notices:
        warn(f"jokebox: {notice}")


@command.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--name", help="The name of the model. Default: the name it was exported under.")
def import_model(file: Path, name: str | None) -> None:
    """Import a model from an exported file, and verify its checksum."""
    from jokebox.library import Library

    say(f"Imported as {Library().import_(file, name)}.")
