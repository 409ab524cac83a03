"""TOML values written for people, and quoted in messages."""

import datetime as dt
import string
import time
import tomllib
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhiping.documents.files import toml_file
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


HEAVY = {
    "dotted keys": ("\n".join(f"a.b{i}.c = 1" for i in range(200_000)), "too_many"),
    "items": ("x = [" + "1," * 1_300_000 + "]", "too_many"),
    "tables": ("\n".join(f"[a{i}.b]" for i in range(200_000)), "too_many"),
    "lines": ("\n" * 4_000_000, "too_many"),
    "one long key": (".".join(["a"] * 20_000) + " = 1", "too_deep"),
    "one long number": ("x = " + "1" * 4_000_000, "too_deep"),
    "keys after quotes": ('x = """a"""""\n' + "\n".join(f"a.b{i}.c = 1" for i in range(60_000)), "too_many"),
    "items between quotes": ('x = ["""a"""", ' + "1, " * 60_000 + '"""b""""]', "too_many"),
}


@pytest.mark.parametrize("name", HEAVY)
def test_structure_slow_to_parse_is_refused_before(name, monkeypatch):
    content, code = HEAVY[name]
    monkeypatch.setattr(tomllib, "loads", None)
    spot = Spot("a.toml", [])
    start = time.process_time()
    assert parse(content.encode(), spot) is None
    assert [problem.code for problem in spot.problems] == [f"file.{code}"]
    assert time.process_time() - start < 1


def test_long_texts_up_to_the_size_limit_are_read():
    words = "1.1, [a] = {b}。“甲”" * 150_000
    for quotes in ('"', '"""', "'", "'''"):
        content = f"a = {quotes}{words}{quotes} # {'=' * 60_000}\nb = 1".encode()
        assert 3_500_000 < len(content) <= toml_file.SIZE_LIMIT
        assert parse(content, Spot("a.toml", [])) == {"a": words, "b": 1}


@given(st.dictionaries(st.text(), st.text() | st.lists(st.text())))
def test_marks_in_texts_do_not_count(table):
    """Written values of any text leave only their own structure."""
    lines = [f"{toml_file._key(key)} = {written(value)}" for key, value in table.items() if key]
    bare = toml_file._NO_STRUCTURE.sub("", "\n".join(lines))
    assert set(bare) <= set(string.ascii_letters + string.digits + "_- =[],\n")


def test_no_more_problems_are_listed_than_people_read():
    spot = Spot("a.toml", [])
    for number in range(1000):
        spot.at(str(number)).wrong("file.missing")
    assert [p.code for p in spot.problems] == ["file.missing"] * 199 + ["file.more"]
