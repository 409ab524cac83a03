"""Reports (8.3): what people write, editions, objections and their decisions, who received the report."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from zhiping.accounts.models import Organisation, User
from zhiping.evaluations.models import Evaluation
from zhiping.ids import uuid7
from zhiping.rubrics.models import LegalMark
from zhiping.scoring.models import Result

MOST = 4000  # characters of a text


class ReportPart(models.Model):
    """A part of the report that people write; `text`: paragraphs, of the lists one entry a line."""

    LEDGER: ClassVar = "evaluation"

    class Name(models.TextChoices):
        """The parts."""

        OVERVIEW = "overview"
        PROBLEMS = "problems"
        HIGHLIGHTS = "highlights"

    id = models.UUIDField(primary_key=True, default=uuid7)
    evaluation = models.ForeignKey(Evaluation, models.PROTECT, related_name="report_parts")
    name = models.CharField(max_length=10, choices=Name.choices)
    text = models.TextField(max_length=MOST, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("evaluation", "name"), name="reporting_reportpart_once"),
        )

    def __str__(self) -> str:
        return self.name


class Recommendation(models.Model):
    """A measure the panel recommends; `findings`: the criteria it is to mend, separated by spaces."""

    LEDGER: ClassVar = "evaluation"

    id = models.UUIDField(primary_key=True, default=uuid7)
    evaluation = models.ForeignKey(Evaluation, models.PROTECT, related_name="recommendations")
    what = models.TextField(max_length=1000)
    who = models.CharField(max_length=100, blank=True)
    until = models.DateField(null=True, blank=True)
    proof = models.CharField(max_length=300, blank=True)
    findings = models.CharField(max_length=400, blank=True)

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return self.what[:40]


class Consultation(models.Model):
    """The draft sent to the operator for comment (征求意见), with the last day for objections.

    `accepted`: when the operator stated that there are none, which ends the time for them.
    """

    LEDGER: ClassVar = "evaluation"

    evaluation = models.OneToOneField(
        Evaluation, models.PROTECT, primary_key=True, related_name="consultation"
    )
    sent = models.DateTimeField()
    until = models.DateField()
    accepted = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.until}"


class Objection(models.Model):
    """An objection of the operator: to the draft, or after issue as a request for review (复核申请).

    `criterion` "": the report as a whole. The lead answers, a second person decides; `upheld` with the
    corrected mark `legal`, where a mark is corrected. `file`: sha256 of the stored attachment.
    """

    LEDGER: ClassVar = "evaluation"
    FILES: ClassVar = ("file",)

    class Kind(models.TextChoices):
        """When it was raised."""

        DRAFT = "draft"
        REVIEW = "review"

    class Verdict(models.TextChoices):
        """The lead's proposal."""

        UPHELD = "upheld"
        REFUSED = "refused"

    id = models.UUIDField(primary_key=True, default=uuid7)
    evaluation = models.ForeignKey(Evaluation, models.PROTECT, related_name="objections")
    kind = models.CharField(max_length=6, choices=Kind.choices)
    criterion = models.CharField(max_length=20, blank=True)
    text = models.TextField(max_length=MOST)
    file = models.CharField(max_length=64, blank=True)
    file_name = models.CharField(max_length=255, blank=True)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    verdict = models.CharField(max_length=7, choices=Verdict.choices, blank=True)
    legal = models.ForeignKey(LegalMark, models.PROTECT, null=True, related_name="+", db_index=False)
    answer = models.TextField(max_length=MOST, blank=True)
    answered_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    decided = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ("at", "id")
        constraints = (
            models.CheckConstraint(
                condition=Q(verdict="", answer="", answered_by__isnull=True, decided__isnull=True)
                | (~Q(verdict="") & ~Q(answer="") & Q(answered_by__isnull=False)),
                name="reporting_objection_answered_whole",
            ),
            models.CheckConstraint(
                condition=Q(decided__isnull=True, decided_by__isnull=True)
                | (Q(decided__isnull=False, decided_by__isnull=False) & ~Q(decided_by=F("answered_by"))),
                name="reporting_objection_two_people",
            ),
            models.CheckConstraint(
                condition=Q(legal__isnull=True) | (Q(verdict="upheld") & ~Q(criterion="")),
                name="reporting_objection_corrects",
            ),
        )

    def __str__(self) -> str:
        return f"{self.criterion} {self.text[:40]}"


class Edition(models.Model):
    """An edition of the report as it was sent out: a draft for comment, or an issued report.

    `words`: what people had written (domain ReportText). `pdf`, `docx`: sha256 of the stored files. An issued
    report has a number, counted per organisation and year without gaps, reviewer and signer.
    """

    LEDGER: ClassVar = "evaluation"
    FILES: ClassVar = ("pdf", "docx")

    id = models.UUIDField(primary_key=True, default=uuid7)
    evaluation = models.ForeignKey(Evaluation, models.PROTECT, related_name="editions")
    version = models.PositiveSmallIntegerField()
    result = models.ForeignKey(Result, models.PROTECT, related_name="+")
    words = models.JSONField()
    pdf = models.CharField(max_length=64)
    docx = models.CharField(max_length=64)
    at = models.DateTimeField()
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, related_name="+")
    year = models.PositiveSmallIntegerField(null=True)
    count = models.PositiveIntegerField(null=True)
    number = models.CharField(max_length=60, blank=True)
    date = models.DateField(null=True)
    reviewer = models.CharField(max_length=60, blank=True)
    signer = models.CharField(max_length=60, blank=True)

    class Meta:
        ordering = ("-version",)
        constraints = (
            models.UniqueConstraint(fields=("evaluation", "version"), name="reporting_edition_version"),
            models.UniqueConstraint(
                fields=("organisation", "year", "count"), name="reporting_edition_number_once"
            ),
            models.CheckConstraint(
                condition=Q(number="", organisation__isnull=True, year__isnull=True, count__isnull=True)
                | (
                    ~Q(number="")
                    & Q(
                        organisation__isnull=False,
                        year__isnull=False,
                        count__isnull=False,
                        date__isnull=False,
                    )
                ),
                name="reporting_edition_numbered_whole",
            ),
        )

    def __str__(self) -> str:
        return self.number or f"{self.version}"

    @property
    def issued(self) -> bool:
        """Whether it is a report and no draft."""
        return bool(self.number)


class NumberPattern(models.Model):
    """How an organisation writes the numbers of its reports, as "内质评〔{year}〕{n}号"."""

    LEDGER: ClassVar = "organisation"

    organisation = models.OneToOneField(
        Organisation, models.PROTECT, primary_key=True, related_name="report_numbers"
    )
    pattern = models.CharField(max_length=50)

    def __str__(self) -> str:
        return self.pattern


class FiledCopy(models.Model):
    """A copy of an issued report filed beside it: the scan of the signed one, or the sealed edition."""

    LEDGER: ClassVar = "evaluation"
    FILES: ClassVar = ("file",)

    class Kind(models.TextChoices):
        """What kind of copy it is."""

        SIGNED = "signed"
        SEALED = "sealed"

    id = models.UUIDField(primary_key=True, default=uuid7)
    evaluation = models.ForeignKey(Evaluation, models.PROTECT, related_name="filed_copies")
    edition = models.ForeignKey(Edition, models.PROTECT, related_name="copies")
    kind = models.CharField(max_length=6, choices=Kind.choices)
    file = models.CharField(max_length=64, db_index=True)
    file_name = models.CharField(max_length=255)
    at = models.DateTimeField()
    by = models.ForeignKey(User, models.PROTECT, related_name="+")

    class Meta:
        ordering = ("at", "id")

    def __str__(self) -> str:
        return self.file_name


class Receipt(models.Model):
    """The operator's receipt of an issued report (签收), confirmed here or on paper with its scan."""

    LEDGER: ClassVar = "evaluation"
    FILES: ClassVar = ("file",)

    id = models.UUIDField(primary_key=True, default=uuid7)
    evaluation = models.ForeignKey(Evaluation, models.PROTECT, related_name="receipts")
    edition = models.OneToOneField(Edition, models.PROTECT, related_name="receipt")
    person = models.CharField(max_length=60)
    day = models.DateField()
    file = models.CharField(max_length=64, blank=True)
    file_name = models.CharField(max_length=255, blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(User, models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return f"{self.person} {self.day}"


class Feedback(models.Model):
    """What a party says of an evaluation after the report (8.4.2); `by` None: by a link, without account."""

    LEDGER: ClassVar = "evaluation"

    class Party(models.TextChoices):
        """Who gives it."""

        OPERATOR = "operator"
        PANEL = "panel"
        ENTERPRISE = "enterprise"
        OFFICE = "office"

    id = models.UUIDField(primary_key=True, default=uuid7)
    evaluation = models.ForeignKey(Evaluation, models.PROTECT, related_name="feedback")
    party = models.CharField(max_length=10, choices=Party.choices)
    name = models.CharField(max_length=120, blank=True)
    text = models.TextField(max_length=MOST)
    at = models.DateTimeField()
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ("at", "id")

    def __str__(self) -> str:
        return self.text[:40]


class FeedbackLink(models.Model):
    """A link by which enterprises give feedback without an account; `token`: the hash of its secret."""

    LEDGER: ClassVar = "evaluation"

    id = models.UUIDField(primary_key=True, default=uuid7)
    evaluation = models.OneToOneField(Evaluation, models.PROTECT, related_name="feedback_link")
    token = models.CharField(max_length=64, unique=True)
    until = models.DateField()

    def __str__(self) -> str:
        return f"{self.until}"
