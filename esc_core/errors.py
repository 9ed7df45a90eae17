"""Errors that a user can read: one sentence with the rule and the value received."""


class EscError(Exception):
    """Base of every error that the library raises on purpose; its text is meant for people."""


class ParameterError(EscError, ValueError):
    """A parameter lies outside its range; the text gives the rule and the value."""


class AudioError(EscError, ValueError):
    """A sound can't be used: unreadable, outside the caps, too short, or silent."""


class DatasetError(EscError):
    """A data set can't be found, read, or downloaded."""


class ModelError(EscError):
    """A model folder is missing, incomplete, or does not fit what is asked of it."""


class TrainingError(EscError):
    """A training run can't start or go on."""


class ScoreError(EscError):
    """A table of predictions can't be scored."""
