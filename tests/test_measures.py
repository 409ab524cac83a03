"""The measuring program reads both layouts of a tree."""

import pytest
from benchmarks import measures

ACTIONS = '''"""Changes."""


def add(act: object, name: str) -> None:
    """Add one."""
    _store(name)


def rename(*, by: object, name: str) -> None:
    """Rename it; nobody is told."""  # noqa: D400
    add(by, name)


def _store(name: str) -> None:
    print(name)
'''


@pytest.fixture
def tree(tmp_path):
    """Return a tree of one app with two actions."""
    app = tmp_path / "src/zhiping/shop"
    app.mkdir(parents=True)
    (app / "actions.py").write_text(ACTIONS)
    (app / "page.html").write_text("<p>\n" + "x" * 141 + "\n")
    return tmp_path


def texts_apart(tree):
    for language, word in (("zh", "名称"), ("en", "Name")):
        folder = tree / "src/zhiping/documents/texts" / language
        folder.mkdir(parents=True)
        (folder / "shop.toml").write_text(f'name = "{word}"\n[columns]\nname = "{word}"\n', encoding="utf-8")


def texts_together(tree):
    folder = tree / "src/zhiping/texts"
    folder.mkdir()
    text = 'name = { zh = "名称", en = "Name" }\n[columns]\nname = { zh = "名称", en = "Name" }\n'
    (folder / "shop.toml").write_text(text, encoding="utf-8")


@pytest.mark.parametrize("lay_out", [texts_apart, texts_together])
def test_measures_read_both_layouts_of_the_catalogue(tree, lay_out):
    lay_out(tree)
    found = dict(measures.measure(tree))
    assert found["text keys"] == "2"
    assert found["text keys that repeat a text"] == "1"


def test_measures_count_actions_depth_words_and_wide_lines(tree):
    texts_together(tree)
    found = dict(measures.measure(tree))
    assert found["actions"] == "2"
    assert found["lines of Python per action, apps that have actions"] == "8"
    assert found["function length, median / p90 / p99 / max"] == "3 / 3 / 3 / 3"
    assert found["call depth, median / p90 / max"] == "2 / 3 / 3"
    assert found["template lines over 140 characters"] == "1"
    assert found["archaic words per 1,000 of prose"] == "250.0"


def test_prose_of_a_page_leaves_out_its_code(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("It says `nobody` twice.\n```\nnobody\n```\n")
    assert measures.archaic([page]) == 1000 / 3
