"""Settings as frozen dataclasses, the caps for foreign audio, and where things live on disk."""

from __future__ import annotations

import os
import sys
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from esc_core.errors import ParameterError

ASSETS_DIR = Path(__file__).resolve().parent.parent / "assets"

CLIP_SECONDS = 5.0
"""Length of a clip of ESC-50, in seconds."""


def require(ok: bool, rule: str, value: object) -> None:
    """Raise when a parameter breaks its rule.

    Parameters
    ----------
    ok : bool
        Whether the value keeps the rule.
    rule : str
        The rule as a phrase, such as ``"rate must be in [0.5, 2]"``.
    value : object
        The value received; it is quoted in the message.

    Raises
    ------
    ParameterError
        If `ok` is false.
    """
    if not ok:
        raise ParameterError(f"{rule}, got {value!r}")


def _from_dict(cls: type, values: dict[str, Any]) -> Any:
    require(isinstance(values, dict), f"{cls.__name__} must be an object of settings", values)
    unknown = sorted(set(values) - {f.name for f in fields(cls)})
    require(not unknown, f"{cls.__name__} has no setting of this name", ", ".join(unknown))
    return cls(**values)


def _check_types(config: Any) -> None:
    # JSON can hold anything, and a comparison with text would be a TypeError
    for f in fields(config):
        value, kind = getattr(config, f.name), str(f.type)
        if value is None and kind.endswith("| None"):
            continue
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if kind.startswith("int"):
            require(number and isinstance(value, int), f"{f.name} must be a whole number", value)
        elif kind == "float":
            require(number, f"{f.name} must be a number", value)
        elif kind == "str":
            require(isinstance(value, str), f"{f.name} must be a text", value)


@dataclass(frozen=True, kw_only=True)
class FeatureConfig:
    """How a waveform becomes a mel power spectrogram.

    Attributes
    ----------
    sr : int
        Sampling rate in Hz to which audio is brought first.
    n_fft : int
        FFT size in samples, even.
    hop_length : int
        Samples from one frame to the next.
    n_mels : int
        Number of mel bands.
    fmin, fmax : float
        Edges of the mel bands in Hz; `fmax` may not exceed ``sr / 2``.
    """

    sr: int = 16_000
    n_fft: int = 1024
    hop_length: int = 400
    n_mels: int = 64
    fmin: float = 20.0
    fmax: float = 8_000.0

    def __post_init__(self) -> None:
        """Check every type and range; see `ParameterError`."""
        _check_types(self)
        require(4_000 <= self.sr <= 192_000, "sr must be in [4000, 192000] Hz", self.sr)
        require(32 <= self.n_fft <= 16_384, "n_fft must be in [32, 16384] samples", self.n_fft)
        require(self.n_fft % 2 == 0, "n_fft must be even", self.n_fft)  # a centred frame has two equal halves
        require(1 <= self.hop_length <= self.n_fft, "hop_length must be in [1, n_fft]", self.hop_length)
        require(1 <= self.n_mels <= 512, "n_mels must be in [1, 512]", self.n_mels)
        require(0 <= self.fmin < self.fmax, "fmin must be in [0, fmax)", self.fmin)
        require(self.fmax <= self.sr / 2, "fmax must be at most sr / 2", self.fmax)

    @property
    def clip_frames(self) -> int:
        """Frames of a 5 s clip (centred frames, so one more than the hops)."""
        return 1 + int(CLIP_SECONDS * self.sr) // self.hop_length

    def to_dict(self) -> dict[str, Any]:
        """Return the settings as plain JSON values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> FeatureConfig:
        """Make a config from `to_dict`'s values.

        Raises
        ------
        ParameterError
            On an unknown name or a value outside its range.
        """
        return _from_dict(cls, values)


MEL_CHAIN: tuple[dict[str, Any], ...] = (
    {"name": "crop_stretch", "n_frames": 96, "rate": [0.8, 1.25]},
    {"name": "power_mix", "ratio": [0.0, 1.0]},
    {"name": "mel_shift", "n_bands": [-3, 3]},
    {"name": "mel_equalizer", "gain_db": [-4.0, 4.0], "n_points": [2, 5]},
    {"name": "mel_gain", "gain_db": [-6.0, 6.0]},
    {"name": "freq_mask", "freq_mask_param": 10, "p": 0.7},
    {"name": "time_mask", "time_mask_param": 16, "p": 0.7},
)
"""The training recipe's augmentation, in the JSON of `esc_core.augment`."""

WAVE_CHAIN: tuple[dict[str, Any], ...] = (
    {"name": "random_crop", "seconds": 1.5},
    {"name": "between_class", "ratio": [0.0, 1.0]},
    {"name": "gain", "gain_db": [-6.0, 6.0]},
)
"""The same for networks on waveforms: AclNet's crop and gain, and between-class mixing in the place of its mixup."""


DTYPES = ("auto", "float32", "mixed_bfloat16")

BALANCES = ("none", "class_weights", "sampling", "augment_rare")
"""Answers to rare categories: none; weigh the loss of a clip by how rare its category is; draw each category equally
often; repeat the clips of rare categories, each time under a new draw of the augmentation, until all have as many."""


@dataclass(frozen=True, kw_only=True)
class TrainConfig:
    """Everything that decides a training run, fixed before its first step.

    Attributes
    ----------
    model : str
        Name in the registry of `esc_core.models`.
    width : int
        Channels of the first block; 16 is what AclNet's paper calls 0.5.
    val_fold : int
        Fold 1–5 that is watched and never trained on.
    test_fold : int or None
        A further fold that is left out and kept sealed.
    n_epochs : int
        Passes over the training clips; the last epoch counts.
    batch_size : int
        Clips a step.
    learning_rate : float
        Peak rate of AdamW, after the warm-up and before the cosine.
    weight_decay : float
        Decoupled weight decay of AdamW.
    warmup_epochs : int
        Epochs in which the rate rises linearly.
    settle_epochs : int
        Epochs at the end, of `n_epochs`, in which sounds are no longer mixed; the rate starts anew and falls to
        zero again.
    settle_learning_rate : float
        Peak rate of those epochs, after one epoch of warm-up.
    dropout : float
        Dropout before the last layer, in [0, 1).
    seed : int
        Seed of initialisation, order, and augmentation.
    dtype : str
        Keras dtype policy, "float32" or "mixed_bfloat16"; with "auto" a run measures which is faster and writes it down
        before its first step.
    augment : tuple of dict
        The chain, in the JSON of `esc_core.augment`. Steps on waveforms that stand before the crop make the copies of
        `n_copies`; all others act anew at every step.
    n_copies : int
        Augmented copies of each training clip, made once before training, if the chain has steps that make any; a clip
        or one of its copies is drawn, each as likely. With 0, a network on waveforms runs those steps each time.
    features : FeatureConfig
        Model input.
    categories : tuple of str or None
        The categories to tell apart; all of the data set if None.
    limits : dict of str to int
        The most training clips of a category, such as ``{"dog": 5}``; validation and test keep theirs.
    balance : str
        Answer to rare categories, one of `BALANCES`.
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
    settle_epochs: int = 15
    settle_learning_rate: float = 7e-4
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
        _check_types(self)
        require(1 <= self.width <= 128, "width must be in [1, 128]", self.width)
        require(self.val_fold in range(1, 6), "val_fold must be in 1–5", self.val_fold)
        require(self.test_fold in (None, *range(1, 6)), "test_fold must be None or in 1–5", self.test_fold)
        require(self.test_fold != self.val_fold, "test_fold must differ from val_fold", self.test_fold)
        require(1 <= self.n_epochs <= 5_000, "n_epochs must be in [1, 5000]", self.n_epochs)
        require(2 <= self.batch_size <= 512, "batch_size must be in [2, 512]", self.batch_size)
        require(0 < self.learning_rate <= 1, "learning_rate must be in (0, 1]", self.learning_rate)
        require(0 <= self.weight_decay <= 1, "weight_decay must be in [0, 1]", self.weight_decay)
        require(0 <= self.settle_epochs < self.n_epochs, "settle_epochs must be in [0, n_epochs)", self.settle_epochs)
        mixed = self.n_epochs - self.settle_epochs
        require(0 <= self.warmup_epochs <= mixed, f"warmup_epochs must be in [0, {mixed}]", self.warmup_epochs)
        require(0 < self.settle_learning_rate <= 1, "settle_learning_rate must be in (0, 1]", self.settle_learning_rate)
        require(0 <= self.n_copies <= 50, "n_copies must be in [0, 50]", self.n_copies)
        require(0 <= self.dropout < 1, "dropout must be in [0, 1)", self.dropout)
        require(self.dtype in DTYPES, f"dtype must be one of {', '.join(DTYPES)}", self.dtype)
        require(0 <= self.seed < 2**31, "seed must be in [0, 2**31)", self.seed)
        require(self.balance in BALANCES, f"balance must be one of {', '.join(BALANCES)}", self.balance)
        _check_choice(self.categories, self.limits)

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
            return _from_dict(cls, values)
        values = dict(values)
        if "features" in values:
            values["features"] = FeatureConfig.from_dict(values["features"])
        if "augment" in values:
            require(isinstance(values["augment"], list | tuple), "augment must be a list of steps", values["augment"])
            values["augment"] = tuple(values["augment"])
        if values.get("categories") is not None:
            require(isinstance(values["categories"], list | tuple), "categories must be a list", values["categories"])
            values["categories"] = tuple(values["categories"])
        return _from_dict(cls, values)


def _check_choice(categories: Any, limits: Any) -> None:
    if categories is not None:
        names = isinstance(categories, tuple) and all(isinstance(name, str) for name in categories)
        require(names and len(set(categories)) == len(categories), "categories must be different names", categories)
        require(len(categories) >= 2, "categories must be at least two", categories)
    require(isinstance(limits, dict), "limits must be an object of category and number of clips", limits)
    for name, n in limits.items():
        whole = isinstance(n, int) and not isinstance(n, bool) and n >= 1
        require(isinstance(name, str) and whole, "a limit must be a whole number of clips from 1 on", {name: n})


@dataclass(frozen=True, kw_only=True)
class AudioLimits:
    """The caps for audio that comes from outside.

    Attributes
    ----------
    max_bytes : int
        Size of the file, in bytes.
    max_seconds, min_seconds : float
        Length of the sound, in seconds.
    max_channels : int
        Channels; they are mixed down to one.
    min_sr, max_sr : int
        Sampling rate, in Hz.
    decode_seconds : float
        Time that decoding one file may take, in seconds.
    decode_memory : int
        Address space that the decoder may take, in bytes.
    """

    max_bytes: int = 20 * 1024 * 1024
    max_seconds: float = 300.0
    min_seconds: float = 0.25
    max_channels: int = 8
    min_sr: int = 4_000
    max_sr: int = 192_000
    decode_seconds: float = 20.0
    decode_memory: int = 1_000_000_000


def esc_home() -> Path:
    """Return the folder for all that is written at run time.

    Returns
    -------
    pathlib.Path
        ``$ESC_HOME``, else ``esc-sound-lab`` in the user's cache folder. It may not exist yet.
    """
    if home := os.environ.get("ESC_HOME"):
        return Path(home).expanduser()
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "esc-sound-lab"
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home())) / "esc-sound-lab"
    return Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "esc-sound-lab"
