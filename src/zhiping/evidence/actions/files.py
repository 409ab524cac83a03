"""Delete files of the store that nothing names."""

from zhiping.evidence import files, store
from zhiping.ledger.act import Act


def drop_unnamed_files(act: Act) -> list[str]:
    """Delete the files that forms received and nothing names; return them.

    One that is handed in again at the same time stays (store.delete_older).
    """
    act.require("evidence.drop_unnamed_files")
    oldest = (act.now - files.UNNAMED).timestamp()
    return [sha256 for sha256 in files.unnamed(act.now) if store.delete_older(sha256, oldest)]
