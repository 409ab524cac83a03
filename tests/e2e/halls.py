"""An installation with the examples of the command line in scoring: `python -m tests.e2e.halls`."""

import json

import django

SECRETARY = "substitute"
CASES = {"platform": None, "offline": "mean", "self": None}  # the method, where it is not the example's


def build():
    """Fill the migrated folder of the environment; write the ids of what was made into halls.json."""
    from django.conf import settings
    from tests.server import cast as people

    people.make()
    cast = people.Cast()
    made = {name: _opened(cast, name, method) for name, method in CASES.items()}
    made |= {"begun": {"id": _begun(cast)}, "deliberating": {"id": _deliberating(cast)}}
    (settings.DATA_FOLDER / "halls.json").write_text(json.dumps(made), encoding="utf-8")


def _opened(cast, name, method):
    """Return the ids of an example's evaluation, its scoring begun, with the meetings of its visit."""
    from tests.panels import panels
    from tests.scoring import deliberating, examples
    from tests.server.cast import NOW

    from zhiping.ledger.act import Act
    from zhiping.panels.actions.panel import seat_expert

    evaluation, experts = examples.opened(cast, name, method)
    deliberating.meetings(cast, evaluation, evaluation.visit_start)
    if name == "platform":
        act = Act(cast.officer, NOW)
        seat_expert(act, panels.fresh(evaluation), expert=cast.expert(SECRETARY), role="secretary")
    names = {str(seat.expert_id): key for key, seat in experts.items()}
    users = {key: seat.expert.user.username for key, seat in experts.items()}
    return {"id": str(evaluation.pk), "names": names, "users": users}


def _begun(cast):
    """Return the id of an evaluation of operator B whose scoring has begun."""
    from tests.scoring.scoring import begun

    return str(begun(cast, platform="b").pk)


def _deliberating(cast):
    """Return the id of an evaluation of operator A with two disputed criteria."""
    from tests.scoring import deliberating

    return str(deliberating.closed(cast).pk)


if __name__ == "__main__":
    django.setup()
    build()
