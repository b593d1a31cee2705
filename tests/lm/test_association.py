from __future__ import annotations

import pytest

from jokebox.lm.association import Association
from jokebox.lm.tokenizer import WhitespaceTokenizer, WordTokenizer

JOKES = [
    f"Why did the {one} go to the {n}? Because of the {other}."
    for one, other in (("cow", "hay"), ("cat", "milk"), ("dad", "rent"), ("fox", "snow"))
    for n in range(60)
]
TOKENIZER = WordTokenizer.fit(JOKES)


@pytest.fixture(scope="module")
def association() -> Association:
    # words in a quarter of the jokes count here; in a real corpus they would be too common
    jokes = [*JOKES, *(f"{n} is a number. It is." for n in range(60, 4000))]
    return Association(TOKENIZER, jokes)


def between(association: Association, setup: str, punchline: str) -> float:
    return association.between(TOKENIZER.encode(setup), TOKENIZER.encode(punchline))


def test_words_that_stand_together_in_jokes_belong_to_each_other(association: Association) -> None:
    own = between(association, "Why did the cow go?", "Because of the hay.")
    other = between(association, "Why did the cow go?", "Because of the milk.")
    assert own > 1 > 0 > other


def test_a_word_belongs_to_the_word_of_the_setup_that_it_belongs_to_most(
    association: Association,
) -> None:
    both = between(association, "Why did the dad and the cow go?", "Because of the hay.")
    assert both == between(association, "Why did the cow go?", "Because of the hay.")


def test_a_punchline_counts_as_the_mean_of_its_words(association: Association) -> None:
    one, other, both = (
        between(association, "Why did the cow go?", text) for text in ("hay", "rent", "hay rent")
    )
    assert both == pytest.approx((one + other) / 2)


@pytest.mark.parametrize("punchline", ["", "Because of the.", "Because of the cow.", "Zyx."])
def test_common_repeated_and_unknown_words_say_nothing(
    association: Association, punchline: str
) -> None:
    said = between(association, "Why did the cow go?", punchline)
    assert between(association, "Why did the cow go?", "milk") < said < 0
    assert said == between(association, "", "milk")


@pytest.mark.parametrize(
    ("setup", "punchline"),
    [
        ("Why did the cow cross the road?", "Because it was late."),
        ("Knock knock. Who's there? Lettuce. Lettuce who?", "Lettuce in. It's cold."),
        ("I told my dog a joke.", "He sat."),
        ('A cow says, "Moo?"', 'The duck says, "Why?"'),
        ("One sentence alone.", ""),
        ("no sentence", ""),
    ],
)
def test_a_punchline_is_what_follows_the_last_question_or_else_the_last_sentence(
    setup: str, punchline: str
) -> None:
    joke = f"{setup} {punchline}".strip()
    for kind in (WordTokenizer, WhitespaceTokenizer):
        tokenizer = kind.fit([joke])
        ids = tokenizer.encode(joke)
        place = Association(tokenizer, [joke]).punchline(ids)
        if not punchline:
            assert place == 0
        else:
            assert tokenizer.decode(ids[place:]) == punchline


def test_a_punchline_is_pulled_towards_what_belongs_to_its_setup(association: Association) -> None:
    pull = association.pull(TOKENIZER.encode("Why did the cow go?"))
    assert pull is not None
    hay, milk, cow = (TOKENIZER.encode(word)[0] for word in ("hay", "milk", "cow"))
    assert pull[hay] > 1
    assert pull[milk] == pull[cow] == 0


@pytest.mark.parametrize("joke", ["Why did the cow go", "Why did the cow go? Because of the hay"])
def test_before_a_punchline_and_after_it_was_said_a_word_does_not_pull(
    association: Association, joke: str
) -> None:
    pull = association.pull(TOKENIZER.encode(joke))
    assert pull is not None
    assert pull[TOKENIZER.encode("hay")[0]] == 0


@pytest.mark.parametrize("joke", ["", "Why did the zyx go?"])
def test_after_common_words_nothing_pulls(association: Association, joke: str) -> None:
    assert association.pull(TOKENIZER.encode(joke)) is None


def test_a_common_word_is_pulled_by_the_words_it_agrees_with() -> None:
    pairs = [
        f"I met {n}. The {who} said that {pronoun} was {n}."
        for who, pronoun in (("queen", "she"), ("king", "he"))
        for n in range(30)
    ]
    jokes = [*pairs, *(f"{pronoun} met {n}." for n in range(3000) for pronoun in ("She", "He"))]
    tokenizer = WordTokenizer.fit(jokes)
    association = Association(tokenizer, jokes)
    she, he = (tokenizer.encode(word)[-1] for word in ("she", "he"))
    for who, agrees, clashes in (("queen", she, he), ("king", he, she)):
        pull = association.pull(tokenizer.encode(f"The {who} said that"))
        assert pull is not None
        assert pull[agrees] > 0.3 > 0 > pull[clashes]
