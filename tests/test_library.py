from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from jokebox.errors import ModelError
from jokebox.files import exclusive
from jokebox.library import MODEL, PREVIOUS, RESUME, RUN, Library, check_name
from jokebox.lm.checkpoint import Checkpoint
from jokebox.lm.events import Ended, Evaluated, Event, Preparing, Progress, Resumable, Saved
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
    return {path.name for path in (library.directory / "small").iterdir()}


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
    assert "set aside" in library.notices[0]
    (damaged,) = (library.directory / "small").glob("*damaged*")
    assert damaged.stat().st_size == len(content) // 2


def test_a_model_without_an_undamaged_file_is_a_clear_error(library: Library) -> None:
    record(library, FIRST)
    (library.directory / "small" / MODEL).write_bytes(b"")
    with pytest.raises(ModelError, match="no such model"):
        library.load("small")


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


def test_damaged_models_and_other_files_are_left_out_of_the_list(library: Library) -> None:
    record(library, FIRST)
    (library.directory / "broken").mkdir()
    (library.directory / "broken" / MODEL).write_bytes(b"no model")
    (library.directory / "notes.txt").write_text("mine")
    assert [entry.name for entry in library.models()] == ["small"]


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


def test_neither_export_nor_import_overwrites_anything(library: Library, tmp_path: Path) -> None:
    record(library, FIRST)
    file = tmp_path / "small.safetensors"
    file.write_text("mine")
    with pytest.raises(ModelError, match="there already"):
        library.export("small", file)
    assert file.read_text() == "mine"
    file.unlink()
    library.export("small", file)
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
