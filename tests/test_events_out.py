"""Events to take away: three formats that agree with each other, from the library and the command line."""

from __future__ import annotations

import io
import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import soundfile as sf

from esc_core import cli, inference
from esc_core.config import FeatureConfig
from esc_core.disk.tables import read_table
from esc_core.inference import Prediction
from esc_core.inference.events import Event
from esc_core.inference.events_out import FORMATS, event_rows
from esc_core.inference.timeline import Timeline

LABELS = ("dog", "=1+1", "tab\tand\nline", "sea_waves")
EVENTS = (
    Event(0.98765432, 4.5, 0, 0.91239),
    Event(4.0, 9.25, 1, 0.5),
    Event(70.0, 77.0, 2, 1.0),
    Event(71.5, 72, 3, 0.6),
)
ROWS = [
    (0.988, 4.5, "dog", 0.9124),
    (4.0, 9.25, "=1+1", 0.5),
    (70.0, 77.0, "tab\tand\nline", 1.0),
    (71.5, 72.0, "sea_waves", 0.6),
]


def answer(*, events: tuple[Event, ...] | None = EVENTS, not_sure: bool = False, nothing: bool = False) -> Prediction:
    """Return an answer with given events; to a recording of 5 s if there are none to give."""
    timeline = None
    if events is not None:
        timeline = Timeline(
            times=np.array([38.5]),
            window_seconds=77.0,
            hop_seconds=77.0,
            probs=np.ones((1, 4)) / 4,
            quiet=np.array([False]),
            background=(),
            events=events,
            overall=np.ones(4) / 4,
            seconds=77.0,
        )
    return Prediction(
        labels=LABELS,
        probs=np.array([0.1, 0.1, 0.0, 0.8], np.float32),
        not_sure=not_sure,
        nothing=nothing,
        threshold=0.5,
        remarks=(),
        fold=None,
        log_mel=np.zeros((4, 200), np.float32),
        active_part=(0.5, 3.0),
        features=FeatureConfig(),
        timeline=timeline,
    )


def written(name: str, prediction: Prediction) -> str:
    return FORMATS[name].write(event_rows(prediction))


def test_the_three_formats_agree() -> None:
    """Seconds to the millisecond, the category by its name, the probability to four digits."""
    prediction = answer()
    table = read_table(written("csv", prediction).encode())
    from_csv = [(float(r.start_s), float(r.end_s), r.category, float(r.probability)) for r in table.itertuples()]
    from_json = [tuple(row.values()) for row in json.loads(written("json", prediction))]
    labels = [line.split("\t") for line in written("audacity", prediction).splitlines()]
    assert from_csv == from_json == ROWS
    assert [list(row) for row in json.loads(written("json", prediction))] == [list(table.columns)] * 4
    assert [(float(start), float(end), " ".join(name.split())) for start, end, name in labels] == [
        (start, end, " ".join(name.split())) for start, end, name, _ in ROWS
    ]


def test_a_label_track_of_audacity() -> None:
    """A line a label, three parts with tabs between, also where the category's name holds tabs and ends of lines."""
    assert written("audacity", answer()) == (
        "0.988000\t4.500000\tdog\n4.000000\t9.250000\t=1+1\n70.000000\t77.000000\ttab and line\n"
        "71.500000\t72.000000\tsea_waves\n"
    )


def test_a_formula_is_defused_in_the_table() -> None:
    """A spreadsheet shows the name of a category, and computes nothing."""
    table = pd.read_csv(io.StringIO(written("csv", answer())))
    assert list(table.columns) == ["start_s", "end_s", "category", "probability"]
    assert table.category[1] == "'=1+1"


def test_without_events() -> None:
    """The table keeps its first line, the list is empty, and so is the label track."""
    none = answer(events=())
    assert written("csv", none) == "start_s,end_s,category,probability\n"
    assert json.loads(written("json", none)) == []
    assert written("audacity", none) == ""


def test_a_short_recording_is_one_event() -> None:
    """Its answer, over the active part; none where the model gives no answer."""
    assert [tuple(row.values()) for row in event_rows(answer(events=None))] == [(0.5, 3.0, "sea_waves", 0.8)]
    assert event_rows(answer(events=None, not_sure=True)) == []
    assert event_rows(answer(events=None, nothing=True)) == []


@pytest.fixture
def recording(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Write a sound, for which any model gives the events above."""
    fake = SimpleNamespace(folds=(1,), card=SimpleNamespace(has_own_folds=False), predict=lambda y, sr, **_: answer())
    monkeypatch.setattr(inference, "Predictor", lambda path: fake)
    path = tmp_path / "yard.wav"
    sf.write(path, 0.1 * np.random.default_rng(0).standard_normal(16_000), 16_000)
    return path


@pytest.mark.parametrize("name", list(FORMATS))
def test_predict_events(recording: Path, capfdbinary: pytest.CaptureFixture[bytes], name: str) -> None:
    """Standard output holds the events and nothing else."""
    assert cli.main(["predict", str(recording), "--events", name]) == 0
    out, err = capfdbinary.readouterr()
    assert (out.decode(), err) == (written(name, answer()), b"")


def test_predict_events_into_a_file(recording: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The guesses are printed as usual, also as JSON."""
    out_file = recording.with_name("labels.txt")
    assert cli.main(["predict", str(recording), "--events", "audacity", "--events-out", str(out_file)]) == 0
    assert capsys.readouterr().out.startswith(f"{recording}: sea_waves 80%")
    assert out_file.read_text(encoding="utf-8") == written("audacity", answer())
    assert cli.main(["predict", str(recording), "--json", "--events", "csv", "--events-out", str(out_file)]) == 0
    assert json.loads(capsys.readouterr().out)[0]["top"][0] == {"category": "sea_waves", "prob": 0.8}
    assert out_file.read_text(encoding="utf-8") == written("csv", answer())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--events-out", "e.csv"], "--events-out needs --events, which says the format"),
        (["other.wav", "--events", "csv"], "--events takes one FILE, got 2"),
        (["--events", "csv", "--json"], "--json prints on standard output, which --events takes already"),
        (["--events", "xml"], "invalid choice: 'xml'"),
    ],
)
def test_options_that_do_not_fit(
    recording: Path, capsys: pytest.CaptureFixture[str], options: list[str], message: str
) -> None:
    """One sentence says what to change."""
    with pytest.raises(SystemExit) as error:
        cli.main(["predict", str(recording), *options])
    assert error.value.code == 2
    assert message in capsys.readouterr().err


def test_events_that_can_not_be_had(recording: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A folder, a missing sound, and a file that can't be written; standard output stays empty."""
    folder, gone, nowhere = recording.parent, recording.with_name("gone.wav"), recording.parent / "no" / "e.csv"
    for arguments, message in (
        ([folder], f"{folder} is a folder; --events takes one sound"),
        ([gone], f"{gone}: There is no file of this name."),
        ([recording, "--events-out", nowhere], f"{nowhere} can't be written"),
    ):
        assert cli.main(["predict", "--events", "csv", *map(str, arguments)]) != 0
        out, err = capsys.readouterr()
        assert out == ""
        assert message in err
