"""A network trained without labels: its loss, its views, what it learns of two kinds of tones, and going on."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from esc_core.audio import to_wav_bytes
from esc_core.cli import main
from esc_core.config import FeatureConfig, TrainConfig
from esc_core.dataset import load_dataset
from esc_core.errors import ModelError, ParameterError, TrainingError
from esc_core.features import log_mel
from esc_core.training.data.inputs import Sounds, make_source
from esc_core.training.fit.checkpoint import Checkpoint
from esc_core.unsupervised.contrastive import contrast, nt_xent
from esc_core.unsupervised.contrasts import contrastive_config, train_without_labels
from esc_core.unsupervised.embedders import load_embedder
from esc_core.unsupervised.held_out import nearest_neighbour
from esc_core.unsupervised.vectors import Scale
from esc_core.unsupervised.views import Views

N_CLIPS = 24
CONFIG = TrainConfig(
    width=2,
    n_epochs=8,
    batch_size=12,
    warmup_epochs=1,
    no_mix_epochs=0,
    n_copies=0,
    learning_rate=5e-3,
    augment=(
        {"name": "crop_stretch", "n_frames": 16, "rate": [0.8, 1.25]},
        {"name": "mel_gain", "gain_db": [-6.0, 6.0]},
        {"name": "time_mask", "time_mask_param": 4, "p": 0.5},
    ),
    features=FeatureConfig(sr=8_000, n_fft=256, hop_length=200, n_mels=16, fmax=4_000.0),
)


def two_kinds() -> tuple[np.ndarray, np.ndarray]:
    """Mel power of steady tones and of pulses, each clip in a band of its own, and which of both each clip is."""
    rng = np.random.default_rng(0)
    kind = np.arange(N_CLIPS) % 2
    mel = rng.uniform(0.5, 1.5, (N_CLIPS, 16, 60)) * 1e-4
    for i in range(N_CLIPS):
        when = slice(None) if kind[i] == 0 else slice(i % 4, None, 4)
        mel[i, 2 + i // 2, when] = 1
    return mel.astype(np.float32), kind


def trained(checkpoint: Checkpoint | None = None, *, stop_after: int | None = None) -> tuple[list[float], np.ndarray]:
    """Return the losses of a training on all clips but the last four, and the embeddings of all."""
    mel, _ = two_kinds()
    losses: list[float] = []
    encoder = contrast(
        mel,
        np.arange(N_CLIPS - 4),
        CONFIG,
        on_epoch=lambda epoch, loss: losses.append(loss),
        on_step=lambda epoch, step: stop_after is None or epoch <= stop_after,
        checkpoint=checkpoint,
    )
    return losses, np.asarray(encoder(tf.constant(log_mel(mel)[..., None]), training=False))


@pytest.fixture(scope="module")
def whole() -> tuple[list[float], np.ndarray]:
    """Return what a training without an interruption gives."""
    return trained()


def test_the_loss_of_views_that_are_all_alike_is_that_of_guessing() -> None:
    z, clip = tf.ones((10, 4)), tf.constant([0, 1, 2, 3, 4] * 2)
    assert float(nt_xent(z, clip)) == pytest.approx(math.log(9))


def test_the_loss_is_that_of_the_paper() -> None:
    """Summed by hand over two clips, whose four projections are given."""
    z = np.array([[2.0, 0.0], [0.0, 3.0], [1.0, 1.0], [-1.0, 0.0]])
    unit = z / np.linalg.norm(z, axis=1, keepdims=True)
    e = np.exp(unit @ unit.T / 0.5)
    pairs = [(0, 2), (1, 3), (2, 0), (3, 1)]
    expected = -np.mean([np.log(e[i, j] / (e[i].sum() - e[i, i])) for i, j in pairs])
    found = nt_xent(tf.constant(z, tf.float32), tf.constant([7, 9, 7, 9]), temperature=0.5)
    assert float(found) == pytest.approx(expected, rel=1e-5)


def test_both_halves_of_a_batch_are_views_of_the_same_clips() -> None:
    """Two draws of each; each clip once in an epoch; seed and epoch alone decide."""
    mel, _ = two_kinds()
    views = Views(make_source(Sounds(mel), np.arange(N_CLIPS), CONFIG), CONFIG)
    batches = list(views.epoch(1))
    assert len(batches) == views.n_steps == 2
    seen: list[int] = []
    for x, clip in batches:
        assert x.shape == (24, 16, 16, 1)
        assert np.array_equal(clip[:12], clip[12:])
        assert not np.array_equal(x[:12], x[12:])
        # whatever the view, the loud band is the clip's
        assert np.array_equal(x.mean(axis=2)[..., 0].argmax(axis=1), 2 + clip // 2)
        seen += clip[:12].tolist()
    assert sorted(seen) == list(range(N_CLIPS))
    assert np.array_equal(next(views.epoch(1))[0], batches[0][0])
    assert not np.array_equal(next(views.epoch(2))[0], batches[0][0])


def test_another_clip_lies_quietly_behind_each_view() -> None:
    """Its band is loud, too, but less so; the two views of a clip have others behind them."""
    mix = ({"name": "crop_stretch", "n_frames": 16, "rate": [1.0, 1.0]}, {"name": "power_mix", "ratio": [0.6, 0.6]})
    config = replace(CONFIG, augment=mix)
    mel = two_kinds()[0][::2]  # steady tones
    x, clip = next(Views(make_source(Sounds(mel), np.arange(len(mel)), config), config).epoch(1))
    level = x.mean(axis=2)[..., 0]
    loudest, next_to_it = np.sort(level, axis=1)[:, [-1, -2]].T
    assert np.array_equal(level.argmax(axis=1), 2 + clip)
    mixed = loudest - next_to_it < 0.5  # powers of ten: 0.6² to 0.4² is 0.35; a clip may also lie behind itself
    assert mixed.mean() > 0.7
    behind = level.argsort(axis=1)[:, -2]
    assert np.mean(behind[: len(clip) // 2] != behind[len(clip) // 2 :]) > 0.5


def test_the_loss_falls_below_that_of_guessing(whole: tuple[list[float], np.ndarray]) -> None:
    losses, _ = whole
    assert len(losses) == 8
    assert losses[-1] < 0.7 * math.log(23)
    assert losses[-1] < losses[0]


def test_two_kinds_come_apart(whole: tuple[list[float], np.ndarray]) -> None:
    """Nobody said which is which; clips that were not trained on lie with their kind."""
    _, kind = two_kinds()
    _, embeddings = whole
    assert embeddings.shape == (N_CLIPS, 32)
    x = Scale.of(embeddings[:-4])(embeddings)
    assert nearest_neighbour(x[:-4], kind[:-4], x[-4:]).tolist() == kind[-4:].tolist()


def test_no_other_clip_is_read(whole: tuple[list[float], np.ndarray]) -> None:
    """The result is the same, to the bit, if the held-out clips hold nothing that could be trained on."""
    mel, _ = two_kinds()
    mel[-4:] = np.nan
    losses: list[float] = []
    contrast(mel, np.arange(N_CLIPS - 4), CONFIG, on_epoch=lambda epoch, loss: losses.append(loss))
    assert losses == whole[0]


def test_it_goes_on_to_the_bit(whole: tuple[list[float], np.ndarray], tmp_path: Path) -> None:
    checkpoint = Checkpoint(tmp_path / "checkpoint")
    first, _ = trained(checkpoint, stop_after=3)
    assert checkpoint.epoch() == 3
    rest, embeddings = trained(checkpoint)
    assert [*first, *rest] == whole[0]
    assert np.array_equal(embeddings, whole[1])


def test_one_clip_has_nothing_to_differ_from() -> None:
    with pytest.raises(ParameterError, match="at least 2 clips are needed, to tell apart, got 1"):
        contrast(two_kinds()[0], np.array([3]), CONFIG)


@pytest.mark.parametrize("n_epochs", [1, 3, 80])
def test_the_usual_recipe_suits_any_number_of_epochs(n_epochs: int) -> None:
    config = contrastive_config(val_fold=2, n_epochs=n_epochs)
    assert (config.n_epochs, config.no_mix_epochs, config.warmup_epochs) == (n_epochs, 0, min(5, n_epochs - 1))


# the command, and the embedding that it makes


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Six tones in two folds."""
    root = tmp_path / "data"
    (root / "audio").mkdir(parents=True)
    (root / "meta").mkdir()
    lines = ["filename,fold,target,category,esc10,src_file,take"]
    for i, hz in enumerate((200, 300, 400, 2000, 3000, 4000)):
        y = 0.3 * np.sin(2 * np.pi * hz * np.arange(8_000) / 16_000)
        (root / "audio" / f"{i}.wav").write_bytes(to_wav_bytes(y.astype(np.float32), 16_000))
        lines.append(f"{i}.wav,{1 + i % 2},{i // 3},{'high' if i > 2 else 'low'},False,{i},A")
    (root / "meta" / "esc50.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return root


def test_the_command_leaves_a_network_that_embeds(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A small one, in a file without its projection head; the checkpoint is gone; the other fold's is missing."""
    monkeypatch.setattr("esc_core.unsupervised.contrasts.fastest_dtype", lambda config: "float32")
    out = tmp_path / "networks"
    arguments = ["contrast", "--data", str(data), "--val-fold", "1", "--epochs", "1", "--out", str(out), "--json"]
    assert main(arguments) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["network"] == str(out / "fold1.keras")
    assert len(printed["losses"]) == 1
    assert sorted(path.name for path in out.iterdir()) == ["fold1.json", "fold1.keras"]
    recipe = json.loads((out / "fold1.json").read_text(encoding="utf-8"))
    assert (recipe["n_clips"], recipe["train_config"]["val_fold"]) == (3, 1)
    assert (out / "fold1.keras").stat().st_size < 2_000_000
    embedder = load_embedder("contrastive", fold=1, networks=out)
    y = np.sin(2 * np.pi * 500 * np.arange(16_000) / 16_000).astype(np.float32)
    assert embedder.vector(y, 16_000).shape == (256,)
    np.testing.assert_allclose(embedder.vector(0.1 * y, 16_000), embedder.vector(y, 16_000), atol=1e-3)
    with pytest.raises(ModelError, match="has not heard fold 2 is in"):
        load_embedder("contrastive", fold=2, networks=out)


def test_it_goes_on_in_the_precision_that_it_began_with(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is the fastest now: the weights of a checkpoint are of one precision."""
    config = contrastive_config(val_fold=1, n_epochs=2)
    asked: list[str] = []

    def stopped(mel: object, train: object, config: TrainConfig, *, checkpoint: Checkpoint, **rest: object) -> None:
        asked.append(config.dtype)
        np.savez(checkpoint.path.with_suffix(".npz"), epoch=1)
        checkpoint.path.with_suffix(".npz").rename(checkpoint.path)
        raise TrainingError("stopped")

    monkeypatch.setattr("esc_core.unsupervised.contrasts.contrast", stopped)
    for fastest in ("mixed_bfloat16", "float32"):
        monkeypatch.setattr("esc_core.unsupervised.contrasts.fastest_dtype", lambda config, said=fastest: said)
        with pytest.raises(TrainingError, match="stopped"):
            train_without_labels(load_dataset(data), config, tmp_path / "out")
    assert asked == ["mixed_bfloat16", "mixed_bfloat16"]


def test_it_does_not_go_on_with_other_settings(data: Path, tmp_path: Path) -> None:
    config = replace(CONFIG, features=FeatureConfig(), augment=contrastive_config(val_fold=1).augment)
    (tmp_path / "out").mkdir()
    np.savez(tmp_path / "out" / "fold1.npz", epoch=2)
    (tmp_path / "out" / "fold1.npz").rename(tmp_path / "out" / "fold1.checkpoint")
    (tmp_path / "out" / "fold1.json").write_text(json.dumps({"train_config": config.to_dict()}), encoding="utf-8")
    with pytest.raises(TrainingError, match="began with other settings"):
        train_without_labels(load_dataset(data), replace(config, seed=1), tmp_path / "out")
