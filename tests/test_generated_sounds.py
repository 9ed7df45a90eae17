"""The answer on generated sounds: right whatever the numbers are, on whole tables, on parts of them, and on none."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from esc_core.errors import TrainingError
from esc_core.findings.generated import describe_generated, describe_judged, lead, read_outcome
from esc_core.findings.questions import answer, question
from esc_core.words import percent, percent_interval, points
from tests.small_results import JUDGED, write_generated


@pytest.mark.parametrize(
    ("half", "as_many", "says"),
    [
        (0.8, 0.85, "Generated sounds help. "),
        (0.7, 0.7, "Adding generated sounds can't be told from adding none. "),
        (0.5, 0.4, "Generated sounds harm. "),
        (0.8, 0.7, "(half as many as real clips help, as many can't be told from none)"),
        (0.7, 0.4, "(half as many as real clips can't be told from none, as many harm)"),
    ],
)
def test_the_verdict_follows_the_numbers(tmp_path: Path, half: float, as_many: float, says: str) -> None:
    """Each arm's accuracy, its difference and both intervals stand in the answer as they are in the table."""
    write_generated(tmp_path, {"real": 0.7, "generated_50": half, "generated_100": as_many, "generated_only": 0.3})
    text, found = str(describe_generated(tmp_path)), read_outcome(tmp_path)
    assert found is not None
    assert says in text
    for name, share in {"real": 0.7, "generated_50": half, "generated_100": as_many}.items():
        assert found.arms[name].accuracy == pytest.approx(share, abs=0.04)
        assert percent(found.arms[name].accuracy, digits=1) in text
    for name in ("generated_50", "generated_100", "generated_only", "augmented"):
        gap = found.arms[name].gap
        low, high = gap.interval
        assert f"**{points(gap.accuracy)} points**" in text
        assert f"95% interval {points(low)} to {points(high)}" in text
    assert f"95% interval {percent_interval(found.arms['real'].interval)}; chance 10%" in text
    assert "A generator heard only the training folds" in text
    assert "every held-out clip is real" in text
    assert "ESC-10, 44.1 kHz, Ogg Vorbis copy; five folds; 2 repeats; all classifiers had 600 steps." in text


@pytest.mark.parametrize(
    ("alone", "says"), [(0.4, "teach something"), (0.11, "teach nothing certain"), (0.02, "alone mislead")]
)
def test_generated_sounds_alone_beside_chance(tmp_path: Path, alone: float, says: str) -> None:
    write_generated(tmp_path, {"real": 0.7, "generated_only": alone})
    assert says in str(describe_generated(tmp_path))


@pytest.mark.parametrize(
    ("augmented", "says"),
    [(0.85, "real clips helps:"), (0.7, "can't be told from none"), (0.5, "harms in so few steps")],
)
def test_plain_augmentation_beside_it(tmp_path: Path, augmented: float, says: str) -> None:
    write_generated(tmp_path, {"real": 0.7, "augmented": augmented})
    assert says in str(describe_generated(tmp_path))


def test_equal_arms_are_equal(tmp_path: Path) -> None:
    """Arms that are right on the same clips differ by nothing, without a doubt; none is called better."""
    write_generated(tmp_path, {"real": 0.7})
    found = read_outcome(tmp_path)
    assert found is not None
    assert {(one.gap.accuracy, *one.gap.interval) for one in found.arms.values()} == {(0.0, 0.0, 0.0)}
    assert lead(found) == "Adding generated sounds can't be told from adding none"


def test_a_difference_that_could_be_chance_is_none(tmp_path: Path) -> None:
    """Twenty clips more on 800, but others, do not help; nor do twenty fewer harm."""
    write_generated(tmp_path, {"real": 0.7, "generated_50": 0.725, "generated_100": 0.675}, nested=False)
    found = read_outcome(tmp_path)
    assert found is not None
    assert found.arms["generated_50"].gap.accuracy > 0 > found.arms["generated_100"].gap.accuracy
    assert lead(found) == "Adding generated sounds can't be told from adding none"


def test_a_part_of_the_table(tmp_path: Path) -> None:
    """Nothing is said before a fold has all arms; then on which folds; no table is no answer."""
    assert describe_generated(tmp_path) is None
    assert answer(question("generated"), folder=tmp_path) is None
    assert question("generated").only_measured
    path = write_generated(tmp_path, {"real": 0.7}, folds=(1, 2, 3))
    assert "so far only folds 1, 2, 3; 2 repeats;" in str(describe_generated(tmp_path))
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(lines[:9]))
    assert "so far only fold 1; 1 repeat;" in str(describe_generated(tmp_path))
    path.write_text("".join(lines[:4]))
    assert describe_generated(tmp_path) == ""
    path.write_text(lines[0])
    assert describe_generated(tmp_path) == ""


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("arm,", "legs,", "arm"),
        ("real,1,0", "unreal,1,0", "a row of arm 'unreal', fold 1"),
        ("real,1,0", "real,7,0", "a row of arm 'real', fold 7"),
        ("real,1,0", "real,1,x", "can't be read"),
        (",0.7,c", ",0.7,c1", "is of 81 held-out clips in fold 1, the data of 80"),
        (",0.7,c", ",0.7,b", "that the experiment does not write"),
    ],
)
def test_a_damaged_table_gets_a_sentence(tmp_path: Path, old: str, new: str, says: str) -> None:
    path = write_generated(tmp_path, {"real": 0.7})
    path.write_text(path.read_text().replace(old, new, 1))
    with pytest.raises(TrainingError, match=r"the table generated\.csv in .* is damaged: ") as caught:
        describe_generated(tmp_path)
    assert says in str(caught.value)


def test_what_a_generator_is_worth_in_words() -> None:
    """Names, copies and distance, each beside what real sounds reach; twice as many near ones may be copies."""
    text = describe_judged(JUDGED)
    assert text.startswith(
        "Of 200 of its sounds 62% are named as meant by mel CNN, which never heard them (95% interval "
    )
    assert "55.1% to 68.4%; chance 10%; real clips of fold 5, which neither has heard: 85%" in text
    assert (
        "Nothing points to copies: 5% of them lie as close to a training clip as the closest 5% of unheard real" in text
    )
    assert "(the closest of all to 1-100032-A-0.ogg)" in text
    assert "2.0 times as far from real ones as these are from each other (Fréchet distance 0.42 against 0.21)" in text
    assert "Some of them may be copies: 12%" in describe_judged(replace(JUDGED, near=0.12))
    assert "named as meant by our door model, which" in describe_judged(replace(JUDGED, model="our_door_model"))
