"""Guess the next word: a joke that the model has not learnt, a bet, and then the bars."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from jokebox.formatting import counted
from jokebox.tui.widgets.bars import bars
from jokebox.tui.widgets.line import Line

if TYPE_CHECKING:
    from jokebox.lm.checkpoint import Checkpoint
    from jokebox.lm.config import Sampling
    from jokebox.lm.generator import Choice
    from jokebox.lm.guessing import Game, Guess, Score
    from jokebox.settings import Settings

CHOICES = 10
BET = "your bet on the next word"
NEXT_WORD = "enter: the next word"
NEXT_JOKE = "enter: the next joke"
RULE = "You lay half on your word, the other half stays with the model. Fewer bits win."
NO_JOKES = "This model has no jokes that it did not learn from."


class GuessPanel(Vertical):
    """Take a bet, show the word that came and the model's bars, and then go on."""

    HELP = """\
## Guess the next word (ctrl+a)

A joke that the model has never learnt from, up to some word. Bet on the next one: half of your
chips lie on it, the other half on what the model thinks. Then the bars show what it thought, and
both of you pay for the word that came, in bits: one bit if it was a coin toss, ten if it was one
chance in a thousand. A right bet costs a bit at most, a wrong one a bit more than the model pays.
After twenty words you know who knows jokes better."""

    def __init__(self) -> None:
        super().__init__(id="guess")
        self._game: Game | None = None
        self._guess: Guess | None = None  # that was just made
        self._sampling: Sampling | None = None

    def compose(self) -> ComposeResult:
        yield Static("", id="guess-title", markup=False)
        yield Line(placeholder=BET, id="bet", compact=True)
        yield Static("", id="guess-bars", markup=False)

    def play(self, checkpoint: Checkpoint, settings: Settings) -> None:
        """Go on with the game, or begin one with another model, in the order of the seed."""
        from jokebox.lm.generator import Generator
        from jokebox.lm.guessing import Game

        if self._game is None or self._game.generator.checkpoint is not checkpoint:
            self._guess = None
            jokes = checkpoint.corpus.validation
            self._game = Game(Generator(checkpoint), jokes, settings.seed)
        self.follow(settings.sampling)
        self.query_one("#bet").focus()

    def follow(self, sampling: Sampling) -> None:
        """Show the bars as it would talk now, once there is a bet."""
        self._sampling = sampling
        self._show()

    def on_resize(self) -> None:
        self._show()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        game, bet = self._game, event.value.strip()
        event.input.clear()
        if game is None or not game.has_jokes:
            return
        if self._guess is not None:
            self._guess = None
            game.advance()
        elif bet:
            self._guess = game.guess(bet)
        self._show()

    def _show(self) -> None:
        game, guess = self._game, self._guess
        if game is None or self._sampling is None:
            return
        if not game.has_jokes:
            self.query_one("#guess-title", Static).update(NO_JOKES)
            self.query_one("#bet").display = False
            return
        self.query_one("#bet", Input).placeholder = _placeholder(game, guess)
        self.query_one("#guess-title", Static).update(_title(game, guess))
        rows = []
        if guess is not None:
            choices = game.choices(CHOICES, self._sampling)
            told = next((c.text for c in choices if _is_same(c, guess)), None)
            rows = bars(choices, self.content_size.width, told)
        self.query_one("#guess-bars", Static).update(Content("\n").join(rows))


def _placeholder(game: Game, guess: Guess | None) -> str:
    if guess is None:
        return BET
    return NEXT_JOKE if game.rest else NEXT_WORD


def _title(game: Game, guess: Guess | None) -> Content:
    """Return the joke so far, and after a bet the word that came and what it cost."""
    if guess is None:
        about = _score(game.score) if game.score.words else RULE
        return Content.assemble(game.so_far, (" ___", "$primary"), "\n", (about, "dim"))
    word, rest = guess.word.strip(), game.rest.strip()
    verdict = "Right!" if guess.right else f"Not {guess.bet}."
    return Content.assemble(
        f"{game.so_far} ", (word, "bold $primary"), rest.removeprefix(word), "\n",
        (f"{verdict} You pay {guess.bits:.1f} bits, the model {guess.model_bits:.1f}.", "dim"),
    )  # fmt: skip


def _score(score: Score) -> str:
    return (
        f"{counted(score.words, 'word')}, {score.right} right:"
        f" you {score.bits:.1f} bits, the model {score.model_bits:.1f}"
    )


def _is_same(choice: Choice, guess: Guess) -> bool:
    """Return whether this choice is the word that came."""
    return choice.text.strip() == guess.word.strip()
