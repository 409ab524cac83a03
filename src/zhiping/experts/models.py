"""The pool of experts: the facts that 6.2.2 requires of a panel member, with their dates."""

from typing import ClassVar

from django.db import models

from zhiping.accounts.models import Organisation, Region, User
from zhiping.ledger.models import NameKey, WithLedger


class Expert(WithLedger):
    """A person eligible for panels; `keeper` is the authority or operator whose pool has the entry.

    `experience`: None if not stated, "" if stated that there is none.
    """

    class Rank(models.TextChoices):
        """The rank of a professional title."""

        UNKNOWN = ""
        JUNIOR = "junior"
        INTERMEDIATE = "intermediate"
        ASSOCIATE = "associate"
        SENIOR = "senior"

    user = models.OneToOneField(User, models.PROTECT, null=True, blank=True, related_name="expert")
    keeper = models.ForeignKey(Organisation, models.PROTECT, related_name="experts")
    region = models.ForeignKey(Region, models.PROTECT, related_name="+")
    name = models.CharField(max_length=60)
    name_key = NameKey(max_length=100)
    phone = models.CharField(max_length=20, blank=True)
    email = models.EmailField(blank=True)
    employer = models.CharField(max_length=120)
    title = models.CharField(max_length=60, blank=True)
    rank = models.CharField(max_length=12, choices=Rank.choices, default="", blank=True)
    equivalent_ability = models.CharField(max_length=300, blank=True)
    experience = models.TextField(max_length=1000, null=True, blank=True)
    note = models.TextField(max_length=1000, blank=True)
    left_pool = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ("name",)
        constraints = (
            models.UniqueConstraint(fields=("keeper", "name_key", "phone"), name="experts_expert_once"),
        )
        indexes = (
            models.Index(fields=("region", "name"), name="experts_expert_region"),
            models.Index(fields=("name", "head"), name="experts_expert_name"),
        )

    def __str__(self) -> str:
        return self.name


class ExpertField(models.Model):
    """A field of expertise of an expert."""

    LEDGER: ClassVar = "expert"

    class Field(models.TextChoices):
        """The services of a platform (3.2), and the skills needed to run one."""

        METROLOGY = "metrology"
        STANDARDS = "standards"
        CERTIFICATION = "certification"
        TESTING = "testing"
        QUALITY = "quality"
        INFORMATION = "information"
        SERVICE = "service"
        LAW = "law"

    expert = models.ForeignKey(Expert, models.PROTECT, related_name="fields")
    field = models.CharField(max_length=15, choices=Field.choices)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("expert", "field"), name="experts_expert_field_once"),)

    def __str__(self) -> str:
        return self.field


class Training(models.Model):
    """A training an expert passed, with its period of validity."""

    LEDGER: ClassVar = "expert"

    expert = models.ForeignKey(Expert, models.PROTECT, related_name="trainings")
    topic = models.CharField(max_length=120)
    date = models.DateField()
    valid_until = models.DateField(null=True, blank=True)
    number = models.CharField(max_length=60, blank=True)

    class Meta:
        ordering = ("-date",)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(valid_until__isnull=True) | models.Q(valid_until__gte=models.F("date")),
                name="experts_training_dates",
            ),
        )

    def __str__(self) -> str:
        return self.topic


class Affiliation(models.Model):
    """A present or past employer of an expert: a registered operator, or another organisation by name."""

    LEDGER: ClassVar = "expert"

    expert = models.ForeignKey(Expert, models.PROTECT, related_name="affiliations")
    organisation = models.CharField(max_length=120)
    operator = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="+")
    since = models.DateField(null=True, blank=True)
    until = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ("-until",)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(until__isnull=True)
                | models.Q(since__isnull=True)
                | models.Q(until__gte=models.F("since")),
                name="experts_affiliation_dates",
            ),
        )

    def __str__(self) -> str:
        return self.organisation
