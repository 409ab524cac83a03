"""Records of evaluations (8.5): retention, number, packages, fixity, disposal, rules of filing."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from zhiping.accounts.models import Organisation, User
from zhiping.evaluations.models import Evaluation
from zhiping.ids import uuid7


class Retention(models.TextChoices):
    """How long a record is kept, in years (保管期限)."""

    PERMANENT = "permanent"
    THIRTY = "30"
    TEN = "10"


class Record(models.Model):
    """The record of an evaluation (评价档案): who keeps it, for how long, and its number once it is filed.

    `year`: the year it is filed under (归档年度). Numbers (档号) are counted per organisation, year and
    retention, without gaps.
    """

    LEDGER: ClassVar = "evaluation"

    evaluation = models.OneToOneField(Evaluation, models.PROTECT, primary_key=True, related_name="record")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="records")
    year = models.PositiveSmallIntegerField()
    retention = models.CharField(max_length=9, choices=Retention.choices)
    retention_reason = models.CharField(max_length=300)
    opened = models.DateTimeField()
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    count = models.PositiveIntegerField(null=True)
    number = models.CharField(max_length=60, blank=True)
    filed = models.DateField(null=True)
    filed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    disposed = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("organisation", "year", "retention", "count"), name="archive_record_number_once"
            ),
            models.CheckConstraint(
                condition=Q(number="", count__isnull=True, filed__isnull=True, filed_by__isnull=True)
                | (~Q(number="") & Q(count__isnull=False, filed__isnull=False, filed_by__isnull=False)),
                name="archive_record_numbered_whole",
            ),
        )

    def __str__(self) -> str:
        return self.number or f"{self.year}"


class Package(models.Model):
    """A sealed package of a record. `file`: sha256 of the stored zip; `seal`: the signed note beside it.

    `checks`: the check of authenticity, integrity, usability and security (四性检测), a list of
    {property, check, state}; `report`: sha256 of its page, which is filed beside the package.
    """

    LEDGER: ClassVar = "evaluation"
    FILES: ClassVar = ("file", "report")

    class Edition(models.TextChoices):
        """For whom the package is."""

        FULL = "full"
        PUBLIC = "public"

    id = models.UUIDField(primary_key=True, default=uuid7)
    evaluation = models.ForeignKey(Evaluation, models.PROTECT, related_name="packages")
    edition = models.CharField(max_length=6, choices=Edition.choices)
    file = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()
    files = models.PositiveIntegerField()
    seal = models.TextField(max_length=4000)
    made = models.DateTimeField()
    checks = models.JSONField()
    report = models.CharField(max_length=64)

    class Meta:
        ordering = ("-made", "edition")

    def __str__(self) -> str:
        return f"{self.edition} {self.file[:12]}"


class Packing(models.Model):
    """A request to pack a record, and how far the worker is; `problems`: why it failed, by language."""

    NOT_RECORDED = "the progress of a job; what it makes is recorded"
    STEPS: ClassVar = ("files", "full", "public", "check")

    id = models.UUIDField(primary_key=True, default=uuid7)
    evaluation = models.ForeignKey(Evaluation, models.PROTECT, related_name="packings")
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    asked = models.DateTimeField()
    done = models.PositiveSmallIntegerField(default=0)
    problems = models.JSONField(default=list)
    finished = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-asked",)

    def __str__(self) -> str:
        return f"{self.done}"


class Fixity(models.Model):
    """A check that a stored package is what was sealed; `faults`: what the verifier found."""

    NOT_RECORDED = "a check that can be repeated; its outcome is in the audit log"

    id = models.UUIDField(primary_key=True, default=uuid7)
    package = models.ForeignKey(Package, models.PROTECT, related_name="fixity")
    at = models.DateTimeField()
    sound = models.BooleanField()
    faults = models.JSONField(default=list)

    class Meta:
        ordering = ("-at",)
        indexes = (models.Index(fields=("package", "at"), name="archive_fixity_latest"),)

    def __str__(self) -> str:
        return f"{self.at:%F}"


class FilingRules(models.Model):
    """How an organisation files its records: pattern of their numbers, and how long it keeps them."""

    LEDGER: ClassVar = "organisation"

    organisation = models.OneToOneField(
        Organisation, models.PROTECT, primary_key=True, related_name="filing_rules"
    )
    pattern = models.CharField(max_length=60)
    retention = models.CharField(max_length=9, choices=Retention.choices)
    retention_reason = models.CharField(max_length=300)

    def __str__(self) -> str:
        return self.pattern


class Disposal(models.Model):
    """A proposal to dispose of a record (鉴定销毁), which a second person decides."""

    LEDGER: ClassVar = "evaluation"

    id = models.UUIDField(primary_key=True, default=uuid7)
    evaluation = models.ForeignKey(Evaluation, models.PROTECT, related_name="disposals")
    reason = models.TextField(max_length=1000)
    proposed = models.DateTimeField()
    proposed_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    decided = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    agreed = models.BooleanField(null=True)
    note = models.TextField(max_length=1000, blank=True)

    class Meta:
        ordering = ("-proposed",)
        constraints = (
            models.UniqueConstraint(
                fields=("evaluation",), condition=Q(decided__isnull=True), name="archive_disposal_one_open"
            ),
            models.CheckConstraint(
                condition=Q(decided__isnull=True, decided_by__isnull=True, agreed__isnull=True)
                | (
                    Q(decided__isnull=False, decided_by__isnull=False, agreed__isnull=False)
                    & ~Q(decided_by=F("proposed_by"))
                ),
                name="archive_disposal_two_people",
            ),
        )

    def __str__(self) -> str:
        return self.reason[:40]
