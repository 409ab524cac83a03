"""Random changes of a package, many with manifests made again, as a person with tools does."""

from random import Random

from tests.documents.package.packages import remanifested


def flip(draw, files, name):
    content = bytearray(files[name])
    content[draw.randrange(len(content))] ^= 1 << draw.randrange(8)
    files[name] = bytes(content)


def cut(draw, files, name):
    files[name] = files[name][: draw.randrange(len(files[name]))]


def insert(draw, files, name):
    at = draw.randrange(len(files[name]) + 1)
    files[name] = files[name][:at] + draw.randbytes(draw.randint(1, 4)) + files[name][at:]


def remove(_draw, files, name):
    del files[name]


def rename(draw, files, name):
    files[f"{name}{draw.choice('.x~ ')}"] = files.pop(name)


def add(draw, files, name):
    files[f"data/evidence/{draw.getrandbits(40):x}-{name.rpartition('/')[2]}"] = files[name]


def swap(draw, files, name):
    other = draw.choice([one for one in files if files[one] != files[name]])
    files[name], files[other] = files[other], files[name]


def line_out(draw, files, name):
    lines = files[name].split(b"\n")
    at = draw.randrange(len(lines))
    changed = b"\n".join(lines[:at] + lines[at + 1 :])
    files[name] = changed if changed != files[name] else files[name] + b"\n"


MUTATIONS = (flip, cut, insert, remove, rename, add, swap, line_out)


def mutated(memory, seed):
    """Return a mutated package and what was done; many with manifests made again, as a person does."""
    draw = Random(seed)
    changed = memory.copy()
    how, name = draw.choice(MUTATIONS), draw.choice(sorted(changed.files))
    how(draw, changed.files, name)
    again = draw.random() < 0.5 and not name.startswith(("tagmanifest-", "manifest-"))
    again = again and changed.files.get("bag-info.txt") == memory.files["bag-info.txt"]
    return (remanifested(changed) if again else changed), (how.__name__, name, again)
