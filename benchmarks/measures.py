"""Measures of the source of one tree: `python -m benchmarks.measures PATH` prints them.

Both layouts of the catalogue are read, so that two commits can be compared by one program.
"""

import ast
import io
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import tokenize
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path

ARCHAIC = frozenset((
    "nobody", "somebody", "anew", "bears", "told", "tell", "tells", "whoever", "meanwhile", "said", "says",
    "stands", "lies", "takes", "gives",
))  # fmt: skip
WIDEST = 140  # characters of a template's line
LEFT_OUT = {"migrations", "static", "node_modules"}
LANGUAGES = ("zh", "en")

Function = ast.FunctionDef | ast.AsyncFunctionDef
Name = tuple[str, str]  # module, function or Class.method


def files(folder: Path, suffix: str) -> list[Path]:
    found = (path for path in sorted(folder.rglob(f"*{suffix}")) if path.is_file())
    return [path for path in found if not LEFT_OUT.intersection(path.relative_to(folder).parts)]


def formatted(source: Path, copy: Path) -> None:
    """Copy the Python files of a folder and format them with the same ruff configuration for all trees."""
    for path in files(source, ".py"):
        target = copy / path.relative_to(source)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    command = [sys.executable, "-m", "ruff", "format", "--quiet", "--isolated", "--line-length", "110"]
    subprocess.run([*command, str(copy)], check=True)


def lines(paths: Sequence[Path]) -> int:
    return sum(len(path.read_text(encoding="utf-8").splitlines()) for path in paths)


def spread(values: Sequence[int], *quantiles: int) -> str:
    """Write the median, the quantiles asked for and the maximum of some numbers."""
    ordered = sorted(values)
    at = [ordered[min(len(ordered) - 1, len(ordered) * q // 100)] for q in quantiles]
    return " / ".join(str(n) for n in (int(statistics.median(ordered)), *at, ordered[-1]))


def functions(tree: ast.Module) -> list[Function]:
    return [node for node in ast.walk(tree) if isinstance(node, Function)]


def length(node: Function) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def modules(package: Path) -> dict[str, ast.Module]:
    """Parse a package; the name of a module is its dotted path."""
    found = {}
    for path in files(package, ".py"):
        parts = path.relative_to(package.parent).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found[name] = ast.parse(path.read_text(encoding="utf-8"))
    return found


class Calls:
    """The calls between functions of a package, as far as names alone show them."""

    def __init__(self, trees: dict[str, ast.Module]) -> None:
        self.trees = trees
        self.names: dict[str, dict[str, str]] = {name: dict(_imports(tree)) for name, tree in trees.items()}
        self.bodies: dict[Name, Function] = {}
        for module, tree in trees.items():
            for node in tree.body:
                inside = node.body if isinstance(node, ast.ClassDef) else []
                if isinstance(node, Function):
                    self.bodies[module, node.name] = node
                for method in (part for part in inside if isinstance(part, Function)):
                    self.bodies[module, f"{node.name}.{method.name}"] = method  # type: ignore[union-attr] # a class
        self.known: dict[Name, int] = {}

    def depth(self, name: Name, above: frozenset[Name] = frozenset()) -> int:
        """Return the length of the longest chain of calls from a function; a circle is walked once."""
        if name not in self.known:
            under = {
                self._target(name, node.func)
                for node in ast.walk(self.bodies[name])
                if isinstance(node, ast.Call)
            }
            met = above | {name}
            self.known[name] = 1 + max((self.depth(n, met) for n in under if n and n not in met), default=0)
        return self.known[name]

    def _target(self, caller: Name, called: ast.expr) -> Name | None:
        module, inside = caller[0], caller[1].partition(".")[0]
        if isinstance(called, ast.Name):
            return self._find(module, called.id)
        if not isinstance(called, ast.Attribute) or not isinstance(called.value, ast.Name):
            return None
        if called.value.id in ("self", "cls"):
            method = (module, f"{inside}.{called.attr}")
            return method if method in self.bodies else None
        of = self.names[module].get(called.value.id, "")
        return self._find(of, called.attr) if of in self.trees else None

    def _find(self, module: str, name: str) -> Name | None:
        """Follow a name to where it is defined, through modules that only hand it on."""
        for _ in range(8):
            if (module, name) in self.bodies:
                return module, name
            target = self.names.get(module, {}).get(name, "")
            if not target or target in self.trees:
                return None
            module, _, name = target.rpartition(".")
        return None


def _imports(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield from ((alias.asname or alias.name, f"{node.module}.{alias.name}") for alias in node.names)
        if isinstance(node, ast.Import):
            yield from ((alias.asname or alias.name, alias.name) for alias in node.names)


def actions(trees: dict[str, ast.Module]) -> list[tuple[str, Function]]:
    """Return the public functions of `actions` that act for a person: they get `by`, or an `act` first."""
    found = []
    for module, tree in trees.items():
        if "actions" in module.split("."):
            public = (n for n in tree.body if isinstance(n, Function) and not n.name.startswith("_"))
            found += [(module, node) for node in public if _acts(node)]
    return found


def _acts(node: Function) -> bool:
    first = node.args.args[:1]
    return any(a.arg == "by" for a in node.args.kwonlyargs) or bool(first and first[0].arg == "act")


def prose(path: Path) -> Iterator[str]:
    """Yield the comments and docstrings of a Python file, or the text of a Markdown page, without code."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".md":
        yield re.sub(r"```.*?```|`[^`\n]*`", "", text, flags=re.DOTALL)
        return
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            yield re.sub(r"noqa:[\w ,]*|type: ignore\[[^\]]*\]|fmt: \w+", "", token.string)
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, documented):
            yield ast.get_docstring(node) or ""


def archaic(paths: Sequence[Path]) -> float:
    """Return how many of a thousand words of prose are in ARCHAIC."""
    words = [word for path in paths for text in prose(path) for word in re.findall(r"[a-z]+", text.lower())]
    return 1000 * sum(word in ARCHAIC for word in words) / len(words)


def catalogue(package: Path) -> list[tuple[str, str, str]]:
    """Return every key with its Chinese and English text, from either layout."""
    folder = next(f for f in (package / "texts", package / "documents/texts") if f.is_dir())
    apart = (folder / "zh").is_dir()
    found = []
    for path in sorted((folder / "zh" if apart else folder).glob("*.toml")):
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        if apart:
            other = tomllib.loads((folder / "en" / path.name).read_text(encoding="utf-8"))
            english = dict(_leaves(path.stem, other))
            found += [(key, zh, english.get(key, "")) for key, zh in _leaves(path.stem, table)]
        else:
            found += _pairs(path.stem, table)
    return found


def _leaves(key: str, value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _leaves(f"{key}.{name}", inner)
    else:
        yield key, str(value)


def _pairs(key: str, value: object) -> Iterator[tuple[str, str, str]]:
    if isinstance(value, dict) and set(value) == set(LANGUAGES):
        yield key, str(value["zh"]), str(value["en"])
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from _pairs(f"{key}.{name}", inner)
    else:
        yield key, str(value), str(value)


def measure(tree: Path) -> list[tuple[str, str]]:
    """Return each measure by name."""
    package = tree / "src/zhiping"
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "zhiping"
        formatted(package, copy)
        python, trees = lines(files(copy, ".py")), modules(copy)
        acting = actions(trees)
        apps = sorted({module.split(".")[1] for module, _ in acting})
        inside = lines([path for app in apps for path in files(copy / app, ".py")])
        words = archaic(files(copy, ".py"))
    every = [node for parsed in trees.values() for node in functions(parsed)]
    calls = Calls(trees)
    imported = [sum(isinstance(n, ast.Import | ast.ImportFrom) for n in ast.walk(t)) for t in trees.values()]
    pages = files(package, ".html")
    wide = [len(line) for page in pages for line in page.read_text(encoding="utf-8").splitlines()]
    texts = catalogue(package)
    distinct = len({(zh, en) for _, zh, en in texts})
    own = lines([page for app in apps for page in files(package / app, ".html")])
    tests = lines([path for app in apps for path in files(tree / "tests" / app, ".py")])
    written = [path for path in files(package, ".toml") if "texts" in path.parts]
    over = sum(n > WIDEST for n in wide)
    return [
        ("lines of Python, formatted, without migrations", str(python)),
        ("lines of templates", str(lines(pages))),
        ("lines of texts", str(lines(written))),
        ("actions", str(len(acting))),
        ("lines of Python per action, apps that have actions", f"{inside / len(acting):.0f}"),
        ("lines of templates per action, the same", f"{own / len(acting):.0f}"),
        ("lines of tests per action, the same", f"{tests / len(acting):.0f}"),
        ("lines of an action itself, median / p90 / max", spread([length(n) for _, n in acting], 90)),
        ("function length, median / p90 / p99 / max", spread([length(n) for n in every], 90, 99)),
        ("imports per file, median / p90 / max", spread(imported, 90)),
        ("call depth, median / p90 / max", spread([calls.depth(name) for name in calls.bodies], 90)),
        ("template line, median / p90 / max", spread(wide, 90)),
        (f"template lines over {WIDEST} characters", str(over)),
        ("text keys", str(len(texts))),
        ("text keys that repeat a text", str(len(texts) - distinct)),
        ("archaic words per 1,000 of prose", f"{words:.1f}"),
    ]


if __name__ == "__main__":
    for name, value in measure(Path(sys.argv[1])):
        print(f"| {name} | {value} |")
