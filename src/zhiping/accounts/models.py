"""Regions, organisations, people and their roles, invitations, tokens and former passwords."""

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.hashers import check_password
from django.db import models
from django.db.models import Q
from django.utils.crypto import salted_hmac
from django.utils.functional import cached_property

from zhiping.domain import identity
from zhiping.ids import uuid7
from zhiping.ledger.models import SYSTEM, Head, NameKey, WithLedger
from zhiping.statements import Given, Statement

LANGUAGES = (("zh", "中文"), ("en", "English"))


class Region(models.Model):
    """An administrative division (GB/T 2260): six digits; its subtree is a range of codes."""

    LEDGER: ClassVar = SYSTEM

    class Level(models.TextChoices):
        """The level in the hierarchy."""

        PROVINCE = "province"
        CITY = "city"
        COUNTY = "county"

    code = models.CharField(max_length=6, primary_key=True)
    name = models.CharField(max_length=60)
    name_en = models.CharField(max_length=80, blank=True)
    level = models.CharField(max_length=10, choices=Level.choices)
    parent = models.ForeignKey("self", models.PROTECT, null=True, related_name="children")

    class Meta:
        ordering = ("code",)

    def __str__(self) -> str:
        return self.name

    @property
    def last_code(self) -> str:
        """The last code of the subtree: 150100 → 150199, 150102 → 150102."""
        return subtree(self.code)[1]


def subtree(code: str) -> tuple[str, str]:
    """Return the first and last code of a region with everything below it."""
    stem = code.removesuffix("0000") if code.endswith("0000") else code
    stem = stem.removesuffix("00") if len(stem) == 6 and stem.endswith("00") else stem
    return code, stem.ljust(6, "9")


class Organisation(WithLedger):
    """An authority (主管部门) or an operator (运营单位)."""

    class Kind(models.TextChoices):
        """The kind of organisation."""

        AUTHORITY = "authority"
        OPERATOR = "operator"

    kind = models.CharField(max_length=10, choices=Kind.choices)
    name = models.CharField(max_length=120)
    name_key = NameKey(max_length=200, unique=True)
    code = models.CharField(max_length=18, unique=True, null=True, blank=True)
    region = models.ForeignKey(Region, models.PROTECT, related_name="organisations")
    address = models.CharField(max_length=200, blank=True)
    contact = models.CharField(max_length=60, blank=True)
    phone = models.CharField(max_length=30, blank=True)

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class Role(models.TextChoices):
    """The role of a person in an organisation; experts have an entry in the pool instead."""

    AUTHORITY = "authority"
    OPERATOR = "operator"
    OPERATOR_HEAD = "operator_head"
    ARCHIVIST = "archivist"


class Users(BaseUserManager["User"]):
    """Manager that finds people by user name."""

    def get_by_natural_key(self, username: str | None) -> "User":
        """Return the person of a user name, however it is written."""
        return self.get(username=identity.login(username or ""))


class User(AbstractBaseUser):
    """A person who can sign in once the invitation is accepted (until then without password).

    `keeper` manages an account without a role of its own, such as an expert's. `epoch` grows when the person
    is signed out everywhere: sessions of an earlier epoch are invalid.
    """

    class Office(models.TextChoices):
        """An office in the whole system; one at most, so that administrators do not audit themselves."""

        NONE = ""
        ADMINISTRATOR = "administrator"
        AUDITOR = "auditor"

    id = models.UUIDField(primary_key=True, default=uuid7)
    username = models.CharField(max_length=60, unique=True)
    phone = models.CharField(max_length=20, unique=True, null=True, blank=True)
    email = models.EmailField(blank=True)
    name = models.CharField(max_length=60)
    office = models.CharField(max_length=15, choices=Office.choices, default="", blank=True)
    language = models.CharField(max_length=2, choices=LANGUAGES, default="zh")
    keeper = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="+")
    is_active = models.BooleanField(default=True)
    epoch = models.PositiveIntegerField(default=0)
    password_set = models.DateTimeField(null=True)
    created = models.DateTimeField(auto_now_add=True)

    LEDGER: ClassVar = "pk"
    SECRETS: ClassVar = ("password", "phone", "email")  # personal: the ledger cannot forget
    UNRECORDED: ClassVar = {"last_login": "the audit log records sign-ins"}
    hash_outdated = False  # set by check_password, for the sign-in that can renew the hash
    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]
    objects = Users()

    class Meta:
        ordering = ("name",)
        constraints = (
            models.CheckConstraint(
                condition=Q(office__in=("", "administrator", "auditor")), name="accounts_one_office"
            ),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def head(self) -> Head:
        """The person's ledger, by the person's id: events refer to people, so people have no key to it."""
        return Head.objects.get(pk=self.pk)

    @property
    def is_administrator(self) -> bool:
        """Return whether the person administers the system."""
        return self.office == self.Office.ADMINISTRATOR

    @property
    def waits(self) -> bool:
        """Return whether the person has never accepted an invitation."""
        return not self.has_usable_password()

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        salt = "zhiping.accounts.User.session"
        return salted_hmac(
            salt, f"{self.password} {self.epoch}", secret=secret, algorithm="sha256"
        ).hexdigest()

    def check_password(self, raw_password: str | None) -> bool:
        """Return whether a password is right; mark the hash of an older algorithm as outdated."""

        def mark(_: str) -> None:
            self.hash_outdated = True

        return check_password(raw_password, self.password, mark)

    def refresh_from_db(self, *args: Any, **options: Any) -> None:
        """Read the person and the roles again."""
        super().refresh_from_db(*args, **options)
        self.forget_roles()

    def forget_roles(self) -> None:
        """Drop the cached roles."""
        for name in ("held", "regions"):
            self.__dict__.pop(name, None)

    @cached_property
    def held(self) -> list["Membership"]:
        """The person's roles with their organisations: one query a request."""
        held: list[Membership] = _HELD.things(user=self.pk)
        for membership in held:
            membership.user = self
        return held

    @property
    def scope(self) -> tuple[object, ...]:
        """Everything that determines what the user sees; the key of statements kept for the user."""
        held = tuple((m.role, m.organisation_id, m.organisation.region_id) for m in self.held)
        return self.pk, self.office, self.is_active, held

    @cached_property
    def regions(self) -> list[tuple[str, str]]:
        """The code ranges of the regions an authority officer is responsible for."""
        return [subtree(m.organisation.region_id) for m in self.held if m.role == Role.AUTHORITY]

    def organisations(self, *roles: str) -> list["Organisation"]:
        """The organisations in which the person holds one of the roles."""
        return [m.organisation for m in self.held if m.role in roles]


class Membership(models.Model):
    """A role of a person in an organisation."""

    LEDGER: ClassVar = "user"

    user = models.ForeignKey(User, models.PROTECT, related_name="memberships")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=15, choices=Role.choices)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("user", "organisation", "role"), name="accounts_role_once"),
        )

    def __str__(self) -> str:
        return f"{self.user} {self.role} {self.organisation}"


_HELD = Statement(
    lambda: Membership.objects.filter(user=Given("user", models.UUIDField())).select_related(
        "organisation__region"
    )
)


class Invitation(models.Model):
    """A link (or its QR code) and a PIN with which a person sets a password.

    `again`: a person who had one was invited, so that accepting it takes the account over; `seen`: when the
    person confirmed having been shown that.
    """

    LEDGER: ClassVar = "user"
    SECRETS: ClassVar = ("token_sha256", "pin_hash")
    UNRECORDED: ClassVar = {"wrong_pins": "counted before the lock; the audit log records each"}

    id = models.UUIDField(primary_key=True, default=uuid7)
    user = models.ForeignKey(User, models.PROTECT, related_name="invitations")
    token_sha256 = models.CharField(max_length=64, unique=True)
    pin_hash = models.CharField(max_length=200)
    wrong_pins = models.PositiveSmallIntegerField(default=0)
    expires = models.DateTimeField()
    used = models.DateTimeField(null=True)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    again = models.BooleanField(default=False)
    seen = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("user",), condition=Q(used__isnull=True), name="accounts_one_open_invitation"
            ),
        )

    def __str__(self) -> str:
        return f"{self.user} {self.expires:%F}"

    def as_shown(self) -> dict[str, str]:
        """Return what the person is shown of it: by whom, and when it was accepted."""
        return {"by": str(self.by or ""), "used": self.used.isoformat() if self.used else ""}


class FormerPassword(models.Model):
    """The hash of a former password, which the strict profile refuses."""

    LEDGER: ClassVar = "user"
    SECRETS: ClassVar = ("password",)

    user = models.ForeignKey(User, models.PROTECT, related_name="former_passwords")
    password = models.CharField(max_length=128)
    since = models.DateTimeField()

    class Meta:
        ordering = ("-since",)

    def __str__(self) -> str:
        return f"{self.user} {self.since:%F}"


class Counted(models.Model):
    """Django's table of the database cache, which counts attempts for all processes."""

    NOT_RECORDED = "a cache: counts of minutes"

    cache_key = models.CharField(max_length=255, primary_key=True)
    value = models.TextField()
    expires = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "accounts_counted"

    def __str__(self) -> str:
        return self.cache_key


class ApiToken(models.Model):
    """A secret with which a program acts for a person, with scope and expiry; only its hash is stored."""

    LEDGER: ClassVar = "user"
    SECRETS: ClassVar = ("sha256",)

    id = models.UUIDField(primary_key=True, default=uuid7)
    user = models.ForeignKey(User, models.PROTECT, related_name="tokens")
    name = models.CharField(max_length=60)
    scope = models.CharField(max_length=5)
    sha256 = models.CharField(max_length=64, unique=True)
    created = models.DateTimeField()
    expires = models.DateTimeField()
    revoked = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.user}: {self.name}"
