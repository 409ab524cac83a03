"""The divisions that ship: all of Inner Mongolia, as GB/T 2260 numbers them."""

import tomllib
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

import zhiping

REGIONS = tomllib.loads(
    (Path(zhiping.__file__).parent / "accounts" / "regions.toml").read_text(encoding="utf-8")
)
CITIES = {code: row for code, row in REGIONS.items() if code[2:4] != "00" and code.endswith("00")}
COUNTIES = {code: row for code, row in REGIONS.items() if not code.endswith("00")}
KINDS = {"区": "District", "县": "County", "旗": "Banner", "市": "City", "盟": "League"}


def test_inner_mongolia_has_twelve_cities_and_leagues_and_103_counties():
    assert REGIONS["150000"] == {"name": "内蒙古自治区", "name_en": "Inner Mongolia Autonomous Region"}
    assert (len(REGIONS), len(CITIES), len(COUNTIES)) == (116, 12, 103)


def test_counties_of_each_city_and_league_are_all_there():
    found = Counter(CITIES[code[:4] + "00"]["name"] for code in COUNTIES)
    assert found == {
        "呼和浩特市": 9, "包头市": 9, "乌海市": 3, "赤峰市": 12, "通辽市": 8, "鄂尔多斯市": 9,
        "呼伦贝尔市": 14, "巴彦淖尔市": 7, "乌兰察布市": 11, "兴安盟": 6, "锡林郭勒盟": 12, "阿拉善盟": 3,
    }  # fmt: skip


def test_counties_of_each_kind_are_as_many_as_the_region_counts():
    found = Counter("自治旗" if "自治" in row["name"] else row["name"][-1] for row in COUNTIES.values())
    assert found == {"区": 23, "市": 11, "县": 17, "旗": 49, "自治旗": 3}


def test_codes_are_six_digits_of_one_region_in_order():
    assert [code for code in REGIONS if not (len(code) == 6 and code.isdigit() and code[:2] == "15")] == []
    assert all(one < two for one, two in pairwise(REGIONS))


@pytest.mark.parametrize(
    ("kind", "last_two"),
    [
        ("区", range(1, 21)),
        ("县", range(21, 81)),
        ("旗", range(21, 81)),
        ("市", [*range(1, 21), *range(81, 100)]),
    ],
)
def test_last_digits_are_those_of_the_kind(kind, last_two):
    wrong = [
        code for code, row in COUNTIES.items() if row["name"][-1] == kind and int(code[4:]) not in last_two
    ]
    assert wrong == []


@pytest.mark.parametrize("key", ["name", "name_en"])
def test_names_are_unique_within_their_parent(key):
    names = Counter((code[:4] if code in COUNTIES else "15", row[key]) for code, row in REGIONS.items())
    assert [name for name, times in names.items() if times > 1] == []


def test_english_name_has_the_same_kind():
    wrong = [
        row["name"]
        for code, row in REGIONS.items()
        if code != "150000" and row["name_en"].split()[-1] != KINDS[row["name"][-1]]
    ]
    assert wrong == []
    sides = {
        "左": "Left",
        "右": "Right",
        "中旗": "Middle",
        "前旗": "Front",
        "后旗": "Rear",
        "自治": "Autonomous",
    }
    for mark, word in sides.items():
        assert [
            r["name"] for r in COUNTIES.values() if (mark in r["name"]) != (word in r["name_en"])
        ] == [], word
