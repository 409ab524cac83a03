"""Rules of the source: where rows are written, permission checks, texts."""

import ast
import io
import re
import tomllib
from pathlib import Path

import pytest
import rules.permissions
from benchmarks import measures
from django.conf import settings
from django.urls import get_resolver

import zhiping
from zhiping import permissions
from zhiping.domain.lifecycle import MOVES
from zhiping.ledger import checkpoints, seals, system
from zhiping.texts import catalogue

ROOT = Path(__file__).parents[1]
SOURCE = Path(zhiping.__file__).parent
SERVER = sorted({name.split(".")[1] for name in settings.INSTALLED_APPS if name.startswith("zhiping.")})
FILES = {
    path.relative_to(SOURCE).as_posix(): path
    for path in sorted(SOURCE.rglob("*.py"))
    if "migrations" not in path.parts
}
TREES = {name: ast.parse(path.read_text(encoding="utf-8")) for name, path in FILES.items()}
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)

WRITES = {
    "save", "create", "bulk_create", "update", "bulk_update", "delete", "get_or_create", "update_or_create",
}  # fmt: skip
NO_ROWS = {
    "evidence/store.py delete": "a file of S3",
    "evidence/store.py save": "a file of S3",
    "operations/demo.py save": "a picture into a buffer",
    "operations/checks.py save": "a row that is rolled back, to see whether the database can be written",
}
NO_ENTRY = {  # rows of these files are written without an event
    "accounts/actions/invitations.py": "counts wrong PINs of a person without an account",
    "accounts/actions/sessions.py": "sessions",
    "insights/actions.py": "digests of results, which are made again when needed",
    "finding/actions.py": "the index of the search, which is made again when needed",
    "archive/actions/disposal.py": "rows that are disposed of, and their tombstones, which the entry names",
    "archive/actions/fixity.py": "checks of packages, which can be repeated",
    "archive/actions/packing.py": "the progress of a job, whose packages are recorded",
    "archive/actions/record.py": "the request to a worker, whose packages are recorded",
    "evidence/actions/previews.py": "pictures of pages, which are made again when needed",
    "evidence/actions/uploads.py": "files that are still arriving",
    "notices/actions.py": "the inbox, and the progress of deliveries",
    "operations/actions.py": "the queue of jobs, and the progress of sending checkpoints",
    "scoring/actions/mark.py": "one statement for a batch, whose entries note each change",
    "visits/actions/papers.py": "papers, which are made again when needed",
}
NO_ACT = {
    "accounts.try_pin": "a person with a link has no account yet",
    "notices.notify": "part of the action that notifies",
}
SHARED = {
    "accounts.rehash_password": "accounts.set_password",
    "archive.check_package": "archive.check_packages",
    "evidence.append_upload": "evidence.hand_in_file",
    "evidence.begin_upload": "evidence.hand_in_file",
    "evidence.drop_upload": "evidence.hand_in_file",
    "evidence.finish_upload": "evidence.hand_in_file",
    "evidence.hand_in_sent": "evidence.hand_in_file",
    "improvement.remind_operators": "improvement.remind_operator",
    "panels.sign_declarations": "panels.sign_declaration",
    "reporting.take_attachment": "reporting.take_file",
    "scoring.give_marks": "scoring.give_mark",
    "scoring.open_for": "scoring.open_sheet",
    "scoring.take_confirmation": "scoring.see_facts",
    "scoring.take_scan": "scoring.see_paper",
    "scoring.take_signature": "scoring.see_marks",
    "visits.make_sheets": "visits.make_papers",
    "visits.take_bundle": "visits.ask_bundle",
}
SEEN = {
    "accounts.see_audit_log",
    "accounts.see_organisations",
    "accounts.see_people",
    "archive.see_access",
    "archive.see_filing",
    "archive.see_fixity",
    "archive.see_record",
    "evidence.see",
    "insights.see",
    "operations.see",
    "operations.see_records",
    "panels.see_candidates",
    "panels.see_draw",
    "panels.see_duties",
    "improvement.see_improvement",
    "reporting.see_report",
    "scoring.see_sheet",
    "scoring.see_sheets",
}


def stage(file):
    """Return the app of a file."""
    return file.split("/")[0]


def is_action(file):
    return "/actions" in file


def called(node):
    return getattr(node.func, "attr", getattr(node.func, "id", ""))


def calls(node, *names):
    return [n for n in ast.walk(node) if isinstance(n, ast.Call) and called(n) in names]


def literal(node):
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def acts():
    """Yield every action: its `Act` checks the permission, locks and records."""
    for file, tree in TREES.items():
        for node in tree.body if is_action(file) else ():
            arguments = getattr(getattr(node, "args", None), "args", None)
            if not arguments or node.name.startswith("_"):
                continue
            if ast.unparse(arguments[0].annotation or ast.Constant("")) == "Act":
                yield f"{stage(file)}.{node.name}", node


ACTS = dict(acts())
PERMISSION = re.compile(r"[a-z]+\.[a-z_]+")
RECORDS = ("begin", "begin_many", "record", "record_many", "record_batch")
MOVES_BY_ACT = ("move", "move_many", "move_batch")


def permissions_of(node):
    """Return the permissions an action checks: by name, or those of its moves."""
    named = {literal(call.args[0]) for call in calls(node, "require", *RECORDS) if call.args}
    made = {
        name  # one of two where it depends on the kind of seat or line
        for call in calls(node, *MOVES_BY_ACT)
        if len(call.args) > 1
        for part in ast.walk(call.args[1])
        for name in (chosen(node, part.id) if isinstance(part, ast.Name) else [literal(part)])
    }
    return {word for word in named if word and PERMISSION.fullmatch(word)} | {
        row.permission for table in MOVES.values() for row in table if row.name in made
    }


def first(node):
    """Return the first statement after the docstring."""
    return node.body[1 if ast.get_docstring(node) else 0]


def registered():
    get_resolver().url_patterns  # noqa: B018 - imports every app's rules, as a server does
    return set(rules.permissions.permissions) | permissions.clock_permissions()


def is_write(call):
    """Return whether a call may write rows; `update` of dictionaries has no keyword arguments."""
    return isinstance(call.func, ast.Attribute) and (call.func.attr != "update" or bool(call.keywords))


READS = {
    "experts/forms.py ExpertField": "a condition on the list that is shown already",
    "registry/views/platforms.py Site": "names of the sites of platforms that are listed already",
}


def test_no_cursor_stays_open_over_work():
    """SQLite admits no writer while one is: rows are read whole, many of them in batches of ids."""
    found = {
        f"{file} {node.lineno}"
        for file, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in {"iterator", "aiterator", "fetchmany"}
    }
    assert found == set()


def test_views_forms_and_api_read_by_queries_only():
    """Visibility is decided in queries; a form's empty field (`objects.none()`) reads nothing."""
    found = {
        f"{file} {ast.unparse(node.value)}"
        for file, tree in TREES.items()
        if file.split("/")[0] in {*SERVER, "project"} and re.search(r"/(views|forms|api)\b", file)
        for parent in ast.walk(tree)
        for node in ast.iter_child_nodes(parent)
        if isinstance(node, ast.Attribute)
        and node.attr == "objects"
        and getattr(parent, "attr", "") != "none"
    }
    assert found == set(READS)


def test_views_with_a_form_answer_a_refusal_with_its_status():
    plain = [
        f"{file} {function.name}"
        for file, tree in TREES.items()
        if "views" in file
        for function in ast.walk(tree)
        if isinstance(function, FUNCTIONS)
        and any(isinstance(c, ast.Call) and called(c).endswith("Form") for c in ast.walk(function))
        and any("status" not in {k.arg for k in call.keywords} for call in calls(function, "render"))
    ]
    assert plain == []


def test_getters_start_from_the_user():
    """`get_…` starts from the user, or from an object that was fetched for the user."""
    first = {
        f"{file} {node.name}": node.args.args[0].arg
        for file, tree in TREES.items()
        if "/queries" in file
        for node in tree.body
        if isinstance(node, FUNCTIONS) and node.name.startswith("get_")
    }
    others = {name: argument for name, argument in first.items() if argument != "user"}
    assert others == {
        "experts/queries.py get_affiliation": "expert",
        "experts/queries.py get_training": "expert",
    }


def test_rows_are_written_by_actions_and_the_ledger_only():
    found = {
        f"{file} {called(node)}"
        for file, tree in TREES.items()
        if file.split("/")[0] in {*SERVER, "project"} and not is_action(file) and stage(file) != "ledger"
        for node in calls(tree, *WRITES)
        if is_write(node)
    }
    assert found == set(NO_ROWS)


CELLS = {
    "write",
    "write_column",
    "write_formula",
    "write_number",
    "write_rich_string",
    "write_row",
    "write_string",
    "write_url",
}


def test_cells_of_spreadsheets_are_written_in_one_module():
    """Only there text stays text, whatever it begins with."""
    found = [
        f"{file} {node.func.attr}"
        for file, tree in TREES.items()
        if file != "documents/spreadsheets/workbook/writing.py"
        and "xlsxwriter" in FILES[file].read_text(encoding="utf-8")
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CELLS
    ]
    assert found == []


def test_a_state_is_set_by_the_ledger_only():
    found = [
        file
        for file, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and node.attr == "phase"
    ]
    assert {file for file in found if stage(file) not in ("ledger", "domain")} == set()


def test_every_action_has_an_act():
    """Without one it would need the user and the time of its own."""
    without = {
        f"{stage(file)}.{node.name}"
        for file, tree in TREES.items()
        for node in (tree.body if is_action(file) and stage(file) != "ledger" else ())
        if isinstance(node, FUNCTIONS) and not node.name.startswith("_")
        if not any(ast.unparse(a.annotation) == "Entry" for a in node.args.args)  # part of an action
        if {"by", "now"} & {argument.arg for argument in (*node.args.args, *node.args.kwonlyargs)}
    }
    assert without == set(NO_ACT)
    assert len(ACTS) > 100


def test_only_an_act_writes_to_the_ledger():
    writers = {
        file
        for file, tree in TREES.items()
        for call in calls(tree, *WRITES)
        if re.match(r"(Event|Leaf|Head)\b|head\.", ast.unparse(call.func))
    }
    assert writers == {"ledger/act.py"}
    source = {file: path.read_text(encoding="utf-8") for file, path in FILES.items()}
    assert [file for file, text in source.items() if "ledger import heads" in text] == ["ledger/act.py"]


def test_actions_write_rows_through_an_entry():
    writers = {
        file
        for file, tree in TREES.items()
        if is_action(file) and stage(file) != "ledger" and any(map(is_write, calls(tree, *WRITES)))
    }
    assert writers == set(NO_ENTRY)


def test_an_action_asks_for_the_permission_of_its_name():
    for name, node in ACTS.items():
        asked = permissions_of(node)
        assert not asked or SHARED.get(name, name) in asked, name


def test_every_permission_guards_something():
    guarded = {word for node in ACTS.values() for word in permissions_of(node)}
    guarded |= {checkpoints.SIGN, seals.SEAL, system.BEGIN}  # checked in the ledger itself
    assert registered() - guarded == SEEN
    spoken = {literal(node) for tree in TREES.values() for node in ast.walk(tree)}
    assert spoken >= SEEN


def test_every_permission_asked_for_is_known():
    """A permission without a rule would silently refuse all users."""
    asked = {
        word
        for file, tree in TREES.items()
        for call in calls(tree, "require", "may", "get_for", "get_recusal", "get_seat", "_may", "_change")
        for word in map(literal, call.args)
        if word and re.fullmatch(r"[a-z]+\.[a-z_]+", word)
    } | {word for node in ACTS.values() for word in permissions_of(node)}
    assert len(asked) > 90
    assert asked - registered() == set()


def test_only_one_place_asks_the_rules():
    assert [file for file, tree in TREES.items() if calls(tree, "has_perm")] == ["permissions.py"]


COLLECTED = {
    "EVENTS": "operations/stages.py",
    "TASKS": "desk/queries.py",
    "COUNTS": "desk/queries.py",
    "SEARCH": "finding/queries.py",
    "SECTIONS": "dossier/queries.py",
    "REMEDIES": "dossier/queries.py",
    "OPEN_TO_ALL": "dossier/queries.py",
}


def test_ports_of_stages_are_collected():
    offered = {
        (stage(file), target.id)
        for file, tree in TREES.items()
        if file.endswith("/stage.py")
        for node in tree.body
        if isinstance(node, ast.Assign | ast.AnnAssign)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
    }
    collected = {
        (node.value.id, node.attr)
        for name, file in COLLECTED.items()
        for node in ast.walk(TREES[file])
        if isinstance(node, ast.Attribute) and node.attr == name
    }
    assert offered == collected
    assert {name for _, name in offered} == set(COLLECTED)


CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
HOUSE = [set(layer.replace("zhiping.", "").split(" | ")) for layer in CONTRACTS[0]["layers"]]  # highest first
TEXTS = {
    path.relative_to(SOURCE).as_posix(): path.read_text()
    for path in [*SOURCE.rglob("*.py"), *SOURCE.rglob("*.html")]
}


def test_no_app_names_an_address_of_a_later_one():
    """Templates included: earlier apps link by `settings.PAGES`."""
    later = {app: set().union(*HOUSE[:n]) for n, layer in enumerate(HOUSE) for app in layer}
    named = {
        (file, app, name)
        for file, text in TEXTS.items()
        for app, name in re.findall(r"""["']([a-z]+):([a-z-]+)["']""", text)
    }
    assert len(named) > 150
    assert {(file, app, name) for file, app, name in named if app in later.get(stage(file), ())} == set()


def test_every_page_of_a_later_app_is_linked_to_and_has_an_address():
    link = re.compile(r"""(?:page\(|link_to\(|{% page )["']([a-z-]+)["']""")
    assert {kind for text in TEXTS.values() for kind in link.findall(text)} == set(settings.PAGES)
    spaces = get_resolver().namespace_dict
    names = {f"{space}:{name}" for space in spaces for name in spaces[space][1].reverse_dict}
    assert set(settings.PAGES.values()) <= names


def test_an_app_grants_its_own_permissions_only():
    """A later app that widened an earlier one's rule would make its `rules.py` misleading."""
    granted = {
        (stage(file), word.partition(".")[0])
        for file, tree in TREES.items()
        for call in calls(tree, "add_perm", "allow_clock")
        for word in [literal(call.args[0])]
        if word
    }
    assert {(app, area) for app, area in granted if app != area} == set()
    assert [file for file, tree in TREES.items() if calls(tree, "set_perm")] == []


WRITERS = {"begin", "record", "begin_many", "record_many"}


def events():
    """Return the names of events written, including those chosen in a variable."""
    for file, tree in TREES.items():
        if file.split("/")[0] not in {*SERVER, "project"} or stage(file) == "ledger":
            continue
        for function in (node for node in ast.walk(tree) if isinstance(node, FUNCTIONS)):
            for call in (c for c in calls(function, *WRITERS) if len(c.args) > 2):
                match call.args[2]:
                    case ast.Constant(str(name)):
                        yield name
                    case ast.Name(id):
                        yield from chosen(function, id)


def listed():
    """Return the events of tables: constants whose names end so."""
    for tree in TREES.values():
        for node in tree.body:
            if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "").endswith("_EVENTS"):
                yield from filter(None, map(literal, node.value.values))


def chosen(function, name):
    """Return the possible texts of a variable of a function."""
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and any(getattr(t, "id", "") == name for t in node.targets):
            yield from filter(None, map(literal, ast.walk(node.value)))
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Tuple):
            yield from (word for word in map(literal, ast.walk(node.value)) if word and "." in word)


def moves():
    return [row for table in MOVES.values() for row in table]


def moved():
    """Return the events of the moves that are implemented: named in an actions file that makes moves."""
    movers = [tree for file, tree in TREES.items() if is_action(file) and calls(tree, *MOVES_BY_ACT)]
    named = {literal(node) for tree in movers for node in ast.walk(tree)}
    return {row.event for row in moves() if row.name in named}


@pytest.mark.parametrize("language", catalogue.LANGUAGES)
def test_every_event_has_its_text_and_every_text_its_event(language):
    texts = catalogue.lookup(language, "ledger.events")
    translated = {f"{kind}.{name}" for kind, names in texts.items() for name in names}
    written = {*events(), *listed()}
    assert len(written | moved()) > 80
    assert (written | moved()) - translated == set()
    assert translated - written - {row.event for row in moves()} == set()


ALONE = "documents/package/verify.py"  # one file, because it is copied into every package and runs alone


def test_no_file_and_no_function_is_too_long():
    files = {name: len(path.read_text(encoding="utf-8").splitlines()) for name, path in FILES.items()}
    assert {name for name, lines in files.items() if lines > 500} == {ALONE}
    functions = {
        f"{file} {node.name}": node.end_lineno - node.lineno + 1
        for file, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, FUNCTIONS)
    }
    assert {name: lines for name, lines in functions.items() if lines > 60} == {}


def test_lines_of_templates_are_not_too_long():
    long = [
        path.relative_to(SOURCE).as_posix()
        for path in SOURCE.rglob("templates/**/*.html")
        if any(len(line) > 140 for line in path.read_text(encoding="utf-8").splitlines())
    ]
    assert long == []


MANY_FACTS = {
    "dossier/views/expert.py expert": 18,
    "dossier/views/platform.py platform": 16,
    "dossier/views/programme.py programme": 18,
    "evaluations/views/trip.py trip": 17,
    "rubrics/views.py rubric": 16,
}  # long pages, one fact per line


def test_views_are_short():
    """A view fetches, acts and renders; computing belongs to queries or the domain."""
    found = {
        f"{file} {node.name}": node.end_lineno - first(node).lineno + 1
        for file, tree in TREES.items()
        if re.search(r"/views\b", file)
        for node in tree.body
        if isinstance(node, FUNCTIONS) and node.args.args and node.args.args[0].arg == "request"
    }
    assert len(found) > 100
    assert {name: lines for name, lines in found.items() if lines > 15} == MANY_FACTS


def test_no_migration_is_missing(db):
    from django.core.management import call_command

    said = io.StringIO()
    call_command("makemigrations", "--check", "--dry-run", stdout=said, stderr=said)
    assert said.getvalue().strip() == "No changes detected"


@pytest.mark.parametrize("page", ["operation.md", "operation.zh.md"])
def test_every_setting_is_named_and_every_name_is_a_setting(page):
    read = {
        word
        for tree in TREES.values()
        for node in ast.walk(tree)
        if (word := literal(node)) and re.fullmatch(r"ZHIPING_[A-Z_]+", word)
    }
    named = re.findall(r"^\| `(ZHIPING_[A-Z_]+)` \|", (ROOT / "docs" / page).read_text("utf-8"), re.M)
    assert sorted(named) == sorted(read)


@pytest.mark.parametrize("pages", [("README.md", "operation.md"), ("README.zh.md", "operation.zh.md")])
def test_every_command_is_named(pages):
    from zhiping.cli.arguments import COMMANDS

    said = "".join(p.read_text("utf-8") for p in (ROOT / pages[0], ROOT / "docs" / pages[1]))
    found = [*COMMANDS, "rubric"]
    assert [name for name in found if not re.search(rf"zhiping {name}\b|`{name}`", said)] == []


@pytest.mark.parametrize("page", ["architecture.md", "extending.md"])
def test_documented_paths_exist(page):
    named = re.findall(r"`(src/zhiping/[\w./]+)`", (ROOT / "docs" / page).read_text("utf-8"))
    assert len(named) > 10
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_prose_is_plain_technical_english():
    written = [
        *measures.files(ROOT / "src/zhiping", ".py"),
        *measures.files(ROOT / "tests", ".py"),
        *measures.files(ROOT / "benchmarks", ".py"),
        *measures.files(ROOT / "docs", ".md"),
    ]
    assert measures.archaic(written) <= 1


def test_test_names_are_plain_technical_english():
    trees = {
        path: ast.parse(path.read_text(encoding="utf-8")) for path in measures.files(ROOT / "tests", ".py")
    }
    names = [n.name for tree in trees.values() for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)]
    assert len(names) > 1000
    assert [name for name in names if measures.ARCHAIC & set(name.split("_"))] == []


# Names of files and parts, hashes, random words of a draw, and user names derived from a name.
NORMALISED_ELSEWHERE = {
    "accounts/actions/people.py", ALONE, "documents/spreadsheets/workbook/package.py",
    "documents/spreadsheets/workbook/reading.py", "documents/spreadsheets/workbook/scanning.py",
    "domain/draw.py", "domain/identity.py", "domain/transparency/canonical.py", "web/importing/files.py",
    "web/importing/values.py",
}  # fmt: skip


def test_names_and_numbers_are_normalised_by_identity_alone():
    calls = re.compile(r"\.casefold\(|unicodedata\.normalize\(")
    found = {
        str(path.relative_to(SOURCE))
        for path in measures.files(SOURCE, ".py")
        if calls.search(path.read_text(encoding="utf-8"))
    }
    assert found == NORMALISED_ELSEWHERE
