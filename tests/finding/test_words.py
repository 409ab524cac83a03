"""Words, grams and excerpts, without a database."""

from zhiping.domain.identity import searchable
from zhiping.finding import words


def test_words_are_compared_without_width_and_case_and_counted_once():
    assert words.split("ＡBc　质量 abc\t质量") == ["abc", "质量"]


def test_a_query_has_a_bound_of_words():
    assert len(words.split(" ".join(map(str, range(20))))) == words.MOST


def test_grams_are_characters_and_neighbours_within_words():
    assert words.grams("ab a") == "61 61x62 62"


def test_an_excerpt_marks_the_text_as_it_is_written():
    pieces = words.excerpt("未公示收费标准，ＷＩＦＩ不可用", words.split("wifi 收费"))
    assert pieces == [
        ("未公示", False), ("收费", True), ("标准，", False), ("ＷＩＦＩ", True), ("不可用", False),
    ]  # fmt: skip


def test_an_excerpt_begins_near_the_first_hit_and_shows_its_ends():
    pieces = words.excerpt("甲" * 100 + "乙" + "丙" * 300, ["乙"])
    assert pieces[0] == ("…", False)
    assert pieces[2] == ("乙", True)
    assert pieces[-1] == ("…", False)
    assert sum(len(text) for text, _ in pieces) == words.LENGTH + 2


def test_a_text_without_hit_begins_at_its_beginning():
    assert words.excerpt("甲乙丙", ["丁"]) == [("甲乙丙", False)]


def test_a_letter_and_its_accent_are_marked_together():
    assert words.excerpt("cafe\u0301 au", ["caf\u00e9"]) == [("cafe\u0301", True), (" au", False)]


def test_simple_characters_are_compared_as_one_each():
    simple = [chr(code) for code in range(0x10000) if words.SIMPLE.fullmatch(chr(code))]
    assert len(simple) > 20_000
    text = "".join(simple)
    assert searchable(text) == "".join(map(searchable, simple))
    assert all(len(searchable(one)) == 1 for one in simple)


def test_one_written_character_may_be_several_compared_ones():
    assert words.excerpt("ﬁn", ["i"]) == [("ﬁ", True), ("n", False)]
