"""Text from anywhere: files of jokes, prompts, pastes, and models with control sequences in them.

Every file of jokes is read, or refused in two lines; every prompt is answered; and nothing that a
file, a model or a user wrote reaches the terminal as a control sequence.
"""

from __future__ import annotations

import json
import random
import unicodedata
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from jokebox import paths
from jokebox.cli.commands import group
from jokebox.errors import JokeboxError
from jokebox.lm.checkpoint import Checkpoint
from jokebox.lm.text import sanitise
from jokebox.lm.tokenizer import WordTokenizer
from jokebox.settings import Settings, save_settings
from tests import small
from tests.faults import campaign
from tests.faults.campaign import cases
from tests.terminal import terminal

STOLEN = "\x1b]0;stolen\x07\x9b31m\x1b[2J\u202e"
PIECES = (
    *(
        ",",
        ";",
        "\t",
        '"',
        '""',
        "\\",
        "\n",
        "\r\n",
        "\r",
        "|",
        "\x00",
        "\x1b[2J",
        "\x9b",
        "\ufeff",
    ),
    *("ü", "狗", "🐔", "👩‍💻", "e\u0301", "\u0301" * 40, "\u202e", "\ud7ff", "\u2028", "x" * 3000),
    *(
        "joke",
        "title",
        "body",
        "{",
        "}",
        "[",
        "]",
        '{"joke": "',
        "Why did the cow? ",
        "null",
        "1e999",
    ),
)
SUFFIXES = (".csv", ".tsv", ".txt", ".jsonl")
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "latin-1", "cp1252", "utf-32")


def jokes(number: int) -> bytes:
    """Return a file of jokes with something wrong in it, made from its number alone."""
    rng = random.Random(number)
    chosen = small.jokes()[: rng.choice((0, 1, 5, 60))]
    texts = [f'"{joke}"' if rng.random() < 0.2 else joke for joke in chosen]
    if rng.random() < 0.4:
        texts.insert(0, rng.choice(("joke", "id,joke", "title;body", "sep=;", "Joke\tId")))
    text = rng.choice(("\n", "\r\n", "\n\n", "\r")).join(texts)
    for _ in range(rng.choice((0, 1, 3, 30))):
        at = rng.randrange(len(text) + 1)
        text = text[:at] + rng.choice(PIECES) * rng.choice((1, 1, 1, 20)) + text[at:]
    content = bytearray(text.encode(rng.choice(ENCODINGS), "replace"))
    for _ in range(rng.choice((0, 0, 1, 10))):
        at = rng.randrange(len(content) + 1)
        content[at:at] = rng.randbytes(rng.choice((1, 4, 100)))
    if rng.random() < 0.1:
        del content[rng.randrange(len(content) + 1) :]
    return bytes(content)


def shell(*arguments: str, given: bytes = b"") -> str:
    """Run a command; return what it printed, which has nothing for a terminal to obey."""
    result = CliRunner().invoke(group, arguments, input=given, standalone_mode=False)
    if result.exception is not None:
        raise result.exception
    assert_harmless(result.output)
    return result.output


def assert_harmless(text: str) -> None:
    for line in text.split("\n"):
        assert sanitise(line) == line, repr(line)


def test_any_file_of_jokes_is_read_or_refused_in_two_lines(tmp_path: Path) -> None:
    def case(number: int) -> int:
        content = jokes(number)
        path = tmp_path / f"jokes{number}{SUFFIXES[number % len(SUFFIXES)]}"
        path.write_bytes(content)
        try:
            shell("corpora", "add", str(path))
        except JokeboxError as error:
            lines = str(error).split("\n")
            assert len(lines) <= 2, lines
            assert max(map(len, lines)) < 600, lines
            assert_harmless(str(error))
        else:
            shell("corpora", "remove", path.stem.split(".")[0])
        return path.read_bytes() != content

    campaign.run("files of jokes", cases(100, 5000), case)


def prompts(rng: random.Random, number: int) -> list[str]:
    """Return prompts of any characters; none of them has a line break."""
    made = []
    for _ in range(number):
        length = rng.choice((0, 1, 3, 10, 40))
        text = "".join(
            rng.choice(PIECES) if rng.random() < 0.1 else chr(rng.choice(RANGES)(rng))
            for _ in range(length)
        )
        made.append("".join(c for c in text if c not in "\r\n")[:3000])
    return made


RANGES = (
    lambda rng: rng.randrange(0x20, 0x7F),
    lambda rng: rng.randrange(0x00, 0x100),
    lambda rng: rng.randrange(0x300, 0x3000),
    lambda rng: rng.randrange(0x10000, 0x11000),
    lambda rng: rng.choice((0x200B, 0x200E, 0x202E, 0xFEFF, 0xD800, 0xDFFF, 0xFFFF, 0x10FFFF)),
    lambda rng: rng.randrange(0x1F300, 0x1FA00),
)


def test_every_prompt_in_a_pipe_is_answered() -> None:
    small.shelve("farm", small.fluent())
    batch = 50

    def case(number: int) -> int:
        lines = prompts(random.Random(number), batch)
        given = "".join(f"{line}\n" for line in lines).encode(errors="surrogatepass")
        said = shell("tell", "-", "--json", "--words=3", "--drafts=1", given=given)
        return sum(line.startswith("{") for line in said.splitlines()) != batch

    campaign.run(f"pipes of {batch} prompts", cases(2, 200), case)


def hostile() -> Checkpoint:
    """Return a model that tells words which are control sequences, as an untouched file would."""
    checkpoint = small.endless()
    tokenizer = checkpoint.tokenizer
    assert isinstance(tokenizer, WordTokenizer)
    words = [f" {STOLEN}{number}" for number in range(len(tokenizer.words))]
    corpus = replace(checkpoint.corpus, training=(*checkpoint.corpus.training, f"Why {STOLEN}?"))
    return replace(checkpoint, tokenizer=replace(tokenizer, words=tuple(words)), corpus=corpus)


@pytest.mark.xdist_group("terminal")
def test_no_control_sequence_of_a_model_or_a_file_reaches_the_terminal() -> None:
    save_settings(Settings(tips_seen=True, words_per_second=0, word_limit=5, drafts=1))
    small.shelve("farm", hostile())
    data = paths.data_dir()
    (data / "prompts.txt").write_text(f"{STOLEN}\n")
    liked = {"format": 1, "text": STOLEN, "prompt": STOLEN, "model": STOLEN, "when": STOLEN}
    (data / "favourites.jsonl").write_text(f"{json.dumps(liked)}\n")
    (data / "talks").mkdir(exist_ok=True)
    (data / "talks" / "20260101-000000-abcdef.jsonl").write_text(
        json.dumps({"kind": "began", "format": 1, "when": STOLEN}) + "\n"
    )
    (data / "corpora").mkdir(exist_ok=True)
    (data / "corpora" / "stolen.txt").write_text(f"{STOLEN}\n" * 9)

    def case(keys: str) -> int:
        with terminal() as shown:
            shown.sees("farm  2.500 bits/byte", "Start a joke")
            for key in (f"\x1b[200~Why {STOLEN}\x1b[201~", "\r", keys, "\x1b"):
                shown.type(key)
                for _ in range(10):
                    shown.read()
            shown.process.terminate()
            shown.wait()
            assert b"\x1b]0;stolen" not in shown.raw
            assert "\x9b".encode() not in shown.raw
            assert "\u202e".encode() not in shown.raw
            assert b"Traceback" not in shown.raw
        return 0

    function_keys = ["\x1bOQ", "\x1b[15~", "\x1b[17~", "\x1b[18~", "\x1b[19~", "\x12", "\x1b[1;2Q"]
    campaign.run("control sequences", campaign.some(function_keys, 1), case)


def test_characters_that_act_on_a_terminal_are_gone_from_every_text() -> None:
    def case(number: int) -> int:
        text = "".join(prompts(random.Random(number), 20)) + STOLEN
        clean = sanitise(text)
        assert sanitise(clean) == clean
        return sum(unicodedata.category(c) in ("Cc", "Cs") for c in clean)

    campaign.run("texts", cases(200, 20_000), case)


@pytest.mark.skipif(not campaign.LONG, reason="takes seconds")
def test_a_prompt_of_a_megabyte_is_answered() -> None:
    small.shelve("farm", small.fluent())

    def case(number: int) -> int:
        rng = random.Random(number)
        text = "".join(rng.choices(("Why ", "ü", "狗", "🐔", " ", "\t", "x"), k=1_000_000))
        said = shell("tell", "-", "--words=3", "--drafts=1", given=f"{text}\n".encode())
        return not said.strip()

    campaign.run("megabytes", cases(0, 10), case)


def test_numbers_of_a_model_never_become_text_that_is_no_text() -> None:
    checkpoint = small.untrained()
    rng = np.random.default_rng(campaign.SEED)
    for _ in range(100):
        ids = rng.integers(0, checkpoint.tokenizer.size, 50).tolist()
        assert_harmless(sanitise(checkpoint.tokenizer.decode(ids)))
