"""Files opened without waiting, pipes and devices refused, and why a file cannot be read or written."""

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO

from zhiping.texts.catalogue import say

CODES = {
    errno.ENOENT: "missing",
    errno.EISDIR: "folder",
    errno.EACCES: "forbidden",
    errno.EPERM: "forbidden",
    errno.EINVAL: "special",
    errno.EEXIST: "no_folder",
    errno.ENOTDIR: "no_folder",
    errno.ENAMETOOLONG: "long",
    errno.ENOSPC: "full",
    errno.EDQUOT: "full",
    errno.EROFS: "read_only",
    errno.ELOOP: "loop",
}


def opened(path: Path) -> BinaryIO:
    """Open a file for reading; raises OSError for a pipe or device, which may never end."""
    file = open(path, "rb", opener=_opener)  # noqa: SIM115 - the caller closes it
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise OSError(errno.EINVAL, os.strerror(errno.EINVAL), str(path))
    return file


def _opener(name: str, flags: int) -> int:
    return os.open(name, flags | getattr(os, "O_NONBLOCK", 0))  # a pipe is opened without its other end


def code(fault: OSError) -> str:
    """Return the code of a fault, a key of `errors.disk`."""
    return CODES.get(fault.errno or 0, "other")


def why(fault: OSError) -> str:
    """Say why a file cannot be read or written."""
    return say(f"errors.disk.{code(fault)}", why=fault.strerror or type(fault).__name__)
