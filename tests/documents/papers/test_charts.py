"""The charts agree with the result: in shapes, in texts, and in words for those who do not see them."""

import struct
from fractions import Fraction
from xml.etree import ElementTree as ET

import pytest
from tests.documents import evaluations

from zhiping.documents.files.rubric_file import bundled
from zhiping.documents.papers import charts
from zhiping.domain.exact import number_text
from zhiping.domain.region import Region
from zhiping.texts.catalogue import LANGUAGES, speaking

RESULT = evaluations.concluded()
OPEN = evaluations.waiting()
SVG = "{http://www.w3.org/2000/svg}"
HALF = [{**row, "score": number_text(Fraction(row["max"]) / 2)} for row in RESULT["indicators"]]
BEFORE = {**RESULT, "score": {**RESULT["score"], "graded": "53.5"}, "indicators": HALF}
MEAN = Region(7, Fraction(86), {row["id"]: Fraction(row["max"]) * 4 / 5 for row in RESULT["indicators"]})
BASE = [row for row in RESULT["indicators"] if not row["bonus"]]


def compared(result, palette=charts.PRINT):
    return charts.changes(result, BEFORE, MEAN, palette)


def drawn(chart, shape):
    return list(ET.fromstring(chart.svg).iter(f"{SVG}{shape}"))


def texts(chart):
    return [element.text for element in drawn(chart, "text")]


def with_names(name):
    """The result of a table whose indicators all have one name."""
    rows = [{**row, "name": {"zh": name, "en": name}} for row in RESULT["indicators"]]
    return {**RESULT, "indicators": rows}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("draw", [charts.shares, charts.losses, compared])
def test_chart_shows_screen_readers_its_title_and_words(draw, language):
    with speaking(language):
        chart = draw(RESULT)
    root = ET.fromstring(chart.svg)
    told = [root.find(f"{SVG}{part}") for part in ("title", "desc")]
    assert [part.text for part in told] == [chart.title, chart.words]
    assert root.get("aria-labelledby") == " ".join(part.get("id") for part in told)
    assert (root.get("role"), root.get("lang")) == ("img", language)


def widths(chart):
    """The widths of the bars of each row, and the left ends of its last one."""
    return [[float(r.get("width")) for r in group.iter(f"{SVG}rect")] for group in drawn(chart, "g")]


def test_shares_are_sorted_and_what_was_lost_is_solid():
    earned = sorted(Fraction(r["score"]) / Fraction(r["max"]) for r in BASE)
    rows = widths(charts.shares(RESULT))
    assert [len(row) for row in rows] == [2 if share < 1 else 1 for share in earned]
    lost = [row[1] / row[0] for row in rows if len(row) == 2]
    assert lost == pytest.approx([float(1 - share) for share in earned if share < 1], abs=0.002)


def test_shares_write_every_share_beside_its_name():
    written = [[t.text for t in group.iter(f"{SVG}text")] for group in drawn(charts.shares(RESULT), "g")]
    assert written[0] == ["7 档案管理", "50.0%"]
    assert written[2] == ["4 信息化建设", "66.7%"]
    assert len(written) == 18


def test_shares_words_name_every_indicator_with_its_share():
    assert charts.shares(RESULT).words == (
        "条形图，各二级指标得分率由低到高：档案管理 50.0%、要素融合 60.0%、信息化建设 66.7%、"
        "线下线上融合 66.7%、人员配置 75.0%、持续改进 75.0%、线上服务 83.3%、组织机构 87.5%、"
        "服务场所 87.5%、计量服务 87.5%、标准服务 90.0%、资质水平 100.0%、保密和信息安全 100.0%、"
        "认证认可服务 100.0%、检验检测服务 100.0%、拓展服务 100.0%、线下服务 100.0%、"
        "服务模式推广 100.0%。"
    )


def test_shares_leave_open_indicators_at_the_end_without_a_loss():
    chart = charts.shares(OPEN)
    written = [[t.text for t in group.iter(f"{SVG}text")] for group in drawn(chart, "g")]
    settled = [row for row in OPEN["indicators"] if not row["bonus"] and row["score"] is not None]
    assert [row[1] for row in written[len(settled) :]] == ["待评议"] * (18 - len(settled))
    assert ["3 服务场所", "待评议"] in written


def test_last_year_is_a_tick_at_its_share():
    chart = charts.shares(RESULT, BEFORE)
    ticks = [[float(x.get("x1")) for x in group.iter(f"{SVG}line")] for group in drawn(chart, "g")]
    first = next(group for group in drawn(chart, "rect"))
    left, width = float(first.get("x")), float(first.get("width"))
    assert len(ticks) == 18
    assert {round((x - left) / width, 2) for row in ticks for x in row} == {0.5}
    assert "竖线为上次" in chart.title
    assert "竖线" not in charts.shares(RESULT).title


def test_changes_lead_from_the_last_share_to_this_one():
    chart = charts.changes(RESULT, BEFORE, MEAN)
    written = [[t.text for t in group.iter(f"{SVG}text")] for group in drawn(chart, "g")]
    assert written[0] == ["1 组织机构", "50.0% → 87.5%（80.0%）"]
    rows = [[float(c.get("cx")) for c in group.iter(f"{SVG}circle")] for group in drawn(chart, "g")]
    assert {len(row) for row in rows} == {2}
    assert rows[6][0] == rows[6][1]  # 7 档案管理: half last time and half now
    assert chart.words.startswith("各二级指标得分率变化：组织机构 50.0% → 87.5%（80.0%）、")


@pytest.mark.parametrize(
    ("before", "mean", "said"), [(True, False, "上次"), (False, True, "平均"), (True, True, "上次")]
)
def test_changes_are_titled_by_what_is_compared(before, mean, said):
    chart = charts.changes(RESULT, BEFORE if before else None, MEAN if mean else None)
    assert said in chart.title
    assert ("平均" in chart.title) == mean


def test_band_shows_score_bounds_last_year_and_mean():
    chart = charts.band(RESULT, bundled(), BEFORE, MEAN)
    assert set(texts(chart)) == {
        "本次 92.00 分", "上次 53.50 分", "同类平台平均 86.00 分", "优秀 90 分", "合格 80 分", "43", "107",
    }  # fmt: skip
    assert chart.words == (
        "分数条，本次 92.00 分、上次 53.50 分、同类平台平均 86.00 分；各等级下限：优秀 90 分、合格 80 分。"
    )


def test_band_without_comparison_starts_ten_points_below_the_lowest_bound():
    assert set(texts(charts.band(RESULT, bundled()))) == {
        "本次 92.00 分", "优秀 90 分", "合格 80 分", "70", "107",
    }  # fmt: skip


def test_charts_compare_only_where_there_is_something_to_compare():
    assert list(charts.drawn(RESULT, bundled(), evaluations.ABOUT)) == ["band", "shares", "losses"]
    about = evaluations.about(previous=BEFORE)
    assert list(charts.drawn(RESULT, bundled(), about)) == ["band", "shares", "losses", "changes"]
    assert "changes" not in charts.drawn(RESULT, bundled(), evaluations.about(previous=OPEN))


def test_losses_bars_are_as_long_as_the_points():
    chart = charts.losses(RESULT)
    groups = [[float(r.get("width")) for r in group.iter(f"{SVG}rect")] for group in drawn(chart, "g")]
    unit = groups[0][0] / float(BASE[0]["max"])
    lost = [Fraction(row["max"]) - Fraction(row["score"]) for row in BASE]
    expected = [
        [Fraction(row["max"]), *([gone] if gone else [])] for row, gone in zip(BASE, lost, strict=True)
    ]
    assert [[width / unit for width in widths] for widths in groups] == [
        pytest.approx([float(points) for points in row], abs=0.02) for row in expected
    ]


def test_losses_name_points_and_criteria_of_every_indicator():
    with speaking("en"):
        written = [[t.text for t in group.iter(f"{SVG}text")] for group in drawn(charts.losses(RESULT), "g")]
    assert written[16] == ["17 Joining the elements", "2 / 5", "17.1, 17.2"]
    assert written[1] == ["2 Qualifications", "0 / 2"]
    assert len(written) == 18


def test_losses_words_name_only_what_was_lost():
    with speaking("en"):
        assert charts.losses(RESULT).words == (
            "Bar chart, points lost by indicator and where: Organisation lost 1 (1.3), "
            "Service premises lost 1 (3.1), Information systems lost 1 (4.2), Staffing lost 1 (5.2), "
            "Record keeping lost 1 (7.2), Metrology services lost 1 (8.1), Standards services lost 1 (9.2), "
            "Online services lost 1 (14.1), Offline and online as one lost 1 (15.1), "
            "Continual improvement lost 1 (16.1), Joining the elements lost 2 (17.1, 17.2)."
        )


def test_losses_of_a_mean_are_cut_to_two_decimals():
    assert ["8 计量服务", "1.33 / 8", "8.1"] in [
        [t.text for t in group.iter(f"{SVG}text")] for group in drawn(charts.losses(evaluations.mean()), "g")
    ]


def test_losses_of_a_perfect_platform_say_there_are_none():
    rows = [{**row, "score": row["max"], "shown": row["max"]} for row in RESULT["indicators"]]
    criteria = [{**c, "lost": None if c["bonus"] else "0"} for c in RESULT["criteria"]]
    chart = charts.losses({**RESULT, "indicators": rows, "criteria": criteria})
    assert chart.words == "条形图，各二级指标失分及失分的评分项：无。"
    assert len(drawn(chart, "rect")) == 18


def test_losses_say_which_indicators_are_open():
    written = [[t.text for t in group.iter(f"{SVG}text")] for group in drawn(charts.losses(OPEN), "g")]
    assert written[2] == ["3 服务场所", "待评议"]


@pytest.mark.parametrize("draw", [charts.shares, charts.losses, compared])
def test_screen_colours_can_be_set_by_the_page(draw):
    colours = {
        value
        for element in ET.fromstring(draw(RESULT, palette=charts.SCREEN).svg).iter()
        for key in ("fill", "stroke")
        if (value := element.get(key)) and value != "none"
    }
    assert colours <= set(charts.SCREEN.values())
    assert "var(--chart-ink, #1a1a1a)" in colours


def _luminance(colour):
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(part * weight for part, weight in zip(linear, (0.2126, 0.7152, 0.0722), strict=True))


@pytest.mark.parametrize(
    ("dark", "light", "least"), [("ink", None, 7), ("quiet", None, 4.5), ("accent", "track", 4.5)]
)
def test_colours_differ_enough_without_hue(dark, light, least):
    bright = _luminance(charts.PRINT[light]) if light else 1
    assert (bright + 0.05) / (_luminance(charts.PRINT[dark]) + 0.05) >= least


@pytest.mark.parametrize("draw", [charts.shares, charts.losses, compared])
@pytest.mark.parametrize(
    "name", ["<script>&\"'", '#image("x")', "😀\ud800\x00\u202e", "很" * 300, "w" * 300, ""]
)
def test_hostile_names_stay_text(draw, name):
    chart = draw(with_names(name))
    shapes = {element.tag.removeprefix(SVG) for element in ET.fromstring(chart.svg).iter()}
    assert shapes <= {"svg", "title", "desc", "text", "polygon", "line", "circle", "rect", "g"}
    assert charts.pngs([chart.svg])[0].startswith(b"\x89PNG")


def test_long_names_are_cut_on_the_chart_and_whole_in_its_words():
    chart = charts.losses(with_names("很长的名称" * 20))
    assert all(len(text) < 30 for text in texts(chart))
    assert "很长的名称" * 20 in chart.words


@pytest.mark.parametrize(("draw", "size"), [(charts.shares, (875, 463)), (charts.losses, (875, 463))])
def test_png_has_a_hundred_and_fifty_dots_per_inch(draw, size):
    picture = charts.pngs([draw(RESULT).svg])[0]
    assert struct.unpack(">II", picture[16:24]) == pytest.approx(size, abs=1)


def test_same_result_returns_the_same_chart():
    assert charts.shares(RESULT) == charts.shares(evaluations.concluded())
