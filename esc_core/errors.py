"""Errors whose messages are sentences for the user: the rule and the value received."""


class EscError(Exception):
    """Base class of the library's errors; its message is meant for the user."""


class ParameterError(EscError, ValueError):
    """A parameter is outside its range; the message gives the rule and the value."""


class AudioError(EscError, ValueError):
    """A sound can't be used: unreadable, outside the caps, too short, or silent."""


class TableError(EscError):
    """A CSV table can't be read: its encoding, its size, its columns, or a line of another length."""


class DatasetError(EscError):
    """A data set can't be found, read, or downloaded."""


class ModelError(EscError):
    """A model folder is missing, incomplete, or does not fit what is asked of it."""


class TrainingError(EscError):
    """A training run can't start or go on."""


class ScoreError(EscError):
    """A table of predictions can't be scored."""
