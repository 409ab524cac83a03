"""Normalisation of user names, telephone numbers and credit codes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhiping.domain import identity
from zhiping.domain.errors import Invalid

# Codes printed on public licences.
KNOWN = ["91110000802100433B", "91440300708461136T", "91330106673959654P", "91110108551385082Q"]


def refused(function, text):
    with pytest.raises(Invalid) as caught:
        function(text)
    return [(p.code, p.where) for p in caught.value.problems]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("测试市质量服务中心（本部）", "测试市质量服务中心(本部)"),
        ("测试市【一】中心", "测试市〔一〕 中 心"),
        ("“质量”中心", "「质量」中心"),
        ("Ｐ１", "p1"),
        ("质量\u200b中心\ufeff", "质量中心"),
        ("质量中心\ufe0f", "质量中心"),
        ("阿布·都热", "阿布•都热"),
        ("甲—乙中心", "甲-乙中心"),
        ("Straße", "STRASSE"),
    ],
)
def test_one_name_written_in_two_ways_is_the_same(one, other):
    assert identity.same(one, other)


@pytest.mark.parametrize(("one", "other"), [("", ""), ("\u200b", " "), ("甲中心", "乙中心"), ("P1", "P11")])
def test_other_and_empty_names_are_not_the_same(one, other):
    assert not identity.same(one, other)


@given(st.text())
def test_folding_twice_changes_nothing(text):
    assert identity.folded(identity.folded(text)) == identity.folded(text)


@pytest.mark.parametrize(
    ("one", "other", "contained"),
    [
        ("测试市质量服务中心检测部", "测试市质量服务中心", True),
        ("测试市质量服务中心", "（测试市质量服务中心）检测部", True),
        ("测试市质量服务中心", "测试市质量 服务中心", False),
        ("青城市", "青城市质量服务中心", False),
    ],
)
def test_name_contains_another(one, other, contained):
    assert identity.contains(one, other) == contained


@pytest.mark.parametrize("code", KNOWN)
def test_credit_code_of_a_licence_is_valid(code):
    assert identity.credit_code(code) == code


def test_credit_code_accepts_any_width_and_case():
    assert identity.credit_code(" 9111 0000 ８０２１００４３３ｂ ") == "91110000802100433B"


@given(st.sampled_from(KNOWN), st.integers(0, 17), st.sampled_from(identity.CODE_DIGITS))
def test_credit_code_with_one_character_changed_is_refused(code, place, character):
    changed = code[:place] + character + code[place + 1 :]
    if changed != code:
        assert refused(identity.credit_code, changed) == [("accounts.code_check", ("code",))]


def test_credit_code_too_short_is_refused():
    assert refused(identity.credit_code, "91110000") == [("accounts.code_length", ("code",))]


def test_credit_code_with_an_excluded_letter_is_refused():
    assert refused(identity.credit_code, "9111000080210O433B") == [("accounts.code_character", ("code",))]


@pytest.mark.parametrize(
    ("typed", "name"),
    [("Wang.Fang ", "wang.fang"), ("王芳", "王芳"), ("ＷＡＮＧ１", "wang1"), ("a@b-c_d", "a@b-c_d")],
)
def test_username_is_normalised(typed, name):
    assert identity.username(typed) == name


@pytest.mark.parametrize("typed", ["", "a", "13800138000", "wang fang", "a/b", "x" * 61, "..", "名\u200b字"])
def test_invalid_username_is_refused(typed):
    assert refused(identity.username, typed) == [("accounts.username", ("username",))]


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("138 0013 8000", "13800138000"),
        ("+86 138-0013-8000", "13800138000"),
        ("（0471）123４567", "04711234567"),
        ("+852 2345 6789", "+85223456789"),
    ],
)
def test_phone_is_stored_as_digits(typed, number):
    assert identity.phone(typed) == number


@pytest.mark.parametrize("typed", ["", "1234", "abc", "138001380001380013", "13800138000x"])
def test_invalid_phone_is_refused(typed):
    assert refused(identity.phone, typed) == [("accounts.phone", ("phone",))]


@pytest.mark.parametrize(
    ("text", "shown"),
    [("13800138000", "138****000"), ("wang@example.cn", "wang****e.cn"), ("", ""), ("abc", "a****c")],
)
def test_masked_hides_most_of_a_text(text, shown):
    assert identity.masked(text) == shown


@pytest.mark.parametrize("typed", ["Ｚhou.min", " zhou.min", "zhou\u200b.min\ufeff", "ZHOU.MIN"])
def test_login_is_compared_by_what_is_seen(typed):
    assert identity.login(typed) == "zhou.min"


def test_login_that_is_no_user_name_is_still_one_spelling():
    assert identity.login(" （？） ") == identity.login("(?)\u200b") == "(?)"


def test_searched_text_is_compared_without_width_and_case():
    assert identity.searchable("ＡＢＣ Straße １２") == "abc strasse 12"
