"""What `doorward down` does, also when the supervisor is gone or does not listen."""

from doorward_local.data_directory import DataDirectory
from doorward_local.errors import AlreadyRunning
from doorward_local.pids import end
from doorward_local.state import end_leftovers, load_state

_ORDERLY_SECONDS = 75.0
"""Four components with fifteen seconds each, and some for the supervisor."""


def bring_down(directory: DataDirectory) -> bool:
    """Stop whatever runs on this data directory; whether anything did.

    Raises AlreadyRunning when another process holds the directory and did not write down who it is.
    """
    if not directory.exists():
        return False
    state = load_state(directory.state)
    ran = directory.is_held()
    if ran and state is not None:
        end(state.supervisor, _ORDERLY_SECONDS)
    try:
        with directory.held():
            left = load_state(directory.state)
            ran = bool(left and end_leftovers(left)) or ran
            if left is not None:
                directory.endpoints.unlink(missing_ok=True)
                directory.state.unlink(missing_ok=True)
    except AlreadyRunning as error:
        raise AlreadyRunning(f"another process holds `{directory.path}` and did not write down who it is") from error
    return ran
