from __future__ import annotations

import random

import pytest

from jokebox.errors import CorpusError
from jokebox.lm.corpus import Corpus, CorpusBuilder, build_corpus, duplicate_key
from tests.small import jokes


def everything(corpus: Corpus) -> set[str]:
    return {*corpus.training, *corpus.validation, *corpus.test}


def many(number: int) -> list[str]:
    return [f"Joke number {i} walks into a bar. Ouch, says the barman." for i in range(number)]


# -- cleaning --------------------------------------------------------------------------------------


def test_empty_and_near_duplicate_jokes_are_dropped_and_counted() -> None:
    corpus = build_corpus([*jokes(30), "", " \t", "\u200b", jokes()[0].upper() + "!!!"], ("a",))
    assert everything(corpus) == set(jokes(30))
    assert (corpus.dropped_empty, corpus.dropped_duplicates) == (3, 1)


def test_jokes_without_letters_differ_by_their_text() -> None:
    faces = [chr(0x1F600 + i) for i in range(40)]
    assert everything(build_corpus([*faces, *faces], ("faces",))) == set(faces)
    assert duplicate_key("Why, O 2?!") == "whyo2"
    assert duplicate_key("?!") == "?!"


def test_letters_only_leaves_letters_and_single_spaces_but_does_not_create_duplicates() -> None:
    whole = build_corpus([*jokes(20), "Route 66 - isn't it?", "Route 67 - isn't it?"], ("a",))
    bare = build_corpus(
        [*jokes(20), "Route 66 - isn't it?", "Route 67 - isn't it?", "1 + 1 = 2"],
        ("a",),
        letters_only=True,
    )
    assert "Route isnt it" in everything(bare)
    assert all(c.isalpha() or c == " " for joke in everything(bare) for c in joke)
    assert bare.dropped_empty == 1
    assert len(bare.training) == len(whole.training)


def test_fewer_than_twenty_jokes_are_refused() -> None:
    with pytest.raises(CorpusError, match=r"a, b: 19 different jokes; left out 1 near-duplicate"):
        build_corpus([*jokes(19), jokes()[0]], ("a", "b"))
    build_corpus(jokes(20), ("a",))


# -- splitting -------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [20, 21, 30, 60])
def test_no_part_of_a_small_corpus_is_empty(number: int) -> None:
    for start in range(100):
        corpus = build_corpus(many(start + number)[start:], ("small",))
        assert corpus.training
        assert corpus.validation
        assert corpus.test
        assert len(everything(corpus)) == number
        assert len(corpus.training) > number / 2


def test_a_joke_keeps_its_part_in_every_corpus_and_order() -> None:
    alone = build_corpus(many(300), ("a",))
    shuffled = many(1000)
    random.Random(1).shuffle(shuffled)
    together = build_corpus([joke.upper() for joke in shuffled], ("b", "a"))
    for part in ("training", "validation", "test"):
        assert {j.upper() for j in getattr(alone, part)} <= set(getattr(together, part))


def test_the_parts_never_change() -> None:
    corpus = build_corpus(many(60), ("a",))
    numbers = [[int(j.split()[2]) for j in part] for part in (corpus.validation, corpus.test)]
    assert numbers == [[14, 17, 22, 32, 48, 51, 53], [19, 20, 26]]


def test_the_fingerprint_is_of_the_texts_and_not_of_their_order() -> None:
    one = build_corpus(many(30), ("a",))
    assert one.fingerprint == build_corpus(reversed(many(30)), ("b",)).fingerprint
    assert one.fingerprint != build_corpus(many(31), ("a",)).fingerprint


def test_a_builder_says_what_becomes_of_each_joke() -> None:
    builder = CorpusBuilder()
    assert [builder.add(joke) for joke in ("A cow.", " ", "a cow!", "A duck.")] == [
        "",
        "empty",
        "near-duplicate",
        "",
    ]
    assert builder.jokes() == ("A cow.", "A duck.")
    assert builder.jokes(1, 2) == ("A duck.",)
    assert len(builder) == 2


def test_ascii_and_other_jokes_have_keys_by_the_same_rule() -> None:
    assert duplicate_key("A_b-c 1!") == "abc1"
    assert duplicate_key("Ä_b-c 1!") == "äbc1"


# -- favourites ------------------------------------------------------------------------------------


def with_favourites(others: list[str], favourites: list[str]) -> Corpus:
    builder = CorpusBuilder()
    for joke in others:
        builder.add(joke)
    for joke in favourites:
        builder.add(joke, favourite=True)
    return builder.build(("a", "favourites"))


def test_favourites_among_other_jokes_are_all_learnt_and_never_scored() -> None:
    plain = build_corpus(many(200), ("a",))
    liked = [*plain.validation[:3], plain.test[0].upper(), "A new one, which nobody has told."]
    corpus = with_favourites(many(200), liked)
    assert set(corpus.training) >= {*plain.training, *liked[:3], plain.test[0], liked[-1]}
    assert corpus.validation == plain.validation[3:]
    assert corpus.test == plain.test[1:]


def test_another_split_is_another_fingerprint() -> None:
    plain = build_corpus(many(200), ("a",))
    assert with_favourites(many(200), []).fingerprint == plain.fingerprint
    prints = {with_favourites(many(200), [joke]).fingerprint for joke in plain.validation[:2]}
    assert len({plain.fingerprint, *prints}) == 3


def test_favourites_alone_are_split_as_any_jokes() -> None:
    assert with_favourites([], many(40)) == build_corpus(many(40), ("a", "favourites"))


@pytest.mark.parametrize(
    ("others", "favourites", "said"),
    [
        (0, 19, "too few favourites to learn from: a, favourites: 19 of them"),
        (19, 3, "too few jokes .*: 19 different jokes beside 3 favourites"),
    ],
)
def test_too_few_favourites_or_too_few_jokes_beside_them_are_refused(
    others: int, favourites: int, said: str
) -> None:
    liked = [f"Favourite number {i}." for i in range(favourites)]
    with pytest.raises(CorpusError, match=said) as refused:
        with_favourites(many(others), liked)
    assert "At least 20 are needed" in refused.value.hint


def test_after_another_corpus_its_jokes_are_known_but_not_learnt_again() -> None:
    first, second = build_corpus(many(60), ("a",)), build_corpus(many(80)[40:], ("b",))
    corpus = second.after(first)
    assert (corpus.earlier_names, corpus.names) == (("a",), ("b",))
    assert set(corpus.learnt) == {*first.training, *second.training}
    assert len(corpus.learnt) == len(set(corpus.learnt))
    assert (corpus.training, corpus.validation) == (second.training, second.validation)
    third = build_corpus(jokes(), ("c",)).after(corpus)
    assert third.earlier_names == ("a", "b")
    assert set(third.earlier) == set(corpus.learnt)


def test_after_the_same_corpus_nothing_is_new() -> None:
    corpus = build_corpus(many(60), ("a",))
    assert corpus.after(corpus) == corpus
