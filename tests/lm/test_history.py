from __future__ import annotations

from jokebox.lm.history import MOST_POINTS, Frame, History


def test_a_history_grows_in_the_order_of_its_steps_and_its_past_stays_as_it_was() -> None:
    empty = History("Why did the")
    first = empty.with_training(10, 3.0).with_validation(10, 3.5).with_sample(10, "Why did the the")
    later = (
        first.with_training(20, 2.5).with_validation(20, 2.75).with_sample(20, "Why did the cow")
    )
    assert empty == History("Why did the")
    assert (first.training, first.validation) == (((10, 3.0),), ((10, 3.5),))
    assert later.training == ((10, 3.0), (20, 2.5))
    assert later.validation == ((10, 3.5), (20, 2.75))
    assert later.samples == ((10, "Why did the the"), (20, "Why did the cow"))
    assert later.prompt == "Why did the"


def test_a_long_curve_is_thinned_to_every_other_point() -> None:
    history = History(training=tuple((step, 2.0) for step in range(MOST_POINTS)))
    longer = history.with_training(MOST_POINTS, 1.0)
    assert len(longer.training) == MOST_POINTS // 2 + 1
    assert longer.training[:2] == ((0, 2.0), (2, 2.0))
    assert longer.training[-1] == (MOST_POINTS, 1.0)


def test_its_frames_have_what_was_said_and_scored_at_each_evaluation() -> None:
    history = History(validation=((0, 3.5), (40, 2.5)), samples=((0, "the the"), (50, "the cow")))
    assert history.frames == (Frame(0, "the the", 3.5), Frame(50, "the cow", None))
