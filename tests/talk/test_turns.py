from __future__ import annotations

from dataclasses import replace

from jokebox.talk.turns import CopiedWord, Word, path_to
from tests import small

TURN = small.turn(
    "Why did",
    Word(" the", 1.0, (3,)),
    Word(" Cow", 2.0, (4, 5)),
    Word("?", 0.5, (6,)),
    prompt_ids=(1, 2),
    end_ids=(0,),
)


def test_the_text_of_an_answer_is_its_words_without_the_first_space() -> None:
    assert TURN.text == "the Cow?"
    assert replace(TURN, words=(Word("?", 0.5, (6,)),)).text == "?"
    assert replace(TURN, words=()).text == ""


def test_a_turn_has_read_its_prompt_its_words_and_its_end_in_this_order() -> None:
    assert TURN.ids == (1, 2, 3, 4, 5, 6, 0)


def test_a_path_leads_from_the_first_turn_past_all_alternatives() -> None:
    first, one, other = (replace(TURN, number=i, parent=0 if i else None) for i in range(3))
    last = replace(TURN, number=3, parent=2)
    turns = [first, one, other, last]
    assert path_to(turns, 3) == (first, other, last)
    assert path_to(turns, 1) == (first, one)
    assert path_to(turns, None) == ()


def test_a_copied_word_says_how_much_of_what_was_copied_and_from_where() -> None:
    copied = CopiedWord(0.826, "cow", 0, None, (8, 11))
    assert copied.in_words("that") == "83 % of that is copied from “cow”."
