"""Changed packages: random mutations, scripted attacks of people with database and key, no false alarm.

A person who makes the manifests again is found by the seal; one who has the key, too, by what was kept
outside: a checkpoint or an earlier seal. Controls leave a defence out and must then find nothing.
"""

import dataclasses
import hashlib
import json
import re

import pytest
from tests.documents.package.mutations import mutated
from tests.documents.package.packages import (
    KEY,
    LOG,
    OTHER,
    Memory,
    check,
    checkpoints,
    codes,
    contents,
    in_memory,
    package,
    remanifested,
    seal_text,
    whatever,
    with_body,
    world,
)

from zhiping.documents.package import verify
from zhiping.documents.package.contents import Leaf
from zhiping.domain.transparency.canonical import canonical, sha256
from zhiping.domain.transparency.note import checkpoint_text, fingerprint
from zhiping.domain.transparency.tree import consistency_proof, leaf_hash, root


@pytest.fixture(scope="module")
def sealed(tmp_path_factory):
    """Return a package in memory with its seal."""
    built, seal = package(world(), tmp_path_factory.mktemp("sealed"))
    return Memory.of(built.path), seal


def built_of(made, folder, name, **more):
    """Return a package in memory, with its seal."""
    built, seal = package(made, folder, name, **more)
    return Memory.of(built.path), seal


# --- Random mutations ---


PARTS = [*range(4), *(pytest.param(part, marks=pytest.mark.long) for part in range(4, 40))]


@pytest.mark.parametrize("part", PARTS)
def test_random_mutations_are_all_found(sealed, part):
    memory, seal = sealed
    missed = []
    for seed in range(part * 250, part * 250 + 250):
        changed, done = mutated(memory, seed)
        report = check(changed, seal=seal)
        if not report.faults:
            missed.append((seed, done))
        assert all(fault["code"] in verify.TEXTS for fault in report.faults)
        assert list(verify.lines(report, "zh"))
    assert missed == []


def test_control_without_the_seal_misses_manifests_made_again(sealed):
    memory, _ = sealed
    missed = set()
    for seed in range(300):
        changed, (how, name, again) = mutated(memory, seed)
        if again and not check(changed).faults:
            missed.add((how, name))
    assert {name for _, name in missed} >= {"data/report.pdf", "index.html"}


@pytest.mark.parametrize("part", range(4))
def test_clean_packages_raise_no_alarm(part):
    """A thousand clean packages, made in memory as the builder makes them."""
    wrong = []
    for seed in range(part * 250, part * 250 + 250):
        made = world(seed, photos=seed % 4, size=50, sheets=1)
        public = seed % 3 == 0
        opened = (lambda _kind, body: body["seq"] % 2 == 0) if public else whatever
        ledgers = made.ledgers(opened, halfway=seed % 10 == 0)
        signed = [KEY.checkpoint(one) for one in ledgers]
        edition = "public" if public else "full"
        memory, seal = in_memory(made, edition=edition, ledgers=ledgers, checkpoints=signed)
        report = check(memory, seal=seal)
        if report.faults:
            wrong.append((seed, report.faults))
    assert wrong == []


# --- Attacks by people with the database, and some with the key ---


def evaluation_of(made):
    return ("evaluation", made.evaluation)


def rewritten(made, change, seq=0):
    """Return the evaluation after an entry was changed, and leaf and log of checkpoints made again."""
    return with_body(made, evaluation_of(made), seq, change)


def change_rubric(body):
    body["data"] = {**body["data"], "rubric": "0" * 64}


def change_date(body):
    body["data"] = {**body["data"], "period": ["2024-01-01", "2024-12-31"]}


def attacked(memory, path, edit):
    """Return a package with one file edited and manifests made again."""
    changed = memory.copy()
    changed.files[path] = edit(changed.files[path])
    return remanifested(changed)


def ledger_file(memory, kind="evaluation"):
    return next(name for name in memory.files if name.startswith(f"data/ledgers/{kind}-"))


def with_leaf(line, body):
    """Return a line of a ledger with another body and the leaf hash that fits it."""
    return f"{leaf_hash(body)} ".encode() + canonical(body)


def edited_lines(edit):
    return lambda content: b"\n".join(edit(content.split(b"\n")))


def body_of(line):
    return json.loads(line.partition(b" ")[2])


def test_attack_update_of_an_entry_after_dropping_the_trigger(sealed):
    memory, seal = sealed
    path = ledger_file(memory)

    def update(lines):
        return [lines[0].replace(b"2025-12-31", b"2025-11-30"), *lines[1:]]

    report = check(attacked(memory, path, edited_lines(update)), seal=seal)
    assert {"code": "ledger.event_altered", "ledger": place(path), "entry": 0} in report.faults


def place(path):
    return re.sub(r"data/ledgers/(\w+)-(.+)\.txt", r"\1/\2", path)


def test_attack_insert_or_replace_with_its_leaf(sealed):
    memory, seal = sealed
    path = ledger_file(memory)

    def replace(lines):
        body = body_of(lines[1])
        body["data"]["changes"] = {}
        return [lines[0], with_leaf(lines[1], body), *lines[2:]]

    report = check(attacked(memory, path, edited_lines(replace)), seal=seal)
    assert {"checkpoint.differs", "log.differs", "evidence.unnamed", "seal.differs"} <= codes(report)
    assert {f["ledger"] for f in report.faults if f["code"] == "checkpoint.differs"} == {place(path)}


def test_attack_cut_of_the_tail(sealed):
    memory, seal = sealed
    path = ledger_file(memory)
    report = check(attacked(memory, path, edited_lines(lambda lines: [*lines[:-3], b""])), seal=seal)
    assert {"ledger.size", "checkpoint.longer", "log.differs", "ledger.unsigned"} <= codes(report)


def test_attack_cut_of_the_tail_with_its_checkpoints(sealed):
    memory, seal = sealed
    path, key = ledger_file(memory), place(ledger_file(memory))
    changed = attacked(memory, path, edited_lines(lambda lines: [*lines[:-3], b""]))
    notes = [note for note in json.loads(changed.files[verify.CHECKPOINTS]) if f"/{key}\n" not in note]
    changed.files[verify.CHECKPOINTS] = json.dumps(notes).encode()
    report = check(remanifested(changed), seal=seal)
    assert {"ledger.unsigned", "log.differs", "result.no_entry"} <= codes(report) | {
        one["code"] for one in report.unchecked
    }


def test_attack_renumbering(sealed):
    memory, seal = sealed
    path = ledger_file(memory)

    def renumber(lines):
        first, second = body_of(lines[1]), body_of(lines[2])
        first["seq"], second["seq"] = 2, 1
        return [lines[0], with_leaf(b"", second), with_leaf(b"", first), *lines[3:]]

    assert "checkpoint.differs" in codes(check(attacked(memory, path, edited_lines(renumber)), seal=seal))
    exchanged = attacked(memory, path, edited_lines(lambda ls: [ls[0], ls[2], ls[1], *ls[3:]]))
    report = check(exchanged, seal=seal)
    moved = [f["entry"] for f in report.faults if f["code"] == "ledger.event_moved"]
    assert moved == [1, 2]


def test_attack_rebuilt_and_signed_with_another_key(tmp_path):
    made = world()
    memory, seal = built_of(rewritten(made, change_date), tmp_path, "package.zip", key=OTHER)
    report = check(memory, seal=seal)
    assert {"checkpoint.forged", "seal.forged", "ledger.unsigned"} <= codes(report)
    assert check(memory, keys=(), seal=seal).faults == []  # control: the package's own key accepts itself
    assert "key.own" in {one["code"] for one in check(memory, keys=(), seal=seal).unchecked}


def kept_of(made, ledgers=None):
    """Return what left the house before an attack: a checkpoint of the log, and its printed line."""
    log = (ledgers or made.ledgers())[-1]
    hashes = [leaf.hash for leaf in log.leaves]
    return [KEY.checkpoint(log), f"{KEY.name} · {len(hashes)} · {fingerprint(root(hashes))}"]


@pytest.mark.parametrize("what", ["rubric", "date", "panel", "evidence", "result"])
def test_attack_rebuilt_and_signed_with_the_key_is_found_by_what_was_kept(tmp_path, what):
    made = world()
    kept = kept_of(made)
    changed = {
        "rubric": lambda: rewritten(made, change_rubric),
        "date": lambda: rewritten(made, change_date),
        "panel": lambda: with_body(made, next(k for k in made.bodies if k[0] == "sheet"), 0, change_panel),
        "evidence": lambda: swapped_evidence(made),
        "result": lambda: better_result(made),
    }[what]()
    memory, seal = built_of(changed, tmp_path, "package.zip")
    assert check(memory, seal=seal).faults == []  # control: without anything from outside it is clean
    for one in kept:
        report = check(memory, seal=seal, kept=[one])
        assert [(f["code"], f["ledger"]) for f in report.faults] == [("kept.differs", f"checkpoints/{LOG}")]


def change_panel(body):
    body["data"] = {"panel": 9}


def swapped_evidence(made):
    """Return the evaluation with another photo, and its entry made again to name it."""
    path = next(path for path in made.files if path.startswith("evidence/"))
    old = {one: hashlib.new(one, made.files[path]).hexdigest() for one in ("sha256", "sm3")}
    new = {one: hashlib.new(one, b"other").hexdigest() for one in ("sha256", "sm3")}
    seq = next(n for n, b in enumerate(made.bodies[evaluation_of(made)]) if old["sha256"] in json.dumps(b))

    def swap(body):
        text = json.dumps(body["data"])
        for one, digest in old.items():
            text = text.replace(digest, new[one])
        body["data"] = json.loads(re.sub(r'"size": \[null, \d+\]', '"size": [null, 5]', text))

    changed = rewritten(made, swap, seq)
    return dataclasses.replace(changed, files={**made.files, path: b"other"})


def better_result(made):
    result = {**made.result, "grade": "excellent"}

    def conclude(body):
        body["data"] = {**body["data"], "grade": "excellent", "result_sha256": sha256(result)}

    changed = rewritten(made, conclude, len(made.bodies[evaluation_of(made)]) - 1)
    files = {**made.files, "result.json": json.dumps(result).encode()}
    return dataclasses.replace(changed, result=result, files=files)


def test_attack_older_backup_is_found_by_a_kept_checkpoint(tmp_path):
    made = world()
    later = dataclasses.replace(made, bodies={key: [*bodies] for key, bodies in made.bodies.items()})
    later.record("evaluation", made.evaluation, "evaluation.reopened", {})
    kept = KEY.checkpoint(later.ledgers()[0])
    memory, seal = built_of(made, tmp_path, "package.zip")
    report = check(memory, seal=seal, kept=[kept])
    size = len(made.bodies[evaluation_of(made)])
    ledger = f"evaluation/{made.evaluation}"
    assert report.faults == [{"code": "kept.longer", "ledger": ledger, "size": size + 1, "found": size}]
    assert check(memory, seal=seal).faults == []


def test_attack_fork_is_found_by_both_roots(tmp_path):
    """Two histories of the same size, both signed: the log or the checkpoints of one contradict the other."""
    made = world()
    fork = rewritten(made, change_date)
    ledgers = made.ledgers()
    both = [*checkpoints(ledgers), *checkpoints(fork.ledgers()[:1])]
    memory, _ = built_of(made, tmp_path, "package.zip")
    memory.files[verify.CHECKPOINTS] = json.dumps(both).encode()
    changed = remanifested(memory)
    seal = KEY.sign(seal_text(changed, contents(made).id, "full"))
    report = check(changed, seal=seal)
    assert codes(report) == {"checkpoint.differs"}
    assert {fault["ledger"] for fault in report.faults} == {f"evaluation/{made.evaluation}"}


def test_attack_fork_packed_with_the_log_of_the_other(tmp_path):
    made = world()
    fork = rewritten(made, change_date)
    ledgers = [*fork.ledgers()[:-1], made.ledgers()[-1]]
    memory, seal = in_memory(made, ledgers=ledgers)
    report = check(memory, seal=seal)
    assert codes(report) == {"log.differs"}
    assert {fault["ledger"] for fault in report.faults} == {f"evaluation/{made.evaluation}"}


def test_attack_swapped_evidence(sealed):
    memory, seal = sealed
    path = next(name for name in memory.files if name.startswith("data/evidence/"))
    report = check(attacked(memory, path, lambda content: content + b"x"), seal=seal)
    assert {"evidence.missing", "evidence.unnamed", "seal.differs"} == codes(report)
    missing = next(fault for fault in report.faults if fault["code"] == "evidence.missing")
    assert missing["ledger"].startswith("evaluation/")
    assert path.endswith(missing["name"])
    assert missing["entry"] > 0


def test_attack_evidence_of_another_sm3(sealed, tmp_path):
    """Same SHA-256, another SM3: the entry itself was written with digests of two files."""
    made = world()

    def other(body):
        text = json.dumps(body["data"])
        body["data"] = json.loads(re.sub(r'("sm3": \[null, )"\w+"', rf'\1"{"0" * 64}"', text))

    memory, seal = in_memory(rewritten(made, other, 1))
    assert codes(check(memory, seal=seal)) == {"evidence.sm3"}


@pytest.mark.parametrize("change", [change_rubric, change_date])
def test_attack_changed_rules_of_entry_0(sealed, change):
    memory, seal = sealed
    path = ledger_file(memory)

    def edit(lines):
        body = body_of(lines[0])
        change(body)
        return [with_leaf(lines[0], body), *lines[1:]]

    report = check(attacked(memory, path, edited_lines(edit)), seal=seal)
    assert {"checkpoint.differs", "log.differs"} <= codes(report)


def test_attack_changed_panel_in_a_sheet(sealed):
    memory, seal = sealed
    path = ledger_file(memory, "sheet")

    def edit(lines):
        body = body_of(lines[0])
        change_panel(body)
        return [with_leaf(lines[0], body), *lines[1:]]

    report = check(attacked(memory, path, edited_lines(edit)), seal=seal)
    assert {f["ledger"] for f in report.faults if f["code"] == "checkpoint.differs"} == {place(path)}


@pytest.mark.parametrize("path", ["data/report.pdf", "index.html", "verify.py", "data/rubric.toml"])
def test_attack_manifests_made_again_are_found_by_the_seal_alone(tmp_path, path):
    made = world()
    made.files["rubric.toml"] = b"id = 1\n"
    memory, seal = built_of(made, tmp_path, "package.zip")
    changed = attacked(memory, path, lambda content: content + b"\n")
    report = check(changed, seal=seal)
    assert [(f["code"], f["file"]) for f in report.faults] == [
        ("seal.differs", "tagmanifest-sha256.txt"),
        ("seal.differs", "tagmanifest-sha512.txt"),
    ]
    control = check(changed)
    assert (control.faults, "seal.none" in {one["code"] for one in control.unchecked}) == ([], True)


def test_attack_sealed_again_with_the_key_is_found_by_the_seal_that_was_kept(sealed):
    memory, seal = sealed
    about = json.loads(memory.files[verify.PACKAGE])
    changed = attacked(memory, "data/report.pdf", lambda content: content + b"\n")
    again = KEY.sign(seal_text(changed, about["id"], "full"))
    assert check(changed, seal=again).faults == []
    assert codes(check(changed, seal=again, kept=[seal])) == {"seal.differs"}


def test_attack_foreign_key_in_the_package(sealed):
    memory, seal = sealed
    changed = attacked(memory, verify.KEYS, lambda _: f"{OTHER.public}\n".encode())
    assert "seal.differs" in codes(check(changed, seal=seal))
    assert {"checkpoint.forged", "seal.forged"} <= codes(check(changed, keys=(), seal=seal))
    assert {"checkpoint.forged"} <= codes(check(memory, keys=(OTHER,)))


def test_attack_replaced_verifier_is_found_by_one_from_elsewhere(sealed):
    memory, seal = sealed
    changed = attacked(memory, "verify.py", lambda _: b"print('verified')\n")
    assert codes(check(changed, seal=seal)) == {"seal.differs"}


def test_attack_seal_of_another_package(sealed, tmp_path):
    memory, _ = sealed
    _, other = built_of(world(2), tmp_path, "package.zip")
    assert codes(check(memory, seal=other)) == {"seal.other", "seal.differs"}


def test_attack_second_tag_manifest_left_out(sealed):
    memory, seal = sealed
    changed = memory.copy()
    del changed.files["tagmanifest-sha512.txt"]
    assert {"package.no_manifest", "seal.differs"} <= codes(check(changed, seal=seal))


# --- What is kept outside, and keys that were replaced ---


def test_checkpoint_kept_before_agrees(sealed):
    memory, seal = sealed
    made = world()
    half = KEY.checkpoint(made.ledgers()[0], 2)
    report = check(memory, seal=seal, kept=[*kept_of(made), half, half.replace("\n", "\r\n")])
    assert report.faults == []


@pytest.mark.parametrize("typed", ["{0} {1}", "{0} · {2}", " {0}  {3} ", "zhiping-0a1b2c3d · {0} · {1}"])
def test_printed_line_may_be_typed_in_several_ways(sealed, typed):
    memory, seal = sealed
    hashes = [leaf.hash for leaf in world().ledgers()[-1].leaves]
    letters = fingerprint(root(hashes))
    text = typed.format(len(hashes), letters, letters.lower(), letters.replace("-", " ").replace("0", "O"))
    assert check(memory, seal=seal, kept=[text]).faults == []
    wrong = text.replace(str(len(hashes)), str(len(hashes) - 1), 1)
    assert codes(check(memory, seal=seal, kept=[wrong])) == {"kept.differs"}


def later(made, more=3):
    """Return a later note of the evaluation's ledger with the proof that it extends the packaged one."""
    import base64

    ledger = made.ledgers()[0]
    first = len(ledger.leaves)
    leaves = [*ledger.leaves, *(Leaf(leaf_hash(number)) for number in range(more))]
    hashes = [leaf.hash for leaf in leaves]
    lines = [base64.b64encode(bytes.fromhex(one)).decode() for one in consistency_proof(hashes, first)]
    text = checkpoint_text(f"{KEY.name}/evaluation/{made.evaluation}", len(hashes), root(hashes))
    return f"zhiping/consistency/1 {first}\n" + "".join(f"{one}\n" for one in lines) + "\n" + KEY.sign(text)


def test_later_checkpoint_with_its_proof_agrees(sealed):
    memory, seal = sealed
    proof = later(world())
    assert check(memory, seal=seal, kept=[proof]).faults == []
    lines = proof.split("\n")
    wrong = "\n".join(
        [lines[0], lines[1][:5] + ("A" if lines[1][5] != "A" else "B") + lines[1][6:], *lines[2:]]
    )
    assert codes(check(memory, seal=seal, kept=[wrong])) == {"kept.differs"}
    forked = later(rewritten(world(), change_date))
    assert codes(check(memory, seal=seal, kept=[forked])) == {"kept.differs"}


@pytest.mark.parametrize("text", ["", "hello", "1 2", "zhiping-0a1b2c3d/x\n"])
def test_kept_text_that_is_no_checkpoint_is_a_fault(sealed, text):
    memory, seal = sealed
    assert codes(check(memory, seal=seal, kept=[text])) == {"checkpoint.malformed"}


def handover(old, new, signers):
    """Return the entry of the log in which a key hands over to another."""
    text = f"zhiping checkpoint key\n{old.public}\n{new.public}\n"
    first, second = (one.sign(text) for one in signers)
    return {"key": new.public, "before": old.public, "note": first + second.rpartition("\n\n")[2]}


@pytest.mark.parametrize(("signers", "good"), [((KEY, OTHER), True), ((OTHER, OTHER), False)])
@pytest.mark.parametrize("trusted", [KEY, OTHER])
def test_key_that_a_trusted_one_endorsed_is_trusted(tmp_path, monkeypatch, signers, good, trusted):
    made = world()
    ledgers = made.ledgers()
    log = ledgers[-1]
    body = {
        "at": "2026-03-02T09:00:00+00:00", "by": None, "data": handover(KEY, OTHER, signers),
        "head": str(LOG),
        "id": "x", "name": "checkpoint.key_named", "nonce": "0" * 32, "seq": len(log.leaves),
    }  # fmt: skip
    log = dataclasses.replace(log, leaves=[*log.leaves, Leaf(leaf_hash(body), canonical(body))])
    signed = [*checkpoints(ledgers[:-1], KEY), OTHER.checkpoint(log)]
    memory, seal = in_memory(made, ledgers=[*ledgers[:-1], log], checkpoints=signed)
    report = check(memory, keys=(trusted,), seal=seal)
    assert (report.faults == []) is good


def test_file_left_out_with_a_reason_is_named_and_no_fault():
    made = world()
    path = next(path for path in made.files if path.startswith("evidence/"))
    digest = hashlib.sha256(made.files.pop(path)).hexdigest()
    memory, seal = in_memory(made, omitted={digest: "disposed of on 2046-04-01"})
    report = check(memory, seal=seal)
    assert report.faults == []
    assert next(one for one in report.unchecked if one["code"] == "evidence.omitted")["why"].startswith(
        "disposed"
    )
    memory, seal = in_memory(made)
    assert codes(check(memory, seal=seal)) == {"evidence.missing"}


HOSTILE = [
    b"",
    b"[]",
    b"{}",
    b"null",
    b"1",
    b'"x"',
    b"[" * 5000,
    b"\xff",
    b'{"ledgers": [1, "x", {"kind": 1}]}',
]


@pytest.mark.parametrize("content", HOSTILE)
@pytest.mark.parametrize(
    "path", [verify.PACKAGE, verify.CHECKPOINTS, verify.KEYS, "data/result.json", "bagit.txt"]
)
def test_file_of_another_shape_is_a_fault_and_ends_nothing(sealed, path, content):
    memory, seal = sealed
    report = check(attacked(memory, path, lambda _: content), seal=seal)
    assert len(report.faults) >= 2
    assert list(verify.lines(report, "en"))
    assert json.dumps(verify.document(report, "zh"))


def test_faults_are_named_with_their_record_in_both_languages(sealed):
    memory, seal = sealed
    path = ledger_file(memory)
    changed = attacked(memory, path, lambda content: content.replace(b"2025-12-31", b"2025-11-30"))
    report = check(changed, seal=seal)
    zh, en = ("\n".join(verify.lines(report, one)) for one in ("zh", "en"))
    assert f"  记录 {place(path)} 第 0 条：与写入时不一致" in zh
    assert f"  ledger {place(path)}, entry 0: it is not what was written" in en
