"""The settings of a generator of sounds, as it is trained."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar

from esc_core.config.check import check_types, from_dict, require
from esc_core.config.features import FeatureConfig
from esc_core.config.training import DTYPES, FOLD_NUMBERS

GENERATOR_CHAIN: tuple[dict[str, Any], ...] = (
    {"name": "crop_stretch", "n_frames": 96, "rate": [0.9, 1.1]},
    {"name": "mel_shift", "n_bands": [-1, 1]},
    {"name": "mel_gain", "gain_db": [-2.0, 2.0]},
)
"""What real sounds go through before the critic sees them: a window of 2.4 s, and small changes. The generator learns
these changes, too, so they must keep the category; stronger ones would be heard."""


@dataclass(frozen=True, kw_only=True)
class GeneratorConfig:
    """All settings of the training of a generator, fixed before its first step.

    Attributes
    ----------
    val_fold : int
        Fold that neither network ever sees, one of the data's.
    n_epochs : int
        Passes over the training clips.
    batch_size : int
        Real sounds per step, and as many generated ones.
    learning_rate : float
        Rate of Adam for the generator.
    critic_rate : float
        The same for the critic; a higher one keeps it ahead (Heusel et al. 2017, arXiv:1706.08500).
    averaging : float
        Share of its former value that a weight of the averaged generator keeps at each step, in [0, 1); the averaged
        one is what makes sounds.
    width : int
        Channels of the generator's last block; the first has four times as many.
    n_latent : int
        Numbers of a point, from which a sound is made.
    show_every : int
        Epochs from one set of stored samples to the next.
    seed : int
        Seed of weights, order, windows and points.
    dtype : str
        Keras dtype policy, as in `esc_core.config.TrainConfig`; what makes sounds in the end is float32.
    augment : tuple of dict
        The chain of `GENERATOR_CHAIN`.
    features : FeatureConfig
        What the spectrograms are.
    categories : tuple of str or None
        The categories to learn; all of the data set if None.
    kind, test_fold, limits
        The same for all of them: what they are in ``config.json``; no fold is sealed, and no category is cut short.
    """

    kind: ClassVar[str] = "generator"
    test_fold: ClassVar[None] = None
    limits: ClassVar[dict[str, int]] = {}

    val_fold: int = 5
    n_epochs: int = 400
    batch_size: int = 32
    learning_rate: float = 4e-4
    critic_rate: float = 8e-4
    averaging: float = 0.995
    width: int = 24
    n_latent: int = 64
    show_every: int = 20
    seed: int = 0
    dtype: str = "float32"
    augment: tuple[dict[str, Any], ...] = GENERATOR_CHAIN
    features: FeatureConfig = field(default_factory=FeatureConfig)
    categories: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        """Check every type and range; see `ParameterError`."""
        check_types(self)
        require(self.val_fold in FOLD_NUMBERS, "val_fold must be in 1–10", self.val_fold)
        require(1 <= self.n_epochs <= 20_000, "n_epochs must be in [1, 20000]", self.n_epochs)
        require(2 <= self.batch_size <= 256, "batch_size must be in [2, 256]", self.batch_size)
        require(0 < self.learning_rate <= 1, "learning_rate must be in (0, 1]", self.learning_rate)
        require(0 < self.critic_rate <= 1, "critic_rate must be in (0, 1]", self.critic_rate)
        require(0 <= self.averaging < 1, "averaging must be in [0, 1)", self.averaging)
        require(4 <= self.width <= 64, "width must be in [4, 64]", self.width)
        require(2 <= self.n_latent <= 512, "n_latent must be in [2, 512]", self.n_latent)
        require(self.show_every >= 1, "show_every must be at least 1", self.show_every)
        require(0 <= self.seed < 2**31, "seed must be in [0, 2**31)", self.seed)
        require(self.dtype in DTYPES, f"dtype must be one of {', '.join(DTYPES)}", self.dtype)
        require(self.features.n_mels % 16 == 0, "n_mels must be a multiple of 16", self.features.n_mels)
        names = self.categories is None or len(set(self.categories)) == len(self.categories) >= 2
        require(names, "categories must be at least two different names", self.categories)

    def to_dict(self) -> dict[str, Any]:
        """Return the settings as plain JSON values, with what kind they are."""
        values: dict[str, Any] = {"kind": self.kind, **asdict(self)}
        values["augment"] = list(values["augment"])
        values["categories"] = None if self.categories is None else list(self.categories)
        return values

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> GeneratorConfig:
        """Make a config from `to_dict`'s values.

        Raises
        ------
        ParameterError
            On an unknown name or a value outside its range.
        """
        if not isinstance(values, dict):
            return from_dict(cls, values)
        values = {name: value for name, value in values.items() if name != "kind"}
        if "features" in values:
            values["features"] = FeatureConfig.from_dict(values["features"])
        for name, kind in (("augment", dict), ("categories", str)):
            if values.get(name) is not None:
                good = isinstance(values[name], list | tuple) and all(isinstance(v, kind) for v in values[name])
                require(good, f"{name} must be a list", values[name])
                values[name] = tuple(values[name])
        return from_dict(cls, values)
