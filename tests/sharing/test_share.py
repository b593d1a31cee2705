from __future__ import annotations

from dataclasses import replace

import pytest

from jokebox.errors import JokeboxError, ModelError, TalkError
from jokebox.library import Library
from jokebox.sharing.share import SUFFIXES, share
from jokebox.talk.archive import Archive
from tests import small

MODEL = small.fluent()


@pytest.fixture
def talk() -> str:
    """Keep a talk with the model `farm`; return its name."""
    farm = small.shelve("farm", MODEL)
    return small.keep_talk(farm, "Why did the cow", "Why did the duck")


def shared(suffix: str, *talks: str, models: tuple[str, ...] = (), joke: int | None = None) -> str:
    library = Library()
    content = share(suffix, talks, models, archive=Archive(), load=library.load, joke=joke)
    return content.decode(errors="replace")


def test_a_page_has_each_talk_and_each_model(talk: str) -> None:
    other = small.keep_talk(small.shelve("barn", MODEL), "Why did the owl")
    content = shared(".html", talk, other, models=("farm", "barn"))
    assert content.count('<section class="talk">') == 2
    assert content.count('<section class="models">') == 1
    assert 'class="row' in content
    assert "not known" not in content


def test_without_its_model_a_talk_keeps_its_shades_and_says_what_is_missing(talk: str) -> None:
    Library().remove("farm")
    content = shared(".html", talk)
    assert "farm cannot be opened here" in content
    assert 'class="row' not in content
    assert 'class="word s' in content


def test_if_the_model_has_learnt_on_it_says_that_too(talk: str) -> None:
    weights = {name: weight + 0.1 for name, weight in MODEL.weights.items()}
    small.shelve("farm", replace(MODEL, weights=weights))
    assert "farm had other weights then" in shared(".html", talk)


def test_a_card_is_of_the_last_joke_or_of_the_one_that_was_chosen(talk: str) -> None:
    assert ">duck<" in shared(".svg", talk)
    assert ">cow<" in shared(".svg", talk, joke=1)
    assert "PNG" in shared(".png", talk)


def test_curves_are_those_of_the_models(talk: str) -> None:
    assert "farm,40," in shared(".csv", models=("farm",))


@pytest.mark.parametrize(
    ("suffix", "talks", "models", "joke", "error", "said"),
    [
        (".csv", (), (), None, ModelError, "no model was named"),
        (".csv", (), ("zoo",), None, ModelError, "no such model"),
        (".html", (), ("zoo",), None, ModelError, "no such model"),
        (".html", ("zoo",), (), None, TalkError, "no such talk"),
        (".svg", (), ("farm",), None, TalkError, "0 talks were named"),
        (".svg", ("Why did", "Why did"), (), None, TalkError, "2 talks were named"),
        (".png", ("Why did",), (), 3, TalkError, "has 2 jokes, and no joke 3"),
    ],
)
def test_what_is_missing_is_said(
    talk: str,
    suffix: str,
    talks: tuple[str, ...],
    models: tuple[str, ...],
    joke: int | None,
    error: type[JokeboxError],
    said: str,
) -> None:
    with pytest.raises(error, match=said):
        shared(suffix, *talks, models=models, joke=joke)


def test_every_suffix_makes_a_file(talk: str) -> None:
    assert all(shared(suffix, talk, models=("farm",)) for suffix in SUFFIXES)
