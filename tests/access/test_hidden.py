"""Restricted texts appear on no page, export or API response of other users (T7)."""

import io
import json
import tomllib
import zipfile
from pathlib import Path

import rules.permissions
from tests.access import matrix
from tests.access.test_access import expected
from tests.access.world import things
from tests.evidence.files import pdf, received
from tests.server.cast import NOW, PEOPLE, TODAY

from zhiping.evaluations.rules import is_of_operator
from zhiping.ledger.act import Act

ACCESS = tomllib.loads((Path(__file__).parent / "access.toml").read_text(encoding="utf-8"))
OFFICERS = "officer officer_a"

# A unique text → users who can read it on some page.
SECRETS = {
    "藏名专家": f"{OFFICERS} officer_b",  # in the province's pool, on a panel that is still being composed
    "藏由甲": f"{OFFICERS} member",  # the conflict a member declared
    "藏由乙": f"{OFFICERS} member",  # why a member is asked to step aside
    "藏谈话": f"{OFFICERS} lead member",  # an interview at the operator's
    "藏通知": "staff",
    "藏自有": "head",  # an operator's own people
    "藏佐证": f"{OFFICERS} staff head lead member",  # evidence of the operator's side
    "藏查阅": f"{OFFICERS} lead member",  # a document seen on site, before conclusion
    "藏站点": f"{OFFICERS} staff head lead member",  # a site of the platform, which the panel visits
}

FILES = ("experts:export-experts", "panels:draw-record")  # by POST
EXPORTED = 'name="export" value="xlsx"'  # the button of a list

# Objects of URLs: the things of evaluation_a, then those of an evaluation still being planned.
WORLDS = (
    {"seat": "member_seat", "expert": "expert_p", "operator": "a1", "organisation": "a1", "authority": "a"},
    {"platform": "platform_p", "evaluation": "evaluation_p", "draw": "draw_p", "expert": "hidden_expert",
     "seat": "hidden_seat", "programme": "programme_p"},
)  # fmt: skip


def plant(cast, world):
    """Store each secret in its field."""
    from zhiping.evidence.actions import evidence
    from zhiping.experts.actions import expert
    from zhiping.notices import actions as notices
    from zhiping.panels.actions import declaration, panel, recusal
    from zhiping.registry import actions as registry
    from zhiping.visits.actions import visit

    act, member = Act(cast.officer_a, NOW), world["member_seat"]
    pool = {"keeper": cast.organisation("province"), "employer": "某检测院"}
    hidden = expert.add_expert(Act(cast.officer, NOW), name="藏名专家", **pool)
    planned = world["evaluation_p"]
    world["hidden_expert"], world["platform_p"] = hidden, planned.platform
    world["hidden_seat"] = panel.seat_expert(
        Act(cast.officer, NOW), evaluation=planned, expert=hidden, role="member"
    )
    declaration.sign_declarations(Act(cast.member, NOW), seats=[member], conflict="藏由甲")
    recusal.ask_recusal(act, seat=member, reason="藏由乙")
    visit.write_visit_record(
        Act(cast.officer_a, NOW),
        world["evaluation_a"],
        kind="interview",
        who="某人",
        subject="藏谈话",
        day=TODAY,
    )
    here = world["evaluation_a"]
    evidence.record_seen(Act(cast.lead, NOW), here, caption="藏查阅", criteria="3.1")
    file = received(pdf("藏"))
    evidence.hand_in_file(Act(cast.staff, NOW), here, file=file, criteria="3.4", caption="藏佐证")
    notices.notify(to=cast.staff, code="panel.removed", data={"platform": "藏通知"}, now=NOW)
    expert.add_expert(
        Act(cast.head, NOW), name="藏自有", keeper=cast.organisation("a1"), employer="甲一质量服务中心"
    )
    registry.add_site(act, platform=world["platform_a"], name="藏站点")


def pages(world):
    """Return every URL with each object, and the users that may open it.

    Then those of files. For the first objects access.toml has the users with access;
    others must not see a secret there.
    """
    opened = {name: row for name, row in ACCESS.items() if ":" in name and "200" in row["get"]}
    for number, names in enumerate(WORLDS):
        known = {name.removesuffix("_a"): thing for name, thing in world.items() if not number}
        known |= {name: world[other] for name, other in names.items()}
        for name, asks in matrix.addresses():
            about = {key.removesuffix("_id") for key, _ in asks}
            if name in opened and (not number or about & set(known)):
                url = matrix.address(name, asks, known)
                answers = expected(opened[name], "get")
                asked = [who for who in PEOPLE if number or answers[who] == 200]
                yield url, asked
                if not asks:
                    yield f"{url}?export=xlsx", asked
    for name in FILES:
        answers = expected(ACCESS[name], "post")
        url = matrix.address(name, dict(matrix.addresses())[name], {"draw": world["draw_a"]})
        yield url, [who for who in PEOPLE if answers[who] == 200]


def text_of(answer):
    """Return the text of a response, whatever its format."""
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    if body.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(body)) as package:
            return "".join(package.read(name).decode(errors="replace") for name in package.namelist())
    if answer.headers["Content-Type"].startswith("application/json"):
        return json.dumps(json.loads(body), ensure_ascii=False)
    return body.decode(errors="replace")


def readers(cast, world):
    """Return the users that can read each secret on some page."""
    found = {secret: set() for secret in SECRETS}
    visitors, asked = matrix.visitors(cast), 0
    files = {url for url, _ in list(pages(world))[-len(FILES) :]}
    for url, people in pages(world):
        for name in people:
            asked += 1
            client = visitors[name][0]
            said = text_of(client.post(url) if url in files else client.get(url))
            if EXPORTED in said:
                asked += 1
                said += text_of(client.post(url, {"export": "xlsx"}))
            for secret in (one for one in SECRETS if one in said):
                found[secret].add(name)
    assert asked > 1_500
    return found


def test_secrets_are_visible_to_their_readers(cast):
    world = things(cast)
    plant(cast, world)
    assert readers(cast, world) == {secret: set(names.split()) for secret, names in SECRETS.items()}


def test_leaked_secret_is_detected(cast, monkeypatch):
    """Positive control: the operator sees the panel too early."""
    world = things(cast)
    plant(cast, world)
    monkeypatch.setitem(rules.permissions.permissions, "panels.see_duties", is_of_operator)
    client = matrix.visitors(cast)["staff"][0]
    duties = [url for url, _ in pages(world) if url.endswith("/duties")]
    assert any("藏名专家" in text_of(client.get(url)) for url in duties)
