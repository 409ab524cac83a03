"""Forms of people and organisations."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.urls import reverse_lazy
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import format_lazy

from zhiping.accounts import queries
from zhiping.accounts.models import LANGUAGES, Organisation, Region, Role, User
from zhiping.accounts.rules import administrator
from zhiping.domain.identity import folded
from zhiping.web.forms import Form, PhoneField, TextForm, choices
from zhiping.web.listing import Filters, search_field
from zhiping.web.texts import say

ROLES = 3  # rows of a form; at least one more than a person has


class OrganisationInput(forms.TextInput):
    """A text input with a list of suggestions of its own."""

    def render(
        self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None
    ) -> SafeString:
        """Return the input with its datalist, which htmx fills while the user types."""
        names = f"{(attrs or {}).get('id', name)}_names"
        given = {**(attrs or {}), "list": names, "hx-target": f"#{names}"}
        box = super().render(name, value, given, renderer)
        return format_html('{}<datalist id="{}"></datalist>', box, names)


class OrganisationField(forms.CharField):
    """An organisation by name or code, suggested while typing, among those visible to the user."""

    user: User | None = None

    def __init__(self, user: User | None = None, *, operators: bool = False, **options: Any) -> None:
        source = reverse_lazy("accounts:suggest-organisations")
        attrs = {
            "autocomplete": "off",
            "hx-get": format_lazy("{}?kind=operator", source) if operators else source,
            "hx-trigger": "focus once, input changed delay:250ms",
            "hx-swap": "innerHTML",
        }
        super().__init__(max_length=120, widget=OrganisationInput(attrs), **options)
        self.user, self.operators = user, operators

    def clean(self, value: Any) -> Organisation | None:
        """Return the organisation; ValidationError where none has exactly this name or code."""
        text = super().clean(value)
        if not text or self.user is None:
            return None
        offered = queries.organisations(self.user, operators=self.operators)
        organisation = offered.filter(Q(name_key=folded(text)) | Q(code=folded(text).upper())).first()
        if organisation is None:
            code = "registry.operator_unknown" if self.operators else "accounts.organisation_unknown"
            raise ValidationError(say(code, found=text))
        return organisation

    def prepare_value(self, value: object) -> object:
        """Show an organisation by its name."""
        return value.name if isinstance(value, Organisation) else value


class PersonForm(Form):
    """The data, office and roles of a person."""

    texts = "accounts.person"
    name = forms.CharField(max_length=60)
    username = forms.CharField(max_length=60, required=False)
    phone = PhoneField(max_length=30)
    email = forms.EmailField(required=False)
    office = forms.ChoiceField(required=False)
    keeper = OrganisationField(required=False)

    def __init__(self, *args: Any, user: User, person: User | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        offices = choices("accounts.offices", blank="accounts.no_role")
        self.fields["office"].choices = offices  # type: ignore[attr-defined] # a choice field
        if not administrator(user):
            del self.fields["office"]
        self.fields["keeper"].user = user  # type: ignore[attr-defined] # our own field
        self.rows = max(ROLES, len(person.held) + 1 if person else 0)
        for n in range(self.rows):
            self._add_role(n, user)

    def _add_role(self, n: int, user: User) -> None:
        words = choices("accounts.roles", blank="accounts.no_role")
        known = (
            words
            if administrator(user)
            else [c for c in words if c[0] in ("", Role.OPERATOR, Role.OPERATOR_HEAD)]
        )
        role = forms.ChoiceField(choices=known, required=False, label=say("accounts.person.role", n=n + 1))
        role.widget.attrs["class"] = "form-select"
        place = OrganisationField(user, required=False, label=say("accounts.person.organisation", n=n + 1))
        place.widget.attrs["class"] = "form-control"
        self.fields |= {f"role_{n}": role, f"organisation_{n}": place}

    @property
    def role_rows(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        """The fields of the roles, side by side."""
        return [(self[f"role_{n}"], self[f"organisation_{n}"]) for n in range(self.rows)]

    def clean(self) -> dict[str, Any]:
        """Collect the role fields in `roles`."""
        values = super().clean() or {}
        roles = []
        for n in range(self.rows):
            role, place = values.pop(f"role_{n}", ""), values.pop(f"organisation_{n}", None)
            if bool(role) != bool(place) and f"organisation_{n}" not in self.errors:
                self.add_error(f"organisation_{n}", say("accounts.role_half"))
            elif role and place:
                roles.append((role, place))
        return values | {"roles": roles}


def initial(person: User) -> dict[str, object]:
    """Return the initial values of the form for a person."""
    shown: dict[str, object] = {
        name: getattr(person, name) for name in ("name", "username", "phone", "email", "office")
    }
    shown["keeper"] = person.keeper.name if person.keeper else ""
    for n, membership in enumerate(person.held):
        shown |= {f"role_{n}": membership.role, f"organisation_{n}": membership.organisation.name}
    return shown


class OwnForm(Form):
    """The data people change themselves."""

    texts = "accounts.person"
    name = forms.CharField(max_length=60)
    phone = PhoneField(max_length=30)
    email = forms.EmailField(required=False)
    language = forms.ChoiceField(choices=LANGUAGES)


class ReasonForm(Form):
    """A reason."""

    texts = "accounts.person"
    reason = forms.CharField(max_length=300, widget=forms.Textarea({"rows": 3}))


class KeyForm(Form):
    """A form without fields, to confirm a step."""

    texts = "accounts.person"


class SlipsForm(TextForm):
    """The organisation whose invitations are printed."""

    texts = "accounts.slips"
    organisation = OrganisationField(required=False)

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["organisation"].user = user  # type: ignore[attr-defined] # our own field


class PinForm(TextForm):
    """The PIN of an invitation."""

    texts = "accounts.invitation"
    pin = forms.CharField(
        max_length=6,
        widget=forms.TextInput(
            {"inputmode": "numeric", "autocomplete": "one-time-code", "pattern": "[0-9]{6}"}
        ),
    )


class AcceptForm(Form):
    """User name and password of the invited person."""

    texts = "accounts.invitation"
    username = forms.CharField(max_length=60, widget=forms.TextInput({"autocomplete": "username"}))
    password = forms.CharField(
        max_length=200, strip=False, widget=forms.PasswordInput({"autocomplete": "new-password"})
    )
    again = forms.CharField(
        max_length=200, strip=False, widget=forms.PasswordInput({"autocomplete": "new-password"})
    )

    def __init__(self, *args: Any, person: User, **options: Any) -> None:
        super().__init__(*args, **options)
        self.person = person
        self.fields["password"].help_text = " ".join(password_validation.password_validators_help_texts())

    def clean(self) -> dict[str, Any]:
        """Check the password by the profile and against its repetition."""
        values = super().clean() or {}
        password, again = values.get("password"), values.pop("again", None)
        if password and again and password != again:
            self.add_error("again", say("accounts.invitation.different"))
        elif password:
            try:
                password_validation.validate_password(password, self.person)
            except ValidationError as error:
                self.add_error("password", error)
        return values


class OrganisationForm(Form):
    """An authority or an operator."""

    texts = "accounts.organisation"
    kind = forms.ChoiceField()
    name = forms.CharField(max_length=120)
    code = forms.CharField(max_length=40, required=False)
    region = forms.ModelChoiceField(Region.objects.none())
    address = forms.CharField(max_length=200, required=False)
    contact = forms.CharField(max_length=60, required=False)
    phone = forms.CharField(max_length=30, required=False)

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["region"].queryset = queries.regions(user)  # type: ignore[attr-defined] # a model's field
        words = choices("accounts.kinds")
        known = words if administrator(user) else [c for c in words if c[0] == Organisation.Kind.OPERATOR]
        self.fields["kind"].choices = known  # type: ignore[attr-defined] # a choice field
        if self.initial.get("name"):  # an organisation's kind stays
            del self.fields["kind"]


class PersonFilters(Filters):
    """Filters of the list of people."""

    texts = "accounts.person_filters"
    varies = staticmethod(lambda **_: ())
    q = search_field()
    role = forms.ChoiceField(required=False)
    state = forms.ChoiceField(required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        words = [*choices("accounts.roles", blank="accounts.any"), *choices("accounts.offices")]
        self.fields["role"].choices = words  # type: ignore[attr-defined] # a choice field
        self.fields["state"].choices = choices("accounts.states", blank="accounts.any")  # type: ignore[attr-defined] # a choice field
        self.conditions = {
            "q": lambda text: Q(name__icontains=text) | Q(username__icontains=text) | Q(phone=text),
            "role": lambda role: Q(office=role) if role in User.Office else queries.holding(role),
            "state": queries.state,
        }


class OrganisationFilters(Filters):
    """Filters of the list of organisations."""

    texts = "accounts.organisation_filters"
    q = search_field()
    kind = forms.ChoiceField(required=False)
    region = forms.ModelChoiceField(Region.objects.none(), required=False)

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["kind"].choices = choices("accounts.kinds", blank="accounts.any")  # type: ignore[attr-defined] # a choice field
        self.fields["region"].queryset = queries.regions(user)  # type: ignore[attr-defined] # a model's field
        self.fields["region"].empty_label = say("accounts.any")  # type: ignore[attr-defined] # a model's field
        self.conditions = {
            "q": lambda text: Q(name__icontains=text) | Q(code__icontains=text),
            "kind": lambda kind: Q(kind=kind),
            "region": lambda region: Q(region_id__gte=region.code, region_id__lte=region.last_code),
        }


class AuditFilters(Filters):
    """Filters of the audit log."""

    texts = "accounts.audit_filters"
    varies = staticmethod(lambda **_: ())
    q = search_field()
    action = forms.ChoiceField(required=False)
    since = forms.DateField(required=False)
    until = forms.DateField(required=False)

    def __init__(self, *args: Any, at: Callable[[dt.date], dt.datetime], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["action"].choices = choices("accounts.audit_actions", blank="accounts.any")  # type: ignore[attr-defined] # a choice field
        self.conditions = {
            "q": lambda text: (
                Q(by__name__icontains=text) | Q(by__username__icontains=text) | Q(subject__icontains=text)
            ),
            "action": lambda action: Q(action=action),
            "since": lambda day: Q(at__gte=at(day)),
            "until": lambda day: Q(at__lt=at(day + dt.timedelta(days=1))),
        }
