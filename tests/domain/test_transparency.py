"""Canonical JSON and its hash."""

from collections import OrderedDict
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhiping.domain.transparency import canonical

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text("abc质评"), inner),
    max_leaves=12,
)


def test_canonical_form_is_sorted_without_spaces_in_utf8():
    assert canonical.canonical({"乙": [1, True, None], "a": "质"}) == '{"a":"质","乙":[1,true,null]}'.encode()


def test_canonical_form_composes_characters_in_keys_and_texts():
    assert canonical.canonical({"e\u0301": "e\u0301"}) == '{"\u00e9":"\u00e9"}'.encode()


def test_canonical_form_writes_exact_numbers_as_text():
    assert canonical.canonical([Fraction(179, 2), Fraction(268, 3), Fraction(2)]) == b'["89.5","268/3","2"]'


@pytest.mark.parametrize("value", [1.0, float("nan"), {"a": [0.1]}, {1, 2}, b"bytes"])
def test_canonical_form_refuses_floats_and_unknown_types(value):
    with pytest.raises(TypeError):
        canonical.canonical(value)


@given(JSON)
def test_canonical_form_of_equal_values_is_equal(value):
    def turned(part):
        if isinstance(part, dict):
            return OrderedDict((key, turned(part[key])) for key in reversed(part))
        return tuple(map(turned, part)) if isinstance(part, list) else part

    assert canonical.canonical(turned(value)) == canonical.canonical(value)


def test_hash_is_sha256_of_the_canonical_form():
    empty_object = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
    assert canonical.sha256({}) == empty_object
    assert canonical.sha256({"a": "1"}) != canonical.sha256({"a": 1})
