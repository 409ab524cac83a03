"""The web's result is the command line's for the same marks."""

import json
from pathlib import Path

import pytest
from tests.cli.conftest import evaluation as words
from tests.cli.conftest import example, zhiping  # noqa: F401 - fixtures
from tests.scoring import examples

from zhiping.documents.files import result_file
from zhiping.ledger import verification
from zhiping.scoring.queries import result as queries

CASES = [("platform", None), ("offline", None), ("platform", "mean"), ("self", None)]


@pytest.mark.parametrize(("name", "method"), CASES)
def test_result_of_an_example_is_the_command_lines(cast, zhiping, example, name, method):  # noqa: F811 - fixtures
    folder = example(name)
    if method:
        (folder / "deliberation.xlsx").unlink()
    options = ["--policy", method] if method else []
    assert zhiping(*words(folder), "-o", "out", *options)[0] == 0
    written = Path("out/result.json").read_bytes()
    evaluation, experts = examples.opened(cast, name, method)
    evaluation = examples.filled(evaluation, experts, name)
    if not method:
        evaluation = examples.settled(evaluation, experts, name)
    found = queries.compute(evaluation).document
    names = {str(seat.expert_id): key for key, seat in experts.items()}
    typed = examples.as_typed(found, names, json.loads(written))
    assert typed == json.loads(written)
    assert result_file.dumps(typed) == written
    assert list(verification.verify_all()) == []
