"""Why a local run cannot do what it is asked."""


class LocalError(Exception):
    """Something that the person at the keyboard can mend; `reason` is a name for programs."""

    reason = "LocalError"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class AlreadyRunning(LocalError):
    """Another supervisor holds the data directory."""

    reason = "AlreadyRunning"


class NotADataDirectory(LocalError):
    """The directory holds something else."""

    reason = "NotADataDirectory"


class Stopped(LocalError):
    """Someone asked to stop before everything had started."""

    reason = "Stopped"


class StartFailed(LocalError):
    """A program ended, or did not answer, before its time to start was over; `tail` is the end of its log."""

    reason = "StartFailed"

    def __init__(self, message: str, tail: str = "") -> None:
        super().__init__(f"{message}:\n{tail}" if tail else message)
        self.message = message
        self.tail = tail
