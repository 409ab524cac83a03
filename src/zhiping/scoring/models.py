"""Sheets with their marks, the facts put to the operator, the panel's agreed marks, and results."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from zhiping.accounts.models import User
from zhiping.evaluations.models import Evaluation
from zhiping.ids import uuid7
from zhiping.ledger.models import WithLedger
from zhiping.panels.models import Seat
from zhiping.registry.models import Platform
from zhiping.rubrics.models import LegalMark

APPEND_ONLY = ("scoring_result",)
DISPOSABLE = {"scoring_result": "ledger_tombstone.head_id = OLD.evaluation_id"}

_LEGAL = """
    SELECT 1 FROM rubrics_legalmark AS legal
    WHERE legal.id = NEW.legal_id AND legal.criterion = NEW.criterion
    AND legal.rubric_id = evaluation.rubric_id
    AND (NOT legal.halves OR evaluation.policy ->> 'step' = '0.5')
"""
GUARDS = {  # conditions that a new or changed row meets, or the database refuses it
    "scoring_mark": f"""
        SELECT 1 FROM scoring_sheet AS sheet
        JOIN ledger_head AS own ON own.id = sheet.head_id
        JOIN evaluations_evaluation AS evaluation ON evaluation.head_id = sheet.evaluation_id
        JOIN ledger_head AS around ON around.id = evaluation.head_id
        WHERE sheet.head_id = NEW.sheet_id AND own.phase = 'draft' AND around.phase = 'scoring'
        AND (NEW.legal_id IS NULL OR EXISTS ({_LEGAL}))
    """,  # noqa: S608 - contains no value
    "scoring_agreedmark": f"""
        SELECT 1 FROM evaluations_evaluation AS evaluation
        JOIN ledger_head AS around ON around.id = evaluation.head_id
        WHERE evaluation.head_id = NEW.evaluation_id AND around.phase = 'deliberating' AND EXISTS ({_LEGAL})
    """,  # noqa: S608 - contains no value
}


class Sheet(WithLedger):
    """The marks of one member, or of the whole panel where it fills in one table together.

    Its id is its seat's, so a sheet opened twice is one; `seat` None: the common sheet. Phases are those of
    `domain.lifecycle.SheetState`. `content_sha256`: the hash of what was handed in
    (`domain.sheet.content_sha256`). `return_asked`: when the member asked for it back, until it is returned.
    """

    AROUND: ClassVar = (
        "head", "evaluation__head", "evaluation__rubric", "evaluation__programme", "evaluation__platform",
        "seat__expert",
    )  # fmt: skip

    evaluation = models.ForeignKey(Evaluation, models.PROTECT, related_name="sheets")
    seat = models.OneToOneField(Seat, models.PROTECT, null=True, related_name="sheet")
    handed_in = models.DateTimeField(null=True)
    content_sha256 = models.CharField(max_length=64, blank=True)
    return_asked = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("evaluation",), condition=Q(seat__isnull=True), name="scoring_sheet_one_common"
            ),
            models.CheckConstraint(
                condition=Q(handed_in__isnull=True, content_sha256="")
                | (Q(handed_in__isnull=False) & ~Q(content_sha256="")),
                name="scoring_sheet_handed_in_whole",
            ),
        )

    def __str__(self) -> str:
        return f"{self.evaluation_id} {self.seat or ''}"


class Mark(models.Model):
    """The current mark for a criterion of a sheet: the last of its events.

    `legal`: the row of the rubric's legal marks, None where a mark was taken away. `event`: the event that
    gave it, which the next one names as replaced. `evidence`: ids of the evidence it rests on.
    """

    LEDGER: ClassVar = "sheet"

    id = models.UUIDField(primary_key=True)  # follows from sheet and criterion
    sheet = models.ForeignKey(Sheet, models.PROTECT, related_name="marks", db_index=False)
    criterion = models.CharField(max_length=20)
    legal = models.ForeignKey(LegalMark, models.PROTECT, null=True, related_name="+", db_index=False)
    version = models.PositiveIntegerField()
    event = models.UUIDField()
    reason = models.TextField(max_length=2000, blank=True)
    advice = models.TextField(max_length=2000, blank=True)
    note = models.TextField(max_length=2000, blank=True)
    no_level = models.BooleanField(default=False)
    evidence = models.JSONField(default=list)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("sheet", "criterion"), name="scoring_mark_once"),)

    def __str__(self) -> str:
        return self.criterion


class PaperSheet(models.Model):
    """A member's signed paper sheet as the secretary entered it, until the member decides on it.

    `marks`: criterion id → points, reason, advice, note, no_level. Confirming it gives the marks as the
    member's own; `refused` is the reason why the member did not. `by_scan`: the signed scan itself confirmed
    it, since the member has no account.
    """

    LEDGER: ClassVar = "sheet"
    FILES: ClassVar = ("scan",)

    id = models.UUIDField(primary_key=True, default=uuid7)
    sheet = models.ForeignKey(Sheet, models.PROTECT, related_name="papers")
    marks = models.JSONField()
    scan = models.CharField(max_length=64)  # sha256 of the stored file
    scan_name = models.CharField(max_length=255)
    entered = models.DateTimeField()
    entered_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    confirmed = models.DateTimeField(null=True)
    by_scan = models.BooleanField(default=False)
    refused = models.TextField(max_length=1000, blank=True)

    class Meta:
        ordering = ("-entered",)

    def __str__(self) -> str:
        return f"{self.entered:%F}"


class Confirmation(models.Model):
    """A member's confirmation of the common sheet, as its content was."""

    LEDGER: ClassVar = "sheet"

    id = models.UUIDField(primary_key=True, default=uuid7)
    sheet = models.ForeignKey(Sheet, models.PROTECT, related_name="confirmations")
    seat = models.ForeignKey(Seat, models.PROTECT, related_name="+")
    content_sha256 = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("sheet", "seat"), name="scoring_confirmation_once"),)

    def __str__(self) -> str:
        return f"{self.seat}"


class FactCheck(models.Model):
    """How the facts put to the operator at the closing meeting were settled (问题确认单).

    `by`: the person of the operator who confirmed. `declined`: the reason why there is no confirmation.
    """

    LEDGER: ClassVar = "evaluation"

    evaluation = models.OneToOneField(Evaluation, models.PROTECT, primary_key=True, related_name="fact_check")
    settled = models.DateTimeField(null=True)
    by = models.CharField(max_length=60, blank=True)
    declined = models.TextField(max_length=1000, blank=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(settled__isnull=False) | Q(settled__isnull=True, by="", declined=""),
                name="scoring_factcheck_settled_whole",
            ),
        )

    def __str__(self) -> str:
        return self.by or self.declined


class FactScan(models.Model):
    """The scan of a 问题确认单 that the operator signed; it stays when the facts are answered again.

    `by`: the person of the operator who confirmed. `scan`: sha256 of the stored file.
    """

    LEDGER: ClassVar = "evaluation"
    FILES: ClassVar = ("scan",)

    id = models.UUIDField(primary_key=True, default=uuid7)
    evaluation = models.ForeignKey(Evaluation, models.PROTECT, related_name="fact_scans")
    by = models.CharField(max_length=60)
    at = models.DateTimeField()
    scan = models.CharField(max_length=64)
    scan_name = models.CharField(max_length=255)

    class Meta:
        ordering = ("-at", "-id")

    def __str__(self) -> str:
        return self.scan_name


class Fact(models.Model):
    """The fact the panel states about a criterion, and the operator's answer to it.

    `left_out`: the lead does not put it to the operator. `title`: of the criterion, where a query sets it.
    """

    LEDGER: ClassVar = "evaluation"
    title: str

    class Answer(models.TextChoices):
        """The operator's answer."""

        NONE = ""
        AGREED = "agreed"
        OBJECTED = "objected"

    id = models.UUIDField(primary_key=True, default=uuid7)
    evaluation = models.ForeignKey(Evaluation, models.PROTECT, related_name="facts")
    criterion = models.CharField(max_length=20)
    fact = models.TextField(max_length=2000, blank=True)
    left_out = models.BooleanField(default=False)
    answer = models.CharField(max_length=10, choices=Answer.choices, default="", blank=True)
    reply = models.TextField(max_length=2000, blank=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("evaluation", "criterion"), name="scoring_fact_once"),)

    def __str__(self) -> str:
        return f"{self.criterion} {self.fact}"


class AgreedMark(models.Model):
    """The panel's mark for a disputed criterion, with its reason.

    `guides`: the reason is offered to next year's guidance.
    """

    LEDGER: ClassVar = "evaluation"

    id = models.UUIDField(primary_key=True, default=uuid7)
    evaluation = models.ForeignKey(Evaluation, models.PROTECT, related_name="agreed_marks")
    criterion = models.CharField(max_length=20)
    legal = models.ForeignKey(LegalMark, models.PROTECT, related_name="+", db_index=False)
    reason = models.TextField(max_length=2000)
    guides = models.BooleanField(default=False)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("evaluation", "criterion"), name="scoring_agreedmark_once"),
        )

    def __str__(self) -> str:
        return self.criterion


class Dissent(models.Model):
    """A member's dissent from the panel's mark for a criterion (保留意见)."""

    LEDGER: ClassVar = "evaluation"

    id = models.UUIDField(primary_key=True, default=uuid7)
    evaluation = models.ForeignKey(Evaluation, models.PROTECT, related_name="dissents")
    seat = models.ForeignKey(Seat, models.PROTECT, related_name="+")
    criterion = models.CharField(max_length=20)
    text = models.TextField(max_length=2000)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("evaluation", "seat", "criterion"), name="scoring_dissent_once"),
        )

    def __str__(self) -> str:
        return self.text


class Signature(models.Model):
    """A member's signature under the result; it holds only for the result of this hash.

    `scan`: sha256 of the signed paper, where the member signed on paper and another person recorded it.
    """

    LEDGER: ClassVar = "evaluation"
    FILES: ClassVar = ("scan",)

    id = models.UUIDField(primary_key=True, default=uuid7)
    evaluation = models.ForeignKey(Evaluation, models.PROTECT, related_name="signatures")
    seat = models.ForeignKey(Seat, models.PROTECT, related_name="+")
    result_sha256 = models.CharField(max_length=64)
    at = models.DateTimeField()
    scan = models.CharField(max_length=64, blank=True)
    scan_name = models.CharField(max_length=255, blank=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("evaluation", "seat"), name="scoring_signature_once"),)

    def __str__(self) -> str:
        return f"{self.seat} {self.result_sha256[:12]}"


class Result(models.Model):
    """The result of an evaluation as it was concluded; a correction is a new version.

    `document`: a domain.result_document.Result as JSON text, its keys in order: a column of JSON would sort
    them. Events record its SHA-256, because it follows from marks and rules that are in the ledgers.
    """

    LEDGER: ClassVar = "evaluation"
    HASHED: ClassVar = ("document",)

    id = models.UUIDField(primary_key=True, default=uuid7)
    evaluation = models.ForeignKey(Evaluation, models.PROTECT, related_name="results")
    version = models.PositiveSmallIntegerField(default=1)
    document = models.TextField()
    sha256 = models.CharField(max_length=64)
    grade = models.CharField(max_length=12)
    graded = models.CharField(max_length=24)  # the score the grade follows from, exact: "89.5", "268/3"
    concluded = models.DateTimeField()

    class Meta:
        ordering = ("-version",)
        constraints = (
            models.UniqueConstraint(fields=("evaluation", "version"), name="scoring_result_version"),
        )

    def __str__(self) -> str:
        return f"{self.grade} {self.graded}"


class EarlierResult(models.Model):
    """A result from before this system: entered by hand, or imported with its document (as of `Result`)."""

    LEDGER: ClassVar = "platform"
    HASHED: ClassVar = ("document",)

    id = models.UUIDField(primary_key=True, default=uuid7)
    platform = models.ForeignKey(Platform, models.PROTECT, related_name="earlier_results")
    kind = models.CharField(max_length=10)
    period_end = models.DateField()
    grade = models.CharField(max_length=12)
    graded = models.CharField(max_length=24)
    document = models.TextField(blank=True)
    note = models.TextField(max_length=1000, blank=True)
    added_by = models.ForeignKey(User, models.PROTECT, related_name="+")

    class Meta:
        ordering = ("-period_end",)
        constraints = (
            models.UniqueConstraint(
                fields=("platform", "kind", "period_end"), name="scoring_earlierresult_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.period_end.year} {self.grade} {self.graded}"
