"""What is made of a study's tables: intervals, paired differences, verdicts that follow from them, and people."""

from __future__ import annotations

import itertools
import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from esc_core.dataset.categories import CATEGORIES
from esc_core.dataset.official import official_clips
from esc_core.errors import ParameterError, TrainingError
from esc_core.findings import robust
from esc_core.findings.beyond import describe_unknown
from esc_core.findings.claims import claims
from esc_core.findings.clips import difference
from esc_core.findings.levels import rare_categories, shares
from esc_core.findings.measured import Study, read_study
from esc_core.findings.networks import rank_networks
from esc_core.findings.people import ORDERS, human_confusion, mistakes, model_confusion, order_of, recalls
from esc_core.findings.questions import FACTORS, PLANNED, QUESTIONS, answer, question, study_command
from esc_core.findings.trust import leak_arms, optimism
from esc_core.findings.unlabelled import describe_without_labels
from esc_core.findings.words import BUDGETS, FAILS, HOLDS, NETWORKS, OPEN, PARTLY, UNMEASURED
from esc_core.measures.intervals import mean_interval
from esc_core.robustness.rows import read_rows, write_table
from esc_core.scoring.predictions import Predictions
from esc_core.training.study.grid import read_grid
from esc_core.words import percent, points
from tests.small_results import STUDIES, write_robustness, write_small_results, write_some, write_without_labels


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the tables of the whole study once, with invented predictions."""
    return write_small_results(tmp_path_factory.mktemp("results"))


def read(folder: Path, name: str = "augmentation", factor: str = "augmentation") -> Study:
    study = read_study(name, factor, folder=folder)
    assert study is not None
    return study


def test_levels_come_from_the_table_of_clips(folder: Path) -> None:
    """Accuracy over all clips, in its interval; folds, runs and minutes as written; in the order of the plan."""
    study = read(folder)
    assert study.names == ("full", "none", "pitch-stretch-noise")
    full = study.level("full")
    assert (full.n_runs, full.folds) == (5, (1, 2, 3, 4, 5))
    assert full.accuracy == pytest.approx(study.cells.query("augmentation == 'full'")["accuracy"].mean())
    assert full.interval[0] < full.accuracy < full.interval[1]
    assert full.interval[1] - full.interval[0] == pytest.approx(2 * 1.96 * np.sqrt(0.8 * 0.2 / 1524), rel=0.3)
    assert full.minutes == pytest.approx(study.cells["core_seconds"].iloc[0] / 60)
    assert study.complete
    with pytest.raises(TrainingError, match="augmentation has no run of x"):
        study.level("x")


def test_levels_on_folds_that_all_have(tmp_path: Path) -> None:
    """While a study goes on, its levels are summed up where they can be compared."""
    write_some(tmp_path, "augmentation", {"none": 0.6, "full": 0.8}, folds=(1, 2))
    cells = (tmp_path / "augmentation.csv").read_text().splitlines(keepends=True)
    (tmp_path / "augmentation.csv").write_text("".join(row for row in cells if not row.startswith("none,2,")))
    study = read(tmp_path)
    assert study.common_folds == (1,)
    assert study.level("full", folds=study.common_folds).folds == (1,)
    assert study.level("full").folds == (1, 2)


def test_levels_that_share_no_fold_prove_nothing(tmp_path: Path) -> None:
    """One claim that can't be judged yet does not take the others with it."""
    write_some(tmp_path, "augmentation", {"none": 0.6, "full": 0.8}, folds=(1, 2))
    write_some(tmp_path, "imbalance", {"nothing": 0.3, "class-weights": 0.9, "sampling": 0.9, "augment-rare": 0.9})
    cells = (tmp_path / "augmentation.csv").read_text().splitlines(keepends=True)
    kept = [row for row in cells if not row.startswith(("none,2,", "full,1,"))]
    (tmp_path / "augmentation.csv").write_text("".join(kept))
    found = claims(folder=tmp_path)
    assert found[0].verdict == UNMEASURED
    assert found[4].verdict == HOLDS


def test_tables_without_clips(tmp_path: Path) -> None:
    """A sentence, not a KeyError."""
    write_some(tmp_path, "augmentation", {"none": 0.6})
    (tmp_path / "augmentation-clips.csv").unlink()
    with pytest.raises(TrainingError, match=r"augmentation-clips\.csv is missing"):
        read(tmp_path)


def test_one_repeat_of_the_leak_is_no_verdict(tmp_path: Path) -> None:
    """It says nothing about the next one."""
    write_small_results(tmp_path, n_repeats=1)
    assert claims(folder=tmp_path)[5].verdict == UNMEASURED


def test_differences_are_of_the_same_clips(folder: Path) -> None:
    """What one study has on five folds is compared with another on the two that both have."""
    whole, part = read(folder), read(folder, "ablation")
    gap = difference(part.correct("no-mixing"), whole.correct("full"))
    assert gap.n_clips == 800
    there, here = whole.correct("full", folds=(1, 2)).mean(), part.correct("no-mixing").mean()
    assert gap.accuracy == pytest.approx(here - there, abs=1e-6)
    assert gap.interval[0] < gap.accuracy < gap.interval[1] < 0
    with pytest.raises(TrainingError, match="share no clip"):
        difference(whole.correct("full", folds=(1,)), whole.correct("full", folds=(2,)))


def test_verdicts_follow_the_numbers(folder: Path) -> None:
    """Each of the invented results has the verdict that its interval calls for."""
    found = {claim.text: claim for claim in claims(folder=folder)}
    # AclNet SC is behind within a budget, and ahead at its end
    assert [claim.verdict for claim in found.values()] == [HOLDS, OPEN, HOLDS, PARTLY, PARTLY, FAILS]
    gap = difference(read(folder).correct("full"), read(folder).correct("none"))
    assert f"**{points(gap.accuracy)} points**" in found["Augmentation significantly improves accuracy."].sentence


@pytest.mark.parametrize(
    ("accuracy", "first", "second"),
    [
        ({"none": 0.5, "pitch-stretch-noise": 0.8, "full": 0.8}, HOLDS, HOLDS),
        ({"none": 0.5, "pitch-stretch-noise": 0.65, "full": 0.8}, HOLDS, PARTLY),
        ({"none": 0.7, "pitch-stretch-noise": 0.7, "full": 0.7}, OPEN, OPEN),
        ({"none": 0.8, "pitch-stretch-noise": 0.6, "full": 0.6}, FAILS, FAILS),
    ],
)
def test_a_claim_can_fail(tmp_path: Path, accuracy: dict[str, float], first: str, second: str) -> None:
    """Whatever was measured is said: gains, none, losses."""
    write_some(tmp_path, "augmentation", accuracy)
    assert [claim.verdict for claim in claims(folder=tmp_path)][:2] == [first, second]


def test_what_needs_time_holds_in_part(tmp_path: Path) -> None:
    """A gain that a short training does not show is no gain without conditions."""
    write_some(tmp_path, "augmentation", {"none": 0.6, "full": 0.8})
    write_some(tmp_path, "augmentation-short", {"none": 0.6, "full": 0.6})
    assert claims(folder=tmp_path)[0].verdict == PARTLY
    write_some(tmp_path, "augmentation-short", {"none": 0.6, "full": 0.8})
    assert claims(folder=tmp_path)[0].verdict == HOLDS


def test_what_was_not_measured_says_so(tmp_path: Path) -> None:
    """No table, and a table that lacks a level: no verdict, but the command."""
    assert {claim.verdict for claim in claims(folder=tmp_path)} == {UNMEASURED}
    grid = write_some(tmp_path, "augmentation", {"none": 0.6}, folds=(1,))
    first, *_ = claims(folder=tmp_path)
    assert first.verdict == UNMEASURED
    assert "study studies/augmentation.toml" in first.sentence
    study = read(tmp_path)
    assert not study.complete
    assert study.about["n_cells"] == len(grid.cells)


def test_every_question_is_answered(folder: Path) -> None:
    """From whole tables with numbers, from none not at all; each plan has the factor that its question declares."""
    for asked in QUESTIONS:
        assert question(asked.name) is asked
        found = answer(asked, folder=folder)
        assert found is not None
        assert re.search(r"\*\*", found)
        assert answer(asked, folder=folder / "none") is None
    with pytest.raises(ParameterError, match="question must be one of augmentation, "):
        question("weather")
    plans = {path.stem: read_grid(path) for path in STUDIES.glob("*.toml")}
    assert set(PLANNED) == set(plans)
    for name, plan in plans.items():
        assert plan.factors == ((FACTORS[name],) if not plan.lesson else ())
        assert name in study_command(name)


def test_answers_to_part_of_a_study(tmp_path: Path) -> None:
    """Tables with too little to compare are there, but say nothing yet; an ablation needs what it is compared with."""
    write_some(tmp_path, "augmentation", {"none": 0.6}, folds=(1,))
    write_some(tmp_path, "features", {"usual": 0.6}, folds=(1,))
    write_some(tmp_path, "ablation", {"no-mixing": 0.5}, folds=(1,))
    found = {one.name: answer(one, folder=tmp_path) for one in QUESTIONS}
    assert found["augmentation"] == found["features"] == ""
    assert found["ablation"] is None
    write_some(tmp_path, "augmentation", {"none": 0.6, "full": 0.8}, folds=(1,))
    found = {one.name: answer(one, folder=tmp_path) for one in QUESTIONS}
    assert "Augmentation helps" in str(found["augmentation"])
    assert str(found["ablation"]).startswith("The recipe does worst without mixing: **−")


@pytest.mark.parametrize(("full", "lead"), [(0.8, "helps"), (0.6, "No effect"), (0.4, "harms")])
def test_the_lead_follows_the_numbers(tmp_path: Path, full: float, lead: str) -> None:
    """The plain statement before the numbers says what the interval allows."""
    write_some(tmp_path, "augmentation", {"none": 0.6, "full": full})
    first, *_ = claims(folder=tmp_path)
    for text in (first.sentence, str(answer(QUESTIONS[0], folder=tmp_path))):
        assert lead in text.split(":")[0]


def test_damaged_tables(folder: Path, tmp_path: Path) -> None:
    """A table without its factor gets a sentence."""
    write_some(tmp_path, "augmentation", {"none": 0.6}, folds=(1,))
    with pytest.raises(TrainingError, match="have no column network"):
        read_study("augmentation", "network", folder=tmp_path)


def test_rankings_hold_at_both_budgets_or_not_at_all(tmp_path: Path) -> None:
    """A network that is first after a short training only is not called the best."""
    levels = {
        f"{name}-{budget}": 0.4 for name in ("wave-cnn", "aclnet-sc", "aclnet-dwsc") for budget in ("short", "long")
    }
    for mel_long, verdict in ((0.8, HOLDS), (0.4, OPEN), (0.2, FAILS)):
        write_some(tmp_path, "networks", levels | {"mel-cnn-short": 0.7, "mel-cnn-long": mel_long})
        assert next(c for c in claims(folder=tmp_path) if c.text == "Mel CNNs do best.").verdict == verdict


def test_published_networks_contradict(tmp_path: Path) -> None:
    """What holds for our networks holds in part where published ones on waveforms are ahead; three are named."""
    levels = {f"{name}-{at}": 0.4 for name in NETWORKS for at in BUDGETS}
    write_some(tmp_path, "networks", levels | {"mel-cnn-short": 0.7, "mel-cnn-long": 0.8})
    header = "system,input,year,accuracy,trained_on,epoch,source"
    waves = [f"w{value},waveform,2018,{value},ESC-50 only,last,a" for value in (87.1, 64.5, 85.65, 84.9, 81.8)]
    others = ["m,mel,2026,81.55,ESC-50 only,last,a", "p,mel,2020,94.7,AudioSet,last,a"]
    (tmp_path / "literature.csv").write_text("\n".join([header, *waves, *others]) + "\n")
    claim = claims(folder=tmp_path)[2]
    assert claim.verdict == PARTLY
    assert claim.sentence.endswith("that was trained on ESC-50 only: 87.1%, 85.7%, 84.9% against 81.6%.")
    (tmp_path / "literature.csv").write_text("\n".join([header, *waves[1:2], *others]) + "\n")
    assert claims(folder=tmp_path)[2].verdict == HOLDS
    (tmp_path / "literature.csv").write_text("nothing\n")
    with pytest.raises(TrainingError, match=r"the table literature\.csv in .* can't be read"):
        claims(folder=tmp_path)


@pytest.mark.parametrize(("wave", "verdict"), [(0.6, PARTLY), (0.9, FAILS)])
def test_aclnet_within_a_budget_and_at_its_end(tmp_path: Path, wave: float, verdict: str) -> None:
    """Behind after minutes; at its end its place follows from that measurement."""
    levels = {f"{name}-{at}": 0.5 for name in NETWORKS for at in BUDGETS}
    write_some(tmp_path, "networks", levels | {"aclnet-sc-short": 0.2, "aclnet-sc-long": 0.3})
    assert claims(folder=tmp_path)[3].verdict == FAILS
    assert "Trained to its end" not in claims(folder=tmp_path)[3].sentence
    write_some(tmp_path, "ends", {"wave-cnn": wave, "aclnet-sc": 0.8})
    claim = claims(folder=tmp_path)[3]
    gap = difference(*(read(tmp_path, "ends", "network").correct(name) for name in ("aclnet-sc", "wave-cnn")))
    assert claim.verdict == verdict
    assert f"**{points(gap.accuracy)} points** against wave CNN" in claim.sentence


def test_aclnet_in_noise(tmp_path: Path) -> None:
    """What the corruptions cost it, beside what they cost the mel CNN: as much is no verdict, a third is one."""
    levels = {f"{name}-{at}": 0.5 for name in NETWORKS for at in BUDGETS}
    write_some(tmp_path, "networks", levels)
    for corrupted, verdict in ((0.7, OPEN), (0.8, HOLDS), (0.3, FAILS)):
        write_robustness(tmp_path, {"mel_cnn": (0.85, 0.65), "aclnet": (0.85, corrupted)}, n_clips=2000)
        claim = claims(folder=tmp_path)[3]
        assert claim.verdict == {OPEN: OPEN, HOLDS: PARTLY, FAILS: FAILS}[verdict]
        assert "the shipped AclNet SC changes by" in claim.sentence


def test_what_each_network_reaches(tmp_path: Path) -> None:
    """The best first, with epochs and minutes; differences are the best one's."""
    write_some(tmp_path, "ends", {"mel-cnn": 0.9})
    asked = question("ends")
    assert re.match(r"So far: \*\*mel CNN \d\d\.\d% after 180 epochs", str(answer(asked, folder=tmp_path)))
    write_some(tmp_path, "ends", {"mel-cnn": 0.9, "wave-cnn": 0.6, "aclnet-sc": 0.75})
    text = str(answer(asked, folder=tmp_path))
    study = read(tmp_path, "ends", "network")
    gap = difference(study.correct("mel-cnn"), study.correct("wave-cnn"))
    assert re.search(
        r"mel CNN .* after 180 epochs .*AclNet SC .* after 240 epochs .*wave CNN .* after 320 epochs", text
    )
    assert f"**{points(gap.accuracy)}** against wave CNN" in text
    assert text.count(" minutes of processor time)") == 3  # none is cut


def test_hearing_audioset_first(folder: Path) -> None:
    """Shares and differences are those of the tables, on clean clips and in the noisy room."""
    study = read(folder, "shipped", "model")
    text = str(answer(question("shipped"), folder=folder))
    for name, room in itertools.product(("yamnet", "together"), ("", "-room")):
        gap = difference(study.correct(name + room), study.correct("mel_cnn" + room))
        assert points(gap.accuracy) in text
    assert f"together they reach {percent(study.correct('together').mean(), digits=1)}" in text
    assert text.startswith("Heads on a network that has heard AudioSet are not shown to differ")


def test_how_far_one_gets_without_labels(folder: Path, tmp_path: Path) -> None:
    """Statistics, then the network without labels, then those with; the lead follows the interval of the gain."""
    text = str(answer(question("without_labels"), folder=folder))
    assert "classifies **50.0%** of the held-out clips correctly (95% interval 48.0% to 52.0%; chance 2.0%)" in text
    assert "For 40.0% the nearest clip of another fold has the same category." in text
    assert "without labels adds to that: **60.0%**, +10.0 points (95% interval +8.0 to +12.0)." in text
    assert "beside it, it brings the probe to **65.0%**, +15.0 points against the statistics alone (95%" in text
    assert "brings the probe to **84.0%**" in text
    assert "which had the labels of ESC-50, classifies **82.0%** correctly" in text
    assert "0.20 (log-mel statistics), 0.30 (network trained without labels), 0.35 (the same, and log-mel" in text
    assert "0.54 (YAMNet)" in text
    write_without_labels(tmp_path, {"log_mel": 0.5, "contrastive": 0.51})
    assert "is not shown to change that: **51.0%**" in str(describe_without_labels(tmp_path))
    write_without_labels(tmp_path, {"log_mel": 0.5, "contrastive": 0.4})
    assert "takes from that: **40.0%**, −10.0 points" in str(describe_without_labels(tmp_path))
    (tmp_path / "without_labels.csv").unlink()
    write_without_labels(tmp_path, {"log_mel": 0.5})
    assert "trained on four folds" not in str(describe_without_labels(tmp_path))
    (tmp_path / "without_labels.csv").write_text("embedding,measure\na,b\n", encoding="utf-8")
    with pytest.raises(TrainingError, match=r"the table without_labels\.csv in .* is damaged"):
        describe_without_labels(tmp_path)


def test_the_rule_that_knows_unknown_sounds(folder: Path, tmp_path: Path) -> None:
    """The best rule of each kind of sounds, of the first model that was asked; a damaged table gets a sentence."""
    text = str(answer(next(one for one in QUESTIONS if one.name == "unknown"), folder=folder))
    left_out, made = text.split("\n\n")
    assert left_out.startswith("Of **left-out categories**, asking heads: agreement ranks")
    assert "in **88%** of all pairs (95% interval 85.5% to 89.5%); the highest probability in 75%." in left_out
    assert "in **98%** of all pairs" in made
    assert "13% of the unknown ones get an answer, against 25%." in left_out
    (tmp_path / "unknown.csv").write_text("model,sounds\na,b\n")
    with pytest.raises(TrainingError, match=r"the table unknown\.csv in .* is damaged"):
        describe_unknown(tmp_path)


def test_networks_in_words(tmp_path: Path) -> None:
    """Who leads is said at any time, a ranking only where both budgets agree, and gains are long minus short."""
    right = {"mel-cnn": (0.7, 0.8), "wave-cnn": (0.5, 0.7), "aclnet-sc": (0.3, 0.6), "aclnet-dwsc": (0.2, 0.4)}
    shares = {f"{name}-{at}": share for name, both in right.items() for at, share in zip(BUDGETS, both, strict=True)}

    def ranked(shares: dict[str, float]) -> str:
        write_some(tmp_path, "networks", shares)
        study = read(tmp_path, "networks", "network")
        return rank_networks({name: study.level(name) for name in study.names})

    sentence = ranked(shares)
    assert "rank the networks alike: mel CNN, wave CNN, AclNet SC, AclNet DWSC." in sentence
    gains = [float(gain.replace("−", "-")) for gain in re.findall(r"(?:CNN|SC) ([+−]\d+\.\d)", sentence)]
    assert gains == pytest.approx([10, 20, 30, 20], abs=6)
    assert "no ranking is claimed" in ranked(shares | {"wave-cnn-long": 0.9})
    (tmp_path / "networks.csv").unlink()
    some = ranked({"mel-cnn-short": 0.7, "wave-cnn-short": 0.5})
    assert some.startswith("The best network so far is the **mel CNN**")
    assert "alike" not in some


def test_the_leak_over_its_repeats(folder: Path) -> None:
    """Own test minus unheard fold, with an interval that narrows with the repeats; one repeat has none."""
    arms = leak_arms(read(folder, "leak", "arm"))
    assert [arm.name for arm in arms] == ["scattered", "copies_kept", "whole_folds"]
    assert [arm.gap for arm in arms] == pytest.approx([0.1, 0.05, 0.0], abs=0.01)
    for arm in arms:
        assert arm.n_repeats == 5
        assert arm.gap == pytest.approx(arm.own - arm.sealed)
        assert arm.gap_interval[0] < arm.gap < arm.gap_interval[1]
    # four degrees of freedom: 2.776 standard errors
    low, high = mean_interval([1.0, 2.0, 3.0, 4.0, 5.0])
    assert (low, high) == pytest.approx((3 - 2.776 * np.sqrt(2.5 / 5), 3 + 2.776 * np.sqrt(2.5 / 5)), abs=1e-3)
    assert np.isnan(mean_interval([1.0])).all()


def test_repeats_that_disagree_show_nothing(folder: Path, tmp_path: Path) -> None:
    """Promises that lie above the truth in some repeats and below it in others are no leak, but folds that differ."""
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    rows = (tmp_path / "leak.csv").read_text().splitlines()
    names = rows[0].split(",")
    accuracy = names.index("accuracy")
    rng = np.random.default_rng(0)
    for i, row in enumerate(rows[1:], start=1):
        values = row.split(",")
        values[accuracy] = str(0.85 + rng.normal(0, 0.01))
        rows[i] = ",".join(values)
    (tmp_path / "leak.csv").write_text("\n".join(rows) + "\n")
    assert claims(folder=tmp_path)[-1].verdict == OPEN


def test_rare_categories_and_all_others(folder: Path) -> None:
    """The plan says which are rare; both shares are mean recalls, since all categories have as many clips."""
    study = read(folder, "imbalance", "answer")
    rare = rare_categories(study)
    assert len(rare) == 10
    inside, outside = shares(study, rare, inside=True), shares(study, rare, inside=False)
    clips = study.clips[study.clips["answer"] == "sampling"]
    right = clips["category"] == clips["predicted"]
    assert inside["sampling"][0] == pytest.approx(right[clips["category"].isin(rare)].mean())
    assert 0.2 * inside["sampling"][0] + 0.8 * outside["sampling"][0] == pytest.approx(right.mean())


def test_optimism_is_best_minus_last(folder: Path) -> None:
    """As the invented runs have it: one point each."""
    [found] = optimism([read(folder)])
    assert (found.study, found.n_runs) == ("augmentation", 15)
    assert (found.mean, found.largest) == pytest.approx((0.01, 0.01))


def test_optimism_has_no_interval_below_zero(folder: Path) -> None:
    """The best epoch is never worse than the last, however wide Student's interval would be."""
    study = read(folder)
    gains = np.zeros(len(study.cells))
    gains[0] = 0.15
    study = replace(study, cells=study.cells.assign(best_accuracy=study.cells["accuracy"] + gains))
    assert mean_interval(gains)[0] < 0
    [found] = optimism([study])
    assert found.interval == pytest.approx((0.0, mean_interval(gains)[1]))


def test_people_are_counted_as_they_answered() -> None:
    """All 3939 answers; 34% of washing machines, as Piczak's table has it."""
    people = human_confusion()
    assert people.shape == (50, 50)
    assert people.sum() == 3939
    row = people[CATEGORIES.index("washing_machine")]
    assert row[CATEGORIES.index("washing_machine")] / row.sum() == pytest.approx(0.34, abs=0.01)


def test_model_and_people_in_every_order() -> None:
    """A model that knows dogs only; each order is a permutation that begins as it must."""
    clips = tuple(official_clips().values())
    dog = CATEGORIES.index("dog")
    predictions = Predictions(clips, np.full(len(clips), dog), None, None)
    counts = model_confusion(predictions)
    assert counts.sum() == 2000
    assert (counts[:, dog] == 40).all()
    table = recalls(counts, human_confusion())
    assert table.loc[dog, "model"] == 1
    assert table["model"].sum() == 1
    for order in ORDERS:
        assert sorted(order_of(table, order)) == list(range(50))
    assert order_of(table, "hardest for the model")[-1] == dog
    assert CATEGORIES[order_of(table, "name")[0]] == "airplane"
    assert CATEGORIES[order_of(table, "hardest for people")[0]] == "washing_machine"
    assert list(order_of(table, "group")) == list(range(50))


def test_mistakes_of_the_model_beside_those_of_people() -> None:
    """The most frequent first; shares are of each one's own row, and correct classifications are left out."""
    model, people = (np.zeros((50, 50), int) for _ in range(2))
    dog, rooster, pig = 0, 1, 2
    model[dog, dog], model[dog, pig], model[rooster, dog] = 7, 1, 2
    people[dog, dog], people[dog, pig], people[pig, dog] = 15, 5, 3
    table = mistakes(model, people)
    assert table.to_dict("list") == {
        "category": ["rooster", "dog"], "guessed": ["dog", "pig"], "clips": [2, 1],
        "model": [1.0, 0.125], "people": [0.0, 0.25],
    }  # fmt: skip


def test_what_corruptions_cost(folder: Path) -> None:
    """The best of the models, without the reference; numbers from the counts; and what training in noise brings."""
    text = str(answer(next(one for one in QUESTIONS if one.name == "robustness"), folder=folder))
    costs, sure, training = text.split("\n\n")
    assert costs.startswith(
        "Rooms, noise and telephones cost accuracy: **mel_cnn** classifies 85.0% of the clean clips "
    )
    assert "(95% interval 81.2% to 88.2%), and 65.5% in the mean of ten corruptions" in costs
    assert "**−19.5 points** (95% interval −25.2 to −13.6)" in costs
    assert "The hardest is “Lower rate” with 61.0%, the mildest “Rooms” with 70.0%." in costs
    assert "it answers 50%, and 10% are wrong" in sure
    assert training.startswith(
        "No cost of training in rooms and noise is shown on clean clips: it changes the accuracy "
    )
    assert "by **+5.0 points** there" in training
    assert "the change is **+30.0 points**" in training
    assert re.search(r"the mean corruption error is 5\d% of what it was\.$", training)


def test_scores_that_compare(tmp_path: Path) -> None:
    """Models that were scored on other clips are left out; a part of the suite has a curve, but no sentence."""
    assert robust.describe_robustness(tmp_path) is None
    write_robustness(tmp_path, {"a": (0.8, 0.5), "b": (0.8, 0.6)})
    rows = read_rows(tmp_path / robust.FILE)
    write_table(tmp_path / robust.FILE, [*rows, *(replace(row, model="c", clips="all") for row in rows[:51])])
    assert list(robust.robust_models(tmp_path)) == ["a", "b"]
    assert "**b**, the most robust of 2 models," in str(robust.describe_robustness(tmp_path))
    write_table(tmp_path / robust.FILE, rows[:8])
    assert str(robust.describe_robustness(tmp_path)).endswith("to its end: of **51** scores, a has 8.")
    table = robust.summary_table(robust.robust_models(tmp_path))
    assert (table["model"], table["clean"], table["mean of all corruptions"]) == (["a"], ["80.0%"], ["–"])
    (tmp_path / robust.FILE).write_text("model\na\n")
    with pytest.raises(TrainingError, match=r"the table robustness\.csv in .* is damaged: the table lacks the columns"):
        robust.robust_models(tmp_path)


def test_a_mean_is_no_more_certain_than_its_clips(folder: Path) -> None:
    """The same 400 clips in each corruption are 400, not 20 000."""
    rows = robust.robust_models(folder)["mel_cnn"]
    assert robust.pooled(rows) == (262, 400)
    assert robust.pooled(rows, "room") == (280, 400)
    assert robust.pooled(rows, severity=5) == (222, 400)
