"""jokebox eval: bits per byte on validation or test jokes, beside what needs no network."""

from __future__ import annotations

import click

from jokebox.cli.options import (
    corpus_option,
    json_option,
    layout_options,
    load_model,
    load_settings_or_warn,
    model_option,
)
from jokebox.cli.output import say, say_json, warn, with_progress
from jokebox.formatting import BASELINES
from jokebox.train.source import Layout


@click.command("eval")
@model_option("The model to score. Default: the last one used.")
@corpus_option("Score validation or test jokes of this corpus instead of the model's own.")
@layout_options
@click.option(
    "--split",
    type=click.Choice(["validation", "test"]),
    default="validation",
    show_default=True,
    help="Compare models on validation jokes; use test jokes once, at the end.",
)
@json_option
def command(
    model: str | None, corpora: tuple[str, ...], layout: Layout, split: str, as_json: bool
) -> None:
    """Score a model on jokes that it was not trained on, in bits per byte: lower is better.

    Baselines are scored too, with the model's training jokes: word frequencies, a word 3-gram, and
    the compressor LZMA.
    """
    from jokebox.lm.baselines import score_baselines
    from jokebox.lm.generator import Generator
    from jokebox.lm.scoring import score
    from jokebox.train.corpora import resolve
    from jokebox.train.joke_files import read_corpus

    if not corpora and layout != Layout():
        raise click.UsageError("--column, --blocks and --encoding say how to read a --corpus")
    checkpoint = load_model(model, load_settings_or_warn().model)
    corpus = checkpoint.corpus
    if corpora:
        files = [resolve(name) for name in corpora]
        corpus = with_progress("Reading", read_corpus(files, layout)).corpus
        for notice in corpus.notices:
            warn(f"jokebox: {notice}")
    jokes = getattr(corpus, split)
    scored = score(Generator(checkpoint), jokes)
    baselines = score_baselines(checkpoint.corpus.training, jokes)
    result = {
        "model": checkpoint.name,
        "split": split,
        "jokes": scored.jokes,
        "bytes": scored.bytes,
        "bits_per_byte": scored.bits_per_byte,
        "perplexity_per_token": scored.perplexity_per_token,
        "baselines": baselines,
    }
    if as_json:
        say_json(result)
        return
    say(f"{scored.jokes:,} {split} jokes of {'+'.join(corpus.names)}, bits per byte:")
    rows = {BASELINES[name]: value for name, value in baselines.items()}
    rows[checkpoint.name] = scored.bits_per_byte
    width = max(map(len, rows))
    for name, value in rows.items():
        say(f"  {name:{width}}  {value:.4f}")
    say(f"perplexity per token of {checkpoint.name}: {scored.perplexity_per_token:.1f}")
