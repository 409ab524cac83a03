"""The world of the access tests, and a row of every other recorded table."""

from tests.access import world
from tests.accounts.second_factors import give
from tests.scoring.deliberating import closed, seen, settle
from tests.server.cast import NOW, TODAY

from zhiping.ledger.act import Act
from zhiping.scoring.actions.deliberation import record_dissent

NEVER = {  # tables nothing writes to
    "account_emailaddress", "account_emailconfirmation", "scoring_papersheet", "scoring_confirmation",
    "scoring_signature", "scoring_result", "scoring_earlierresult",
}  # fmt: skip


def build(cast):
    """Make it with the actions people use; return the world's things."""
    from zhiping.accounts.actions.invitations import invite
    from zhiping.accounts.actions.passwords import set_password
    from zhiping.experts.actions.expert import write_affiliation
    from zhiping.notices.actions import add_webhook
    from zhiping.operations.actions import add_keeper
    from zhiping.panels.actions.duties import share_duties
    from zhiping.visits.models import PaperTemplate

    made = world.build(cast)
    share_duties(Act(cast.officer_a, NOW), made["evaluation"])
    invite(Act(cast.officer_a, NOW), cast.staff)
    set_password(Act(cast.head, NOW), cast.head, password="Andere-Wiese-7412")
    give(cast.officer)
    add_webhook(Act(cast.administrator, NOW), name="监管平台", url="https://example.org/x", events=[])
    write_affiliation(Act(cast.officer, NOW), cast.expert("member"), organisation="某研究院", since=TODAY)
    authority = cast.organisation("a")
    add_keeper(Act(cast.officer_a, NOW), authority, address="archive@example.org")
    with Act(cast.officer_a, NOW).record("visits.replace_template", authority, "template.replaced") as entry:
        values = {"paper": "notice", "language": "zh", "uploaded": NOW, "uploaded_by": cast.officer_a}
        entry.add(PaperTemplate(authority=authority, content=b"docx", **values))
    _deliberated(cast)
    return made


def _deliberated(cast):
    """Carry an evaluation to a dissent from a mark the panel agreed on."""
    evaluation = closed(cast, platform="b")
    settle(cast, evaluation, **{"4_1": "0"})
    seen_by_member = seen(cast, "member", evaluation)
    record_dissent(Act(cast.member, NOW), seen_by_member, criterion="4.1", text="不同意")
