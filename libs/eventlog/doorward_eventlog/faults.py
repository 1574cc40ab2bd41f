"""What a database's driver raises, said in Doorward's words."""

from collections.abc import Iterator
from contextlib import contextmanager

from doorward_kernel.errors import InternalFailure, Unavailable
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, ProgrammingError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

_DEFECTS = (IntegrityError, ProgrammingError, DataError)


class ConnectionLost(Unavailable):
    """The database hung up, and nothing had been committed."""


@contextmanager
def translated(name: str, *, letting: type[Exception] | tuple[()] = ()) -> Iterator[None]:
    """Turn a driver's errors inside the block into Unavailable or, for defects, InternalFailure.

    Errors of the class `letting` pass as they are, for a caller that understands them.
    The driver's own words stay in the cause, for the log: they may name hosts and keys of rows, and never hold the
    parameters of a statement, which the engines hide.
    """
    try:
        yield
    except letting:
        raise
    except _DEFECTS as error:
        raise InternalFailure(f"the {name} log refused a statement") from error
    except (DBAPIError, NoConnectionFree) as error:
        lost = isinstance(error, DBAPIError) and error.connection_invalidated
        raise (ConnectionLost if lost else Unavailable)(f"the {name} log does not answer now, try again") from error
    except SQLAlchemyError as error:
        raise InternalFailure(f"the {name} log is not as expected") from error
