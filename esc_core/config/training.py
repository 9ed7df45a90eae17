"""The settings of a training run, and the usual augmentation chains of networks."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import Any

from esc_core.config.check import check_types, from_dict, require
from esc_core.config.features import FeatureConfig

MEL_CHAIN: tuple[dict[str, Any], ...] = (
    {"name": "crop_stretch", "n_frames": 96, "rate": [0.8, 1.25]},
    {"name": "power_mix", "ratio": [0.0, 1.0]},
    {"name": "mel_shift", "n_bands": [-3, 3]},
    {"name": "mel_equalizer", "gain_db": [-4.0, 4.0], "n_points": [2, 5]},
    {"name": "mel_gain", "gain_db": [-6.0, 6.0]},
    {"name": "freq_mask", "freq_mask_param": 10, "p": 0.7},
    {"name": "time_mask", "time_mask_param": 16, "p": 0.7},
)
"""Usual augmentation of networks on spectrograms, in the JSON of `esc_core.augment`."""

WAVE_CHAIN: tuple[dict[str, Any], ...] = (
    {"name": "random_crop", "seconds": 1.5},
    {"name": "between_class", "ratio": [0.0, 1.0]},
    {"name": "gain", "gain_db": [-6.0, 6.0]},
)
"""The same for networks on waveforms: AclNet's crop and gain, and between-class mixing instead of its mixup."""

DTYPES = ("auto", "float32", "mixed_bfloat16")

BALANCES = ("none", "class_weights", "sampling", "augment_rare")
"""Strategies for rare categories: none; weight each clip's loss inversely to its category's frequency; sample all
categories equally often; repeat the clips of rare categories, augmented differently, until all have equally many."""

FORMER_NAMES = {"settle_epochs": "no_mix_epochs", "settle_learning_rate": "no_mix_learning_rate"}
"""Names of settings in files of older versions; both names are read."""


FOLD_NUMBERS = range(1, 11)
"""Numbers that folds can have: ESC-50 has five, UrbanSound8K ten. Fold 0 is never held out."""


@dataclass(frozen=True, kw_only=True)
class TrainConfig:
    """All settings of a training run, fixed before its first step.

    Attributes
    ----------
    model : str
        Name in the registry of `esc_core.models`.
    width : int
        Channels of the first block; 16 is what AclNet's paper calls 0.5.
    val_fold : int
        Validation fold, one of the data's; never trained on.
    test_fold : int or None
        Test fold that is left out and kept sealed, another one of the data's.
    n_epochs : int
        Passes over the training clips; the model is that of the last epoch.
    batch_size : int
        Clips per step.
    learning_rate : float
        Peak rate of AdamW, after the warm-up and before the cosine.
    weight_decay : float
        Decoupled weight decay of AdamW.
    warmup_epochs : int
        Epochs in which the rate rises linearly.
    no_mix_epochs : int
        Final epochs without mixing, part of `n_epochs`; the rate rises and falls to zero once more.
    no_mix_learning_rate : float
        Peak rate of those epochs, after one epoch of warm-up.
    dropout : float
        Dropout before the last layer, in [0, 1).
    seed : int
        Seed of initialisation, order, and augmentation.
    dtype : str
        Keras dtype policy, "float32" or "mixed_bfloat16"; with "auto" a run measures which is faster, and stores it
        before its first step.
    augment : tuple of dict
        The chain, in the JSON of `esc_core.augment`. Steps on waveforms before the crop make the copies of
        `n_copies`; all others act on every batch.
    n_copies : int
        Augmented copies of each training clip, made once before training, if the chain has steps that make them; the
        clip and its copies are drawn with equal probability. With 0, a network on waveforms runs these steps each time.
    features : FeatureConfig
        Model input.
    categories : tuple of str or None
        The categories to classify; all of the data set if None.
    limits : dict of str to int
        Maximum number of training clips by category, such as ``{"dog": 5}``; validation and test clips are unaffected.
    balance : str
        Strategy for rare categories, one of `BALANCES`.
    """

    model: str = "mel_cnn"
    width: int = 16
    val_fold: int = 1
    test_fold: int | None = None
    n_epochs: int = 85
    batch_size: int = 32
    learning_rate: float = 2e-3
    weight_decay: float = 0.05
    warmup_epochs: int = 5
    no_mix_epochs: int = 15
    no_mix_learning_rate: float = 7e-4
    dropout: float = 0.3
    seed: int = 0
    dtype: str = "float32"
    augment: tuple[dict[str, Any], ...] = MEL_CHAIN
    n_copies: int = 4
    features: FeatureConfig = field(default_factory=FeatureConfig)
    categories: tuple[str, ...] | None = None
    limits: dict[str, int] = field(default_factory=dict)
    balance: str = "none"

    def __post_init__(self) -> None:
        """Check every type and range; see `ParameterError`."""
        check_types(self)
        require(1 <= self.width <= 128, "width must be in [1, 128]", self.width)
        require(self.val_fold in FOLD_NUMBERS, "val_fold must be in 1–10", self.val_fold)
        require(self.test_fold in (None, *FOLD_NUMBERS), "test_fold must be None or in 1–10", self.test_fold)
        require(self.test_fold != self.val_fold, "test_fold must differ from val_fold", self.test_fold)
        require(1 <= self.n_epochs <= 5_000, "n_epochs must be in [1, 5000]", self.n_epochs)
        require(2 <= self.batch_size <= 512, "batch_size must be in [2, 512]", self.batch_size)
        require(0 < self.learning_rate <= 1, "learning_rate must be in (0, 1]", self.learning_rate)
        require(0 <= self.weight_decay <= 1, "weight_decay must be in [0, 1]", self.weight_decay)
        require(0 <= self.no_mix_epochs < self.n_epochs, "no_mix_epochs must be in [0, n_epochs)", self.no_mix_epochs)
        mixed = self.n_epochs - self.no_mix_epochs
        require(0 <= self.warmup_epochs <= mixed, f"warmup_epochs must be in [0, {mixed}]", self.warmup_epochs)
        require(0 < self.no_mix_learning_rate <= 1, "no_mix_learning_rate must be in (0, 1]", self.no_mix_learning_rate)
        require(0 <= self.n_copies <= 50, "n_copies must be in [0, 50]", self.n_copies)
        require(0 <= self.dropout < 1, "dropout must be in [0, 1)", self.dropout)
        require(self.dtype in DTYPES, f"dtype must be one of {', '.join(DTYPES)}", self.dtype)
        require(0 <= self.seed < 2**31, "seed must be in [0, 2**31)", self.seed)
        require(self.balance in BALANCES, f"balance must be one of {', '.join(BALANCES)}", self.balance)
        _check_choice(self.categories, self.limits)

    def with_epochs(self, n_epochs: int) -> TrainConfig:
        """Return the same recipe with another number of epochs.

        Parameters
        ----------
        n_epochs : int
            Passes over the training clips.

        Returns
        -------
        TrainConfig
            Warm-up and final epochs without mixing are those of `usual_schedule`, as far as they were; otherwise they
            keep their share of the epochs, rounded to whole epochs.

        Raises
        ------
        ParameterError
            If there can't be so many epochs.
        """
        values: dict[str, Any] = {"n_epochs": n_epochs, **usual_schedule(n_epochs)}
        if len(values) > 1:
            for name, n in usual_schedule(self.n_epochs).items():
                if getattr(self, name) != n:  # a recipe of its own
                    values[name] = _rounded(getattr(self, name) * n_epochs / self.n_epochs)
            values["no_mix_epochs"] = min(values["no_mix_epochs"], n_epochs - 1)
            values["warmup_epochs"] = min(values["warmup_epochs"], n_epochs - values["no_mix_epochs"])
        return replace(self, **values)

    def to_dict(self) -> dict[str, Any]:
        """Return the settings as plain JSON values."""
        values = asdict(self)
        values["augment"] = list(values["augment"])  # as in JSON
        values["categories"] = None if self.categories is None else list(self.categories)
        return values

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> TrainConfig:
        """Make a config from `to_dict`'s values.

        Raises
        ------
        ParameterError
            On an unknown name or a value outside its range.
        """
        if not isinstance(values, dict):
            return from_dict(cls, values)
        values = former_names_replaced(values)
        if "features" in values:
            values["features"] = FeatureConfig.from_dict(values["features"])
        if "augment" in values:
            steps = values["augment"]
            listed = isinstance(steps, list | tuple) and all(isinstance(step, dict) for step in steps)
            require(listed, "augment must be a list of steps", steps)
            values["augment"] = tuple(values["augment"])
        if values.get("categories") is not None:
            require(isinstance(values["categories"], list | tuple), "categories must be a list", values["categories"])
            values["categories"] = tuple(values["categories"])
        return from_dict(cls, values)


def usual_schedule(n_epochs: Any) -> dict[str, int]:
    """Return the usual warm-up and final epochs without mixing of a run.

    It is the one rule of presets, command line, Train page and studies, for what their settings leave out: 3/40 of the
    epochs, at most 5, and a quarter of them, at most 15.

    Parameters
    ----------
    n_epochs : int
        Passes over the training clips.

    Returns
    -------
    dict
        ``warmup_epochs`` and ``no_mix_epochs``; empty if there can't be so many epochs.
    """
    if isinstance(n_epochs, bool) or not isinstance(n_epochs, int) or n_epochs < 1:
        return {}  # TrainConfig has the sentence for it
    return {
        "warmup_epochs": min(TrainConfig.warmup_epochs, _rounded(n_epochs * 3 / 40)),
        "no_mix_epochs": min(TrainConfig.no_mix_epochs, n_epochs // 4),
    }


def former_names_replaced(values: dict[str, Any]) -> dict[str, Any]:
    """Return settings in which each former name (see `FORMER_NAMES`) is today's."""
    return {FORMER_NAMES.get(name, name): value for name, value in values.items()}


def _rounded(number: float) -> int:
    return int(number + 0.5)  # halves up; `round` would take 2.5 down and 3.5 up


def _check_choice(categories: Any, limits: Any) -> None:
    if categories is not None:
        names = isinstance(categories, tuple) and all(isinstance(name, str) for name in categories)
        require(names and len(set(categories)) == len(categories), "categories must be different names", categories)
        require(len(categories) >= 2, "categories must be at least two", categories)
    require(isinstance(limits, dict), "limits must be an object of category and number of clips", limits)
    for name, n in limits.items():
        whole = isinstance(n, int) and not isinstance(n, bool) and n >= 1
        require(isinstance(name, str) and whole, "a limit must be a whole number of clips from 1 on", {name: n})
