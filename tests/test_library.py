from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from jokebox import library as library_module
from jokebox import model_file
from jokebox.errors import ModelError
from jokebox.files import exclusive
from jokebox.library import MODEL, PREVIOUS, RESUME, RUN, Library, check_name
from jokebox.lm.checkpoint import Checkpoint
from jokebox.lm.events import Ended, Evaluated, Event, Preparing, Progress, Resumable, Saved
from jokebox.model_file import read_model
from jokebox.train.loop import Resume
from tests import small

FIRST = small.untrained(seed=1)
SECOND = small.untrained(seed=2)


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path / "models")


def run_of(checkpoint: Checkpoint, how: str = "finished") -> Iterator[Event]:
    yield Evaluated(40, 1.0, 2.5, True, "sample", checkpoint)
    yield Resumable(40, checkpoint, {})
    done = replace(checkpoint, finished=how == "finished")
    yield Ended(how, 2.0, 2.5, "", checkpoint=done)  # type: ignore[arg-type]


def record(library: Library, checkpoint: Checkpoint, how: str = "finished") -> list[Event]:
    return list(library.record("small", run_of(checkpoint, how)))


def is_loaded(library: Library, checkpoint: Checkpoint) -> bool:
    loaded = library.load("small")
    return bool((loaded.weights["output.bias"] == checkpoint.weights["output.bias"]).all())


def files(library: Library) -> set[str]:
    return {path.name for path in (library.directory / "small").iterdir() if path.is_file()}


def test_a_finished_run_becomes_the_model(library: Library) -> None:
    events = record(library, FIRST)
    assert [event.path.name for event in events if isinstance(event, Saved)] == [RUN, MODEL]
    assert isinstance(events[-1], Ended)
    assert is_loaded(library, FIRST)
    assert files(library) == {MODEL}


def test_the_previous_model_is_kept(library: Library) -> None:
    record(library, FIRST)
    record(library, SECOND)
    assert is_loaded(library, SECOND)
    assert files(library) == {MODEL, PREVIOUS}


def test_a_stopped_run_is_beside_the_model_until_the_user_keeps_it(library: Library) -> None:
    record(library, FIRST)
    record(library, SECOND, "stopped")
    assert is_loaded(library, FIRST)
    assert library.can_resume("small")
    library.keep("small")
    assert is_loaded(library, SECOND)
    assert files(library) == {MODEL, PREVIOUS, RESUME}


def test_a_stopped_run_is_loaded_if_there_is_no_model(library: Library) -> None:
    record(library, FIRST, "stopped")
    loaded = library.load("small")
    assert not loaded.finished
    (entry,) = library.models()
    assert (entry.finished, entry.can_resume) == (False, True)
    assert entry.progress == pytest.approx(0.4)


def test_a_new_run_never_deletes_the_only_model(library: Library) -> None:
    record(library, FIRST, "stopped")
    events = library.record("small", iter([Evaluated(0, 0.0, 9.0, True, "", SECOND)]))
    assert isinstance(next(events), Preparing)
    list(events)
    assert is_loaded(library, FIRST)


def test_a_real_run_that_is_cut_off_is_resumed(library: Library) -> None:
    events = library.record("small", small.events(small.corpus()))
    for event in events:
        if isinstance(event, Progress) and event.step == 15:
            break
    events.close()  # type: ignore[attr-defined]
    resume = Resume(*library.load_run("small"))
    assert 0 < resume.checkpoint.history.validation[-1][0] <= 15
    resumed = small.events(resume.checkpoint.corpus, resume=resume)
    *_, ended = library.record("small", resumed, resuming=True)
    assert isinstance(ended, Ended)
    assert library.load("small").finished
    assert files(library) == {MODEL}


def test_a_damaged_model_is_set_aside_and_the_previous_one_is_used(library: Library) -> None:
    record(library, FIRST)
    record(library, SECOND)
    path = library.directory / "small" / MODEL
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    assert is_loaded(library, FIRST)
    assert len(library.notices) == 1
    assert "previous.safetensors is used instead" in library.notices[0]
    (damaged,) = (library.directory / "small").glob("*damaged*")
    assert damaged.stat().st_size == len(content) // 2


def test_a_damaged_model_without_another_copy_is_named_each_time(library: Library) -> None:
    record(library, FIRST)
    (library.directory / "small" / MODEL).write_bytes(b"")
    for why in ("it is cut off", "set aside"):
        with pytest.raises(ModelError, match="damaged") as caught:
            library.load("small")
        assert "model.damaged-" in caught.value.message
        assert why in caught.value.message
    with pytest.raises(ModelError, match="no model can be opened"):
        library.open(None, "small")
    (bad,) = library.unusable()
    assert (bad.name, "set aside" in bad.problem) == ("small", True)


def test_another_model_is_opened_if_the_last_used_is_damaged(library: Library) -> None:
    record(library, FIRST)
    shutil.copytree(library.directory / "small", library.directory / "bad")
    (library.directory / "bad" / MODEL).write_bytes(b"")
    for _ in range(2):  # at first it is damaged, then it was set aside
        assert library.open(None, "bad").name == "small"
        (notice,) = library.notices
        assert "damaged" in notice
        assert "small is opened instead" in notice
        library.notices.clear()
    with pytest.raises(ModelError, match="damaged"):
        library.open("bad", None)


def test_a_model_that_cannot_be_read_now_is_left_alone(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(library, FIRST)
    before = files(library)
    with monkeypatch.context() as patch:
        patch.setattr(model_file, "TensorFile", refuse)
        with pytest.raises(ModelError, match=r"cannot be read.*Permission denied"):
            library.load("small")
        (bad,) = library.unusable()
        assert "Permission denied" in bad.problem
    assert files(library) == before
    assert is_loaded(library, FIRST)


def refuse(*_: object, **__: object) -> None:
    raise PermissionError(errno.EACCES, "Permission denied")


def test_a_model_that_is_replaced_while_it_is_read_is_found(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(library, FIRST, "stopped")

    def read_late(path: Path) -> object:
        if path.name == RUN:
            library._promote("small")
        return read_model(path)

    monkeypatch.setattr(library_module, "read_model", read_late)
    assert is_loaded(library, FIRST)
    assert files(library) == {MODEL, RESUME}


def test_a_damaged_file_that_is_mended_meanwhile_is_not_set_aside(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(library, FIRST)
    path = library.directory / "small" / MODEL
    good = path.read_bytes()
    path.write_bytes(b"")
    lock = library._lock

    def mend(name: str) -> object:
        path.write_bytes(good)
        return lock(name)

    monkeypatch.setattr(library, "_lock", mend)
    with pytest.raises(ModelError, match="damaged"):
        library.load("small")
    assert path.read_bytes() == good
    assert is_loaded(library, FIRST)


def test_a_damaged_file_stays_where_it_is_while_its_model_is_trained(library: Library) -> None:
    record(library, FIRST)
    record(library, SECOND)
    (library.directory / "small" / MODEL).write_bytes(b"")
    with exclusive(library.directory / ".small.lock", "it"):
        assert is_loaded(library, FIRST)
    assert files(library) == {MODEL, PREVIOUS}


def test_a_missing_model_is_an_error_that_names_those_that_exist(library: Library) -> None:
    record(library, FIRST)
    with pytest.raises(ModelError, match="small"):
        library.load("large")


def test_two_processes_cannot_train_the_same_model(library: Library) -> None:
    with (
        exclusive(library.directory / ".small.lock", "it"),
        pytest.raises(ModelError, match="in use"),
    ):
        record(library, FIRST)


def test_renaming_and_removing(library: Library) -> None:
    record(library, FIRST)
    library.rename("small", "Große Witze 2")
    assert library.load("Große Witze 2").name == "Große Witze 2"
    with pytest.raises(ModelError, match="no such model"):
        library.rename("small", "other")
    record(library, SECOND)
    with pytest.raises(ModelError, match="taken"):
        library.rename("small", "Große Witze 2")
    library.remove("small")
    assert [entry.name for entry in library.models()] == ["Große Witze 2"]
    with pytest.raises(ModelError, match="no such model"):
        library.remove("small")


def test_a_free_name_is_numbered_if_the_name_is_taken(library: Library) -> None:
    assert library.free_name("small") == "small"
    record(library, FIRST)
    assert library.free_name("small") == "small-2"


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../x", "a/b", "a\\b", ".x", "x.", "a\nb", "x" * 81]
)
def test_a_name_that_leads_out_of_its_folder_is_refused(name: str) -> None:
    with pytest.raises(ModelError, match="cannot be a name"):
        check_name(name)


def test_what_cannot_be_opened_is_listed_apart_with_what_is_wrong(library: Library) -> None:
    record(library, FIRST)
    (library.directory / "broken").mkdir()
    (library.directory / "broken" / MODEL).write_bytes(b"no model")
    (library.directory / "empty").mkdir()
    (library.directory / "notes.txt").write_text("mine")
    assert [entry.name for entry in library.models()] == ["small"]
    (bad,) = library.unusable()
    assert bad.name == "broken"
    assert str(library.directory / "broken" / MODEL) in bad.problem


# -- a run that is ahead of what it continues from -------------------------------------------------


def ahead(library: Library, **changes: object) -> None:
    """Leave a run that was killed when its best was saved, and not yet what it continues from."""
    worse = scored(FIRST, 7.71)
    better = replace(scored(SECOND, 6.92), step=80, **changes)  # type: ignore[arg-type]
    events: list[Event] = [
        Resumable(40, worse, small.state(worse)),
        Evaluated(80, 1.0, 6.92, True, "", better),
    ]
    list(library.record("small", events))


def scored(checkpoint: Checkpoint, bits_per_byte: float) -> Checkpoint:
    return replace(checkpoint, validation_bits_per_byte=bits_per_byte)


def test_a_resumed_run_begins_with_the_better_one_of_its_two_files(library: Library) -> None:
    ahead(library)
    saved, _ = library.load_run("small")
    assert (saved.validation_bits_per_byte, saved.step) == (6.92, 80)
    assert np.array_equal(saved.weights["output.bias"], SECOND.weights["output.bias"])
    assert saved.history == FIRST.history


@pytest.mark.parametrize("changes", [{"created": "another"}, {"corpus": small.corpus(50)}])
def test_it_does_not_begin_with_what_is_of_another_run(
    library: Library, changes: dict[str, object]
) -> None:
    ahead(library, **changes)
    assert library.load_run("small")[0].validation_bits_per_byte == 7.71


def test_a_better_one_stays_whatever_is_resumed(library: Library) -> None:
    ahead(library, created="another")
    worse = scored(FIRST, 7.71)
    stopped: list[Event] = [
        Evaluated(40, 1.0, 7.71, True, "", worse),
        Ended("stopped", 1.0, 7.71, "", None, worse),
    ]
    list(library.record("small", iter(stopped), resuming=True))
    assert library.describe("small", RUN).validation_bits_per_byte == 6.92


def test_scores_over_other_jokes_are_not_compared(library: Library) -> None:
    ahead(library, corpus=small.corpus(50))
    worse = scored(FIRST, 7.71)
    list(library.record("small", [Ended("stopped", 1.0, 7.71, "", None, worse)], resuming=True))
    assert library.describe("small", RUN).validation_bits_per_byte == 7.71


# -- the way back ----------------------------------------------------------------------------------


def test_the_model_before_is_brought_back_and_both_stay(library: Library) -> None:
    record(library, FIRST)
    record(library, SECOND)
    assert library.models()[0].has_previous
    library.bring_back("small")
    assert is_loaded(library, FIRST)
    library.bring_back("small")
    assert is_loaded(library, SECOND)
    assert files(library) == {MODEL, PREVIOUS}


def test_there_is_no_way_back_without_a_model_before(library: Library) -> None:
    record(library, FIRST)
    assert not library.models()[0].has_previous
    with pytest.raises(ModelError, match="no model before it"):
        library.bring_back("small")


@pytest.mark.parametrize("renamings", [0, 1, 2])
def test_a_swap_that_was_cut_off_loses_nothing(
    library: Library, monkeypatch: pytest.MonkeyPatch, renamings: int
) -> None:
    record(library, FIRST)
    record(library, SECOND)
    left, rename = iter(range(renamings)), os.replace

    def killed(one: Path, other: Path) -> None:
        if next(left, None) is None:
            raise KeyboardInterrupt
        rename(one, other)

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", killed)
        with pytest.raises(KeyboardInterrupt):
            library.bring_back("small")
    assert is_loaded(library, FIRST) or is_loaded(library, SECOND)
    with library._changing("small"):
        pass
    assert files(library) == {MODEL, PREVIOUS}
    biases = [read_model(library.directory / "small" / kind)[0] for kind in (MODEL, PREVIOUS)]
    assert len({model.weights["output.bias"].tobytes() for model in biases}) == 2


def test_what_a_killed_run_has_left_is_swept(library: Library) -> None:
    record(library, FIRST)
    left = library.directory / "small" / f".{RUN}.1a2b3c4d"
    left.write_bytes(b"half a mod")
    record(library, SECOND)
    assert files(library) == {MODEL, PREVIOUS}


# -- snapshots -------------------------------------------------------------------------------------


def test_a_run_leaves_snapshots_that_go_with_the_model_wherever_it_goes(library: Library) -> None:
    record(library, FIRST)
    library.rename("small", "other")
    model = library.load("other")
    assert library.snapshot_steps(model) == (40,)
    early = library.load_snapshot(model, 40)
    assert (early.name, early.step, early.finished) == ("other", 40, False)
    assert library.models()[0].snapshot_bytes > 1000
    with pytest.raises(ModelError, match=r"no such snapshot.*\n.*There are: 40"):
        library.load_snapshot(model, 7)
    library.remove("other")
    assert not (library.directory / "other").exists()


def test_snapshots_alone_can_be_removed(library: Library) -> None:
    record(library, FIRST)
    library.remove_snapshots("small")
    assert library.snapshot_steps(library.load("small")) == ()
    assert library.models()[0].snapshot_bytes == 0
    with pytest.raises(ModelError, match="no such model"):
        library.remove_snapshots("gone")


def test_the_snapshots_of_a_run_go_when_its_last_file_has_gone(library: Library) -> None:
    runs = [replace(FIRST, created=f"2026-01-0{day}") for day in (1, 2, 3)]
    for run in runs:
        record(library, run)
    assert [library.snapshot_steps(run) for run in runs] == [(), (40,), (40,)]


# -- one file --------------------------------------------------------------------------------------


def test_an_exported_model_can_be_imported_under_any_name(library: Library, tmp_path: Path) -> None:
    record(library, FIRST)
    file = tmp_path / "small.safetensors"
    library.export("small", file)
    elsewhere = Library(tmp_path / "elsewhere")
    assert elsewhere.import_(file) == "small"
    assert is_loaded(elsewhere, FIRST)
    assert elsewhere.import_(file, "other") == "other"
    assert [entry.name for entry in elsewhere.models()].count("other") == 1
    assert file.read_bytes() == (library.directory / "small" / MODEL).read_bytes()


def test_neither_export_nor_import_overwrites_anything_unasked(
    library: Library, tmp_path: Path
) -> None:
    record(library, FIRST)
    file = tmp_path / "small.safetensors"
    file.write_text("mine")
    with pytest.raises(ModelError, match="there already"):
        library.export("small", file)
    assert file.read_text() == "mine"
    library.export("small", file, replacing=True)  # the user was asked
    assert file.read_bytes() == (library.directory / "small" / MODEL).read_bytes()
    record(library, SECOND)
    with pytest.raises(ModelError, match="taken"):
        library.import_(file)
    assert is_loaded(library, SECOND)


def test_an_altered_file_is_not_imported(library: Library, tmp_path: Path) -> None:
    record(library, FIRST)
    file = tmp_path / "small.safetensors"
    library.export("small", file)
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)
    with pytest.raises(ModelError, match="checksum"):
        library.import_(file, "other")
    with pytest.raises(ModelError, match="no such file"):
        library.import_(tmp_path / "gone.safetensors")
    assert [entry.name for entry in library.models()] == ["small"]


def test_the_list_has_the_shape_of_each_model(library: Library) -> None:
    record(library, FIRST)
    (entry,) = library.models()
    assert (entry.model, entry.training) == (FIRST.model, FIRST.training)
    assert entry.vocabulary == FIRST.tokenizer.size


def test_an_export_onto_a_full_disk_leaves_nothing_and_can_be_tried_again(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(library, FIRST)
    folder = tmp_path / "exports"
    folder.mkdir()

    def full(_: Path, target: Path) -> None:
        target.write_bytes(b"half a mod")
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(shutil, "copyfile", full)
        with pytest.raises(OSError, match="No space left"):
            library.export("small", folder / "small.safetensors")
    assert list(folder.iterdir()) == []
    library.export("small", folder / "small.safetensors")
    assert read_model(folder / "small.safetensors")[0].name == "small"


def test_a_killed_import_does_not_take_the_name(library: Library, tmp_path: Path) -> None:
    record(library, FIRST)
    library.export("small", tmp_path / "small.safetensors")
    for name in ("one", "two"):
        (library.directory / name).mkdir()
        (library.directory / name / f".{MODEL}.1a2b3c4d").write_bytes(b"half a mod")
    assert library.free_name("one") == "one"
    assert library.import_(tmp_path / "small.safetensors", "one") == "one"
    library.rename("one", "two")
    assert {entry.name for entry in library.models()} == {"small", "two"}
