from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
import termios
import time
from array import array
from pathlib import Path
from subprocess import CompletedProcess, Popen
from typing import Any

import pexpect
import pytest

from jokebox.library import Library
from jokebox.talk.favourites import Favourite, Favourites
from tests import small
from tests.cli.shell import PATIENCE, ROOT, shell, start

QUICK = ("--preset", "tiny", "--hidden-size", "16", "--batch-size", "4", "--sequence-length", "16")
# each step is reported here, in about 300 bytes: a run of so many epochs fills the pipe, and then
# waits for whoever reads it, long before its end
LONG = ("--max-epochs", "40")

# what scripts rely on
FIELDS = {
    "started": "model corpora jokes tokens parameters device precision epochs left_out",
    "progress": "step epoch seconds training_bits_per_byte tokens_per_second learning_rate "
    "seconds_left",
    "evaluated": "step seconds validation_bits_per_byte best sample",
    "saved": "path",
    "finished": "seconds best_validation_bits_per_byte reason",
    "stopped": "seconds best_validation_bits_per_byte reason",
}


@pytest.fixture(scope="module")
def training(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, CompletedProcess[str]]:
    """Train the model `farm`; return its home, and what `jokebox train --json` printed."""
    home = tmp_path_factory.mktemp("trained")
    jokes = home / "farm.txt"
    jokes.write_text("\n".join(small.jokes()))
    arguments = ("train", "--corpus", str(jokes), *QUICK, "--max-epochs", "2", "--json")
    return home, shell(*arguments, JOKEBOX_HOME=str(home))


def read(output: str) -> list[dict[str, Any]]:
    """Return the events in the output of `jokebox train --json`."""
    return [json.loads(line) for line in output.splitlines()]


def signalled(process: Popen[str], number: signal.Signals) -> tuple[list[dict[str, Any]], str]:
    """Send a signal in the middle of training; return the events and what is on stderr."""
    assert process.stdout is not None
    seen = []
    for line in process.stdout:
        seen.append(json.loads(line))
        if seen[-1]["event"] == "progress":
            process.send_signal(number)
            break
    rest, errors = process.communicate(timeout=PATIENCE)
    return seen + read(rest), errors


@pytest.mark.xdist_group("training")
def test_json_is_one_event_a_line_from_started_to_finished(
    training: tuple[Path, CompletedProcess[str]],
) -> None:
    said = training[1]
    assert said.returncode == 0, said.stderr
    events = read(said.stdout)
    kinds = [event["event"] for event in events]
    assert (kinds[0], kinds[-1]) == ("started", "finished")
    assert set(kinds[1:-1]) == {"progress", "evaluated", "saved"}
    for event in events:
        assert set(FIELDS[event["event"]].split()) <= event.keys()


@pytest.mark.xdist_group("training")
def test_json_describes_the_run(training: tuple[Path, CompletedProcess[str]]) -> None:
    home, said = training
    events = read(said.stdout)
    assert events[0]["model"] == "farm"
    assert events[0]["corpora"] == ["farm"]
    assert events[-2] == {
        "event": "saved",
        "path": str(home / "data/models/farm/model.safetensors"),
    }
    scores = [e["validation_bits_per_byte"] for e in events if e["event"] == "evaluated"]
    assert 0 < events[-1]["best_validation_bits_per_byte"] <= min(scores)
    assert next(e["best"] for e in events if e["event"] == "evaluated")


def test_a_pipe_gets_plain_lines(jokes: str) -> None:
    said = shell("train", "--corpus", jokes, *QUICK, "--max-epochs", "2")
    assert said.returncode == 0
    assert said.stdout.startswith("farm: ")
    assert "validation" in said.stdout
    assert "finished" in said.stdout
    assert not {"\r", "\x1b", "%"} & set(said.stdout + said.stderr)


def test_a_terminal_gets_a_bar_below_the_lines(jokes: str) -> None:
    arguments = ["-m", "jokebox", "train", "--corpus", jokes, *QUICK, "--max-epochs", "2"]
    terminal = pexpect.spawn(
        sys.executable,
        arguments,
        cwd=ROOT,
        dimensions=(24, 100),
        encoding="utf-8",
        timeout=PATIENCE,
    )
    terminal.expect("farm: .*validation .*100% .* tokens/s.*finished after")
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert terminal.exitstatus == 0


def test_ctrl_c_saves_and_resume_continues_from_there(jokes: str) -> None:
    with start("train", "--corpus", jokes, *QUICK, *LONG, "--json") as run:
        events, errors = signalled(run, signal.SIGINT)
        assert (run.returncode, events[-1]["event"], errors) == (130, "stopped", "")
        assert Library().can_resume("farm")
        resumed = shell("train", "--resume", "--json")
        assert resumed.returncode == 0, resumed.stderr
        steps = [event["step"] for event in read(resumed.stdout) if event["event"] == "progress"]
        assert steps[0] > max(event["step"] for event in events if event["event"] == "progress")
        assert Library().load("farm").finished


def test_sigterm_saves_too(jokes: str) -> None:
    with start("train", "--corpus", jokes, *QUICK, *LONG, "--json") as run:
        events, _ = signalled(run, signal.SIGTERM)
        assert (run.returncode, events[-1]["event"]) == (143, "stopped")
        assert Library().can_resume("farm")


def test_ctrl_c_stops_all_ranks_and_saves(jokes: str) -> None:
    with start("train", "--corpus", jokes, *QUICK, *LONG, "--json", ranks=2) as run:
        events, _ = signalled(run, signal.SIGINT)
        assert (events[0]["device"], events[-1]["event"]) == ("2 x cpu", "stopped")
        _, state = Library().load_run("farm")
        assert len(state["rng"]) == 2


def test_a_killed_rank_ends_all_with_one_message_and_what_was_saved_stays(jokes: str) -> None:
    with start("train", "--corpus", jokes, *QUICK, *LONG, "--json", ranks=2) as run:
        assert run.stdout is not None
        while json.loads(run.stdout.readline())["event"] != "progress":
            pass
        wait_until_full(run.stdout.fileno())  # rank 0 is between two steps then
        os.kill(process_of_rank(1, run.pid), signal.SIGKILL)
        rest, errors = run.communicate(timeout=PATIENCE)
        assert read(rest)[-1]["event"] == "failed"
        (told,) = (line for line in errors.splitlines() if line.startswith("jokebox: "))
        assert "one of 2 ranks failed and ended them all" in told
        assert Library().can_resume("farm")


def wait_until_full(pipe: int) -> None:
    """Wait until the process at the other end of `pipe` waits for its reader."""
    before, now = 0, 1
    while now != before or not now:
        time.sleep(0.5)
        size = array("i", [0])
        fcntl.ioctl(pipe, termios.FIONREAD, size)
        before, now = now, size[0]


def process_of_rank(rank: int, torchrun: int) -> int:
    """Return the id of the process that torchrun started as this rank."""
    children = subprocess.check_output(["pgrep", "-P", str(torchrun)], text=True).split()
    (process,) = (child for child in children if f" RANK={rank} " in environment(child))
    return int(process)


def environment(process: str) -> str:
    """Return the environment of a process, its variables between spaces."""
    path = Path(f"/proc/{process}/environ")
    if path.exists():
        return f" {path.read_text(errors='replace')} ".replace("\0", " ")
    return subprocess.check_output(["ps", "-Eww", "-o", "command=", "-p", process], text=True)


def test_several_ranks_print_an_error_once() -> None:
    with start("train", "--layers", "9", ranks=2) as run:
        said, errors = run.communicate(timeout=PATIENCE)
        assert (said, errors.count("--layers")) == ("", 1)


def test_a_closed_pipe_stops_the_run_quietly_and_saves_it(jokes: str) -> None:
    with start("train", "--corpus", jokes, *QUICK, *LONG, "--json") as run:
        assert run.stdout is not None
        assert run.stderr is not None
        run.stdout.readline()
        run.stdout.close()
        assert run.wait(timeout=PATIENCE) == 141
        assert run.stderr.read() == ""
        assert Library().can_resume("farm")


@pytest.mark.usefixtures("trained_farm")
def test_a_new_run_starts_from_the_weights_of_a_model(jokes: str) -> None:
    more = ("--continue-from", "farm", "--model", "farm 2", "--max-epochs", "1")
    said = shell("train", "--corpus", jokes, *more, "--json")
    assert said.returncode == 0, said.stderr
    first = next(event for event in read(said.stdout) if event["event"] == "evaluated")
    trained = Library().load("farm").history.validation
    assert first["validation_bits_per_byte"] < 0.6 * trained[0][1]


def test_a_run_that_fails_says_why_and_shows_no_traceback(farm: Path, jokes: str) -> None:
    (farm / "data/models/farm/run.safetensors").mkdir()  # where a file has to go
    said = shell("train", "--corpus", jokes, *QUICK, "--max-epochs", "1", "--json")
    assert said.returncode == 1
    assert read(said.stdout)[-1]["event"] == "failed"
    assert said.stderr.splitlines()[-1].startswith("jokebox: training failed: ")
    assert "Traceback" not in said.stderr


@pytest.mark.parametrize(
    "wrong",
    [
        ("--layers", "4"),
        ("--dropout", "1"),
        ("--max-epochs", "0"),
        ("--preset", "huge"),
        ("--learning-rate", "fast"),
        ("--resume", "--continue-from", "farm"),
        ("--resume", "--corpus", "originals"),
        ("--continue-from", "farm", "--hidden-size", "64"),
    ],
)
def test_options_that_contradict_or_are_out_of_range_are_wrong_usage(
    wrong: tuple[str, ...],
) -> None:
    said = shell("train", *wrong)
    assert (said.returncode, said.stdout) == (2, "")
    assert wrong[0] in said.stderr


def test_a_corpus_that_cannot_be_learnt_from_is_an_error_that_says_what_to_do(
    tmp_path: Path,
) -> None:
    few = tmp_path / "few.txt"
    few.write_text("One joke.\nAnother joke.")
    said = shell("train", "--corpus", str(few), "--json")
    assert (said.returncode, said.stdout) == (1, "")
    title, hint = said.stderr.splitlines()
    assert title.startswith("jokebox: too few jokes")
    assert "At least 20" in hint


def like(jokes: list[str]) -> None:
    favourites = Favourites()
    for joke in jokes:
        favourites.add(Favourite(joke, "", "farm", "2026-01-01T00:00:00+00:00"))


def test_too_few_favourites_are_counted_in_the_error() -> None:
    for number in (0, 3):
        like(small.jokes(number))
        said = shell("train", "--corpus", "favourites")
        assert (said.returncode, said.stdout) == (1, "")
        title, hint = said.stderr.splitlines()
        assert title.startswith("jokebox: too few favourites")
        assert str(number or "none") in title
        assert "At least 20" in hint


def test_favourites_are_learnt_with_a_corpus_alone_and_after_a_model(jokes: str) -> None:
    like([f"Why did joke {i} cross the road? To get here." for i in range(20)])
    quick = (*QUICK, "--max-epochs", "1")
    for arguments in (
        ("--corpus", jokes, "--corpus", "favourites", "--model", "both", *quick),
        ("--corpus", "favourites", *quick),
        ("--corpus", "favourites", "--continue-from", "both", "--model", "taste", *quick[4:]),
    ):
        said = shell("train", *arguments)
        assert said.returncode == 0, said.stderr
    both, alone, taste = (Library().load(name) for name in ("both", "favourites", "taste"))
    assert sum("cross the road? To get here" in joke for joke in both.corpus.training) == 20
    assert alone.corpus.names == taste.corpus.names == ("favourites",)
    assert taste.corpus.earlier_names == ("farm", "favourites")
    assert "favourites, after farm, favourites" in shell("models", "show", "taste").stdout
