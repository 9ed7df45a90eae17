"""The scorer: known answers, and every way in which a score can be too high is found."""

from __future__ import annotations

import io
import json
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from esc_core.cli import main
from esc_core.dataset import load_dataset
from esc_core.dataset.categories import CATEGORIES
from esc_core.errors import ParameterError, ScoreError
from esc_core.escape import for_markdown
from esc_core.findings.people import human_confusion
from esc_core.measures import bootstrap
from esc_core.scoring.audit import audit
from esc_core.scoring.categories import find_category
from esc_core.scoring.figures import METRICS, PEOPLE
from esc_core.scoring.numbering import NUMBERINGS
from esc_core.scoring.page import report_html
from esc_core.scoring.predictions import empty_form, read_predictions
from esc_core.scoring.report import CLEAN, INCOMPLETE, describe, report, report_json
from esc_core.scoring.score import compare, score
from tests.prediction_tables import CLIPS, as_bytes, clean_training, table

BARK = "1-100032-A-0"


def read(frame: pd.DataFrame):
    return read_predictions(as_bytes(frame))


def test_the_official_table() -> None:
    """Facts of ESC-50, from the file names alone."""
    assert len(CLIPS) == 2000
    assert len({clip.src_file for clip in CLIPS}) == 1524
    assert sum(clip.esc10 for clip in CLIPS) == 400
    assert {(clip.category, clip.fold) for clip in CLIPS} == {(name, k) for name in CATEGORIES for k in range(1, 6)}


@pytest.mark.real_data
def test_the_official_table_is_that_of_esc50(esc50_dir: Path) -> None:
    """Every column, row by row."""
    assert load_dataset(esc50_dir).clips == tuple(CLIPS)


def test_perfect_predictions() -> None:
    """All right, nothing found."""
    result = score(read(table()), epoch="last", training=as_bytes(clean_training()))
    assert (result.data, result.n_clips, result.n_missing) == ("ESC-50", 2000, 0)
    assert [one.value for one in result.figures if one.kind == "classification"] == [1, 1, 1]
    low, high = result.figure("accuracy").interval
    assert (low, high) == result.figure("macro_recall").interval
    assert high == 1
    # 1524 recordings in a row: as unlikely as 2.5% if one in 413 were misclassified
    assert low == pytest.approx(1 - 1 / 413.6, abs=1e-5)
    assert result.fold_accuracy == (1, 1, 1, 1, 1)
    assert np.array_equal(result.confusion[:, :50], 40 * np.eye(50))
    assert result.audit.faults == result.audit.unchecked == ()
    assert "Nothing was found" in report(result)


def test_a_known_number_of_mistakes() -> None:
    """Accuracy, folds and recall count what was changed."""
    frame = table()
    frame.loc[(frame.fold == 3) & (frame.predicted == "dog"), "predicted"] = "cat"
    result = score(read(frame))
    assert result.accuracy == 1992 / 2000
    assert result.fold_accuracy == (1, 1, 392 / 400, 1, 1)
    assert result.recall["dog"] == 32 / 40
    assert result.confusion[0, CATEGORIES.index("cat")] == 8
    low, high = result.figure("accuracy").interval
    assert low < result.accuracy < high < 1.0001


def test_probabilities_are_scored_too() -> None:
    """Half of the mass on the truth: the figures follow from their formulas."""
    probs = np.full((2000, 50), 0.5 / 49)
    probs[np.arange(2000), [clip.target for clip in CLIPS]] = 0.5
    frame = pd.DataFrame(probs, columns=[name.replace("_", " ") for name in CATEGORIES])
    frame.insert(0, "filename", [f"audio/{clip.clip_id}.ogg" for clip in CLIPS])
    result = score(read(frame))
    assert result.accuracy == 1
    assert result.figure("top_5").value == 1
    assert result.figure("ece").value == pytest.approx(0.5)
    assert result.figure("nll").value == pytest.approx(np.log(2))
    assert result.figure("brier").value == pytest.approx(0.25 + 49 * (0.5 / 49) ** 2)
    assert any("no column fold" in sentence for sentence in result.audit.unchecked)


def test_esc10_is_recognised() -> None:
    """Only clips of ESC-10: scored as ESC-10, against its 400 clips."""
    frame = table()[[clip.esc10 for clip in CLIPS]]
    result = score(read(frame))
    assert (result.data, result.n_clips, result.n_missing) == ("ESC-10", 400, 0)
    assert result.confusion.shape == (10, 11)


def test_missing_clips_are_named_and_counted() -> None:
    """Leaving clips out never helps the stricter figure."""
    result = score(read(table().iloc[10:]))
    assert (result.n_clips, result.n_missing) == (1990, 10)
    assert result.accuracy == 1
    assert result.figure("accuracy_missing_wrong").value == 1990 / 2000
    [sentence] = [s for s in result.audit.faults if "missing" in s]
    assert BARK in sentence
    assert "fold 1" in sentence
    assert "10 clips" in sentence


def test_a_second_guess_never_helps() -> None:
    """A clip that stands there twice counts as wrong if one of its rows is, in either order."""
    frame = table()
    extra = frame.iloc[[0]].assign(predicted="cat")
    for doubled in (pd.concat([frame, extra]), pd.concat([extra, frame])):
        result = score(read(doubled))
        assert result.n_clips == 2000
        assert result.accuracy == 1999 / 2000
        assert any("more than once" in s and BARK in s for s in result.audit.faults)


def test_other_folds_are_named() -> None:
    """A clip that was tested in another fold than the official one."""
    frame = table()
    frame.loc[0, "fold"] = 4
    faults = score(read(frame)).audit.faults
    assert any(f"{BARK} in fold 4 instead of 1" in s for s in faults)


def test_unknown_names_and_categories() -> None:
    """Unknown rows are left out, unknown categories are wrong; both are reported."""
    frame = pd.concat([table(), pd.DataFrame({"filename": ["nonsense.wav"], "predicted": ["dog"], "fold": [1]})])
    frame.iloc[1, 1] = "unicorn"
    result = score(read(frame))
    assert result.accuracy == 1999 / 2000
    assert result.confusion[CLIPS[1].target, 50] == 1
    assert any("nonsense.wav" in s for s in result.audit.faults)
    assert any("unicorn" in s for s in result.audit.faults)


def leak(*names: str, fold: int = 1) -> list[str]:
    """Audit a training list for one fold."""
    training = as_bytes(pd.DataFrame({"filename": names, "fold": fold}))
    return [
        s for s in audit(read(table()), training=training, epoch="last").faults if s.startswith("The model tested on")
    ]


def test_leaks_are_distinguished() -> None:
    """The clip itself, an augmented copy, a sibling; and clean training files raise no alarm."""
    sibling = next(c for c in CLIPS if c.fold == 1 and sum(o.src_file == c.src_file for o in CLIPS) > 1)
    shared = next(c for c in CLIPS if c.src_file == "131943" and c.fold != sibling.fold)
    assert leak(*(clip.filename for clip in CLIPS if clip.fold == 3), fold=5) == []
    [same] = leak(f"{BARK}.wav")
    assert "The model tested on fold 1 was trained on 1 clip of its test fold" in same
    assert BARK in same
    [copy] = leak(f"aug/{BARK}_pitch+2.wav", "3-1-A-0.wav")
    assert "1 copy of a clip" in copy
    assert f"{BARK}_pitch+2" in copy
    [across] = leak(
        shared.filename, fold=next(c.fold for c in CLIPS if c.src_file == "131943" and c.fold != shared.fold)
    )
    assert "1 sibling" in across
    assert shared.clip_id in across
    other = next(clip for clip in CLIPS if clip.fold == 2)
    for mixed in (
        f"{BARK}_mix_{other.clip_id}",
        f"{other.clip_id}_mix_{BARK}",
    ):  # both are in it, in either order
        [copy] = leak(f"{mixed}.wav")
        assert "1 copy of a clip" in copy
        assert mixed in copy
    assert leak(f"{other.clip_id}_mix_{other.clip_id}.wav") == []


def test_training_files_without_ids_are_not_checked() -> None:
    """Files without a clip's id, and folds without files, are reported as not checked."""
    frame = clean_training()
    frame = pd.concat([frame[frame.fold < 4], pd.DataFrame({"filename": ["chunk_0007.npy"], "fold": ["1.0"]})])
    result = audit(read(table()), training=as_bytes(frame), epoch="last")
    assert result.faults == ()
    assert result.unchecked == (
        "No training files were given for fold 4, 5.",
        "1 training file can't be traced to a clip of ESC-50 by name: chunk_0007.",
    )


@pytest.mark.parametrize("fold", ["", "0", "12", "1.5", "one"])
def test_training_files_need_a_fold(fold: str) -> None:
    """A fold that there is none of is refused, not passed over."""
    with pytest.raises(ScoreError, match=f"must be in 1–5, got '{fold}'"):
        audit(read(table()), training=f"filename,fold\n{BARK}.wav,{fold}\n".encode())


def test_the_epoch_must_be_declared() -> None:
    """The best epoch is a fault; an undeclared epoch is reported."""
    predictions = read(table())
    assert any("best epoch" in s for s in audit(predictions, epoch="best").faults)
    assert any("not declared" in s for s in audit(predictions).unchecked)
    assert not any("epoch" in s for s in (*audit(predictions, epoch="last").faults,))
    with pytest.raises(ParameterError, match="epoch must be one of last, best"):
        audit(predictions, epoch="first")


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (b"", "the file is empty"),
        (b" \n\n", "the file is empty"),
        (b"\xff\xfe\x00", "can't be read as a CSV"),
        (b"file,predicted\na,b\n", "lacks the column filename; its first line names file, predicted"),
        (bytes(1000), r"lacks the column filename; its first line names \?{60}…"),
        (b'filename,predicted\n"1-100032-A-0.wav,dog\n', "can't be read as a CSV"),
        (b"filename,predicted\n1-100032-A-0.wav,dog,1\n", "line 2 must have 2 fields, as the first, got 3"),
        (b"filename,predicted\n1-100032-A-0.wav\n", "line 2 must have 2 fields, as the first, got 1"),
        (b"filename,fold,Fold\n1-100032-A-0.wav,1,1\n", "one column fold, got 2"),
        (b"filename,dog,prob_dog\n1-100032-A-0.wav,1,1\n", "one column dog, got 2"),
        (b"filename" + 1000 * b",x" + b"\n", "at most 1000 columns, got 1001"),
        (b"filename,predicted\n" + 500_001 * b"x,y\n", "at most 500000 rows"),
        (bytes(51 * 2**20), "at most 50 MB, got 51 MB"),
        (b"filename,predicted\n1-100032-A-0.wav,\n", "got an empty column"),
        (b"filename,predicted\n", "holds no rows"),
        (b"filename,fold\n1-100032-A-0.wav,1\n", "needs a column predicted"),
        (b"filename,predicted\nx.wav,dog\n", "no row names a clip of ESC-50"),
        (b"filename,dog,cat\n1-100032-A-0.wav,a,b\n", "not a number"),
        (b"filename,dog,cat\n1-100032-A-0.wav,nan,1\n", "finite"),
        (b"filename,dog,cat\n1-100032-A-0.wav,1e308,1e308\n", "finite"),
        (b"filename,dog,cat\n1-100032-A-0.wav,-1,2\n", "at least 0"),
        (b"filename,dog,cat\n1-100032-A-0.wav,0,0\n", "all probabilities of"),
    ],
)
def test_bad_tables(content: bytes, rule: str) -> None:
    """Each gets its sentence."""
    with pytest.raises(ScoreError, match=rule):
        read_predictions(content)


@pytest.mark.parametrize(("old", "new"), [(",", ";"), (",", "\t"), ("\n", "\r\n"), ("filename", "\ufeffFileName ")])
def test_tables_of_spreadsheets(old: str, new: str) -> None:
    """Semicolons, tabs, other line ends, and a byte order mark make no difference."""
    text = table(wrong=7).to_csv(index=False).replace(old, new)
    assert np.array_equal(read_predictions(text.encode()).predicted, read(table(wrong=7)).predicted)


@pytest.mark.parametrize("form", ["{}", "{}.0"])
def test_numbers_of_categories(form: str) -> None:
    """ESC-50's own numbers do as well as names; numbers beyond them are no category."""
    names = table(wrong=7)
    numbers = names.assign(predicted=[form.format(CATEGORIES.index(name)) for name in names["predicted"]])
    assert np.array_equal(read(numbers).predicted, read(names).predicted)
    numbers.loc[0, "predicted"] = form.format(len(CATEGORIES))
    assert read(numbers).predicted[0] == -1
    assert "1 prediction is not a category of ESC-50" in " ".join(read(numbers).faults)


def test_numbered_probabilities() -> None:
    """Columns 0–49 are probabilities; one such column alone is not."""
    probs = np.eye(len(CATEGORIES))[[clip.target for clip in CLIPS]]
    frame = pd.concat([pd.Series([clip.filename for clip in CLIPS], name="filename"), pd.DataFrame(probs)], axis=1)
    result = read(frame)
    assert result.correct.all()
    assert np.array_equal(result.probs, probs)
    assert read(table().assign(**{"0": range(len(CLIPS))})).probs is None


def test_probabilities_with_a_decimal_comma(tmp_path: Path) -> None:
    """As spreadsheets of many countries write them, with Excel's own first line, and a line of blanks at the end."""
    probs = np.full((len(CLIPS), 50), 0.1 / 49)
    probs[np.arange(len(CLIPS)), [clip.target for clip in CLIPS]] = 0.9
    frame = pd.DataFrame(probs, columns=list(CATEGORIES))
    frame.insert(0, "filename", [clip.filename for clip in CLIPS])
    text = "sep=;\r\n" + frame.to_csv(index=False, sep=";", decimal=",") + "  \n;;\n"
    result = read_predictions(text.encode())
    assert result.faults == ()
    np.testing.assert_allclose(result.probs, probs)


def test_a_category_without_probabilities() -> None:
    """A misspelt column is reported, and there is no calibration; ESC-10's clips need only its ten."""
    frame = pd.DataFrame(np.eye(50)[[clip.target for clip in CLIPS]], columns=list(CATEGORIES))
    frame.insert(0, "filename", [clip.filename for clip in CLIPS])
    wrong = read(frame.rename(columns={"chirping_birds": "chirping_brid"}).assign(predicted="dog"))
    assert wrong.probs is None
    assert (
        "1 category has no column of probabilities, so probabilities were not scored: chirping_birds. "
        "Columns that name no category: chirping_brid."
    ) in wrong.faults
    ten = [clip.esc10 for clip in CLIPS]
    names = sorted({clip.category for clip in CLIPS if clip.esc10})
    assert read(frame.loc[ten, ["filename", *names]]).probs is not None
    assert read(frame.loc[ten, ["filename", *names[1:]]].assign(predicted="dog")).probs is None
    numbered = frame.rename(columns={name: f"prob_{i}" for i, name in enumerate(CATEGORIES)})
    assert np.array_equal(read(numbered).probs, read(frame).probs)


def test_esc10_by_a_model_with_fifty_categories() -> None:
    """It is compared with people who chose among fifty categories, and with chance among fifty."""
    frame = table()[[clip.esc10 for clip in CLIPS]]
    assert "| People | 95.7% | Piczak 2015 |\n| Chance | 10% | by guessing |" in report(score(read(frame)))
    frame.iloc[0, 1] = "crow"
    assert "| People | 80.5% | Piczak 2015 |\n| Chance | 2% | by guessing |" in report(score(read(frame)))
    answers = human_confusion()
    ten = sorted({clip.target for clip in CLIPS if clip.esc10})
    assert answers[ten, ten].sum() / answers[ten].sum() == pytest.approx(PEOPLE["ESC-10", 50], abs=5e-4)
    assert np.trace(answers) / answers.sum() == pytest.approx(PEOPLE["ESC-50", 50], abs=5e-4)


def test_untrusted_text_is_not_markdown() -> None:
    """Of a name in the table, the report for a notebook or a repository makes no picture and no link."""
    name = "![x](https://example.org/a.png) <img src=x>"
    frame = pd.concat([table(), pd.DataFrame({"filename": [name], "predicted": ["dog"], "fold": [1]})])
    text = report(score(read(frame)))
    assert for_markdown(name) in text
    assert "![x]" not in text
    assert "<img" not in text.replace("\\<", "")


def test_p_is_never_zero_in_words() -> None:
    """The smallest p that can be found is one of the resamples."""
    words = describe(compare(read(table()), read(table(wrong=200))))
    assert "is more than chance" in words
    assert ", p < 0.001)" in words


@pytest.mark.parametrize(("n", "verdict"), [(5, "could be chance"), (6, "is more than chance")])
def test_the_verdict_in_words_follows_the_test(n: int, verdict: str) -> None:
    """Six clips against none are enough, five are not."""
    assert verdict in describe(compare(read(table()), read(table(wrong=n))))


def test_every_figure_is_in_every_report() -> None:
    """Page, Markdown and JSON are renderings of one list; references have no place in JSON."""
    probs = pd.DataFrame(np.eye(50)[[clip.target for clip in CLIPS]], columns=list(CATEGORIES))
    result = score(read(pd.concat([table(), probs], axis=1).iloc[10:]))
    assert [one.key for one in result.figures] == [metric.key for metric in METRICS]
    values = json.loads(report_json(result))
    text, page = report(result), Outline(report_html(result)).text
    for one in result.figures:
        assert f"| {one.title} | {one.text} | {one.note} |" in text
        assert f"{one.title}{one.text}{one.note}" in page
        if one.kind == "reference":
            assert one.key not in values
        else:
            assert one.value == (values | values["calibration"])[one.key]
    assert values["accuracy_interval"] == list(result.figure("accuracy").interval)


def test_json_keeps_its_keys() -> None:
    """Others read them."""
    names = "data n_clips n_missing accuracy accuracy_interval accuracy_missing_wrong fold_accuracy macro_recall"
    others = "macro_recall_interval recall confusion labels calibration audit unchecked"
    values = json.loads(report_json(score(read(table()))))
    assert set(values) >= {*names.split(), *others.split()}
    assert values["calibration"] is None
    assert values["accuracy_missing_wrong"] == 1  # also where the reports for people leave it out


def test_empty_form_can_be_filled_in() -> None:
    """It holds each clip with its fold; filled in, it is a perfect table, and as it is, it is none."""
    form = pd.read_csv(io.StringIO(empty_form()), dtype=str)
    assert form["filename"].tolist() == [clip.filename for clip in CLIPS]
    result = score(read(form.assign(predicted=[clip.category for clip in CLIPS])))
    assert (result.accuracy, result.audit.faults) == (1, ())
    with pytest.raises(ScoreError, match="empty column"):
        read_predictions(empty_form().encode())


def test_confusion_shows_what_is_there() -> None:
    """Categories without clips or guesses take no room; a guess that is no category has the last column."""
    frame = table()[[clip.esc10 for clip in CLIPS]]
    frame.iloc[0, 1] = "crow"
    frame.iloc[1, 1] = "unicorn"
    counts, true, guessed = score(read(frame)).seen_confusion()
    assert set(true) == {clip.category for clip in CLIPS if clip.esc10}
    assert set(guessed) == {*true, "crow", "no category"}
    assert counts.shape == (10, 12)
    assert counts.sum() == 400
    first = next(clip for clip in CLIPS if clip.esc10)
    assert counts[true.index(first.category), guessed.index("crow")] == 1
    assert guessed[-1] == "no category"


class Outline(HTMLParser):
    """What a page is made of: its elements, their attributes, its text; each element must be closed in order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: Counter[str] = Counter()
        self.attributes: set[str] = set()
        self.text = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes |= {name for name, _ in attrs}
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def test_page_stands_alone() -> None:
    """All figures are on the page; nothing on it is fetched, and no text of a table becomes markup."""
    frame = pd.concat([table(wrong=100), pd.DataFrame({"filename": ["<b>&"], "predicted": ["dog"], "fold": [1]})])
    frame.iloc[3, 1] = "<img src=x>"
    predictions = read(frame)
    page = report_html(score(predictions, epoch="best"), compare(predictions, read(table())))
    outline = Outline(page)
    assert not outline.open
    assert outline.tags["img"] == outline.tags["b"] == outline.tags["script"] == outline.tags["link"] == 0
    assert not outline.attributes & {"src", "href", "onload", "onerror"}
    assert "url(" not in page
    assert "http://" not in page + outline.text
    assert "default-src 'none'" in page
    assert "prefers-color-scheme: dark" in page
    for words in (
        "1 row names no clip of ESC-50 (left out): <b>&",
        "'<img src=x>'",
        "best epoch",
        "81.3%",
        "94.",
        "−5",
    ):
        assert words in outline.text


def test_page_draws_each_cell_that_holds_clips() -> None:
    """One square a cell and one around all, with its counts in words."""
    frame = table()
    frame.loc[(frame.fold == 3) & (frame.predicted == "dog"), "predicted"] = "cat"
    outline = Outline(report_html(score(read(frame))))
    assert outline.tags["rect"] == 50 + 1 + 1
    assert "dog, taken for cat: 8 of 40" in outline.text
    assert "sea waves, correctly classified: 40 of 40" in outline.text


def test_long_names_are_cut() -> None:
    """A very long name, or one of several lines, does not make a sentence longer than it need be."""
    frame = pd.concat([table(), pd.DataFrame({"filename": ["a\nb" + 9999 * "c"], "predicted": ["dog"], "fold": [1]})])
    [sentence] = [s for s in read(frame).faults if "left out" in s]
    assert sentence == f"1 row names no clip of ESC-50 (left out): a?b{57 * 'c'}…."


def test_a_difference_is_paired() -> None:
    """Two tables that differ by a few clips: the interval is far narrower than theirs."""
    result = compare(read(table(wrong=400)), read(table(wrong=440)))
    assert result.n_clips == 2000
    assert result.accuracy == pytest.approx(40 / 2000)
    assert result.only_first - result.only_second == 40
    first = np.arange(2000) >= 400
    second = first.copy()
    second[400:430], second[:10] = False, True
    low, high = bootstrap.paired_difference(first, second, [str(i) for i in range(2000)]).interval
    # 40 clips differ, 30 one way and 10 the other; apart, each share would have a standard error of 0.9 points
    assert high - low == pytest.approx(2 * 1.96 * np.sqrt(40 - 20**2 / 2000) / 2000, rel=0.1)
    assert high - low < 0.5 * 2 * 1.96 * np.sqrt(2 * 0.8 * 0.2 / 2000)
    same = compare(read(table(wrong=400)), read(table(wrong=400)))
    assert (same.accuracy, same.interval, same.p) == (0, (0, 0), 1)


def test_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """JSON with what others rely on; Markdown for people; a comparison."""
    (tmp_path / "a.csv").write_bytes(as_bytes(table(wrong=100)))
    (tmp_path / "b.csv").write_bytes(as_bytes(table(wrong=300, seed=1)))
    assert main(["score", str(tmp_path / "a.csv"), "--json", "--against", str(tmp_path / "b.csv")]) == 0
    values = json.loads(capsys.readouterr().out)
    assert values["accuracy"] == 0.95
    assert len(values["fold_accuracy"]) == 5
    assert values["audit"] == []
    assert not (tmp_path / "a.html").exists()
    assert values["difference"]["accuracy"] == pytest.approx(0.1)
    assert main(["score", str(tmp_path / "a.csv"), "--epoch", "best"]) == 0
    assert "best epoch" in capsys.readouterr().out
    assert main(["score", str(tmp_path / "a.csv"), "--html", str(tmp_path / "a.html")]) == 0
    assert capsys.readouterr().out.startswith("# 95.0% on ESC-50")
    assert "<h1>95.0% on ESC-50</h1>" in (tmp_path / "a.html").read_text(encoding="utf-8")
    assert main(["score", str(tmp_path / "a.csv"), "--html", str(tmp_path / "none" / "a.html")]) == 1
    assert "can't be written" in capsys.readouterr().err
    assert main(["score", str(tmp_path / "none.csv")]) == 1
    assert "can't be read" in capsys.readouterr().err


README_NAMES = {
    "Insects (flying)": "insects",
    "Drinking, sipping": "drinking_sipping",
    "Door knock": "door_wood_knock",
    "Door, wood creaks": "door_wood_creaks",
}
"""Names in ESC-50's README that differ in their words from those in its table."""


def test_names_of_esc50s_readme() -> None:
    """The README's names, with capitals and blanks, score as the table's names do."""
    usual = {name: name.replace("_", " ").capitalize() for name in CATEGORIES}
    readme = usual | {category: name for name, category in README_NAMES.items()}
    frame = table(wrong=7)
    result = read(frame.assign(predicted=[readme[name] for name in frame["predicted"]]))
    assert np.array_equal(result.predicted, read(frame).predicted)
    assert result.faults == ()


@pytest.mark.parametrize(
    ("name", "category"),
    [
        ("Aeroplane", "airplane"),
        ("sea wave", "sea_waves"),
        ("CHURCH-BELL", "church_bells"),
        ("handsaw", "hand_saw"),
        ("Chain saw", "chainsaw"),
        ("birds, chirping", "chirping_birds"),
        ("glass_breaking", "glass_breaking"),
        ("Person sneeze", "sneezing"),
        ("Baby cry", "crying_baby"),
        ("prob_dog", "dog"),
    ],
)
def test_names_in_any_usual_way(name: str, category: str) -> None:
    """Case, separators, number and British spelling make no difference."""
    assert find_category(name) == CATEGORIES.index(category)


@pytest.mark.parametrize("name", ["unicorn", "", "fire", "42x", "_"])
def test_names_of_no_category(name: str) -> None:
    """Half a name of one category is not guessed."""
    assert find_category(name) is None


def test_a_name_of_two_categories_is_refused() -> None:
    """It is never guessed; a column with such a name, of whatever, is left alone."""
    with pytest.raises(ScoreError, match="'Clock' fits several categories: clock_alarm, clock_tick"):
        read(table().assign(predicted="Clock"))
    assert read(table().assign(clock="12:30")).correct.all()


def test_no_name_is_known() -> None:
    """A table of other labels is no table of ESC-50; some of what was found and what is expected are named."""
    with pytest.raises(ScoreError, match=r"no prediction is a category .*, such as dog, .*; the table has 'speech'"):
        read(table().assign(predicted="speech"))


def numbered(name: str, *, wrong: int = 400) -> pd.DataFrame:
    """Make a table in which 80% are correct and categories are numbers of a numbering."""
    numbers = {target: number for number, target in NUMBERINGS[name].items()}
    frame = table(wrong=wrong)
    if name.startswith("esc10"):
        frame = table()[[clip.esc10 for clip in CLIPS]]
    return frame.assign(predicted=[numbers[CATEGORIES.index(category)] for category in frame["predicted"]])


@pytest.mark.parametrize("name", [name for name in NUMBERINGS if name not in ("target", "target-from-1")])
def test_another_numbering_is_mentioned_and_never_chosen(name: str) -> None:
    """The documented numbering is scored, the score by the other is told; chosen, it counts."""
    frame = numbered(name)
    share = 1.0 if name.startswith("esc10") else 0.8
    own = read(frame)
    [hint] = [fault for fault in own.faults if "numbering" in fault]
    assert own.correct.mean() < 0.5
    assert f"by “{name}” it would be {100 * share:.1f}%. If that is the one in use, " in hint
    assert hint.endswith(f"choose it: --numbering {name}.")
    chosen = read_predictions(as_bytes(frame), numbering=name)
    assert chosen.correct.mean() == share
    assert not any("numbering" in fault for fault in chosen.faults)


def test_numbers_from_1_are_recognised() -> None:
    """Where 50 occurs and 0 does not, they can't be targets; the documented numbering gets no hint."""
    assert read(numbered("target-from-1")).correct.mean() == 0.8
    assert read(numbered("target")).correct.mean() == 0.8
    assert read(numbered("target")).faults == ()
    with pytest.raises(ParameterError, match="numbering must be one of target, target-from-1, alphabetical"):
        read_predictions(as_bytes(numbered("target")), numbering="random")


def test_columns_numbered_otherwise() -> None:
    """Probabilities have the same numberings: a hint for another, and 0–9 alone are ESC-10's."""
    clips = pd.Series([clip.filename for clip in CLIPS], name="filename")
    order = [NUMBERINGS["alphabetical"][number] for number in range(50)]
    probs = pd.DataFrame(np.eye(50)[[clip.target for clip in CLIPS]][:, order])
    frame = pd.concat([clips, probs], axis=1)
    assert any("by “alphabetical” it would be 100.0%" in fault for fault in read(frame).faults)
    assert read_predictions(as_bytes(frame), numbering="alphabetical").correct.all()
    ten = [clip for clip in CLIPS if clip.esc10]
    shares = pd.DataFrame(np.eye(50)[[clip.target for clip in ten]][:, sorted({clip.target for clip in ten})])
    shares.insert(0, "filename", [f"some/folder/{clip.clip_id}.wav.MP3" for clip in ten])
    assert read(shares).correct.all()


def test_missing_columns_list_those_found() -> None:
    """What the first line names helps to find a column that is called otherwise."""
    with pytest.raises(ScoreError, match="its first line names filename, label, fold"):
        read(table().rename(columns={"predicted": "label"}))


def test_the_verdict_is_neutral_without_training_files() -> None:
    """Only a whole audit says that nothing was found; the other says what it could not check."""
    whole = score(read(table()), epoch="last", training=as_bytes(clean_training()))
    part = score(read(table()), epoch="last")
    some = score(read(table()), epoch="last", training=as_bytes(clean_training().query("fold > 1")))
    assert [one.audit.training_checked for one in (whole, part, some)] == [True, False, False]
    assert CLEAN in report(whole)
    assert CLEAN in report_html(whole)
    assert 'class="verdict"' in report_html(whole)
    for one in (part, some):
        assert INCOMPLETE in report(one)
        assert CLEAN not in report(one) + report_html(one)
        assert "✓" not in report_html(one)
        assert 'class="verdict neutral"' in report_html(one)


def test_a_terminal_gets_no_markup(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Escapes are for Markdown only, which has a file of its own; the numbering can be chosen."""
    frame = numbered("alphabetical")
    frame.loc[0, "fold"] = 4
    (tmp_path / "a.csv").write_bytes(as_bytes(frame))
    arguments = ["score", str(tmp_path / "a.csv"), "--numbering", "alphabetical"]
    assert main([*arguments, "--markdown", str(tmp_path / "a.md")]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("# 80.0% on ESC-50")
    assert f"{BARK} in fold 4 instead of 1" in printed
    assert "\\" not in printed
    assert f"{for_markdown('The training files were not given, so')}" in (tmp_path / "a.md").read_text(encoding="utf-8")
