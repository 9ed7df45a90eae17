"""What only the teacher does to training runs in a class, each behind its right; no other module of the pages does it.

Outside classroom mode everybody may, and these are the library's functions. `tests/test_rights.py` holds the imports of
all pages against this.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

from esc_core.config import GeneratorConfig, TrainConfig
from esc_core.training.finished import export
from esc_core.training.finished.envelope import Envelope
from esc_core.training.finished.envelope import open_envelope as open_sealed
from esc_core.training.process import control
from esc_core.training.process.measure import start_measuring
from esc_core.training.runs.listing import rename as rename_run
from esc_core.training.runs.run import Run
from ui.classroom.rights import Action, require


def submit(config: TrainConfig | GeneratorConfig, data_dir: Path, *, preset: str | None = None) -> Run:
    """Queue a run, as `esc_core.training.process.control.submit`; raises RightsError, too."""
    require(Action.START_RUN)
    return control.submit(config, data_dir, preset=preset)


def submit_lesson(lesson: str, data_dir: Path) -> Run:
    """Queue a lesson, as `esc_core.training.process.control.submit_lesson`; raises RightsError, too."""
    require(Action.START_RUN)
    return control.submit_lesson(lesson, data_dir)


def resume(run: Run) -> None:
    """Queue a run again, as `esc_core.training.process.control.resume`; raises RightsError, too."""
    require(Action.START_RUN)
    control.resume(run)


def measure(config: TrainConfig | GeneratorConfig, data_dir: Path) -> subprocess.Popen[bytes]:
    """Start timing a training step, as `start_measuring`; it takes a core as a run does, so raises RightsError, too."""
    require(Action.START_RUN)
    return start_measuring(config, data_dir)


def stop(run: Run) -> None:
    """Ask a run to stop, as `esc_core.training.process.control.stop`; raises RightsError, too."""
    require(Action.STOP_RUN)
    control.stop(run)


def clear_queue() -> int:
    """Empty the queue of waiting runs, as `esc_core.training.process.control.clear_queue`; raises RightsError, too."""
    require(Action.CLEAR_QUEUE)
    return control.clear_queue()


def rename(run: Run, name: str) -> None:
    """Give a run another name, as `esc_core.training.runs.listing.rename`; raises RightsError, too."""
    require(Action.CHANGE_RUN)
    rename_run(run, name)


def delete(run: Run) -> None:
    """Delete a run, as `esc_core.training.process.control.delete`; raises RightsError, too."""
    require(Action.CHANGE_RUN)
    control.delete(run)


def open_envelope(run: Run) -> Envelope:
    """Score the sealed fold, which is done once, as `open_envelope` of the library; raises RightsError, too."""
    require(Action.CHANGE_RUN)
    return open_sealed(run)


def use_in_classify(run: Run) -> str:
    """Copy a run's model to those of everybody, as `use_in_classify` of the library; raises RightsError, too."""
    require(Action.SHARE_MODEL)
    return export.use_in_classify(run)
