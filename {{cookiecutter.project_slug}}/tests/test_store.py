"""The store: what was put in comes out, damage is noticed, nothing is trusted, and nothing is lost with it."""

from __future__ import annotations

import hashlib
import json
import os
import pickle
import shutil
import subprocess
import sys
import threading
import uuid
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import building
import candidates
from dataci import candidate, config, identity, store, training
from dataci.errors import CannotRun
from dataci.models import sklearn
from dataci.store import Store

DATA, CODE = "a" * 40, "c" * 64
FILES = {"model.skops": b"\x00\x01", "tokens/vocab.txt": "Käse\n".encode(), "empty": b""}


@pytest.fixture(params=["local", "memory"])
def shelf(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """Return an empty store on each kind of file system."""
    url = str(tmp_path / "shelf") if request.param == "local" else f"memory://{uuid.uuid4().hex}"
    return store.from_url(url)


def model(folder: Path, files: dict[str, bytes] | None = None) -> Path:
    """Write the files of a model."""
    building.write(folder, files or FILES)
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    """Return every file below a folder."""
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def stored(shelf: Store) -> dict[str, bytes]:
    """Return every file of a store."""
    return {
        path.removeprefix(shelf.folder): shelf.files.cat_file(path) for path in shelf.files.find(shelf.folder)
    }


def test_what_was_put_in_comes_out(shelf: Store, tmp_path: Path) -> None:
    assert not shelf.has(DATA, CODE)
    assert not shelf.get(DATA, CODE, tmp_path / "none")
    assert shelf.damage(DATA, CODE) is None
    shelf.put(DATA, CODE, model(tmp_path / "in"))
    before = stored(shelf)
    shelf.put(DATA, CODE, tmp_path / "in")
    assert stored(shelf) == before
    assert shelf.has(DATA, CODE)
    assert shelf.get(DATA, CODE, tmp_path / "out")
    assert contents(tmp_path / "out") == FILES
    assert not shelf.has(CODE, DATA)
    listed = json.loads(before[f"/candidates/{DATA}-{CODE}.json"])
    digests = {name: hashlib.sha256(raw).hexdigest() for name, raw in FILES.items()}
    assert listed == {"format": 1, "files": digests}
    assert before[f"/objects/{digests['empty'][:2]}/{digests['empty']}"] == b""


def test_equal_files_are_kept_once(shelf: Store, tmp_path: Path) -> None:
    shelf.put(DATA, CODE, model(tmp_path / "in", {"a": b"same", "b/c": b"same"}))
    shelf.put(CODE, DATA, tmp_path / "in")
    assert sum("/objects/" in name for name in stored(shelf)) == 1


@pytest.mark.parametrize("raw", [b"", b"\x00", b"\x00\x02", None])
def test_a_damaged_object_is_absent_and_put_mends_it(shelf: Store, tmp_path: Path, raw: bytes | None) -> None:
    shelf.put(DATA, CODE, model(tmp_path / "in"))
    digest = hashlib.sha256(FILES["model.skops"]).hexdigest()
    path = f"{shelf.folder}/objects/{digest[:2]}/{digest}"
    if raw is None:
        shelf.files.rm_file(path)
    else:
        shelf.files.pipe_file(path, raw)
    assert not shelf.has(DATA, CODE)
    assert "model.skops" in str(shelf.damage(DATA, CODE))
    assert not shelf.get(DATA, CODE, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    shelf.put(DATA, CODE, tmp_path / "in")
    assert shelf.get(DATA, CODE, tmp_path / "out")
    assert contents(tmp_path / "out") == FILES


HOSTILE = [
    "../evil", "a/../../evil", "/evil", "a//b", "./a", "a/", "..", ".", "", "a\\..\\b", "c:evil", "C:\\evil", "a\nb",
    "a\x00b", "\x1b[31m", "~/x", ".git/config", ".hidden", "a/.b", "con trol", "a.", "a. /b", "é", "-rf", "a:b", "a?b",
]  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_that_may_leave_the_folder_is_refused(shelf: Store, tmp_path: Path, name: str) -> None:
    refuses(shelf, {"good": shelf.keep(b"x"), name: shelf.keep(b"y")}, tmp_path)


@given(name=st.text(max_size=30) | st.from_regex(r"[a/\\.~:]{1,12}", fullmatch=True))
def test_no_name_writes_outside_of_the_folder(name: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    home = tmp_path_factory.mktemp("home")
    shelf = store.from_url(f"memory://{uuid.uuid4().hex}")
    offer(shelf, {"format": 1, "files": {name: shelf.keep(b"y")}})
    folder = home / "in" / "side"
    if shelf.get(DATA, CODE, folder):
        assert contents(home) == {f"in/side/{name}": b"y"}
    else:
        assert contents(home) == {}


def offer(shelf: Store, manifest: Any) -> None:
    """Put a manifest into the store."""
    raw = manifest if isinstance(manifest, bytes) else json.dumps(manifest).encode()
    shelf.write(f"candidates/{DATA}-{CODE}.json", raw)


def refuses(shelf: Store, files: Any, tmp_path: Path) -> None:
    """Assert that a manifest with these files is damage, and that nothing is written for it."""
    offer(shelf, {"format": 1, "files": files})
    assert not shelf.has(DATA, CODE)
    assert not shelf.get(DATA, CODE, tmp_path / "out")
    assert shelf.damage(DATA, CODE)
    assert not (tmp_path / "out").exists()


def test_names_that_would_be_one_file_are_refused(shelf: Store, tmp_path: Path) -> None:
    digest = shelf.keep(b"x")
    refuses(shelf, {"a": digest, "a/b": digest}, tmp_path)
    refuses(shelf, {"Model": digest, "model": digest}, tmp_path)
    refuses(shelf, {"Model": digest, "model/b": digest}, tmp_path)


@pytest.mark.parametrize("digest", ["", "../../x", "A" * 64, "a" * 63, "a" * 64 + "\n", None, 1, ["a" * 64]])
def test_what_is_no_sha256_is_refused(shelf: Store, tmp_path: Path, digest: Any) -> None:
    refuses(shelf, {"good": shelf.keep(b"x"), "bad": digest}, tmp_path)


@pytest.mark.parametrize(
    "raw",
    [b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 100_000, b'{"format": 2, "files": {}}', b'{"format": 1}'],
)
def test_a_manifest_that_is_none_is_damage(shelf: Store, tmp_path: Path, raw: bytes) -> None:
    offer(shelf, raw)
    assert not shelf.get(DATA, CODE, tmp_path / "out")
    assert "no readable list" in str(shelf.damage(DATA, CODE))


@given(raw=st.binary(max_size=200))
def test_no_manifest_makes_an_error(raw: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    shelf = store.from_url(f"memory://{uuid.uuid4().hex}")
    offer(shelf, raw)
    assert not shelf.get(DATA, CODE, tmp_path_factory.mktemp("x") / "out")


@pytest.mark.parametrize("wrong", ["../x", "", "a" * 39, "A" * 40, "a" * 40 + "\n"])
def test_ids_that_are_no_hashes_look_nothing_up(shelf: Store, tmp_path: Path, wrong: str) -> None:
    with pytest.raises(CannotRun, match="no hashes"):
        shelf.get(wrong, CODE, tmp_path)
    with pytest.raises(CannotRun, match="no hashes"):
        shelf.put(DATA, wrong, model(tmp_path / "in"))


def test_a_model_that_saves_oddly_is_told_so(shelf: Store, tmp_path: Path) -> None:
    with pytest.raises(CannotRun, match=r"a file called 'a b'"):
        shelf.put(DATA, CODE, model(tmp_path / "odd", {"a b": b""}))
    (tmp_path / "nothing").mkdir()
    with pytest.raises(CannotRun, match="saved no file"):
        shelf.put(DATA, CODE, tmp_path / "nothing")
    assert not shelf.has(DATA, CODE)


def test_a_link_in_the_folder_of_a_model_is_not_followed(shelf: Store, tmp_path: Path) -> None:
    folder = model(tmp_path / "in")
    (tmp_path / "secret").write_text("secret")
    (folder / "link").symlink_to(tmp_path / "secret")
    shelf.put(DATA, CODE, folder)
    assert shelf.get(DATA, CODE, tmp_path / "out")
    assert contents(tmp_path / "out") == FILES


def test_many_writers_at_once_leave_whole_files(tmp_path: Path) -> None:
    shelf, folder = store.from_url(str(tmp_path / "shelf")), model(tmp_path / "in", {"m": b"x" * 300_000})
    failed: list[BaseException] = []

    def write() -> None:
        try:
            for _ in range(5):
                shelf.put(DATA, CODE, folder)
                assert shelf.has(DATA, CODE)
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=write) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    assert len(contents(tmp_path / "shelf")) == 2  # one object, one manifest, and no half-written file


def test_a_write_that_fails_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shelf = store.from_url(str(tmp_path / "shelf"))

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(CannotRun, match=r"cannot be reached \(OSError.*No space left"):
        shelf.put(DATA, CODE, model(tmp_path / "in"))
    assert contents(tmp_path / "shelf") == {}


def test_texts_are_kept_and_verified(shelf: Store) -> None:
    assert shelf.get_text("corner-1") is None
    shelf.put_text("corner-1", "ä\n1.0")
    assert shelf.get_text("corner-1") == "ä\n1.0"
    digest = shelf.files.cat_file(f"{shelf.folder}/texts/corner-1").decode()
    shelf.files.pipe_file(f"{shelf.folder}/objects/{digest[:2]}/{digest}", b"else")
    assert shelf.get_text("corner-1") is None
    for pointer in (shelf.keep(b"\xff").encode(), b"../x", b"\xff", b""):
        shelf.files.pipe_file(f"{shelf.folder}/texts/corner-1", pointer)
        assert shelf.get_text("corner-1") is None
    with pytest.raises(ValueError, match="cannot name"):
        shelf.put_text("../x", "")


def test_pruning_removes_the_oldest_and_what_lost_an_object_is_absent(shelf: Store, tmp_path: Path) -> None:
    assert shelf.prune(0) == 0
    shelf.put(DATA, CODE, model(tmp_path / "one", {"m": b"1" * 100}))
    for path in shelf.files.find(shelf.folder):
        if "file" in store.protocols(shelf.files):
            os.utime(path, (1, 1))
    shelf.put(CODE, DATA, model(tmp_path / "two", {"m": b"2" * 100}))
    assert shelf.prune(200) == 0
    assert shelf.prune(150) == 1
    assert [shelf.has(DATA, CODE), shelf.has(CODE, DATA)] == [False, True]
    assert shelf.damage(DATA, CODE)
    assert shelf.prune(0) == 1


def opened(tmp_path: Path, url: str | None) -> Store:
    """Open the store that dataci.toml names."""
    text = candidates.SETTINGS + (f"[delivery]\nstore = {json.dumps(url)}\n" if url is not None else "")
    return store.open_store(config.parse(text, tmp_path))


def test_where_the_store_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "me"))
    assert opened(tmp_path, None).url == str(tmp_path / ".dataci/store")
    assert opened(tmp_path, "kept").url == str(tmp_path / "kept")
    assert opened(tmp_path, "~/kept").url == str(tmp_path / "me/kept")
    assert opened(tmp_path, str(tmp_path / "x")).folder == str(tmp_path / "x")
    assert opened(tmp_path, (tmp_path / "x").as_uri()).folder == str(tmp_path / "x")
    assert store.protocols(opened(tmp_path, "memory://here").files) == ("memory",)


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("nope://here", "Mend"),
        ("", "must be a folder or a URL"),
        ("oci://me:secret@bucket/x", "needs a package that is not installed.*ocifs"),
    ],
)
def test_a_store_that_cannot_be_opened_is_said_in_a_sentence(tmp_path: Path, url: str, told: str) -> None:
    with pytest.raises(CannotRun, match=told) as caught:
        opened(tmp_path, url)
    assert "secret" not in str(caught.value)


def test_a_store_that_does_not_answer_is_said_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotRun, match=r"cannot be reached.*\[delivery\] store"):
        opened(tmp_path, "file").put(DATA, CODE, model(tmp_path / "in"))
    assert not opened(tmp_path, "file").has(DATA, CODE)


class Bomb:
    """Something that writes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return (Path.write_text, (self.path, "boom"))


def planted(kind: str, path: Path) -> bytes:
    """Return bytes that would run code if somebody loaded them as a pickle, or skops trusted them."""
    import skops.io

    return pickle.dumps(Bomb(path)) if kind == "pickle" else skops.io.dumps({"state": Bomb(path)})


NAMES = [
    "model.skops",
    "model.pkl",
    "model.pickle",
    "model.joblib",
    "model.pt",
    "pytorch_model.bin",
    "training_args.bin",
]


@pytest.mark.parametrize("kind", ["pickle", "skops"])
def test_planted_code_does_not_run(tmp_path: Path, kind: str) -> None:
    mark, root = tmp_path / "mark", candidates.make(tmp_path / "p")
    raw, loaded = planted(kind, mark), building.load(root)
    if kind == "pickle":
        pickle.loads(raw)
        assert mark.read_text() == "boom"  # the plant works
        mark.unlink()
    for chosen in (["model.skops"], ["model.pkl"], NAMES):
        shelf, made_of = store.from_url(str(tmp_path / "-".join(chosen)[:50])), identity.identify(loaded)
        shelf.put(made_of.data, made_of.code, model(tmp_path / "bad", dict.fromkeys(chosen, raw)))
        said: list[str] = []
        found = candidate.obtain(
            loaded.config, made_of, training.training_rows(loaded), shelf, say=said.append
        )
        assert found.fitted
        assert "cannot be read" in said[0]
        assert candidate.kept(loaded.config, made_of, shelf) is not None  # what was planted is gone
        shutil.rmtree(tmp_path / "bad")
    assert not mark.exists()


def test_a_model_folder_with_a_pickle_beside_the_model_loads_the_model_only(tmp_path: Path) -> None:
    rows = training.training_rows(building.load(candidates.make(tmp_path / "p")))
    fitted = sklearn.build({}).fit(rows.inputs, rows.labels)
    folder = model(tmp_path / "m", dict.fromkeys(NAMES, planted("pickle", tmp_path / "mark")))
    fitted.save(folder)
    again = sklearn.build({}).load(folder)
    assert (again.predict_proba(rows.inputs) == fitted.predict_proba(rows.inputs)).all()
    assert not (tmp_path / "mark").exists()


SAVE = """\
import sys
from pathlib import Path
from dataci import candidate, config, dataset, identity, store, training
loaded = dataset.load(config.load(Path(sys.argv[1])))
rows, shelf = training.training_rows(loaded), store.from_url(sys.argv[2])
candidate.obtain(loaded.config, identity.identify(loaded), rows, shelf)
"""


def test_two_processes_store_equal_bytes(tmp_path: Path) -> None:
    root = candidates.make(tmp_path / "p")
    running = []
    for seed, name in ((1, "a"), (2, "b")):
        env = {**os.environ, "PYTHONHASHSEED": str(seed), "PYTHONPATH": os.pathsep.join(sys.path)}
        env["OMP_NUM_THREADS"] = str(seed)
        command = [sys.executable, "-c", SAVE, str(root), str(tmp_path / name)]
        running.append(subprocess.Popen(command, env=env))
    assert [process.wait() for process in running] == [0, 0]
    found = contents(tmp_path / "a")
    assert len(found) == 2
    assert found == contents(tmp_path / "b")


def test_losing_the_store_loses_nothing(tmp_path: Path) -> None:
    loaded = building.load(candidates.make(tmp_path / "p"))
    made_of, shelf = identity.identify(loaded), store.open_store(loaded.config)
    rows = training.test_rows(loaded)

    def run() -> tuple[bool, list[list[float]]]:
        found = candidate.obtain(loaded.config, made_of, training.training_rows(loaded), shelf)
        return found.fitted, training.predict_all(loaded.config, found.model, rows)["test"].scores.tolist()

    first, kept = run(), run()
    shutil.rmtree(tmp_path / "p/.dataci")
    assert [first, kept, run()] == [(True, first[1]), (False, first[1]), (True, first[1])]
