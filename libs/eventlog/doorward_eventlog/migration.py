"""Brings a database to this version's tables when a log is opened."""

import threading
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection

from doorward_eventlog.log import CannotOpen

_SCRIPTS = Path(__file__).parent / "migrations"
_ALEMBIC = threading.Lock()
"""Alembic keeps the migration that runs in module variables: one at a time in a process."""


def migrate(connection: Connection) -> None:
    """Apply what is missing, in the connection's transaction; the caller keeps other processes out.

    Raises CannotOpen when the database was made by a newer version of Doorward.
    """
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.attributes["connection"] = connection
    with _ALEMBIC:
        scripts = ScriptDirectory.from_config(config)
        found = MigrationContext.configure(connection).get_current_heads()
        for revision in found:
            try:
                scripts.get_revision(revision)
            except CommandError as error:
                raise CannotOpen(
                    f"the database has schema version `{revision}`, newer than this version of Doorward "
                    f"knows (`{scripts.get_current_head()}`): update Doorward"
                ) from error
        if set(found) != set(scripts.get_heads()):
            command.upgrade(config, "head")
