"""The one way to open a stored network; a damaged file is told in a sentence."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from esc_core.errors import ModelError

if TYPE_CHECKING:
    import keras


def load_network(path: Path) -> keras.Model:
    """Load a network from a ``.keras`` file that this program wrote, without the optimiser.

    An untrusted file must never be loaded, since it can run code.

    Parameters
    ----------
    path : pathlib.Path
        The file, a zip; the checksum of each part is verified first, since a wrong byte in a weight would go unnoticed.

    Returns
    -------
    keras.Model
        The network.

    Raises
    ------
    ModelError
        If the file is missing or damaged, or holds no network that this version of Keras can read.
    """
    import keras

    try:
        with zipfile.ZipFile(path) as file:
            if (bad := file.testzip()) is not None:
                raise ModelError(f"{path.name} is damaged: {bad} in it is not as it was written")
        return keras.saving.load_model(path, compile=False)
    except ModelError:
        raise
    except Exception as error:  # what a damaged file raises in zip, JSON, HDF5 and Keras has no common base
        detail = str(error).strip().split("\n")[0][:200]
        raise ModelError(f"{path.name} is damaged or can't be loaded: {detail or type(error).__name__}") from error
