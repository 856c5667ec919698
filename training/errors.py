"""The one error this package raises for input that it cannot use."""


class TrainingError(Exception):
    """The message names the value that was wrong and the remedy; the command line prints it without a traceback."""
