"""Which weights a transformer begins with and where it runs, told without reading them into memory: no torch here.

The encoder is a folder (from the project's root, or absolute) or a name on the Hugging Face hub and the commit to take.
Of a folder only FILES count: neither a pickle nor a Python file in it is ever opened.
"""

from __future__ import annotations

import fnmatch
import hashlib
import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from dataci.errors import CannotRun

NAME = "sentence-transformers/all-MiniLM-L6-v2"
PINNED = {NAME: "c9745ed1d9f207416be6d2e6f8de32d1f16199bf"}
FILES = (
    "config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "vocab.txt",
    "vocab.json",
    "merges.txt",
    "*.model",
    "*.safetensors",
    "model.safetensors.index.json",
)
DEVICES = ("auto", "cpu", "cuda")
HUB_NAME = re.compile(r"[A-Za-z0-9][\w.-]*(/[\w.-]+)?")
COMMIT = re.compile(r"[0-9a-f]{40}")
PROJECT_MODEL = "dataci_project_model"  # what dataci.project calls the user's project/model.py

Stamp = tuple[str, int, int]
_digests: dict[Stamp, str] = {}


class Encoder(NamedTuple):
    """Where weights come from: ``folder``, or ``name`` on the hub at ``revision``."""

    folder: Path | None
    name: str = ""
    revision: str = ""

    @property
    def shown(self) -> str:
        """Return it as one text."""
        return str(self.folder) if self.folder else f"{self.name}@{self.revision}"


def fingerprint(params: Mapping[str, Any], root: Path) -> dict[str, str]:
    """Return what makes the model besides code and data: "weights" (the sha256 of a folder's files, or name@revision)
    and "device" (cpu or cuda).

    ``params``: [train.params] of the project at ``root``. CannotRun when the encoder is not there or not pinned.
    """
    found = find(params, root)
    weights = digest(found.folder) if found.folder else found.shown
    return {"weights": weights, "device": device(params)}


def project_root() -> Path:
    """Return the root of the project whose project/model.py was imported last; without one the working folder."""
    module = sys.modules.get(PROJECT_MODEL)
    place = getattr(module, "__file__", None)
    return Path(place).resolve().parent.parent if place else Path.cwd()


def find(params: Mapping[str, Any], root: Path) -> Encoder:
    """Return where the weights are; CannotRun for a name without its commit."""
    name, revision = str(params.get("encoder") or NAME), str(params.get("revision") or "")
    folder = root / Path(name).expanduser()
    if folder.is_dir():
        if revision:
            raise CannotRun(
                f"dataci.toml: [train.params] revision belongs to a name on the hub, and the encoder {name!r} "
                "is a folder. Remove it."
            )
        return Encoder(refuse_folder(folder))
    if not HUB_NAME.fullmatch(name):
        raise CannotRun(
            f"dataci.toml: [train.params] encoder = {name!r}: there is no such folder. A relative path begins at the "
            "project's root."
        )
    revision = revision or PINNED.get(name, "")
    if not COMMIT.fullmatch(revision):
        raise CannotRun(
            f"dataci.toml: [train.params] encoder = {name!r} is no folder; as a name on the Hugging Face hub it needs "
            'revision = "…", the 40 hexadecimal digits of a commit, because what a name means changes.'
        )
    return Encoder(None, name, revision)


def refuse_folder(folder: Path) -> Path:
    """Return a folder that holds what is needed; CannotRun for one that does not."""
    if not (folder / "config.json").is_file():
        raise CannotRun(f"The encoder's folder {folder} holds no config.json, so it is no transformer.")
    if (folder / "adapter_config.json").exists():
        raise CannotRun(
            f"The encoder's folder {folder} holds an adapter. Merge it into the weights (peft: merge_and_unload) and "
            "save the whole with save_pretrained()."
        )
    if not any(folder.glob("*.safetensors")):
        raise CannotRun(
            f"The encoder's folder {folder} holds no *.safetensors. Weights in a pickle can run code and are not read: "
            "have them saved with save_pretrained()."
        )
    return folder


def fetch(encoder: Encoder) -> Path:
    """Return the folder with the encoder's files, from the hub or its cache if it has none; CannotRun when offline."""
    if encoder.folder:
        return encoder.folder
    import huggingface_hub

    asked: dict[str, Any] = {"revision": encoder.revision, "allow_patterns": list(FILES)}
    try:
        got = huggingface_hub.snapshot_download(encoder.name, local_files_only=True, **asked)
        return refuse_folder(Path(got))
    except (OSError, ValueError, CannotRun):  # not in the cache, or not all of it
        pass
    try:
        return refuse_folder(Path(huggingface_hub.snapshot_download(encoder.name, **asked)))
    except (OSError, ValueError) as error:
        reason = f"{type(error).__name__}: {error}".splitlines()[0]
        raise CannotRun(
            f"The encoder {encoder.shown} cannot be fetched ({reason}). Check the name and the network, or set "
            "[train.params] encoder to a folder that has it."
        ) from error


def files(folder: Path) -> list[Path]:
    """Return the files of a folder that count, sorted by name."""
    found = (path for path in folder.iterdir() if path.is_file())
    return sorted(path for path in found if any(fnmatch.fnmatchcase(path.name, one) for one in FILES))


def digest(folder: Path) -> str:
    """Return the sha256 over names and contents of the files that count."""
    lines = [f"{path.name}\0{file_digest(path)}\n" for path in files(folder)]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def file_digest(path: Path) -> str:
    """Return the sha256 of a file; asked again, it is only read if size or time have changed."""
    about = path.stat()
    stamp = (str(path.resolve()), about.st_size, about.st_mtime_ns)
    if stamp not in _digests:
        with path.open("rb") as stream:
            _digests[stamp] = hashlib.file_digest(stream, "sha256").hexdigest()
    return _digests[stamp]


def device(params: Mapping[str, Any]) -> str:
    """Return "cpu" or "cuda"; torch is only asked where something hints at a GPU. CannotRun for another value."""
    wanted = str(params.get("device", "auto"))
    if wanted not in DEVICES:
        raise CannotRun(f'dataci.toml: [train.params] device = {wanted!r}; known: "auto", "cpu", "cuda".')
    if wanted == "cpu" or (wanted == "auto" and not hinted()):
        return "cpu"
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # else sums on a GPU differ from run to run
    import torch

    if torch.cuda.is_available():
        return "cuda"
    if wanted == "cuda":
        raise CannotRun(
            'dataci.toml: [train.params] device = "cuda", but torch finds no GPU. Set it to "auto" or "cpu".'
        )
    return "cpu"


def hinted() -> bool:
    """Tell whether this machine may have a GPU."""
    return (
        bool(os.environ.get("CUDA_VISIBLE_DEVICES"))
        or Path("/dev/nvidiactl").exists()
        or Path("/dev/kfd").exists()
    )
