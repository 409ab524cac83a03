"""Evidence: the criteria that the name of a file or of its folder states."""

import re

from zhiping.domain.rubric import Rubric

_PLAIN = str.maketrans("０１２３４５６７８９．。Ｂｂb、，＋", "0123456789..BBB,,+")
_ID = r"(?:\d{1,3}|B)\.\d{1,3}(?!\d|\.\d)"
_NAMED = re.compile(rf"\s*({_ID}(?:\s*[,+& ]\s*{_ID})*)")


def criteria_of(path: str, rubric: Rubric) -> tuple[str, ...]:
    """Return the criteria with which a file's name begins, else those of the nearest folder that names any.

    `3.4/台账.pdf`, `3.4 台账.pdf` and `３．４、3.5 台账.pdf` do; `3.4.1 台账.pdf` names none, nor does
    an id that the rubric does not have.
    """
    for part in reversed(re.split(r"[/\\]", path)):
        found = _NAMED.match(part.translate(_PLAIN))
        names = tuple(dict.fromkeys(re.findall(_ID, found[1]))) if found else ()
        if names and all(name in rubric.criteria for name in names):
            return names
    return ()
