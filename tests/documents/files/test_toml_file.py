"""TOML values written for people, and quoted in messages."""

import datetime as dt
import tomllib
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhiping.documents.files.toml_file import Spot, as_written, parse, written


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("甲“乙”\n", '"甲“乙”\\n"'),
        (True, "true"),
        (12, "12"),
        (Fraction(3), "3"),
        (Fraction(3, 2), '"1.5"'),
        (Fraction(1, 3), '"1/3"'),
        (Decimal("12.10"), "12.10"),
        (dt.date(2025, 9, 1), "2025-09-01"),
        (dt.time(9, 30), "09:30:00"),
        ((1, "a"), '[1, "a"]'),
        ({"a": 1, "1.1": "甲"}, '{ a = 1, "1.1" = "甲" }'),
    ],
)
def test_value_is_written_as_toml(value: object, expected: str):
    assert written(value) == expected


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_survives_writing(words: str):
    assert tomllib.loads(f"a = {written(words)}") == {"a": words}


def test_long_values_are_cut_in_messages():
    assert as_written("长" * 100) == '"' + "长" * 58 + "…"
    assert as_written(1 << 20_000) == "0x1" + "0" * 56 + "…"


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_reported(content: bytes):
    spot = Spot("a.toml", [])
    data = parse(content, spot)
    assert (data is None) == (len(spot.problems) == 1)
