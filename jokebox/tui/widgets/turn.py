"""One turn of the talk: the prompt and its answer as one flowing text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.widgets import Static

if TYPE_CHECKING:
    from jokebox.conversation import Turn


class TurnView(Static):
    """The user's words stand out, the model's are plain, remarks are dim."""

    def __init__(self, prompt: str, *, waiting: str = "") -> None:
        super().__init__(markup=False, classes="turn")
        self.prompt = prompt
        self._answer = ""
        self._remark = waiting

    def on_mount(self) -> None:
        self._show()

    def begin(self) -> None:
        """An answer begins: whatever stood here before it goes."""
        self._answer, self._remark = "", ""
        self._show(cursor=True)

    def append(self, word: str) -> None:
        self._answer += word
        self._show(cursor=True)

    def finish(self, turn: Turn) -> None:
        """The answer is whole, as far as it goes."""
        self.set_class(not turn.opens, "-continues")
        self._answer = "".join(word.text for word in turn.words)
        remarks = []
        if turn.ended != "end-of-joke":
            remarks.append("…")
        if turn.copied is not None and turn.copied.recited:
            remarks.append("  ↺ word for word from the jokes it learnt from")
        if turn.skipped:
            remarks.append(f"  (it does not know {', '.join(turn.skipped)})")
        self._remark = "".join(remarks)
        self._show()

    def _show(self, *, cursor: bool = False) -> None:
        answer = self._answer if self.prompt else self._answer.removeprefix(" ")
        self.update(
            Content.assemble(
                (self.prompt, "bold $primary"),
                answer,
                ("▌" if cursor else "", "$primary"),
                (f" {self._remark}" if self._remark else "", "dim"),
            )
        )
