from __future__ import annotations

from jokebox.tui.widgets.note import Note
from tests.tui.stage import Host, screen_text


async def test_a_remark_shows_as_text_and_takes_no_room_while_there_is_none() -> None:
    note = Note()
    app = Host(note)
    async with app.run_test():
        assert not note.region
        note.say("[/foo] [b]which file?")
        await app.sees("[/foo] [b]which file?")
        note.say("")
        await app.until(lambda: not note.region and "which file?" not in screen_text(app))


async def test_a_remark_can_be_there_from_the_start() -> None:
    app = Host(Note("[/foo] reading …"))
    async with app.run_test():
        await app.sees("[/foo] reading …")
