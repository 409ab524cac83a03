"""Filters of the results behind a figure."""

from typing import Any

from django import forms
from django.db.models import Q

from zhiping.accounts.models import User
from zhiping.insights import queries
from zhiping.registry.forms import RegionField, for_user, regions_shown
from zhiping.web.forms import CodeField
from zhiping.web.listing import Filters


class ResultFilters(Filters):
    """Filters of the results: year, region, grade, a criterion that lost points."""

    texts = "insights.filters"
    varies = staticmethod(regions_shown)
    year = forms.IntegerField(required=False, min_value=1900, max_value=9999)
    region = RegionField(required=False)
    grade = CodeField("registry.grades", blank="evaluations.any", required=False)
    criterion = forms.CharField(required=False, max_length=20)

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        super().__init__(*args, **options)
        for_user(self, user)
        self.conditions = {
            "year": lambda year: Q(digest__year=year),
            "region": lambda r: Q(platform__region_id__gte=r.code, platform__region_id__lte=r.last_code),
            "grade": lambda grade: Q(grade=grade),
            "criterion": queries.lost,
        }
