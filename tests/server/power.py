"""A power loss under SQLite: its calls are recorded, and files are made as a disk may hold them afterwards.

The calls are those of SQLite's own layer over the file system (sqlite3_vfs), whose functions are replaced in
this process. What was not synced may be there, be torn at a sector, or be missing; a deletion is certain once
its folder is synced.
"""

import contextlib
import ctypes
import random
from dataclasses import dataclass, field
from pathlib import Path

SECTOR = 512
POINTER, INT, LONG = ctypes.c_void_p, ctypes.c_int, ctypes.c_int64
METHODS = 18  # functions of sqlite3_io_methods, after its version
WRITE, TRUNCATE, SYNC = 2, 3, 4  # their places
WRITES = ctypes.CFUNCTYPE(INT, POINTER, POINTER, INT, LONG)
TRUNCATES = ctypes.CFUNCTYPE(INT, POINTER, LONG)
SYNCS = ctypes.CFUNCTYPE(INT, POINTER, INT)
OPENS = ctypes.CFUNCTYPE(INT, POINTER, POINTER, POINTER, INT, POINTER)
DELETES = ctypes.CFUNCTYPE(INT, POINTER, POINTER, INT)


class Methods(ctypes.Structure):
    """The functions of an open file."""

    _fields_ = (("version", INT), ("calls", POINTER * METHODS))


class Layer(ctypes.Structure):
    """The functions of the file system: sqlite3_vfs, as far as they are replaced."""

    _fields_ = (
        ("version", INT), ("size", INT), ("longest", INT), ("next", POINTER), ("name", POINTER),
        ("data", POINTER), ("open", POINTER), ("delete", POINTER),
    )  # fmt: skip


class Recorder:
    """The calls that write, in their order, with what the program says in between."""

    def __init__(self):
        library = ctypes.CDLL("libsqlite3.so.0")
        library.sqlite3_vfs_find.restype = ctypes.POINTER(Layer)
        self.layer = library.sqlite3_vfs_find(None).contents
        self.kept = self.layer.open, self.layer.delete
        self.calls, self._alive = [], []
        self._open, self._delete = OPENS(self.kept[0]), DELETES(self.kept[1])

    def say(self, text):
        """Note that something was acknowledged."""
        self.calls.append(("said", text))

    @contextlib.contextmanager
    def recording(self):
        """Record the files that are opened while the block lasts; they must be closed when it ends."""
        functions = OPENS(self._opened), DELETES(self._deleted)
        self._alive.extend(functions)
        self.layer.open, self.layer.delete = (ctypes.cast(one, POINTER).value for one in functions)
        try:
            yield self
        finally:
            self.layer.open, self.layer.delete = self.kept

    def _opened(self, layer, name, file, flags, out):
        code = self._open(layer, name, file, flags, out)
        if code == 0 and name:
            path = ctypes.string_at(name).decode()
            self.calls.append(("open", path))
            self._replace(ctypes.cast(file, ctypes.POINTER(POINTER)), path)
        return code

    def _replace(self, file, path):
        """Give an open file functions that record."""
        methods = Methods.from_buffer_copy(Methods.from_address(file[0]))
        write, truncate, sync = (
            kind(methods.calls[place])
            for kind, place in ((WRITES, WRITE), (TRUNCATES, TRUNCATE), (SYNCS, SYNC))
        )

        def writes(one, data, size, offset):
            self.calls.append(("write", path, offset, ctypes.string_at(data, size)))
            return write(one, data, size, offset)

        def truncates(one, size):
            self.calls.append(("truncate", path, size))
            return truncate(one, size)

        def syncs(one, flags):
            code = sync(one, flags)
            self.calls.append(("sync", path))
            return code

        functions = WRITES(writes), TRUNCATES(truncates), SYNCS(syncs)
        for place, one in zip((WRITE, TRUNCATE, SYNC), functions, strict=True):
            methods.calls[place] = ctypes.cast(one, POINTER).value
        self._alive.extend((methods, *functions))
        file[0] = ctypes.addressof(methods)

    def _deleted(self, layer, name, synced):
        code = self._delete(layer, name, synced)
        self.calls.append(("delete", ctypes.string_at(name).decode(), bool(synced)))
        return code


@dataclass
class File:
    """A file: what is on the disk for certain, None where the file itself is not, and what is not yet."""

    certain: bytearray | None
    waiting: list = field(default_factory=list)
    deleted: bool = False


class Disk:
    """The files as a disk may hold them after some calls."""

    def __init__(self, **files):
        self.files = {path: File(bytearray(content)) for path, content in files.items()}

    def take(self, call):
        """Follow a call."""
        verb, path, *values = call
        if verb == "delete":
            if values[0]:
                self.files.pop(path, None)
            elif path in self.files:
                self.files[path].deleted = True
        elif verb == "open" and (path not in self.files or self.files[path].deleted):
            self.files[path] = File(None)
        elif verb == "sync":
            one = self.files[path]
            one.certain, one.waiting = written(one.certain, one.waiting), []
        elif verb in ("write", "truncate"):
            self.files[path].waiting.append((verb, *values))

    def image(self, dice, folder, name):
        """Write the files as they may be found when the power is back; return the path of one."""
        rate = dice.random()
        for path, one in self.files.items():
            if one.deleted and dice.random() < rate:
                continue
            some = [torn(call, dice) for call in one.waiting if dice.random() < rate]
            if one.certain is not None or some:
                (folder / Path(path).name).write_bytes(written(one.certain, some))
        return folder / Path(name).name


def written(content, calls):
    """Return the content of a file after some calls."""
    made = bytearray(content or b"")
    for verb, *values in calls:
        if verb == "truncate":
            del made[values[0] :]
        else:
            offset, data = values
            made.extend(bytes(max(0, offset - len(made))))
            made[offset : offset + len(data)] = data
    return made


def torn(call, dice):
    """Return a call as a whole, or a write of which only some sectors arrived."""
    if call[0] == "write" and dice.random() < 0.2:
        verb, offset, data = call
        return verb, offset, data[: dice.randrange(len(data) // SECTOR + 1) * SECTOR]
    return call


def images(recorder, disk, moments, seed):
    """Yield the disk at some of the moments, with what was acknowledged until then."""
    dice, said = random.Random(seed), []
    chosen = sorted(dice.choices(range(len(recorder.calls)), k=moments))
    for at, call in enumerate(recorder.calls):
        for _ in range(chosen.count(at)):
            yield dice, list(said)
        if call[0] == "said":
            said.append(call[1])
        else:
            disk.take(call)
