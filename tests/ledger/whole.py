"""The world of the access tests, and a row of every other recorded table."""

from tests.access import world
from tests.accounts.second_factors import give
from tests.scoring.scoring import begun, handed_in
from tests.server.cast import NOW, TODAY

from zhiping.ledger.act import Act

NEVER = {  # tables nothing writes to
    "account_emailaddress", "account_emailconfirmation", "scoring_papersheet", "scoring_confirmation",
    "scoring_factcheck", "scoring_fact", "scoring_agreedmark", "scoring_dissent", "scoring_signature",
    "scoring_result", "scoring_earlierresult",
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
    handed_in(cast, begun(cast, platform="b"), "member")
    return made
