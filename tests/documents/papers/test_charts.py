"""The charts agree with the result: in shapes, in texts, and in words for those who do not see them."""

import struct
from fractions import Fraction
from xml.etree import ElementTree as ET

import pytest
from tests.documents import evaluations

from zhiping.documents.papers import charts
from zhiping.texts.catalogue import LANGUAGES, speaking

RESULT = evaluations.concluded()
OPEN = evaluations.waiting()
SVG = "{http://www.w3.org/2000/svg}"
BASE = [row for row in RESULT["indicators"] if not row["bonus"]]


def drawn(chart, shape):
    return list(ET.fromstring(chart.svg).iter(f"{SVG}{shape}"))


def texts(chart):
    return [element.text for element in drawn(chart, "text")]


def with_names(name):
    """The result of a table whose indicators all have one name."""
    rows = [{**row, "name": {"zh": name, "en": name}} for row in RESULT["indicators"]]
    return {**RESULT, "indicators": rows}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("draw", [charts.radar, charts.losses])
def test_chart_shows_screen_readers_its_title_and_words(draw, language):
    with speaking(language):
        chart = draw(RESULT)
    root = ET.fromstring(chart.svg)
    told = [root.find(f"{SVG}{part}") for part in ("title", "desc")]
    assert [part.text for part in told] == [chart.title, chart.words]
    assert root.get("aria-labelledby") == " ".join(part.get("id") for part in told)
    assert (root.get("role"), root.get("lang")) == ("img", language)


def test_radar_has_a_corner_per_indicator_at_its_share():
    corners = [(float(c.get("cx")), float(c.get("cy"))) for c in drawn(charts.radar(RESULT), "circle")]
    x, y = 260, 208
    lengths = [((cx - x) ** 2 + (cy - y) ** 2) ** 0.5 / 146 for cx, cy in corners]
    assert lengths == pytest.approx([Fraction(r["score"]) / Fraction(r["max"]) for r in BASE], abs=0.002)


def test_radar_starts_at_the_top_and_goes_clockwise():
    corners = [(float(c.get("cx")), float(c.get("cy"))) for c in drawn(charts.radar(RESULT), "circle")]
    assert corners[0][0] == 260
    assert corners[0][1] < 208
    assert corners[4][0] > 260 > corners[13][0]


def test_radar_writes_every_share_beside_its_name():
    written = "".join(texts(charts.radar(RESULT))).replace(" ", "")
    shares = [f"{round(float(Fraction(r['score']) / Fraction(r['max'])) * 100, 1)}%" for r in BASE]
    expected = [row["name"]["zh"] + share for row, share in zip(BASE, shares, strict=True)]
    assert [label for label in expected if label not in written] == []


def test_radar_words_name_every_indicator_with_its_share():
    assert charts.radar(RESULT).words == (
        "雷达图，各二级指标得分率：组织机构 87.5%、资质水平 100.0%、服务场所 87.5%、"
        "信息化建设 66.7%、人员配置 75.0%、保密和信息安全 100.0%、档案管理 50.0%、计量服务 87.5%、"
        "标准服务 90.0%、认证认可服务 100.0%、检验检测服务 100.0%、拓展服务 100.0%、线下服务 100.0%、"
        "线上服务 83.3%、线下线上融合 66.7%、持续改进 75.0%、要素融合 60.0%、服务模式推广 100.0%。"
    )


def test_radar_leaves_open_indicators_without_a_corner():
    chart = charts.radar(OPEN)
    settled = [row for row in OPEN["indicators"] if not row["bonus"] and row["score"] is not None]
    assert len(drawn(chart, "circle")) == len(settled) == 12
    assert "服务场所 待评议" in texts(chart)


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


@pytest.mark.parametrize("draw", [charts.radar, charts.losses])
def test_screen_colours_can_be_set_by_the_page(draw):
    colours = {
        value
        for element in ET.fromstring(draw(RESULT, charts.SCREEN).svg).iter()
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


@pytest.mark.parametrize("draw", [charts.radar, charts.losses])
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


@pytest.mark.parametrize(("draw", "size"), [(charts.radar, (813, 650)), (charts.losses, (875, 613))])
def test_png_has_a_hundred_and_fifty_dots_per_inch(draw, size):
    picture = charts.pngs([draw(RESULT).svg])[0]
    assert struct.unpack(">II", picture[16:24]) == pytest.approx(size, abs=1)


def test_same_result_returns_the_same_chart():
    assert charts.radar(RESULT) == charts.radar(evaluations.concluded())
