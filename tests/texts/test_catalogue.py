"""The catalogue: the same texts in both languages, and a text for every key in the code."""

import ast
import re
from pathlib import Path
from string import Formatter

import pytest

from zhiping import documents, domain
from zhiping.domain import lifecycle
from zhiping.domain.errors import Problem
from zhiping.domain.lifecycle import CHARGE, ProgrammeState, State
from zhiping.dossier.queries import BUILT
from zhiping.texts import catalogue
from zhiping.texts.catalogue import speaking

SOURCE = Path(documents.__file__).parents[1]
AREAS = catalogue.rooms()
FIELDWORK = SOURCE.parents[1] / "frontend" / "fieldwork"
HAN = re.compile(r"[\u3400-\u9fff]")
QUOTED = re.compile("“[^”]*”")  # words of a Chinese paper may be quoted in English
NO_WORDS = re.compile(r"\{\w+\}|%\(\w+\)s|\w+\.toml")  # what needs no translation
WHOLE_FILE = "about.template"  # a TOML file: its braces are no fields
# Codes of problems and of Django's fields, notices and tasks named after an event or a state, shared words.
NAMED_ELSEWHERE = re.compile(r"\w+\.(errors|notices|words)\.|web\.refusals\.|desk\.tasks\.")
OWN_ENGLISH = "cli.argparse."  # argparse speaks English itself; only the Chinese is ours


def flat(value, key):
    """A table of the catalogue as one text per key."""
    if isinstance(value, str):
        return {key: value}
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    return {k: text for name, part in pairs for k, text in flat(part, f"{key}.{name}").items()}


def area(language, name):
    """One file of the catalogue, less what only one language needs."""
    pairs = flat(catalogue.area(language, name), name).items()
    return {key: text for key, text in pairs if not key.startswith(OWN_ENGLISH)}


def fields(key, text):
    """The fields of a text."""
    parsed = [] if key == WHOLE_FILE else Formatter().parse(text)
    return sorted({name for _, name, _, _ in parsed if name is not None})


@pytest.mark.parametrize(
    "table",
    [
        {"zh": "是"},
        {"en": "Yes"},
        {"zh": "是", "en": "Yes", "fr": "Oui"},
        {"zh": "是", "en": ["Yes"]},
        {"zh": "是", "en": {"one": "Yes"}},
        {"name": "Name", "note": {"zh": "注", "en": "Note"}},
    ],
)
def test_text_lacking_a_language_names_its_key(table):
    with pytest.raises(ValueError, match=r"^desk\.yes: .*zh and en"):
        catalogue.in_language("zh", {"yes": table}, "desk")


def test_text_may_be_named_after_a_language():
    table = {"zh": {"zh": "中文", "en": "Chinese"}, "en": {"zh": "英文", "en": "English"}}
    assert catalogue.in_language("en", table, "words") == {"zh": "Chinese", "en": "English"}


@pytest.mark.parametrize("name", AREAS)
def test_both_languages_need_the_same_data(name):
    chinese, english = area("zh", name), area("en", name)
    assert {k: fields(k, english[k]) for k in english} == {k: fields(k, chinese[k]) for k in chinese}


def test_argparse_messages_ask_for_no_other_field():
    fills = re.compile(r"%(?:\(\w+\))?")
    asked = catalogue.area("zh", "cli")["argparse"].items()
    assert [key for key, text in asked if not set(fills.findall(text)) <= set(fills.findall(key))] == []


@pytest.mark.parametrize("name", AREAS)
def test_no_text_is_empty(name):
    assert [
        key for language in catalogue.LANGUAGES for key, text in area(language, name).items() if not text
    ] == []


@pytest.mark.parametrize("name", AREAS)
def test_english_is_translated(name):
    assert [key for key, text in area("en", name).items() if HAN.search(QUOTED.sub("", text))] == []


@pytest.mark.parametrize("name", AREAS)
def test_chinese_is_translated(name):
    words = re.compile("[A-Za-z]{2,}")
    texts_ = {key: NO_WORDS.sub("", text) for key, text in area("zh", name).items()}
    assert [key for key, text in texts_.items() if words.search(text) and not HAN.search(text)] == []


def _trees():
    for path in sorted(SOURCE.rglob("*.py")):
        yield path.relative_to(SOURCE).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


TREES = dict(_trees())


def _calls(name):
    for file, tree in TREES.items():
        for node in ast.walk(tree):
            called = getattr(node, "func", None)
            if name in (getattr(called, "id", ""), getattr(called, "attr", "")):
                yield file, node


def _literal(node):
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _known(key):
    try:
        catalogue.lookup("zh", key) if "." in key else catalogue.area("zh", key)
    except (KeyError, FileNotFoundError):
        return False
    return True


def raised_codes():
    """Codes written out where a problem is made, and those behind a function that adds the section itself."""
    codes = {_literal(node.args[0]) for _, node in _calls("Problem") if node.args} - {None}
    for tree in TREES.values():
        for function in ast.walk(tree):
            if isinstance(function, ast.FunctionDef):
                codes |= {f"{section}{code}" for section in _sections(function) for code in _given(function)}
    return codes


def _sections(function):
    """What `Problem(f"section.{code}")` puts before the function's own parameter; "" for `Problem(code)`."""
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Problem":
            match node.args[0]:
                case ast.Name("code"):
                    yield ""
                case ast.JoinedStr([ast.Constant(section), ast.FormattedValue(ast.Name("code"))]):
                    yield section


def _given(function):
    """What callers write for a function's parameter called `code`."""
    places = [a.arg for a in function.args.args if a.arg not in ("self", "cls")]
    for _, node in _calls(function.name) if "code" in places else ():
        code = (node.args + [None] * len(places))[places.index("code")]
        choices = (code.body, code.orelse) if isinstance(code, ast.IfExp) else (code,)
        yield from filter(None, map(_literal, choices))


def test_every_code_raised_has_its_text():
    codes = raised_codes()
    assert {"mark.illegal", "book.encrypted", "form.scale", "file.missing"} <= codes
    assert [code for code in sorted(codes) if not _known(catalogue.problem_key(code))] == []


def test_every_text_about_a_problem_is_stated():
    """Codes also come from tables and mappings: whole, or without a section some module adds."""
    written = {_literal(node) for tree in TREES.values() for node in ast.walk(tree)} - {None}
    openings = {
        _literal(node.values[0])
        for tree in TREES.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr) and node.values
    } - {None}
    sections = {text for text in openings if re.fullmatch(r"\w+\.", text)}
    said = written | raised_codes() | {section + code for section in sections for code in written}
    codes = {key.removeprefix("errors.") for key in area("zh", "errors")}
    codes |= {
        key.replace(".errors.", ".", 1)
        for name in AREAS
        for key in area("zh", name)
        if key.startswith(f"{name}.errors.")
    }
    assert sorted(code for code in codes if code not in said and f"errors.{code}" not in said) == []


def test_problem_carries_what_its_text_needs():
    lacking = []
    for file, node in _calls("Problem"):
        code = _literal(node.args[0]) if node.args else None
        data = node.args[1] if len(node.args) > 1 else ast.Dict([], [])
        if code and isinstance(data, ast.Dict) and None not in data.keys:
            given = {_literal(key) for key in data.keys}
            needed = fields(code, catalogue.lookup("zh", catalogue.problem_key(code)))
            lacking += [(file, code, name) for name in needed if name not in given]
    assert lacking == []


def test_every_key_of_a_template_is_in_the_catalogue():
    tag = re.compile(r"""{%\s*t\s+"([^"]+)"((?:\s+\w+=\S+)*)""")
    unknown, lacking = [], []
    for path in sorted(SOURCE.rglob("templates/**/*.html")):
        for key, given in tag.findall(path.read_text(encoding="utf-8")):
            if not _known(key):
                unknown.append((path.name, key))
            elif set(fields(key, catalogue.lookup("zh", key))) - set(re.findall(r"(\w+)=", given)):
                lacking.append((path.name, key))
    assert (unknown, lacking) == ([], [])


def test_every_column_of_a_table_is_in_the_catalogue():
    tag = re.compile(r"""{%\s*table\s+"([\w.]+)"\s+"([^"]+)\"""")
    keys = [
        (path.name, name if "." in name else f"{texts}.{name}")
        for path in sorted(SOURCE.rglob("templates/**/*.html"))
        for texts, columns in tag.findall(path.read_text(encoding="utf-8"))
        for name in (column.split(":")[0] for column in columns.split())
    ]
    assert len(keys) > 20
    assert [key for key in keys if not _known(key[1])] == []


def test_no_template_states_anything_by_itself():
    markup = re.compile(
        r"<!--.*?-->|{#.*?#}|{%\s*comment.*?endcomment\s*%}|{%.*?%}|{{.*?}}|<(script|svg)\b.*?</\1>|<[^>]*>|&\w+;",
        re.S,
    )
    words = {
        path.name: re.findall(
            r"[A-Za-z]{2,}|[\u3400-\u9fff]+", markup.sub(" ", path.read_text(encoding="utf-8"))
        )
        for path in sorted(SOURCE.rglob("templates/**/*.html"))
    }
    assert {name: found for name, found in words.items() if found} == {}


def test_every_key_stated_is_in_the_catalogue():
    unknown = []
    for file, node in _calls("say"):
        key = node.args[0] if node.args else None
        if _literal(key) and not _known(_literal(key)):
            unknown.append((file, _literal(key)))
        if isinstance(key, ast.JoinedStr) and (start := _literal(key.values[0])) and "." in start:
            table = start.rpartition(".")[0]
            if not _known(table):
                unknown.append((file, start))
    assert unknown == []


def test_every_key_of_the_scoring_page_is_in_the_catalogue():
    page = "\n".join(path.read_text(encoding="utf-8") for path in sorted(FIELDWORK.glob("*.ts*")))
    keys = {f"fieldwork.{key}" for key in re.findall(r'\bsay\("([\w.]+)"', page)}
    assert len(keys) > 50
    assert [key for key in sorted(keys) if not _known(key)] == []


def test_every_text_is_named_in_the_code():
    """Named whole, or by its name and its table; or its table is completed at run time: `f"nav.{name}"`."""
    paths = [path for suffix in ("py", "html", "typ") for path in sorted(SOURCE.rglob(f"*.{suffix}"))]
    code = "\n".join(path.read_text(encoding="utf-8") for path in paths if "static" not in path.parts)
    page = "\n".join(path.read_text(encoding="utf-8") for path in sorted(FIELDWORK.glob("*.ts*")))
    quoted = set(re.findall(r"""["'](\w+(?:\.\w+)*)["']""", code))
    quoted |= {f"fieldwork.{key}" for key in re.findall(r'"(\w+(?:\.\w+)*)"', page)}
    completed = set(re.findall(r"""["'](\w+(?:\.\w+)*)\.[{"']""", code))
    completed |= {f"fieldwork.{key}" for key in re.findall(r"`(\w+(?:\.\w+)*)\.\$\{", page)}
    names = set(re.findall(r"\w+", code))

    def named(key):
        *_, last = parts = key.removesuffix("_help").split(".")
        tables = {".".join(parts[:n]) for n in range(1, len(parts))}
        return key in quoted or bool(tables & completed) or (last in names and bool(tables & quoted))

    texts = [key for name in AREAS if name not in ("errors", "words") for key in area("zh", name)]
    assert [key for key in texts if not NAMED_ELSEWHERE.match(key) and not named(key)] == []


@pytest.mark.parametrize(("table", "codes"), [("states", State), ("programme_states", ProgrammeState)])
def test_life_cycle_is_stated_whole(table, codes):
    assert set(catalogue.lookup("zh", f"lifecycle.{table}")) == set(map(str, codes))


def test_moves_that_lead_on_are_stated_with_seats_and_needs():
    """The page of an evaluation names its next move, who makes it, what it needs and what is missing."""
    rows = [row for state in State if (row := lifecycle.onward("evaluation", state, BUILT))]
    needs = {need for row in rows for need in row.needs}
    seats = {seat for row in rows for kind in CHARGE for some in row.seats(kind) for seat in some}
    said = {
        table: set(catalogue.lookup("zh", f"lifecycle.{table}"))
        for table in ("moves", "seats", "needs", "errors")
    }
    assert {row.name for row in rows} <= said["moves"]
    assert (said["seats"], said["needs"]) == (seats, needs)
    assert needs <= said["errors"]


def test_problem_is_stated_with_its_place_and_what_is_allowed():
    allowed = [{"mark": "2"}, {"low": "0", "high": "1", "step": "1"}]
    problem = Problem("mark.illegal", {"id": "3.1", "found": "1.5", "allowed": allowed}, ("评价表", "G14"))
    assert catalogue.problem_text(problem.at("专家丙.xlsx")) == (
        "专家丙.xlsx 评价表!G14 （3.1）：1.5 不是可选分值；可选 2，或 0～1 的整数"
    )
    with speaking("en"):
        assert catalogue.problem_text(problem) == (
            "评价表 G14 (3.1): 1.5 is not a legal mark; allowed: 2 or a whole number from 0 to 1"
        )


def test_choices_name_a_step_of_half_a_point():
    choices = [{"low": "0", "high": "3", "step": "0.5"}]
    assert catalogue.choices_text(choices) == "0～3（以 0.5 为一档）"


def test_problem_without_a_place_is_stated_alone():
    with speaking("en"):
        assert catalogue.problem_text(Problem("sheets.none")) == catalogue.lookup("en", "errors.sheets.none")


def test_saying_a_table_is_an_error():
    with pytest.raises(KeyError):
        catalogue.say("errors.mark")


def test_domain_states_no_sentence():
    """Rules raise codes: their code has no Chinese, other than titles people hold."""
    folder = Path(domain.__file__).parent
    chinese = {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Raise) and HAN.search(ast.unparse(node))
    }
    assert chinese == set()


def test_numbers_of_a_list_are_stated():
    problem = Problem("importing.changed", {"rows": [3, 7]})
    assert "3、7" in catalogue.problem_text(problem)


def test_problem_names_a_method_in_words():
    problem = Problem("agreed.method", {"method": "mean"})
    assert catalogue.problem_text(problem) == "定分方法为“取平均”时没有组内评议，不能提供评议表"
    with speaking("en"):
        assert "“average”" in catalogue.problem_text(problem)
