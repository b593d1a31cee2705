"""Inside the LSTM: its units, its gates at one word, and the jokes that excite a unit most."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.containers import Container, Vertical
from textual.message import Message
from textual.widgets import Static
from textual.worker import get_current_worker

from jokebox.lm.lens import Unit, survey, trace_joke
from jokebox.talk.events import TurnBegan, WordTold
from jokebox.tui.widgets.excited_jokes import ExcitedJokes
from jokebox.tui.widgets.gate_strips import GateStrips, changes_in_words, in_words
from jokebox.tui.widgets.state_map import StateMap
from jokebox.tui.widgets.tint import Tint, legend, style_of
from jokebox.tui.widgets.unit_list import UnitList

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jokebox.lm.generator import Generator
    from jokebox.lm.lens import Step, Survey, Trace
    from jokebox.talk.events import Event
    from jokebox.talk.turns import CopiedWord, Turn

CHANGED = 3  # units that a word changed most
JOKES = 5  # that excite a unit most
SURVEYING = "Reading its training jokes, to find units that follow something:"
NO_MODEL = "The units show here as soon as there is a model."


class LensPanel(Container):
    """Show one unit at a time. The talk is coloured by it: `tint` says how.

    What the units follow is found in a worker, and kept for the model.
    """

    HELP = """\
## Lens (F8)

The memory of the network is some hundreds of numbers, its **units**; each word changes all of them.
Some follow something that has a name: they are on inside a question, or count how long the joke is.
The lens finds them by correlation over the training jokes: 1 is exactly, 0 not at all; a unit with
a minus is seen upside down. It colours the talk by the chosen one, in the styles that it names.
At the word at the cursor it shows the four gates, each from its most open unit to its least:
**input** lets the new be written, **forget** keeps what is there, **cell** is what would be
written, **output** lets the memory be seen. Below stand their means in words, and which units the
word changed most. If it was copied from a word of the joke, that one is marked in the talk."""

    class UnitChanged(Message):
        """Another unit is chosen now: the talk has other colours."""

    @dataclass
    class Surveying(Message):
        """So much of the sample was read."""

        generator: Generator
        percent: int

    @dataclass
    class Surveyed(Message):
        """What the units of a model follow was found."""

        generator: Generator
        survey: Survey

    @dataclass
    class Excited(Message):
        """The jokes that excite a unit most were read."""

        unit: Unit
        jokes: Sequence[Trace]

    @dataclass
    class Failed(Message):
        """What the units follow could not be found."""

        error: Exception

    def __init__(self) -> None:
        super().__init__(id="lens", classes="side")
        self.units, self.gates, self.jokes = UnitList(), GateStrips(), ExcitedJokes()
        self.state = StateMap()
        self.unit: Unit | None = None
        self.traces: Mapping[int, Trace] = {}  # of the turns, by number
        self._generator: Generator | None = None
        self._survey: Survey | None = None  # of the units of that one
        self._wanted: Generator | None = None  # whose survey is being made
        self._word: tuple[str, Step, CopiedWord | None] | None = None  # at the cursor

    def compose(self) -> ComposeResult:
        with Vertical(id="lens-units"):
            yield self.units
            yield Static(legend(), id="legend-of-units")
            yield self.state
        yield self.gates
        yield self.jokes

    # What the units follow ------------------------------------------------------------------------

    def open(self, generator: Generator | None) -> None:
        """Find what the units of this model follow, unless it is known or being looked for."""
        if generator is None:
            self.units.wait(NO_MODEL)
        elif generator not in (self._generator, self._wanted):
            self._wanted = generator
            self._say_how_far(0)
            self.run_worker(partial(self._find, generator), thread=True, group="survey",
                            exclusive=True, exit_on_error=False)  # fmt: skip

    def close(self) -> None:
        """Stop looking for what the units follow."""
        if self._wanted is not None:
            self.workers.cancel_group(self, "survey")
            self._wanted = None

    def _find(self, generator: Generator) -> None:
        worker = get_current_worker()
        reading = survey(generator, generator.checkpoint.corpus.learnt)
        said = 0
        try:
            while not worker.is_cancelled:
                percent = int(100 * next(reading))
                if percent > said:
                    said = percent
                    self.post_message(self.Surveying(generator, percent))
        except StopIteration as end:
            self.post_message(self.Surveyed(generator, end.value))
        except Exception as error:
            self.post_message(self.Failed(error))

    def _say_how_far(self, percent: int) -> None:
        if self._survey is None:
            self.units.wait(f"{SURVEYING} {percent} %. F8 stops it.")
        else:
            self.units.say(f"Newer weights, looking again: {percent} %")

    @on(Surveying)
    def _show_how_far(self, message: Surveying) -> None:
        if message.generator is self._wanted:
            self._say_how_far(message.percent)

    @on(Surveyed)
    def _show_units(self, message: Surveyed) -> None:
        if message.generator is not self._wanted:
            return
        self._generator, self._wanted, found = message.generator, None, message.survey
        self._survey, before, self.unit = found, self.unit, None
        _, layers, units = found.highest.shape
        self.units.show((layers, units), found.followers(), found.words, before)
        if not found.followers():
            self._choose(Unit(0, 0))

    # The chosen unit ------------------------------------------------------------------------------

    @on(UnitList.Chosen)
    def _take(self, message: UnitList.Chosen) -> None:
        self._choose(message.unit)

    def _choose(self, unit: Unit) -> None:
        found, generator = self._survey, self._generator
        if found is None or generator is None or unit == self.unit:
            return
        self.unit = unit
        self.units.describe(unit, *found.followed_by(unit))
        self._show_gates()
        self.post_message(self.UnitChanged())
        self.run_worker(partial(self._read_jokes, generator, found, unit), thread=True,
                        group="excited", exclusive=True, exit_on_error=False)  # fmt: skip

    def _read_jokes(self, generator: Generator, found: Survey, unit: Unit) -> None:
        jokes = [trace_joke(generator, joke) for joke in found.most_exciting(unit, JOKES)]
        self.post_message(self.Excited(unit, jokes))

    @on(Excited)
    def _show_jokes(self, message: Excited) -> None:
        if message.unit == self.unit:
            self.jokes.show(self.units.label(message.unit), message.unit, message.jokes)

    # The talk -------------------------------------------------------------------------------------

    def show_word(self, word: str, step: Step | None, copied: CopiedWord | None) -> None:
        """Show what the gates did at the word at the cursor; none if there is no `step`."""
        self._word = None if step is None else (word, step, copied)
        self._show_gates()

    def _show_gates(self) -> None:
        self.set_class(self._word is not None, "-word")
        if self._word is None or self.unit is None:
            self.gates.clear()
            return
        word, step, copied = self._word
        if self.unit.layer < len(step.gates) and self.unit.number < step.gates.shape[-1]:
            name = self.units.label(self.unit)
            copy = f"{copied.in_words('its probability')} " if copied else ""
            changes = changes_in_words(self._most_changed(step))
            text = f"{copy}{in_words(step, self.unit, name)} {changes}"
            self.gates.show(word, step, self.unit, name, text)

    def _most_changed(self, step: Step) -> list[tuple[str, str]]:
        """Return the labels of the units that a word changed most, and what they follow."""
        if self._survey is None or self.unit is None:
            return []
        units = step.most_changed(self.unit.layer, CHANGED)
        return [(self.units.label(unit), self._survey.name_of(unit)) for unit in units]

    def show_event(self, event: Event, before: Tint | None) -> Tint | None:
        """Show the state after each word that is told; return the tint of its turn so far."""
        self.state.show_event(event)
        if isinstance(event, TurnBegan):
            return Tint(answer=("",) * len(event.turn.words))
        if isinstance(event, WordTold) and before is not None and self.unit is not None:
            style = style_of(float(self.unit.seen(event.state.c)))
            return before._replace(answer=(*before.answer, style))
        return before

    def has_read(self, generator: Generator, turns: Sequence[Turn]) -> bool:
        """Return whether this model was surveyed, and what it remembers of `turns` is known."""
        known = {turn.number for turn in turns} == self.traces.keys()
        return known and generator in (self._generator, self._wanted)

    def tint(self, turn: Turn) -> Tint | None:
        """Return the colours of the words of a turn; None if they are not known."""
        read = self.traces.get(turn.number)
        if read is None or self.unit is None:
            return None
        styles = [style_of(value) for value in self.unit.of(read.memory)]
        at = len(styles) - len(turn.words)
        return Tint(tuple(zip(read.words[:at], styles[:at], strict=True)), tuple(styles[at:]))
