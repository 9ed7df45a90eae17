"""The command line: what scripts rely on, and a sentence with the right exit status for everything that goes wrong."""

from __future__ import annotations

import csv
import errno
import json
import os
import re
import shlex
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile as sf

from esc_core import cli, inference
from esc_core.augment import REGISTRY
from esc_core.cli import training as cli_training
from esc_core.cli.common import DATA_HELP
from esc_core.cli.training import train_config
from esc_core.config import MEL_CHAIN, WAVE_CHAIN, TrainConfig
from esc_core.dataset import downloaded_dir, load_dataset, starter, starter_dir
from esc_core.inference import Predictor
from esc_core.inference import classify as classify_module
from esc_core.models import installed
from esc_core.robustness import measure as measuring
from esc_core.training.finished import pack as packing
from esc_core.training.process import create
from esc_core.training.runs.listing import runs_dir
from esc_core.training.study import study as study_module
from tests.bad_audio import bad_files
from tests.browser.serve import ROOT
from tests.small_model import LABELS, write_small_model
from tests.zip_server import HEADER

SR = 16_000
COMMANDS = [
    "data download",
    "data validate",
    "data starter",
    "data info",
    "data own list",
    "data own new",
    "data own add",
    "data own import",
    "data own export",
    "data own remove",
    "predict",
    "augment",
    "train",
    "models list",
    "models pack",
    "models download",
    "evaluate",
    "corrupt",
    "listen",
    "score",
    "study",
    "map",
    "contrast",
    "generate train",
    "generate sample",
    "generate judge",
    "generate experiment",
]

PROGRAM = """
import runpy, sys
sys.argv = ["esc_core", "models", "list", "--json"]
try:
    runpy.run_module("esc_core", run_name="__main__")
finally:
    print("tensorflow" in sys.modules, file=sys.stderr)
"""
"""Lists the models, and says on standard error whether TensorFlow was loaded for it."""

Capture = pytest.CaptureFixture[str]


def sound(seconds: float = 1.0, *, sr: int = SR, seed: int = 0) -> np.ndarray:
    return 0.1 * np.random.default_rng(seed).standard_normal(round(seconds * sr))


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Predictor:
    """Load the small model once for all tests."""
    folder = tmp_path_factory.mktemp("models") / "small"
    write_small_model(folder)
    return Predictor(folder)


@pytest.fixture
def models(shared: Predictor, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let the small model be the only one there is, and loaded already."""
    folder = shared.folder.parent
    for module in (installed, packing):
        monkeypatch.setattr(module, "MODELS_DIR", folder)
    monkeypatch.setattr(inference, "Predictor", lambda path: shared)
    return folder


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """Write two sounds with three bad files among them."""
    bad = bad_files()
    paths = [tmp_path / name for name in ("text.wav", "b.wav", "missing.wav", "silence.wav", "a.flac")]
    sf.write(paths[1], sound(1), SR)
    sf.write(paths[4], sound(6, seed=1), SR)
    for path in (paths[0], paths[3]):
        path.write_bytes(bad[path.name][0])
    return paths


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Write a data set of the small model's categories, one clip of each a fold, at 8 kHz."""
    root, rows = tmp_path / "data", []
    (root / "audio").mkdir(parents=True)
    (root / "meta").mkdir()
    for fold in range(1, 6):
        for target, category in zip((0, 1, 10), LABELS, strict=True):
            name = f"{fold}-{fold}{target:02}-A-{target}.wav"
            sf.write(root / "audio" / name, sound(5, sr=8_000, seed=fold * 50 + target), 8_000)
            rows.append(f"{name},{fold},{target},{category},False,{fold}{target:02},A\n")
    (root / "meta" / "esc50.csv").write_text(HEADER + "".join(rows))
    return root


def run(capsys: Capture, *arguments: object) -> tuple[int, str, str]:
    """Run a command; return its exit status, results and progress."""
    capsys.readouterr()
    status = cli.main([str(argument) for argument in arguments])
    return status, *capsys.readouterr()


SMALL = {
    "width": 1,
    "batch_size": 8,
    "augment": [{"name": "crop_stretch", "n_frames": 16}],
    "features": {"sr": 8_000, "n_fft": 256, "hop_length": 200, "n_mels": 16, "fmax": 4_000.0},
}
"""Settings of a run that takes seconds."""

KEYS = [
    "file",
    "top",
    "not_sure",
    "unknown",
    "doubt",
    "outside",
    "nothing",
    "raw_guess",
    "timeline",
    "remarks",
    "error",
]


@pytest.mark.usefixtures("models")
def test_predict_json(capsys: Capture, files: list[Path]) -> None:
    """A list in the order of the files; a bad file is a sentence, stops no other, and makes the exit status 1."""
    status, out, err = run(capsys, "predict", *files, "--json", "--model", "small")
    results = json.loads(out)
    assert status == 1
    assert err == ""
    assert [result["file"] for result in results] == [str(path) for path in files]
    assert all(list(result) == KEYS for result in results)
    for i in (0, 2, 3):
        assert results[i]["error"].endswith(".")
        assert (results[i]["top"], results[i]["not_sure"], results[i]["remarks"]) == ([], False, [])
    assert results[2]["error"] == "There is no file of this name."
    assert results[3]["error"].startswith("The sound is silent")
    for i in (1, 4):
        assert results[i]["error"] is None
        assert {guess["category"] for guess in results[i]["top"]} == set(LABELS)
        probs = [guess["prob"] for guess in results[i]["top"]]
        assert probs == sorted(probs, reverse=True)
        assert sum(probs) == pytest.approx(1, abs=1e-3)
        assert all(guess.keys() == {"category", "prob"} for guess in results[i]["top"])
        assert results[i]["not_sure"] is True  # the small model's threshold is 0.9
        assert results[i]["remarks"] == []


def test_predict_for_people(capsys: Capture, files: list[Path], models: Path) -> None:
    """A line a file, with its remarks below; without bad files the exit status is 0."""
    quiet = files[0].with_name("quiet.wav")
    sf.write(quiet, 0.05 * sound(1), SR, subtype="FLOAT")
    nothing = files[0].with_name("nothing.wav")
    sf.write(nothing, 1e-3 * sound(1), SR, subtype="FLOAT")
    status, out, _ = run(capsys, "predict", files[1], quiet, nothing, "--model", "small", "--top", 2)
    first, second, remark, third, raw = out.splitlines()
    assert status == 0
    assert re.fullmatch(rf"{re.escape(str(files[1]))}: not sure: \w+ \d+%, \w+ \d+%", first)
    assert second.startswith(f"{quiet}: not sure: ")
    assert remark.startswith("  The recording is very quiet (46 dB below full scale)")
    assert third == f"{nothing}: There is nothing here but a quiet background."
    assert re.fullmatch(r"  The model's raw guess, which means little: \w+ \d+%, \w+ \d+%", raw)


def test_predict_out_of_fold(capsys: Capture, files: list[Path], models: Path, shared: Predictor) -> None:
    """`--fold` uses only the network that held it out; so does a file name of ESC-50. The threshold is the fold's."""
    known = files[1].with_name("2-100648-A-43.wav")
    sf.write(known, sound(1), SR)
    answers = {}
    for name, arguments in {"fold": [files[1], "--fold", 2], "known": [known], "all": [files[1]]}.items():
        status, out, _ = run(capsys, "predict", *arguments, "--json", "--model", "small")
        assert status == 0
        (answers[name],) = json.loads(out)
    assert answers["fold"]["top"] == answers["known"]["top"] != answers["all"]["top"]
    assert [answer["not_sure"] for answer in answers.values()] == [False, False, True]
    y, sr = sf.read(files[1], dtype="float32")
    expected = shared.predict(y, sr, fold=2).top(5)
    assert [(guess["category"], guess["prob"]) for guess in answers["fold"]["top"]] == [
        (name, pytest.approx(prob, abs=1e-3)) for name, prob in expected
    ]


def test_predict_by_all_models(
    capsys: Capture, files: list[Path], monkeypatch: pytest.MonkeyPatch, models: Path
) -> None:
    """Each model in turn answers each file, and says what it had heard; one that can't be used stops no other."""
    home = models.parent / "home"
    monkeypatch.setenv("ESC_HOME", str(home))
    damaged = installed.own_models_dir() / "broken"
    damaged.mkdir(parents=True)
    (damaged / "card.json").write_text("{")
    small = inference.Predictor
    monkeypatch.setattr(inference, "Predictor", lambda path: Predictor(path) if path == damaged else small(path))
    status, out, _ = run(capsys, "predict", files[1], files[4], "--all-models", "--json")
    results = json.loads(out)
    assert status == 1
    assert [(result["model"], result["file"]) for result in results] == [
        ("small", str(files[1])), ("small", str(files[4])), ("broken", "")
    ]  # fmt: skip
    assert [result["has_heard"] for result in results] == ["ESC-50 only", "ESC-50 only", None]
    (alone,) = json.loads(run(capsys, "predict", files[1], "--model", "small", "--json")[1])
    assert results[0]["top"] == alone["top"]
    assert "the card of broken is damaged" in results[2]["error"]
    _, out, _ = run(capsys, "predict", files[1], "--all-models", "--top", 1)
    first, last = out.splitlines()
    assert re.fullmatch(rf"small: {re.escape(str(files[1]))}: not sure: \w+ \d+%", first)
    assert last.startswith("broken: the card of broken is damaged")


@pytest.mark.usefixtures("models")
def test_all_models_cannot_share_standard_input(capsys: Capture) -> None:
    """It can be read only once; the usage says so before a model is loaded."""
    with pytest.raises(SystemExit) as stop:
        cli.main(["predict", "-", "--all-models"])
    assert stop.value.code == 2
    assert "standard input can be read only once" in capsys.readouterr().err


@pytest.mark.usefixtures("models")
def test_file_names_of_any_kind(capsys: Capture, tmp_path: Path) -> None:
    """Names that hold quotes, other scripts, or bytes that are no text come back as they were given."""
    names = ['"bark".wav', "Hündin 犬.wav", "two\nlines.wav"] + (
        [os.fsdecode(b"caf\xe9.wav")] if sys.platform == "linux" else []
    )
    paths = [tmp_path / name for name in names]
    status, out, _ = run(capsys, "predict", *paths, "--json", "--model", "small")
    assert status == 1
    out.encode()  # what can't be encoded would end the program when it is printed
    assert [result["file"] for result in json.loads(out)] == [str(path) for path in paths]
    status, out, _ = run(capsys, "predict", *paths, "--model", "small")
    assert status == 1
    assert len(out.encode().splitlines()) == len(paths)
    assert f"{tmp_path / 'Hündin 犬.wav'}: There is no file" in out
    assert "two\\nlines.wav: There is no file" in out


@pytest.mark.usefixtures("models")
def test_predict_a_folder(capsys: Capture, tmp_path: Path) -> None:
    """Its sounds by name, without hidden ones; with `--recursive` those below; an empty one is an error of its own."""
    for name in ("b.wav", "a.FLAC", ".hidden.wav", "inner/c.wav", "inner/.git/d.wav"):
        (tmp_path / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        sf.write(tmp_path / "in" / name, sound(), SR)
    (tmp_path / "in" / "notes.txt").write_text("no sound")
    (tmp_path / "empty").mkdir()

    def predicted(*options: str) -> tuple[int, dict[str, str | None]]:
        folders = ("--", tmp_path / "in", tmp_path / "empty") if not options else ("--", tmp_path / "in")
        status, out, _ = run(capsys, "predict", "--model", "small", "--json", *options, *folders)
        return status, {str(Path(r["file"]).relative_to(tmp_path)): r["error"] for r in json.loads(out)}

    hint = "The folder holds no sound files; --recursive searches the folders in it, too."
    assert predicted() == (1, {"in/a.FLAC": None, "in/b.wav": None, "empty": hint})
    assert predicted("--recursive") == (0, dict.fromkeys(("in/a.FLAC", "in/b.wav", "in/inner/c.wav")))


@pytest.mark.usefixtures("models")
def test_predict_from_pipes(capsys: Capture, files: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """Standard input and a named pipe give what the file gives; one with more than the cap is an error."""
    _, expected, _ = run(capsys, "predict", files[1], "--model", "small")
    with files[1].open() as file:
        monkeypatch.setattr("sys.stdin", file)
        status, out, _ = run(capsys, "predict", "-", "--model", "small")
    assert (status, out) == (0, expected.replace(str(files[1]), "-", 1))
    monkeypatch.setattr("sys.stdin", None)  # as after `<&-`
    status, out, _ = run(capsys, "predict", "-", "--model", "small")
    assert (status, out) == (
        1,
        "-: Standard input is a terminal or closed; give it a sound, such as `- < bark.wav`.\n",
    )
    if not hasattr(os, "mkfifo"):
        return
    pipe = files[1].with_name("pipe")
    os.mkfifo(pipe)

    def write(data: bytes) -> None:
        with suppress(BrokenPipeError):
            pipe.write_bytes(data)

    for data, result in (
        (files[1].read_bytes(), (0, expected.replace(str(files[1]), str(pipe), 1))),
        (bytes(22 * 2**20), (1, f"{pipe}: The file has more than 20 MB; at most 20 MB can be used.\n")),
    ):
        writer = threading.Thread(target=write, args=(data,))
        writer.start()
        assert run(capsys, "predict", pipe, "--model", "small")[:2] == result
        writer.join()


@pytest.mark.usefixtures("models")
def test_ctrl_c_leaves_valid_json(capsys: Capture, files: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """What was classified is printed, the list is closed, and the exit status is 130."""
    classify = classify_module.classify_bytes

    def interrupted(predictor: Predictor, data: bytes, **options: Any) -> Any:
        if options["name"] == files[4].name:
            raise KeyboardInterrupt
        return classify(predictor, data, **options)

    monkeypatch.setattr(classify_module, "classify_bytes", interrupted)
    status, out, err = run(capsys, "predict", "--json", files[1], files[4], files[1], "--model", "small")
    assert (status, err) == (130, "interrupted\n")
    assert [result["file"] for result in json.loads(out)] == [str(files[1])]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["predict", "a.wav", "--model", "huge"], "error: no model is called 'huge'; there are: small\n"),
        (["evaluate", "--model", "huge", "--data", "."], "error: no model is called 'huge'; there are: small\n"),
        (["evaluate", "--model", "small", "--data", "/nowhere"], "error: /nowhere is not in ESC-50's layout"),
        (["corrupt", "--model", "huge", "--data", "."], "error: no model is called 'huge'; there are: small\n"),
        (["corrupt", "--model", "small", "--data", "/nowhere"], "error: /nowhere is not in ESC-50's layout"),
        (["map", "--data", "/nowhere", "--out", "map.csv"], "error: /nowhere is not in ESC-50's layout"),
        (["train", "--data", "/nowhere", "--val-fold", "1"], "error: /nowhere is not in ESC-50's layout"),
        (["data", "info", "--dir", "/nowhere"], "error: /nowhere is not in ESC-50's layout"),
        (["data", "validate", "--dir", "/nowhere"], "error: /nowhere is not in ESC-50's layout"),
        (["data", "info"], "error: there is no data set; run `python -m esc_core data download`"),
        (["data", "validate"], "error: there is no data set; run `python -m esc_core data download`"),
        (["models", "pack", *"abcde", "--name", "small"], "small exists already; remove it or choose another name\n"),
        (["models", "pack", *"abcde", "--name", "new"], "error: a is not a finished run: "),
    ],
)
@pytest.mark.usefixtures("models")
def test_one_sentence_and_status_1(capsys: Capture, arguments: list[str], message: str) -> None:
    """Standard error says what went wrong, without a traceback, and there is no result."""
    status, out, err = run(capsys, *arguments)
    assert (status, out) == (1, "")
    assert message in err
    assert err.startswith("error: ")
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["sing"],
        ["data"],
        ["predict"],
        ["predict", "a.wav", "--fold", "11"],
        ["predict", "a.wav", "--top", "0"],
        ["predict", "a.wav", "--top", "-1"],
        ["train", "--val-fold", "1"],
        ["train", "--data", "x", "--val-fold", "0"],
        ["models", "pack", "--name", "x"],
    ],
    ids=" ".join,
)
def test_wrong_usage_is_status_2(capsys: Capture, arguments: list[str]) -> None:
    """The usage is shown, nothing is run."""
    with pytest.raises(SystemExit) as stopped:
        cli.main(arguments)
    assert stopped.value.code == 2
    assert "usage: python -m esc_core" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["", "data", "models", "generate", *COMMANDS])
def test_help_has_an_example(capsys: Capture, command: str) -> None:
    """An example of the very command, which is right usage itself."""
    with pytest.raises(SystemExit) as stopped:
        cli.main([*command.split(), "--help"])
    assert stopped.value.code == 0
    (example,) = re.findall(r"^example: python -m esc_core (.+)$", capsys.readouterr().out, re.MULTILINE)
    assert example.startswith(command)
    assert callable(cli.command_parser().parse_args(shlex.split(example)).run)


@pytest.mark.parametrize(
    "command",
    [
        *("train", "study", "evaluate", "corrupt", "map", "contrast"),
        *("models rescore", "models join", "data info", "data validate"),
    ],
)
def test_what_reads_data_names_all_that_it_takes(capsys: Capture, command: str) -> None:
    """A folder, or the key or the name of a set: in the same words everywhere."""
    with pytest.raises(SystemExit):
        cli.main([*command.split(), "--help"])
    assert f"DATA {DATA_HELP}" in " ".join(capsys.readouterr().out.split())


def test_every_command_is_tested(capsys: Capture) -> None:
    """The list above is that of the program."""
    with pytest.raises(SystemExit):
        cli.main(["--help"])
    listed = re.findall(r"^    (\w+) ", capsys.readouterr().out, re.MULTILINE)
    assert {command.split()[0] for command in COMMANDS} == set(listed)


def test_it_starts() -> None:
    """`python -m esc_core` is the program, and knows where its models are without loading TensorFlow."""
    done = subprocess.run([sys.executable, "-c", PROGRAM], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stderr) == (0, "False\n")
    assert isinstance(json.loads(done.stdout), list)


def test_models_list(capsys: Capture, models: Path) -> None:
    """For scripts the whole cards, for people a line each."""
    status, out, _ = run(capsys, "models", "list", "--json")
    (card,) = json.loads(out)
    assert status == 0
    assert card == json.loads((models / "small" / "card.json").read_text())
    assert {"name", "input", "labels", "feature_config", "train_config", "scores", "temperature"} <= card.keys()
    status, out, _ = run(capsys, "models", "list")
    assert (status, out) == (0, "small: 3 categories, 30.0% over 5 folds (untrained); heard: ESC-50 only\n")


@pytest.mark.parametrize("named", ["argument", "variable", "downloaded"])
def test_data_info(capsys: Capture, data: Path, monkeypatch: pytest.MonkeyPatch, named: str) -> None:
    """Where the data lie, which copy it is, and what it holds, whichever way it was found."""
    arguments = []
    if named == "argument":
        arguments = ["--dir", data]
    elif named == "variable":
        monkeypatch.setenv("ESC50_DIR", str(data))
    else:
        downloaded_dir().parent.mkdir(parents=True)
        data = data.rename(downloaded_dir())
    status, out, _ = run(capsys, "data", "info", *arguments)
    assert status == 0
    assert [line.split(maxsplit=1) for line in out.splitlines()] == [
        ["folder", str(data)],
        ["name", "ESC-50"],
        ["data", "8 kHz, 16-bit copy"],
        ["clips", "15"],
        ["categories", "3"],
        ["recordings", "15"],
        ["folds", "1: 3, 2: 3, 3: 3, 4: 3, 5: 3"],
    ]


def test_data_info_of_damaged_data(capsys: Capture, data: Path) -> None:
    """A clip that is not there does not stop the rest; their number is told."""
    (data / "audio" / "1-100-A-0.wav").unlink()
    status, out, _ = run(capsys, "data", "info", "--dir", data)
    assert status == 0
    assert out.splitlines()[-1] == "1 of 15 clips can't be read: `python -m esc_core data validate` names it"


def test_data_validate(capsys: Capture, data: Path) -> None:
    """All well is status 0; a fault is a row of a table and status 1, also one for which the data can't be used."""
    status, out, _ = run(capsys, "data", "validate", "--dir", data)
    assert (status, out) == (0, "nothing found: every file is there and as it should be\n")
    table = data / "meta" / "esc50.csv"
    table.write_text(table.read_text().replace("1-100-A-0.wav,1,", "1-100-A-0.wav,11,"))
    (data / "audio" / "2-200-A-0.wav").unlink()
    status, out, _ = run(capsys, "data", "validate", "--dir", data)
    assert status == 1
    assert re.search(r"1-100-A-0\.wav +bad value +fold must be in 0–10, is 11", out)
    assert re.search(r"2-200-A-0\.wav +missing +in the table, not in audio/", out)
    assert "altered" not in out
    _, out, _ = run(capsys, "data", "validate", "--originals", "--dir", data)
    assert re.search(r"1-100-A-0\.wav +altered +ESC-50 has no clip of this name", out)


def settings_of(*arguments: object) -> TrainConfig:
    return train_config(cli.command_parser().parse_args(["train", "--data", "x", *map(str, arguments)]))


def test_settings_of_a_run(tmp_path: Path) -> None:
    """Defaults, then the file, then what the command line says; a short run keeps a long one's proportions."""
    usual = TrainConfig(dtype="auto")
    assert settings_of("--val-fold", 3) == replace(usual, val_fold=3)
    assert settings_of("--val-fold", 3, "--seed", 7, "--width", 8) == replace(usual, val_fold=3, seed=7, width=8)
    path = tmp_path / "config.json"
    path.write_text(json.dumps(TrainConfig(val_fold=1, width=4, seed=3).to_dict()))
    assert settings_of("--val-fold", 2, "--config", path, "--seed", 4) == TrainConfig(val_fold=2, width=4, seed=4)
    assert settings_of("--val-fold", 1, "--model", "aclnet") == replace(usual, model="aclnet", augment=WAVE_CHAIN)
    path.write_text(json.dumps({"model": "wave_cnn", "augment": [{"name": "random_crop"}]}))
    assert settings_of("--val-fold", 1, "--config", path).augment == ({"name": "random_crop"},)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_the_chain_of_the_augment_page(tmp_path: Path, encoding: str) -> None:
    """Its JSON trains as a list, or as a setting of a file, and gets the crop; a byte order mark is no fault."""
    steps = [{"name": "noise", "snr_db": [5, 20]}, {"name": "mel_gain", "gain_db": [-3, 3]}]
    crop = next(step for step in MEL_CHAIN if step["name"] == "crop_stretch")
    expected = TrainConfig(dtype="auto", augment=(*steps, crop))
    path = tmp_path / "chain.json"
    path.write_text(json.dumps(steps, indent=1), encoding=encoding)
    assert settings_of("--val-fold", 1, "--chain", path) == expected
    path.write_text(json.dumps({"augment": steps}), encoding=encoding)
    assert settings_of("--val-fold", 1, "--chain", path) == expected
    assert settings_of("--val-fold", 1, "--config", path) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "can't be read: No such file"),
        ("{", "can't be read as JSON"),
        ("[1]", r"config\.json must hold an object of settings \(a chain alone is for --chain\), got \[1\]"),
        ('{"width": "wide"}', "width must be a whole number, got 'wide'"),
        ('{"model": ["mel_cnn"]}', "model must be a text"),
        ('{"augment": [3]}', r"augment must be a list of steps, got \[3\]"),
        ('{"depth": 3}', "TrainConfig has no setting of this name, got 'depth'"),
    ],
)
def test_a_wrong_config_file(capsys: Capture, data: Path, tmp_path: Path, text: str | None, message: str) -> None:
    """The error comes before a run's folder is made."""
    path, out = tmp_path / "config.json", tmp_path / "run"
    if text is not None:
        path.write_text(text)
    status, _, err = run(capsys, "train", "--data", data, "--val-fold", 1, "--config", path, "--out", out)
    assert status == 1
    assert re.search(message, err)
    assert not out.exists()


def test_train_json(capsys: Capture, data: Path, tmp_path: Path) -> None:
    """Progress on standard error; one line of JSON with accuracy, epochs and seconds on standard output."""
    (tmp_path / "config.json").write_text(json.dumps(SMALL))
    arguments = ["train", "--data", data, "--val-fold", 4, "--config", tmp_path / "config.json", "--epochs", 1]
    status, out, err = run(capsys, *arguments, "--out", tmp_path / "run", "--json")
    assert status == 0
    (line,) = out.splitlines()
    result = json.loads(line)
    assert result["accuracy"] in (0.0, pytest.approx(1 / 3), pytest.approx(2 / 3), 1.0)
    assert result["epochs"] == 1
    assert result["seconds"] > 0
    assert "epoch 1/1: loss" in err
    assert json.loads((tmp_path / "run" / "status.json").read_text())["state"] == "done"
    assert json.loads((tmp_path / "run" / "config.json").read_text())["val_fold"] == 4
    status, out, err = run(capsys, *arguments, "--out", tmp_path / "run", "--json")
    assert (status, out) == (1, "")
    assert "holds a run already; name another folder" in err


@pytest.mark.timeout(300)
def test_a_run_that_ctrl_c_stopped_goes_on(
    capsys: Capture, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says the command that goes on, and that command trains the epochs that are left, once."""
    (tmp_path / "config.json").write_text(json.dumps(SMALL | {"n_epochs": 3, "dtype": "float32"}))
    say = cli_training.say

    def interrupting(line: str) -> None:
        say(line)
        if line.startswith("epoch 2/3"):
            raise KeyboardInterrupt

    monkeypatch.setattr(cli_training, "say", interrupting)
    arguments = ["train", "--data", data, "--val-fold", 4, "--config", tmp_path / "config.json"]
    status, out, err = run(capsys, *arguments, "--out", tmp_path / "my run")
    assert (status, out) == (130, "")
    sentence, command = err.splitlines()[-1].split("; to go on: python -m esc_core ")
    assert sentence in ("the run was stopped after epoch 1 of 3", "the run was stopped after epoch 2 of 3")
    monkeypatch.setattr(cli_training, "say", say)
    status, out, err = run(capsys, *shlex.split(command), "--json")
    assert (status, json.loads(out)["epochs"]) == (0, 3)
    assert "epoch 1/3" not in err
    status, _, err = run(capsys, *shlex.split(command))
    assert (status, "is done; only a run that ended early can go on" in err) == (1, True)
    for wrong in (["--resume", "x", "--seed", "3"], ["--val-fold", "1"]):
        with pytest.raises(SystemExit) as stopped:
            cli.main(["train", *wrong])
        assert stopped.value.code == 2
    assert "a new run needs --data" in capsys.readouterr().err
    status, _, err = run(capsys, "train", "--resume", "amber fox")
    assert (status, err) == (1, "error: there is no run 'amber fox'; a run's folder, id or name is needed\n")


def test_ctrl_c_in_a_study(capsys: Capture, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says that the runs at work train on, and how the study goes on."""

    def interrupted(*arguments: Any, **options: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(study_module, "run_study", interrupted)
    (tmp_path / "grid.toml").write_text("[factors.a.b]")
    status, out, err = run(capsys, "study", tmp_path / "grid.toml", "--data", data)
    assert (status, out) == (130, "")
    assert err == "interrupted; the runs at work train on, and the same command goes on with the study\n"


def test_the_folder_at_fault_is_named(
    capsys: Capture, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run's own folder, or that of the list; nothing is left of either."""
    (tmp_path / "file").touch()
    (tmp_path / "config.json").write_text(json.dumps(SMALL))
    arguments = ["train", "--data", data, "--val-fold", 4, "--config", tmp_path / "config.json"]
    out = tmp_path / "file" / "run"
    status, _, err = run(capsys, *arguments, "--out", out)
    assert (status, err) == (1, f"error: the folder {out} can't be made: Not a directory\n")
    assert list(runs_dir().iterdir()) == []

    def full(*arguments: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(create, "queue_run", full)
        status, _, err = run(capsys, *arguments, "--out", tmp_path / "half")
    assert (status, err) == (1, f"error: the run can't be written to {tmp_path / 'half'}: the disk is full\n")
    assert list(runs_dir().iterdir()) == []
    assert not (tmp_path / "half" / "config.json").exists()  # the same command can try again
    monkeypatch.setenv("ESC_HOME", str(tmp_path / "file"))
    status, _, err = run(capsys, *arguments, "--out", tmp_path / "run")
    assert (status, err) == (1, f"error: the run can't be listed in {tmp_path / 'file' / 'runs'}: Not a directory\n")
    assert not (tmp_path / "run").exists()


def test_train_an_unknown_model(capsys: Capture, data: Path, tmp_path: Path) -> None:
    """The architectures there are, and no folder."""
    status, _, err = run(
        capsys, "train", "--data", data, "--val-fold", 1, "--model", "resnet", "--out", tmp_path / "run"
    )
    assert status == 1
    assert err.startswith("error: no model is called 'resnet'; there are mel_cnn")
    assert not (tmp_path / "run").exists()


@pytest.mark.usefixtures("models")
def test_evaluate(capsys: Capture, data: Path, shared: Predictor, tmp_path: Path) -> None:
    """Each fold by its own model, over all labels; the total is the mean over the clips; and as a table for `score`."""
    table = tmp_path / "predictions.csv"
    status, out, err = run(capsys, "evaluate", "--model", "small", "--data", data, "--predictions", table, "--json")
    scores = json.loads(out)
    assert status == 0
    assert list(scores) == ["accuracy", "top_5", "fold_accuracy", "n_clips", "n_unreadable", "data", "remarks"]
    assert list(scores["fold_accuracy"]) == [*"12345"]
    assert scores["accuracy"] == pytest.approx(np.mean(list(scores["fold_accuracy"].values())))
    assert (scores["top_5"], scores["n_clips"], scores["n_unreadable"]) == (1.0, 15, 0)
    assert scores["data"] == "8 kHz, 16-bit copy"
    assert [line for line in err.splitlines() if line] == [f"fold {k}: 3 clips" for k in range(1, 6)]
    y, sr = sf.read(data / "audio" / "3-300-A-0.wav", dtype="float32")
    right = shared.predict(y, sr, fold=3).top(1)[0][0] == "dog"
    assert (scores["fold_accuracy"]["3"] > 0) or not right
    with table.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["fold"] for row in rows] == [row["filename"][0] for row in rows]
    names = {clip.filename: clip.category for clip in load_dataset(data).clips}
    assert np.mean([names[row["filename"]] == row["predicted"] for row in rows]) == pytest.approx(scores["accuracy"])
    assert all(sum(float(row[label]) for label in shared.card.labels) == pytest.approx(1, abs=0.01) for row in rows)
    nowhere = tmp_path / "none" / "predictions.csv"
    status, _, err = run(capsys, "evaluate", "--model", "small", "--data", data, "--predictions", nowhere)
    assert (status, err) == (1, f"error: {nowhere} can't be written: {nowhere.parent}: No such file or directory\n")


@pytest.mark.usefixtures("models")
def test_evaluate_another_vocabulary(capsys: Capture, data: Path) -> None:
    """A category that the model does not know is named."""
    table = data / "meta" / "esc50.csv"
    table.write_text(table.read_text().replace(",rain,", ",sea_waves,"))
    status, out, err = run(capsys, "evaluate", "--model", "small", "--data", data)
    assert (status, out) == (1, "")
    assert err == "error: small does not know the category sea_waves\n"


@pytest.mark.timeout(600)
@pytest.mark.usefixtures("models")
def test_corrupt(capsys: Capture, data: Path, tmp_path: Path) -> None:
    """Rows on standard output and in the table, progress on standard error; what is there is not measured again."""
    table = tmp_path / "scores.csv"
    arguments = ("corrupt", "--model", "small", "--data", data, "--clips", 5, "--corruption", "bits", "--out", table)
    status, out, err = run(capsys, *arguments, "--json")
    found = json.loads(out)
    assert status == 0
    assert (found["model"], found["data"], found["clips"]) == ("small", "8 kHz, 16-bit copy", "5 of 15")
    assert (found["n_clips"], found["seed"], found["mean_corruption_error"]) == (5, 2019, None)
    assert [(row["corruption"], row["severity"]) for row in found["rows"]] == [
        ("clean", 0), *(("bits", severity) for severity in range(1, 6)),
    ]  # fmt: skip
    assert found["clean_accuracy"] == found["rows"][0]["accuracy"] == found["rows"][0]["n_correct"] / 5
    with table.open(newline="") as file:
        assert [float(row["accuracy"]) for row in csv.DictReader(file)] == [row["accuracy"] for row in found["rows"]]
    assert [line.split(":")[0] for line in err.splitlines() if " of 6:" in line] == [f"{i} of 6" for i in range(1, 7)]
    status, out, err = run(capsys, *arguments)
    assert (status, err) == (0, "6 of 6 rows of small are in the table already\n")
    assert out.splitlines()[0] == "small on 5 clips (5 of 15; 8 kHz, 16-bit copy), suite of seed 2019"
    assert out.splitlines()[-1].startswith("Few bits: ")
    assert len(out.splitlines()) == 4


@pytest.mark.timeout(600)
@pytest.mark.usefixtures("models")
def test_corrupt_on_a_full_disk(capsys: Capture, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing can be written is said at once, a disk that fills up when it does, both in a sentence."""
    arguments = ("corrupt", "--model", "small", "--data", data, "--clips", 5, "--corruption", "bits", "--out")
    nowhere = tmp_path / "none" / "scores.csv"
    status, _, err = run(capsys, *arguments, nowhere)
    assert (status, err) == (1, f"error: {nowhere} can't be written: {nowhere.parent}: No such file or directory\n")

    def fill(path: Path, rows: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(measuring, "write_table", fill)
    status, out, err = run(capsys, *arguments, tmp_path / "scores.csv")
    assert (status, out) == (1, "")
    assert err.splitlines()[-1] == f"error: {tmp_path / 'scores.csv'} can't be written: the disk is full"


def test_augment_takes_every_transform(capsys: Capture, tmp_path: Path) -> None:
    """Each one of the registry, by the JSON that page and training read, gives a sound and says what it did."""
    for name, seed in (("in.wav", 1), ("second.wav", 2)):
        sf.write(tmp_path / name, sound(1.5, seed=seed), SR)
    for name in REGISTRY:
        (tmp_path / "chain.json").write_text(json.dumps([{"name": name}]))
        status, out, err = run(
            capsys, "augment", tmp_path / "in.wav", tmp_path / "out.wav", "--chain", tmp_path / "chain.json",
            "--seed", 3, "--second", tmp_path / "second.wav",
        )  # fmt: skip
        assert (status, out) == (0, f"{tmp_path / 'out.wav'}\n"), name
        assert err.strip(), name
        y, sr = sf.read(tmp_path / "out.wav")
        assert y.size > 1000, name
        assert sr == SR, name


def test_augment_by_its_seed(capsys: Capture, tmp_path: Path) -> None:
    """The same seed gives the same bytes, another seed others."""
    sf.write(tmp_path / "in.wav", sound(), SR)
    (tmp_path / "chain.json").write_text('[{"name": "pitch_shift", "n_steps": [-2, 2]}, {"name": "noise"}]')
    written = []
    for seed in (7, 7, 8):
        status, _, err = run(
            capsys, "augment", tmp_path / "in.wav", tmp_path / "out.wav", "--chain", tmp_path / "chain.json",
            "--seed", seed,
        )  # fmt: skip
        assert status == 0
        assert re.match(r"pitch [+−]\d\.\d semitones, white noise \d+ dB below", err)
        written.append((tmp_path / "out.wav").read_bytes())
    assert written[0] == written[1] != written[2]


@pytest.mark.parametrize(
    ("chain", "seed", "message"),
    [
        ('[{"name": "echo"}]', 0, "error: chain.json: name must be one of"),
        ("[", 0, "error: chain.json: the chain is not valid JSON"),
        ('[{"name": "mixup"}]', 0, "error: mixup needs another sound, and none was given"),
        ("[]", -1, "error: seed must be a whole number from 0, got -1"),
    ],
)
def test_augment_that_can_not_be(capsys: Capture, tmp_path: Path, chain: str, seed: int, message: str) -> None:
    """A sentence, the exit status 1, and no file."""
    sf.write(tmp_path / "in.wav", sound(), SR)
    (tmp_path / "chain.json").write_text(chain)
    status, out, err = run(
        capsys, "augment", tmp_path / "in.wav", tmp_path / "out.wav", "--chain", tmp_path / "chain.json", "--seed", seed
    )
    assert (status, out) == (1, "")
    assert err.startswith(message)
    assert not (tmp_path / "out.wav").exists()


def test_augment_through_pipes(
    capfdbinary: pytest.CaptureFixture[bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`-` is standard input and standard output, with the samples that files give; an MP3 file is refused."""
    sf.write(tmp_path / "in.wav", sound(), SR)
    (tmp_path / "chain.json").write_text('[{"name": "gain", "gain_db": -6}]')
    chain = ["--chain", str(tmp_path / "chain.json")]
    assert cli.main(["augment", str(tmp_path / "in.wav"), str(tmp_path / "out.wav"), *chain]) == 0
    capfdbinary.readouterr()
    with (tmp_path / "in.wav").open() as file:
        monkeypatch.setattr("sys.stdin", file)
        assert cli.main(["augment", "-", "-", *chain]) == 0
    out, err = capfdbinary.readouterr()
    assert (out, err.decode()) == ((tmp_path / "out.wav").read_bytes(), "gain −6.0 dB\n")
    assert cli.main(["augment", str(tmp_path / "in.wav"), str(tmp_path / "out.mp3"), *chain]) == 1
    assert b"out.mp3 can't be written: the result is a WAV file" in capfdbinary.readouterr().err
    assert not (tmp_path / "out.mp3").exists()
    for wrong in (["-", "-", "--json"], ["-", "out.wav", "--second", "-"]):
        with pytest.raises(SystemExit) as stopped:
            cli.main(["augment", *wrong, *chain])
        assert stopped.value.code == 2


def test_augment_says_what_is_unusual(capsys: Capture, tmp_path: Path) -> None:
    """A file that is cut short is used as far as it goes; people and programs are told."""
    sf.write(tmp_path / "in.wav", sound(), SR)
    (tmp_path / "in.wav").write_bytes((tmp_path / "in.wav").read_bytes()[: 44 + SR])
    (tmp_path / "chain.json").write_text("[]")
    arguments = ["augment", tmp_path / "in.wav", tmp_path / "out.wav", "--chain", tmp_path / "chain.json"]
    remark = "The file is cut short: its header promises 1 s of sound, and 0.5 s can be read."
    assert run(capsys, *arguments) == (0, f"{tmp_path / 'out.wav'}\n", f"no change\n{remark}\n")
    status, out, err = run(capsys, *arguments, "--json")
    assert (status, err) == (0, "")
    assert json.loads(out) == {"file": str(tmp_path / "out.wav"), "steps": [], "remarks": [remark]}


def test_data_starter(capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It makes the starter set where it is asked to, or where the app looks for it, and says where that is."""
    made = []

    def make(folder: Path, *, progress: Any) -> Path:
        made.append(folder)
        progress(3, 3)
        return folder

    monkeypatch.setattr(starter, "make_starter_set", make)
    assert run(capsys, "data", "starter", "--dir", tmp_path) == (0, f"{tmp_path}\n", "3 of 3 clips\n")
    assert run(capsys, "data", "starter")[:2] == (0, f"{starter_dir()}\n")
    assert made == [tmp_path, starter_dir()]
