"""The table that counts attempts: Django's cache in the database, whose faults are raised."""

from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.db import DatabaseCache
from django.db import DatabaseError, IntegrityError, connection, transaction


class Counted(DatabaseCache):
    """A cache whose writes raise faults.

    Django's returns False for any fault, which is right for two writers of one key. Where the disk is full,
    attempts could not be counted, and allauth would answer that there were too many.
    """

    def _base_set(self, mode: str, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT) -> bool:
        faults: list[DatabaseError] = []

        def watch(execute: Any, *statement: Any) -> Any:
            try:
                return execute(*statement)
            except IntegrityError:  # another request was first
                raise
            except DatabaseError as error:
                faults.append(error)
                raise

        # Begin and commit belong to a transaction around Django's, which does not catch their faults.
        with connection.execute_wrapper(watch), transaction.atomic():
            done: bool = super()._base_set(mode, key, value, timeout)  # type: ignore[misc] # not in the stubs
            if faults:
                raise faults[0]
        return done
