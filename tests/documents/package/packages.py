"""Small archive packages for tests: an installation with a key, an evaluation, its ledgers and evidence."""

import datetime as dt
import hashlib
import io
import json
import zipfile
from dataclasses import dataclass, field, replace
from random import Random
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from zhiping.documents.package import building, verify
from zhiping.documents.package.building import build
from zhiping.documents.package.contents import Contents, File, Leaf, Ledger
from zhiping.domain.transparency.canonical import canonical, sha256
from zhiping.domain.transparency.note import ED25519, checkpoint_text, key_id, signed_note
from zhiping.domain.transparency.tree import leaf_hash, root

LOG = UUID("00000000-0000-7000-8000-000000000001")
START = dt.datetime(2026, 3, 2, 9, 0, tzinfo=dt.UTC)


class Key:
    """A key that signs checkpoints and seals."""

    def __init__(self, name, seed):
        self.name, self.private = name, Ed25519PrivateKey.from_private_bytes(seed)
        self.raw = self.private.public_key().public_bytes_raw()
        self.id = key_id(name, self.raw)

    @property
    def public(self):
        import base64

        return f"{self.name}+{self.id.hex()}+{base64.b64encode(ED25519 + self.raw).decode()}"

    def sign(self, text):
        return signed_note(text, self.name, self.id, self.private.sign(text.encode()))

    def checkpoint(self, ledger, size=None):
        hashes = [leaf.hash for leaf in ledger.leaves][:size]
        return self.sign(checkpoint_text(f"{self.name}/{ledger.kind}/{ledger.id}", len(hashes), root(hashes)))


KEY, OTHER = Key("zhiping-0a1b2c3d", b"\1" * 32), Key("zhiping-0a1b2c3d", b"\2" * 32)


def whatever(_kind, _body):
    """Return that every body is open."""
    return True


@dataclass
class World:
    """What an installation knows of one evaluation: bodies of the ledgers, files, the result."""

    evaluation: UUID
    bodies: dict = field(default_factory=dict)  # (kind, id): bodies
    files: dict = field(default_factory=dict)
    result: dict = field(default_factory=dict)
    random: Random = field(default_factory=Random)

    def record(self, kind, id, name, data):
        bodies = self.bodies.setdefault((kind, id), [])
        bodies.append(
            {
                "at": (START + dt.timedelta(minutes=len(bodies))).isoformat(), "by": None, "data": data,
                "head": str(id), "id": str(self.uuid()), "name": name,
                "nonce": f"{self.random.getrandbits(128):032x}", "seq": len(bodies),
            }
        )  # fmt: skip

    def uuid(self):
        return UUID(int=self.random.getrandbits(128))

    def hand_in(self, name, content):
        digests = {one: hashlib.new(one, content).hexdigest() for one in ("sha256", "sm3")}
        row = {"name": name, "size": len(content), **digests}
        changes = {"evidence_evidence": {str(self.uuid()): {k: [None, v] for k, v in row.items()}}}
        self.record("evaluation", self.evaluation, "evaluation.evidence_handed_in", {"changes": changes})
        self.files[f"evidence/{digests['sha256'][:12]}-{name}"] = content

    def ledgers(self, opened=whatever, *, halfway=True):
        """Return the ledgers, then the log of checkpoints, in which each was signed half-way and whole."""
        made = [self.ledger(*key, opened) for key in self.bodies]
        log = World(self.evaluation, random=Random(7))
        log.record("checkpoints", LOG, "checkpoints.opened", {})
        for one in made:
            for size in sorted({max(len(one.leaves) // 2, 1), len(one.leaves)})[0 if halfway else -1 :]:
                tree = root([leaf.hash for leaf in one.leaves[:size]])
                log.record(
                    "checkpoints", LOG, "checkpoint.signed", {"head": str(one.id), "size": size, "root": tree}
                )
        return [*made, log.ledger("checkpoints", LOG)]

    def ledger(self, kind, id, opened=whatever):
        leaves = [
            Leaf(leaf_hash(body), canonical(body) if opened(kind, body) else None)
            for body in self.bodies[kind, id]
        ]
        return Ledger(kind, id, leaves)


def world(seed=1, photos=3, size=400, sheets=2):
    """Return an evaluation with sheets, some photos and a result; the same for the same seed."""
    draw = Random(seed)
    made = World(UUID(int=draw.getrandbits(128)), random=draw)
    made.record(
        "evaluation",
        made.evaluation,
        "evaluation.opened",
        {"rubric": f"{seed:064x}", "period": ["2025-01-01", "2025-12-31"]},
    )
    for number in range(sheets):
        sheet = made.uuid()
        made.record("sheet", sheet, "sheet.opened", {"panel": number})
        for criterion in range(draw.randint(1, 6)):
            made.record(
                "sheet",
                sheet,
                "sheet.marked",
                {"criterion": f"3.{criterion}", "points": "1.5", "reason": "记录不全"},
            )
    for number in range(photos):
        made.hand_in(f"照片{number}.jpg", draw.randbytes(draw.randint(1, size)))
    made.result = {
        "grade": "qualified",
        "score": {"graded": f"{80 + seed % 10}"},
        "criteria": [{"id": "3.1"}],
    }
    data = {
        "grade": "qualified",
        "graded": made.result["score"]["graded"],
        "result_sha256": sha256(made.result),
    }
    made.record("evaluation", made.evaluation, "evaluation.concluded", data)
    made.files["report.pdf"] = b"%PDF-1.7 " + draw.randbytes(200)
    made.files["result.json"] = json.dumps(made.result, ensure_ascii=False, indent=2).encode()
    return made


def checkpoints(ledgers, key=KEY):
    """Return the checkpoints of ledgers: half-way and whole."""
    return [
        key.checkpoint(one, n)
        for one in ledgers
        for n in sorted({max(len(one.leaves) // 2, 1), len(one.leaves)})
    ]


def contents(made, *, edition="full", ledgers=None, key=KEY, **more):
    """Return what a package of this evaluation holds."""
    ledgers = made.ledgers() if ledgers is None else ledgers
    fields = {
        "id": UUID(int=made.evaluation.int ^ 1), "edition": edition, "evaluation": made.evaluation,
        "title": {"zh": "“一站式”服务平台评价归档包", "en": "Archive package of an evaluation"},
        "organisation": "某自治区市场监督管理局", "made": START + dt.timedelta(days=30),
        "generator": "zhiping test",
        "files": [File(path, content) for path, content in made.files.items()],
        "ledgers": ledgers, "checkpoints": checkpoints(ledgers, key), "keys": [key.public],
        "result": "result.json",
    }  # fmt: skip
    return Contents(**{**fields, **more})


def package(made, folder, name="package.zip", key=KEY, **more):
    """Build a package; return it with its signed seal."""
    built = build(contents(made, key=key, **more), folder / name)
    return built, key.sign(built.seal_text(key.name))


class Memory:
    """A package in memory, as a source of the verifier: files by name, to be changed by tests."""

    def __init__(self, files):
        self.files, self.faults = files, []

    @classmethod
    def of(cls, path):
        with zipfile.ZipFile(path) as zipped:
            return cls({name.partition("/")[2]: zipped.read(name) for name in zipped.namelist()})

    @property
    def sizes(self):
        return {name: len(content) for name, content in self.files.items()}

    def has_folder(self, name):
        return any(one.startswith(f"{name}/") for one in self.files)

    def open(self, name):
        return io.BytesIO(self.files[name])

    def close(self):
        pass

    def copy(self):
        return Memory(dict(self.files))


def remanifested(memory):
    """Return a package whose manifests and tag manifests were made again, as a person with tools does."""
    files = {n: c for n, c in memory.files.items() if not n.startswith(("manifest-", "tagmanifest-"))}
    payload = {n: c for n, c in files.items() if n.startswith("data/")}
    lines = [
        line for line in files["bag-info.txt"].decode().splitlines() if not line.startswith("Payload-Oxum")
    ]
    lines.append(f"Payload-Oxum: {sum(map(len, payload.values()))}.{len(payload)}")
    files["bag-info.txt"] = "".join(f"{line}\n" for line in lines).encode()
    for algorithm in ("sha256", "sha512"):
        files[f"manifest-{algorithm}.txt"] = manifest(payload, algorithm)
    tags = {n: c for n, c in files.items() if n not in payload}
    for algorithm in ("sha256", "sha512"):
        files[f"tagmanifest-{algorithm}.txt"] = manifest(tags, algorithm)
    return Memory(files)


def manifest(files, algorithm):
    """Return a manifest of these files."""
    return "".join(
        f"{hashlib.new(algorithm, content).hexdigest()}  {name}\n" for name, content in sorted(files.items())
    ).encode()


def codes(report):
    """Return the codes of all faults."""
    return {fault["code"] for fault in report.faults}


def check(source, *, keys=(KEY,), seal=None, kept=()):
    """Verify a package with trusted keys."""
    trusted = verify.parse_keys("\n".join(key.public for key in keys))
    return verify.verify(source, trusted, seal, kept)


def with_body(made, key, seq, change):
    """Return an evaluation whose entry was changed in the database: body and leaf agree again."""
    bodies = {**made.bodies, key: [dict(body) for body in made.bodies[key]]}
    change(bodies[key][seq])
    return replace(made, bodies=bodies)


class _Sink:
    """Where the builder writes a package in memory."""

    def __init__(self):
        self.files, self.digests, self.sizes = {}, {}, {}

    def write(self, name, source):
        self.files[name] = content = source if isinstance(source, bytes) else source.read_bytes()
        self.sizes[name] = len(content)
        self.digests[name] = {one: hashlib.new(one, content).hexdigest() for one in ("sha256", "sha512")}


def in_memory(made, **more):
    """Return what the builder writes for an evaluation, in memory, with its seal."""
    sink, packed = _Sink(), contents(made, **more)
    building._write(packed, sink)
    memory = Memory(sink.files)
    return memory, KEY.sign(seal_text(memory, packed.id, packed.edition))


def seal_text(memory, id, edition):
    digests = verify.tag_digests(memory)
    return f"{KEY.name}/package/{id}\n{edition}\n" + "".join(f"{n} {d}\n" for n, d in sorted(digests.items()))
