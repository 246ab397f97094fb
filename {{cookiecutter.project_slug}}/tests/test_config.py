"""dataci.toml: what is wrong is said with its place, and a typo never switches a check off."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataci import config
from dataci.errors import CannotRun


def test_everything_is_read() -> None:
    found = config.parse(
        'version = 1\n[columns]\nid = "k"\nlabel = "y"\ntext = "t"\nnumeric = ["n"]\ncategorical '
        '= ["c"]\nsource = "s"\n'
        '[files]\nmissing = ["?"]\n[checks.drift]\nenabled = false\n[train]\nseed = 3\n',
        Path(),
    )
    assert found.columns == config.Columns(
        id="k", label="y", text=("t",), numeric=("n",), categorical=("c",), source="s"
    )
    assert found.columns.inputs == ("t", "n", "c")
    assert found.missing == ("?",)
    assert found.checks == {"drift": {"enabled": False}}
    assert found.train == {"seed": 3}
    assert (found.proposes, found.preview) == (False, config.PREVIEW)


def test_delivery_is_read() -> None:
    found = config.parse('[delivery]\nresults = "pull-request"\npreview = 0\n', Path())
    assert (found.proposes, found.preview) == (True, 0)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("colums = 1", "Did you mean 'columns'"),
        ("[columns]\nlable = 'x'", "Did you mean 'label'"),
        ("[columns]\ntext = ['a', 'b', 'c']", "one or two"),
        ("[columns]\ntext = [1]", "list of strings"),
        ("[columns]\nnumeric = ['a', 'a']", "twice"),
        ("[columns]\nlabel = 'a'\nnumeric = ['a']", "both as label"),
        ("[columns]\nsymmetric = 'yes'", "true or false"),
        ("version = 9", "reads 1"),
        ("[columns", "not valid TOML"),
        ("checks = 3", "[checks]"),
        ("[files]\nmising = ['?']", "Did you mean 'missing'"),
        ("[train]\ntask = 'guess'", "'classification' or 'regression'"),
        ("[delivery]\nresults = 'mail'", "'push' or 'pull-request'"),
        ("[delivery]\npreview = -1", "[delivery] preview is -1; it must be a whole number from 0 to 3600"),
        ("[train]\nworld_size = 0", "[train] world_size is 0; it must be a whole number from 1"),
        ("[train]\nseed = true", "[train] seed is True"),
        ("[train.params]\ntask = 'regression'", "set it as [train] task"),
        ("[train.params]\nC = inf", "inf or nan"),
        ("[train.params]\nx = [{y = [1.0, nan]}]", "inf or nan"),
        ("[delivery]\nstor = 'x'", "Did you mean 'store'"),
        ("[evaluation]\nmargins = 0.1", "Did you mean 'margin'"),
    ],
)
def test_what_is_wrong_is_said(text: str, said: str) -> None:
    with pytest.raises(CannotRun) as error:
        config.parse(text, Path())
    assert said in str(error.value)
    assert "dataci.toml" in str(error.value)


def test_settings_of_a_check() -> None:
    given_ = config.parse("[checks.near-duplicate]\nthreshold = 1\n", Path())
    assert config.check_settings(given_, "near-duplicate", {"threshold": 0.8}) == {"threshold": 1}
    for text in ("treshold = 0.9", 'threshold = "high"', "threshold = true"):
        wrong = config.parse(f"[checks.near-duplicate]\n{text}\n", Path())
        with pytest.raises(CannotRun, match="near-duplicate"):
            config.check_settings(wrong, "near-duplicate", {"threshold": 0.8})


def test_the_root_is_found_from_below(tmp_path: Path) -> None:
    (tmp_path / "dataci.toml").write_text("version = 1\n")
    below = tmp_path / "data" / "train"
    below.mkdir(parents=True)
    assert config.find_root(below) == tmp_path
    with pytest.raises(CannotRun, match=r"no dataci\.toml"):
        config.find_root(Path("/"))


@given(st.text())
def test_any_text_is_a_config_or_a_sentence(text: str) -> None:
    with contextlib.suppress(CannotRun):
        assert isinstance(config.parse(text, Path()), config.Config)
