"""What makes a model: the id of its data and the hash of its code. Equal ids, equal model.

*Data* is git's tree id of data/train. *Code* covers what else can change the model:

* project/ and the part of the engine that the model comes past (see dataci.closure);
* [train] of dataci.toml (seed, parameters, task, world size), the roles of the model's columns, and which values mean
  "missing"; a parameter that names a file or folder of the project stands for its content, too;
* the versions of Python and of the libraries that the model is computed with (see dataci.environment);
* of a transformer, the weights it begins with and the kind of device it is trained on.

Documentation, tests, checks, reporters, and the settings of checks and of the evaluation are not part of it.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from dataci import closure, environment, git, project
from dataci import config as configuration
from dataci.config import FILE, Config
from dataci.dataset import FOLDER, Dataset
from dataci.errors import CannotRun

TRANSFORMER = f"{closure.PREFIX}models/transformer.py"
ENCODER = "encoder"
SHA256 = re.compile(r"[0-9a-f]{64}")
SHOWN = 12  # digits of a hash in the record
DERIVED = (".git", ".dataci", "results")


class Identity(NamedTuple):
    """The ids of a candidate and what they are made of. ``files``: a short hash of each file of the code, and of each
    file that a parameter names; ``named``: the paths that parameters name.
    """

    data: str
    code: str
    files: dict[str, str]
    environment: dict[str, str]
    named: tuple[str, ...] = ()

    @property
    def tag(self) -> str:
        """Return the name of the candidate: 8 digits of the data, 8 of the code."""
        return f"{self.data[:8]}-{self.code[:8]}"


def identify(dataset: Dataset) -> Identity:
    """Return the identity of the candidate that training on ``dataset`` would give."""
    config = dataset.config
    code = closure.paths(config.root)
    named = named_paths(config, TRANSFORMER in code)
    files = digests({**code, **files_of(config.root, named)})
    libraries = environment.resolve(closure.foreign(code.values()))
    refuse_beside(config.root, closure.foreign(code.values()), libraries)
    found = {**libraries, **weights(config, code)}
    parts = {"files": files, "train": training_settings(config), "env": found}
    digest = hashlib.sha256(encoded(parts)).hexdigest()
    shown = {name: value[:SHOWN] if SHA256.fullmatch(value) else value for name, value in found.items()}
    return Identity(dataset.tree_id("train"), digest, short(files), shown, named)


def refuse_beside(root: Path, names: Iterable[str], libraries: Mapping[str, str]) -> None:
    """Refuse a model that imports code of the repository which is no part of its identity."""
    for path in sorted((root / project.FOLDER).rglob("*")):
        if path.is_symlink() and path.is_dir():
            where = path.relative_to(root).as_posix()
            raise CannotRun(
                f"{where} is a link to a folder, which git does not hold. Put the folder there itself."
            )
    unowned = [name for name, found in libraries.items() if found == environment.UNKNOWN]
    found = closure.beside(root, names, unowned)
    if found:
        name, where = found[0], found[1].relative_to(root).as_posix()
        raise CannotRun(
            f"The model imports {name!r}, which is {where}: it could change there without a new result. "
            f"Move it into {project.FOLDER}/ and import it as {project.FOLDER}.{name}."
        )


def code_files(root: Path) -> dict[str, str]:
    """Return the sha256 of each file that makes the model, by its path: code, and what a parameter names."""
    code = closure.paths(root)
    named = named_paths(configuration.load(root), TRANSFORMER in code)
    return digests({**code, **files_of(root, named)})


def training_settings(config: Config) -> dict[str, Any]:
    """Return what dataci.toml says that can change the model."""
    roles = config.columns
    return {
        "task": config.task,
        "seed": config.train.get("seed", 0),
        "world_size": config.world_size,
        "params": dict(config.train.get("params", {})),
        "columns": {
            "id": roles.id,
            "label": roles.label,
            "text": list(roles.text),
            "symmetric": roles.symmetric,
            "numeric": list(roles.numeric),
            "categorical": list(roles.categorical),
        },
        "missing": list(config.missing),
    }


def weights(config: Config, code: Mapping[str, Path]) -> dict[str, str]:
    """Return what a transformer begins with and where it runs ("encoder.weights", "encoder.device"), if it is one."""
    if TRANSFORMER not in code:
        return {}
    encoder = importlib.import_module("dataci.models.encoder")  # needs no torch where there is no transformer
    found = encoder.fingerprint(dict(config.train.get("params", {})), config.root)
    return {f"{ENCODER}.{name}": str(value) for name, value in found.items()}


def named_paths(config: Config, transformer: bool) -> tuple[str, ...]:
    """Return the files and folders of the project that values in [train.params] name, from the root, sorted.

    Not the encoder of a transformer: ``weights`` stands for it.
    """
    params = dict(config.train.get("params", {}))
    if transformer:
        params.pop(ENCODER, None)
    return tuple(sorted({path for value in strings(params) if (path := inside(config.root, value))}))


def strings(value: Any) -> Iterator[str]:
    """Yield each text in nested tables and lists."""
    if isinstance(value, str):
        yield value
    if isinstance(value, (Mapping, list)):
        for item in value.values() if isinstance(value, Mapping) else value:
            yield from strings(item)


def inside(root: Path, name: str) -> str | None:
    """Return the path from the root of what ``name`` is a path of; None when that does not exist, lies elsewhere, or is
    something that training itself writes.
    """
    try:
        path, home = (root / name).resolve(), root.resolve()
        found = path.relative_to(home)
        return found.as_posix() if path.exists() and found.parts and found.parts[0] not in DERIVED else None
    except (OSError, ValueError):
        return None


def files_of(root: Path, named: tuple[str, ...]) -> dict[str, Path]:
    """Return the files at and below paths that parameters name, by their path from the root."""
    starts = [root / name for name in named]
    found = [file for path in starts for file in ([path] if path.is_file() else path.rglob("*"))]
    files = {file.relative_to(root).as_posix(): file for file in found if file.is_file()}
    return {name: file for name, file in files.items() if not closure.ignored(Path(name))}


def digests(files: Mapping[str, Path]) -> dict[str, str]:
    """Return the sha256 of each file, by name, sorted."""
    return {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in sorted(files.items())}


def short(files: Mapping[str, str]) -> dict[str, str]:
    """Return the first digits of hashes."""
    return {name: digest[:SHOWN] for name, digest in files.items()}


def encoded(value: Any) -> bytes:
    """Return bytes that differ wherever two values do, in kind or in content: 1, 1.0, true and "1" are four."""
    return json.dumps(tagged(value)).encode("ascii")


def tagged(value: Any) -> list[Any]:
    """Return a value as nested lists that name the type of each part; the order of keys does not count."""
    if isinstance(value, Mapping):
        return ["table", [[name, tagged(value[name])] for name in sorted(value)]]
    if isinstance(value, (list, tuple)):
        return ["list", [tagged(item) for item in value]]
    return [type(value).__name__, value if isinstance(value, str) else repr(value)]


def provenance(root: Path, identity: Identity) -> tuple[str | None, bool]:
    """Return the commit that brought the candidate's data and code as they are, and whether something is
    uncommitted.

    The last commit that touched them, not HEAD: a later commit that only touches documentation changes
    nothing. A file of the model that git ignores is uncommitted as well; what the candidate is measured on is no
    part of it.
    """
    if not git.is_repository(root):
        return None, True
    head = git.head(root)
    if head is None or not git.is_clean(root, pathspecs(identity)) or lost(root, head, identity):
        return head, True
    found = git.history(root, None, "HEAD", inputs(identity), limit=1)
    return (found[0].id if found else head), False


def inputs(identity: Identity) -> list[str]:
    """Return the paths, relative to the root, of what makes the candidate.

    project/ as a whole: a file that was removed from it made the candidate, too.
    """
    engine = [path for path in identity.files if path.startswith(closure.PREFIX)]
    return [f"{FOLDER}/train", FILE, project.FOLDER, *engine, *identity.named]


def pathspecs(identity: Identity) -> list[str]:
    """Return ``inputs`` as git is asked for them, without the files of project/ that make no model."""
    apart = [f"{project.FOLDER}/{name}.py" for name in closure.NOT_MODEL]
    left_out = [f":(exclude,literal){path}" for path in apart if path not in identity.files]
    litter = [
        f":(exclude,glob){project.FOLDER}/**/{name}{end}" for name in closure.JUNK for end in ("", "/**")
    ]
    return [*(f":(literal){path}" for path in inputs(identity)), *left_out, *litter]


def lost(root: Path, head: str, identity: Identity) -> bool:
    """Tell whether a clone of ``head`` would lack a file that makes the candidate, because git ignores it."""
    mine = {path for path in identity.files if not path.startswith(closure.PREFIX)}
    files = mine & set(identity.named)
    folders = {project.FOLDER, *identity.named} - files
    kept = {entry.path for folder in folders for entry in git.entries(root, head, folder)}
    return any(git.show(root, head, path) is None for path in files) or not kept | files >= mine
