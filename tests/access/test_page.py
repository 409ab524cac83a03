"""The documented permissions are those of the rules."""

import pytest
import rules.permissions
from django.urls import get_resolver
from tests.access.page import PAGES, page, words


@pytest.mark.parametrize("language", PAGES)
def test_page_matches_the_rules(language):
    mend = "python -m tests.access.page"
    assert PAGES[language].read_text(encoding="utf-8") == page(language), mend


@pytest.mark.parametrize("language", PAGES)
def test_every_permission_is_on_the_page(language):
    get_resolver().url_patterns  # noqa: B018 - imports every app's rules, as a server does
    named = [f"{area}.{name}" for area, names in words(language)["what"].items() for name in names]
    assert sorted(named) == sorted(rules.permissions.permissions)
