"""Every test of the web begins in Chinese, whatever language the last request of another test had."""

import pytest
from django.utils.translation import override


@pytest.fixture(autouse=True)
def chinese():
    with override("zh-hans"):
        yield
