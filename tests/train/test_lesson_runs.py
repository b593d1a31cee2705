from __future__ import annotations

from pathlib import Path

from jokebox.lesson import HUNDRED, TUTORIAL
from jokebox.train.joke_files import load_corpus
from jokebox.train.lesson_runs import lesson_run


def test_a_hundred_jokes_are_learnt_without_dropout() -> None:
    request = lesson_run(HUNDRED)
    assert (request.model, request.preset, request.knobs.dropout) == (HUNDRED, "tiny", 0)
    (path,) = request.corpora
    corpus = load_corpus([("hundred", Path(path))])
    assert sum(map(len, (corpus.training, corpus.validation, corpus.test))) == 100


def test_the_tutorials_recipe_learns_the_bundled_jokes_for_a_minute() -> None:
    request = lesson_run(TUTORIAL)
    assert (request.model, request.preset) == (TUTORIAL, "tutorial")
    assert (request.corpora, request.knobs.max_minutes) == (("originals",), 1)
