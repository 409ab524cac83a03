"""A concluded evaluation of the server, packed from its rows: real events, leaves, checkpoints and result."""

import json

from tests.panels import panels
from tests.scoring.deliberating import closed
from tests.scoring.scoring import MEMBERS
from tests.scoring.test_result import conclude, sign
from tests.server.cast import NOW

from zhiping.documents.files import result_file, rubric_file
from zhiping.documents.package import verify
from zhiping.documents.package.building import build, place_seal
from zhiping.documents.package.contents import Contents, File, Leaf, Ledger
from zhiping.documents.package.recomputation import recompute
from zhiping.domain.transparency.canonical import canonical
from zhiping.domain.transparency.note import signed_note
from zhiping.ids import uuid7
from zhiping.ledger import checkpoints, kept, keys
from zhiping.ledger.models import LOG, Checkpoint, Event, Head
from zhiping.ledger.models import Leaf as Row


def ledger_of(head, own):
    """Return a ledger as it is packed; of the log of checkpoints only what concerns these heads is open."""
    events = {event.seq: event for event in Event.objects.filter(head=head)}
    leaves = []
    for seq, hashed in Row.objects.filter(head=head).order_by("seq").values_list("seq", "hash"):
        shown = head.id != LOG or str(events[seq].data.get("head")) in own or "key" in events[seq].data
        leaves.append(Leaf(hashed, canonical(events[seq].body()) if shown else None))
    return Ledger(head.kind, head.id, leaves)


def packed(evaluation):
    """Return what a package of an evaluation holds."""
    checkpoints.sign_grown(now=NOW)
    heads = [Head.objects.get(id=evaluation.pk), *Head.objects.filter(kind="sheet"), Head.objects.get(id=LOG)]
    result = json.loads(evaluation.results.get().document)
    return Contents(
        id=uuid7(), edition="full", evaluation=evaluation.pk,
        title={"zh": "评价归档包", "en": "Archive package"}, organisation="某局", made=NOW, generator="test",
        files=[
            File("result.json", result_file.dumps(result)),
            File("rubric.toml", rubric_file.dumps(rubric_file.bundled()).encode()),
        ],
        ledgers=[ledger_of(head, {str(one.id) for one in heads}) for head in heads],
        checkpoints=[row.note for row in Checkpoint.objects.filter(head__in=heads).order_by("head", "size")],
        keys=keys.named(), result="result.json", rubric="rubric.toml", printed=kept.printed(),
    )  # fmt: skip


def test_concluded_evaluation_is_packed_and_verifies(cast, tmp_path):
    evaluation = closed(cast, {name: {"4_1": "0"} for name in MEMBERS})
    sign(cast, evaluation, *MEMBERS)
    conclude(cast, evaluation)
    evaluation = panels.fresh(evaluation)
    contents = packed(evaluation)
    built = build(contents, tmp_path / "package.zip")
    key = keys.own()
    text = built.seal_text(key.name)
    place_seal(built.path, signed_note(text, key.name, key.id, key.private.sign(text.encode())))
    (tmp_path / "key.txt").write_text("\n".join(keys.named()))
    source = verify.opened(built.path)
    report = verify.verified(built.path, source, str(tmp_path / "key.txt"), None, [contents.printed])
    recompute(source, report)
    source.close()
    assert (report.faults, report.unchecked) == ([], [])
    assert (report.facts["sealed"], report.facts["computed"]) == (True, True)
    assert len(report.facts["ledgers"]) == 2 + len(MEMBERS)
