"""The page of deliberation: the disputed criteria with all that is said about them, and who is present."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from uuid import UUID

from zhiping.accounts.models import User
from zhiping.domain.consensus import Item
from zhiping.domain.exact import number_text
from zhiping.domain.sheet import Mark
from zhiping.evaluations.models import Evaluation
from zhiping.evaluations.queries.evaluation import policy_of
from zhiping.evidence.models import Evidence
from zhiping.evidence.queries import evidence_of
from zhiping.ledger.entry import fingerprint
from zhiping.ledger.models import Head
from zhiping.panels.rules import seated
from zhiping.scoring.models import AgreedMark, Dissent
from zhiping.scoring.queries import deliberation as queries
from zhiping.scoring.queries import presence
from zhiping.scoring.queries.sheet import arrived
from zhiping.texts import findings, wording
from zhiping.texts.catalogue import language, translated


@dataclass(frozen=True, slots=True)
class Row:
    """A disputed criterion: the members' marks side by side, the panel's mark, the dissents.

    `choices`: the legal marks, ascending. `reason`: what the members wrote whose mark is the proposal, where
    they wrote the same. `own`: the reader's dissent.
    """

    item: Item
    names: tuple[str, ...]
    choices: tuple[str, ...]
    agreed: AgreedMark | None
    dissents: tuple[Dissent, ...]
    own: Dissent | None
    guidance: str
    seen: tuple[Evidence, ...]

    @property
    def id(self) -> str:
        """The criterion's id."""
        return self.item.criterion.id

    @property
    def title(self) -> str:
        """The criterion's short title."""
        return translated(self.item.criterion.title)

    @property
    def text(self) -> str:
        """The criterion's wording."""
        return translated(self.item.criterion.text)

    @property
    def levels(self) -> list[str]:
        """The printed levels with their marks, best first."""
        return [wording.level_text(level) for level in self.item.criterion.levels]

    @property
    def range(self) -> Fraction:
        """The range of the marks in points."""
        return Fraction(max(self.item.units) - min(self.item.units), self.item.scale)

    @property
    def range_text(self) -> str:
        """The range as it is shown; "" where only a printed level is missing."""
        return number_text(self.range) if self.range else ""

    @property
    def marks(self) -> list[tuple[str, str, Mark]]:
        """The members' names, points and marks, as the panel is ordered; levels in the reader's language."""
        criterion, pairs = self.item.criterion, zip(self.names, self.item.marks, strict=True)
        shown = [
            (name, replace(mark, reason=wording.reason(criterion, [mark.reason]))) for name, mark in pairs
        ]
        return [(name, number_text(mark.points), mark) for name, mark in shown]

    @property
    def no_level(self) -> bool:
        """Whether a member noted that no printed level fits."""
        return any(mark.no_level for mark in self.item.marks)

    @property
    def proposal(self) -> str:
        """The median, "" with an even panel."""
        return "" if self.item.proposal is None else number_text(self.item.proposal)

    @property
    def reason(self) -> str:
        """The reason that comes with the proposal."""
        given = [m.reason for m in self.item.marks if m.points == self.item.proposal and m.reason]
        texts = findings.distinct(given)
        return texts[0] if len(texts) == 1 else ""

    @property
    def version(self) -> str:
        """A value that differs once what is shown of the criterion does."""
        mark = self.agreed
        agreed = (mark.legal_id, mark.reason, mark.guides) if mark else None
        said = [(str(one.seat_id), one.text) for one in self.dissents]
        seen = [str(one.pk) for one in self.seen]
        return hashlib.sha256(repr((agreed, said, seen)).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Board:
    """The disputed criteria, those with the widest range first, and the names of who is present."""

    rows: list[Row]
    method: str
    present: list[str]

    @property
    def open(self) -> list[Row]:
        """The criteria that are still to be settled."""
        return [row for row in self.rows if row.agreed is None]


def board(user: User, evaluation: Evaluation) -> Board:
    """Return what the page shows; only for who may see the marks."""
    sheets = queries.sheets_of(evaluation, arrived(evaluation, seated(evaluation)))
    agreed, said = queries.agreed_marks(evaluation), queries.dissents(evaluation)
    seen = [one for one in evidence_of(user, evaluation) if one.withdrawn is None]
    policy = policy_of(evaluation)
    mine = {seat.pk for seat in seated(evaluation) if seat.expert.user_id == user.pk}
    rows = []
    for name, item in queries.disputed(evaluation, sheets).items():
        about = tuple(one for one in said if one.criterion == name)
        rows.append(
            Row(
                item,
                tuple(sheet.name for sheet in sheets),
                tuple(number_text(mark) for mark in item.criterion.marks(policy.step)),
                agreed.get(name),
                about,
                next((one for one in about if one.seat_id in mine), None),
                evaluation.guidance.get(name, ""),
                tuple(one for one in seen if name in one.ids),
            )
        )
    rows.sort(key=lambda row: -row.range)
    return Board(rows, policy.method, _present(evaluation))


def _present(evaluation: Evaluation) -> list[str]:
    here = presence.present(evaluation.pk)
    return [seat.expert.name for seat in seated(evaluation) if str(seat.expert.user_id) in here]


def tag(user: User, evaluation_id: UUID, here: Sequence[str]) -> str:
    """Return the ETag of the page for a user: what it shows is in the ledger, but who is present.

    One statement. The tag is keyed, so no one can guess the size of a ledger they do not see.
    """
    size = Head.objects.filter(pk=evaluation_id).values_list("size", flat=True).first()
    return f'"{fingerprint((str(user.pk), language(), str(evaluation_id), size, sorted(here)), "board")}"'
