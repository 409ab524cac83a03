"""Draw: fairness, exactness, recomputation by an independent script, refusals."""

import copy
import datetime as dt
import hashlib
import json
import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests import draw_script

from zhiping.domain import draw_conditions as draws
from zhiping.domain import draw_search, panel
from zhiping.domain.draw import check, commitment, draw, entry, key, record, who_may_replace
from zhiping.domain.draw_conditions import FIELDS
from zhiping.domain.errors import Invalid

SEED = "5e" * 32


def seed(number):
    return hashlib.sha256(str(number).encode()).hexdigest()


def rules(**changed):
    plain = {
        "seats": 3, "substitutes": 2, "experience": 0, "fields": {}, "per_employer": 0, "per_region": 0,
        "operators": ["云川市质量技术服务中心"], "dates": ["2026-05-11"], "excluded": {}, "fixed": [],
    }  # fmt: skip
    return plain | changed


def expert(number, **facts):
    plain = {
        "id": f"E{number:04}", "name": f"专家{number}", "employer": f"单位{number}", "title": "高级工程师",
        "region": "150100", "fields": [], "experience": False, "reasons": [],
    }  # fmt: skip
    return plain | facts


def pool(size, rng, *, employers=5, regions=4, experienced=0.3, unfit=0.15, most=3):
    return [
        expert(
            number,
            employer=rng.choice(["", *(f"单位 {n}" for n in range(employers))]),
            region=str(rng.randrange(regions)),
            fields=sorted(rng.sample(FIELDS, rng.randint(0, most))),
            experience=rng.random() < experienced,
            reasons=["training"] if rng.random() < unfit else [],
        )
        for number in range(size)
    ]


def codes(raised):
    return [(problem.code, problem.data) for problem in raised.value.problems]


def random_case(number):
    """Return rules and a small pool, from easy to impossible."""
    rng = random.Random(number)
    people = pool(rng.randint(5, 14), rng, employers=rng.randint(2, 8), regions=rng.randint(2, 6))
    wanted = rng.sample(FIELDS, rng.randint(0, 3))
    fit = [one["id"] for one in people if not one["reasons"]]
    law = rules(
        seats=rng.choice([3, 3, 5]),
        substitutes=rng.randint(0, 4),
        experience=rng.randint(0, 2),
        fields={field: rng.randint(0, 2) for field in wanted},
        per_employer=rng.choice([0, 1, 2]),
        per_region=rng.choice([0, 1, 2, 3]),
        excluded={people[0]["id"]: "本人申请"} if rng.random() < 0.3 else {},
        fixed=rng.sample(fit, min(len(fit), rng.choice([0, 0, 1, 2]))),
    )
    law["fixed"] = [one for one in law["fixed"] if one not in law["excluded"]]
    return law, people


def record_of(law, people, seed, words=""):
    outcome = draw(law, people, seed, words)
    return {"commitment": commitment(law, people, seed), "rules": law, "pool": people, "result": outcome}


CASES = [random_case(number) for number in range(480)]


def drawn(cases=CASES):
    """Yield the record of every case that can be drawn."""
    for number, (law, people) in enumerate(cases):
        try:
            check(law, people)
        except Invalid:
            continue
        yield record_of(law, people, seed(number), "云川" if number % 2 else "")


def test_independent_script_recomputes_200_random_draws():
    records = list(drawn())
    assert len(records) >= 200
    found = [list(draw_script.differences(json.loads(json.dumps(one)))) for one in records]
    assert found == [[] for _ in records]


def test_refused_draws_have_no_panel_by_brute_force():
    refused = 0
    for law, people in CASES:
        try:
            check(law, people)
        except Invalid:
            refused += 1
            fixed = [one for one in people if one["id"] in law["fixed"]]
            fit = [
                p for p in people if not p["reasons"] and p["id"] not in law["excluded"] and p not in fixed
            ]
            assert len(fixed) > law["seats"] or draw_script.first_panel(law, fixed, fit) is None
    assert refused >= 40


def test_script_runs_standalone_and_detects_changes():
    law, people = rules(experience=1, per_employer=1), pool(12, random.Random(7))
    whole = record_of(law, people, SEED)

    def run(one):
        script = Path(draw_script.__file__)
        done = subprocess.run(
            [sys.executable, "-I", str(script)],
            input=json.dumps(one),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return done.stdout.strip(), done.returncode

    assert run(whole) == ("OK", 0)
    other_seed, other_pool, other_result, other_rules, other_words = (copy.deepcopy(whole) for _ in range(5))
    other_seed["result"]["seed"] = seed(1)
    other_pool["pool"][3]["employer"] = "别的单位"
    other_result["result"]["members"][0] = whole["result"]["substitutes"][0]["id"]
    other_rules["rules"]["dates"] = ["2026-05-12"]
    other_words["result"]["words"] = "别的话"
    assert run(other_seed)[0].startswith("differs: commitment")
    assert run(other_pool)[0].startswith("differs: commitment")
    assert run(other_result) == ("differs: members", 1)
    assert run(other_rules) == ("differs: commitment", 1)
    assert "order" in run(other_words)[0]
    assert "zhiping" not in Path(draw_script.__file__).read_text(encoding="utf-8").replace(
        "zhiping draw 1", ""
    )


@pytest.mark.parametrize("fault", ["substitutes", "places"])
def test_script_detects_a_changed_list(fault):
    whole = record_of(rules(), pool(9, random.Random(3), unfit=0), SEED)
    whole["result"][fault].reverse()
    assert list(draw_script.differences(whole)) == [{"substitutes": "substitutes", "places": "order"}[fault]]


def test_hashes_can_be_recomputed_with_sha256sum():
    law, people = rules(), [expert(n) for n in range(3)]

    def sha256sum(text):
        return (
            subprocess.run(["sha256sum"], input=text.encode(), capture_output=True, check=True, timeout=60)
            .stdout[:64]
            .decode()
        )

    assert key(SEED, "云川", "E0001") == sha256sum(f"{SEED}\n云川\nE0001\n")
    texts = [
        json.dumps(one, ensure_ascii=False, sort_keys=True, separators=(",", ":")) for one in (law, *people)
    ]
    hashes = list(map(sha256sum, texts))
    listed = sha256sum(json.dumps(sorted(hashes[1:]), separators=(",", ":")))
    sealed = f"zhiping draw 1\nrules {hashes[0]}\npool {listed}\nseed {SEED}\n"
    assert commitment(law, people, SEED) == sha256sum(sealed)
    assert [
        place["hash"] for place in sorted(draw(law, people, SEED)["places"], key=lambda p: p["id"])
    ] == hashes[1:]


@given(st.randoms(use_true_random=False), st.integers(0, 50))
def test_result_does_not_depend_on_the_order_of_the_pool(rng, number):
    law, people = rules(per_employer=1), pool(14, random.Random(2), unfit=0.1)
    turned = copy.deepcopy(people)
    rng.shuffle(turned)
    assert draw(law, turned, seed(number)) == draw(law, people, seed(number))


def chi_square(drawn, times):
    """Return chi-square for drawing 3 of 20; × 19/17 corrects for drawing without replacement."""
    seen = Counter(id_ for number in range(times) for id_ in drawn(seed(number)))
    mean = times * 3 / 20
    return sum((seen[f"E{number:04}"] - mean) ** 2 / mean for number in range(20)) * 19 / 17


def test_experts_are_drawn_with_equal_frequency():
    """43.8 is the 99.9 % quantile of chi-square with 19 degrees of freedom; the seeds are fixed."""
    people = [expert(number) for number in range(20)]
    assert chi_square(lambda one: draw(rules(), people, one)["members"], 1500) < 43.8

    def partial(one):
        return sorted((person["id"] for person in people), key=lambda id_: (key(one, "", id_)[0], id_))[:3]

    assert chi_square(partial, 1500) > 43.8


def test_words_change_the_result_but_their_spacing_does_not():
    people = [expert(number) for number in range(30)]
    plain, said = draw(rules(), people, SEED), draw(rules(), people, SEED, " 风  调 雨顺\n")
    assert said["words"] == "风 调 雨顺"
    assert plain["members"] != said["members"]
    assert plain["commitment"] == said["commitment"] == commitment(rules(), people, SEED)


def test_panel_is_the_first_in_the_order_that_meets_the_rules():
    people = [expert(n) for n in range(6)]
    order = sorted(people, key=lambda one: key(SEED, "", one["id"]))
    order[5]["experience"] = True
    order[1]["employer"] = order[0]["employer"] = "同一 单位"
    order[2]["employer"] = "同一单位"
    outcome = draw(rules(experience=1, per_employer=1), people, SEED)
    assert outcome["members"] == [order[n]["id"] for n in (0, 3, 5)]
    assert [(place["standing"], place["reasons"]) for place in outcome["places"]] == [
        ("member", []), ("substitute", []), ("substitute", []),
        ("member", []), ("passed", ["conditions"]), ("member", []),
    ]  # fmt: skip
    first, fourth = order[0]["id"], order[3]["id"]
    assert outcome["substitutes"] == [
        {"id": order[1]["id"], "steps_in_for": [first]},
        {"id": order[2]["id"], "steps_in_for": [first]},
    ]
    assert fourth in outcome["members"]


def test_expert_that_blocks_a_required_one_is_skipped():
    people = [expert(n, employer="") for n in range(4)]
    seated, first, second, last = sorted(people, key=lambda one: key(SEED, "", one["id"]))
    seated["fields"], last["fields"] = ["law"], ["law"]
    first["employer"] = last["employer"] = "甲"
    outcome = draw(rules(fields={"law": 2}, per_employer=1), people, SEED)
    assert outcome["members"] == [seated["id"], second["id"], last["id"]]


def test_passed_over_experts_have_a_reason():
    people = [expert(n, region="1") for n in range(5)]
    order = sorted(people, key=lambda one: key(SEED, "", one["id"]))
    order[0]["employer"] = order[1]["employer"] = "甲"
    order[3]["region"] = order[4]["region"] = "2"
    outcome = draw(rules(per_employer=1, per_region=2, substitutes=0), people, SEED)
    assert [place["reasons"] for place in outcome["places"]] == [[], ["employer"], [], [], ["complete"]]
    order[1]["employer"] = "乙"
    outcome = draw(rules(per_region=2, substitutes=0), people, SEED)
    assert [place["reasons"] for place in outcome["places"]] == [[], [], ["region"], [], ["complete"]]


def test_unfit_experts_are_listed_with_all_reasons():
    people = [expert(n) for n in range(4)] + [expert(4, reasons=["title", "training"]), expert(5)]
    law = rules(excluded={"E0005": "本人申请", "E0004": "调离"})
    apart = [place for place in draw(law, people, SEED)["places"] if place["order"] is None]
    assert [(place["id"], place["standing"], place["reasons"]) for place in apart] == [
        ("E0004", "unfit", ["title", "training", "excluded"]),
        ("E0005", "unfit", ["excluded"]),
    ]


def test_fixed_members_keep_their_seats_and_count_for_the_conditions():
    people = [expert(n, experience=n == 7, employer=f"单位{n % 4}") for n in range(8)]
    outcome = draw(rules(fixed=["E0007"], experience=1, per_employer=1), people, SEED)
    assert outcome["members"][0] == "E0007"
    assert len({int(one[1:]) % 4 for one in outcome["members"]}) == 3
    standings = Counter(place["standing"] for place in outcome["places"])
    assert standings == {"fixed": 1, "member": 2, "substitute": 2, "passed": 3}


def test_all_members_may_be_fixed_and_only_substitutes_drawn():
    people = [expert(n) for n in range(5)]
    outcome = draw(rules(fixed=["E0002", "E0000", "E0004"]), people, SEED)
    assert outcome["members"] == ["E0002", "E0000", "E0004"]
    assert {one["id"] for one in outcome["substitutes"]} == {"E0001", "E0003"}


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ({"seats": 4}, [("draw.seats", {"found": 4})]),
        ({"seats": 1}, [("draw.seats", {"found": 1})]),
        ({"substitutes": -1, "fields": {"law": -1}}, [("draw.negative", {})]),
        ({"fields": {"cooking": 1}}, [("draw.field", {"found": "cooking"})]),
        ({"fixed": ["E0001", "E0001"]}, [("draw.fixed", {"found": 2, "seats": 3})]),
        ({"fixed": [f"E000{n}" for n in range(4)]}, [("draw.fixed", {"found": 4, "seats": 3})]),
        ({"fixed": ["X"]}, [("draw.fixed_unknown", {"id": "X"})]),
        ({"fixed": ["E0009"]}, [("draw.fixed_unfit", {"name": "专家9"})]),
        ({"fixed": ["E0000", "E0001"], "per_employer": 1}, [("draw.fixed_limit", {})]),
        ({"seats": 11}, [("draw.few", {"seats": 11, "found": 9})]),
        ({"seats": 9, "per_employer": 1}, [("draw.employer", {"seats": 9, "limit": 1, "found": 7})]),
        ({"per_region": 1}, [("draw.region", {"seats": 3, "limit": 1, "found": 2})]),
        ({"per_region": 1, "experience": 1}, [("draw.region", {"seats": 3, "limit": 1, "found": 2})]),
        ({"fixed": ["E0008"], "per_region": 1}, [("draw.region", {"seats": 3, "limit": 1, "found": 2})]),
        ({"experience": 2}, [("draw.experience", {"need": 2, "found": 1})]),
        ({"experience": 2, "fixed": ["E0003"]}, [("draw.experience", {"need": 2, "found": 1})]),
        (
            {"fields": {"law": 2, "testing": 1}, "per_employer": 1},
            [("draw.law", {"need": 2, "found": 1}), ("draw.testing", {"need": 1, "found": 0})],
        ),
        (
            {"fields": {"law": 2}, "per_employer": 1, "fixed": ["E0000"]},
            [("draw.law", {"need": 2, "found": 1})],
        ),
        ({"fields": {"law": 1, "service": 3}}, [("draw.together", {"seats": 3})]),
    ],
)  # fmt: skip
def test_unsatisfiable_rules_report_missing_experts(changed, found):
    people = [expert(n, region="A" if n < 8 else "B") for n in range(10)]
    for n in (0, 1, 2):
        people[n]["employer"] = "同一单位"
    people[3]["experience"] = True
    people[0]["fields"], people[1]["fields"] = ["law"], ["law"]
    for n in (5, 6, 7):
        people[n]["fields"] = ["service"]
    people[9]["reasons"] = ["conflict"]
    with pytest.raises(Invalid) as raised:
        draw(rules(**changed), people, SEED)
    assert codes(raised) == found


def test_an_entry_listed_twice_is_refused():
    with pytest.raises(Invalid) as raised:
        check(rules(), [*(expert(n) for n in range(4)), expert(2)])
    assert codes(raised) == [("draw.twice", {"found": 1})]


@pytest.mark.parametrize("wrong", ["", "5E" * 32, "5e" * 31, "5e" * 32 + "\n", "xy" * 32])
def test_a_seed_is_64_hexadecimal_digits(wrong):
    with pytest.raises(Invalid) as raised:
        commitment(rules(), [], wrong)
    assert codes(raised) == [("draw.seed", {})]


def test_conflicting_conditions_are_searched_exhaustively():
    """One employer has both the experience and the law experts, so its limit admits only one of them."""
    people = [expert(n, region=str(n % 5)) for n in range(300)]
    for n in range(0, 300, 30):
        people[n] |= {"employer": "甲", "experience": n % 60 == 0, "fields": [] if n % 60 == 0 else ["law"]}
    with pytest.raises(Invalid) as raised:
        check(rules(experience=1, fields={"law": 1}, per_employer=1, per_region=1), people)
    assert codes(raised) == [("draw.together", {"seats": 3})]
    draw(rules(experience=1, fields={"law": 1}, per_employer=2, per_region=2), people, SEED)


def test_search_beyond_its_budget_is_refused(monkeypatch):
    monkeypatch.setattr(draw_search, "STEPS", 20)
    people = pool(60, random.Random(1), unfit=0)
    with pytest.raises(Invalid) as raised:
        draw(rules(experience=1, per_employer=1, per_region=1), people, SEED)
    assert codes(raised) == [("draw.too_hard", {})]


def substituted(law, people, outcome, chosen, leaving):
    known = {one["id"]: one for one in people}
    return [known[id_] for id_ in [*outcome["members"], *chosen] if id_ not in leaving]


@given(st.integers(0, 200), st.data())
def test_replacements_meet_all_rules(number, data):
    people = pool(14, random.Random(number), unfit=0)
    law = rules(experience=1, per_employer=2, per_region=2, substitutes=4)
    try:
        outcome = draw(law, people, seed(number))
    except Invalid:
        return
    substitutes = [one["id"] for one in outcome["substitutes"]]
    leaving = data.draw(st.lists(st.sampled_from([*outcome["members"], *substitutes]), unique=True))
    chosen = who_may_replace(law, people, outcome, leaving)
    gone = [id_ for id_ in outcome["members"] if id_ in leaving]
    free = [id_ for id_ in substitutes if id_ not in leaving]
    assert not set(chosen) & set(leaving)
    if chosen:
        assert len(chosen) == len(gone)
        assert draw_script.legal(law, substituted(law, people, outcome, chosen, leaving))
    staying = [one for one in people if one["id"] in outcome["members"] and one["id"] not in leaving]
    first = draw_script.first_panel(law, staying, [next(p for p in people if p["id"] == id_) for id_ in free])
    assert chosen == [one["id"] for one in first or ()]


def test_substitutes_can_replace_the_members_listed_for_them():
    people = pool(14, random.Random(5), unfit=0)
    law = rules(experience=1, per_employer=1, substitutes=5)
    outcome = draw(law, people, SEED)
    assert outcome["substitutes"]
    for one in outcome["substitutes"]:
        others = [other["id"] for other in outcome["substitutes"] if other is not one]
        able = [
            m
            for m in outcome["members"]
            if who_may_replace(law, people, outcome, [m, *others]) == [one["id"]]
        ]
        assert able == one["steps_in_for"]


def test_entry_has_the_reasons_of_the_panel_rules():
    known = panel.Expert(
        "E1",
        "甲",
        organisation="云川市质量技术服务中心",
        title="高级工程师",
        training=(panel.Training(dt.date(2026, 1, 1), dt.date(2026, 4, 1)),),
        experience="两年",
        affiliations=(),
    )
    assert entry(known, rules(), region="150100", fields={"law", "testing"}) == {
        "id": "E1", "name": "甲", "employer": "云川市质量技术服务中心", "title": "高级工程师",
        "region": "150100", "fields": ["law", "testing"], "experience": True,
        "reasons": ["training", "conflict"],
    }  # fmt: skip


def test_record_lists_the_order_down_to_the_last_substitute():
    people = [expert(n, name="同名" if n < 2 else f"专家{n}") for n in range(9)] + [
        expert(9, reasons=["title"])
    ]
    order = sorted(people[:9], key=lambda one: key(SEED, "", one["id"]))
    order[1]["employer"] = order[0]["employer"]
    law = rules(per_employer=1, substitutes=1, experience=0, fields={"law": 0}, excluded={"X": "调离"})
    outcome = draw(law, people, SEED)
    found = record(law, people, outcome)
    head = {k: found[k] for k in ("pool", "fit", "seats", "substitutes", "commitment", "seed", "words")}
    assert head == {
        "pool": 10, "fit": 9, "seats": 3, "substitutes": 1, "commitment": commitment(law, people, SEED),
        "seed": SEED, "words": "",
    }  # fmt: skip
    assert [(row["order"], row["standing"], row["reasons"]) for row in found["rows"]] == [
        (1, "member", []), (2, "substitute", []), (3, "member", []), (4, "member", []),
    ]  # fmt: skip
    names = {"E0000": "同名 E0000", "E0001": "同名 E0001"}
    assert [row["name"] for row in found["rows"]] == [names.get(p["id"], p["name"]) for p in order[:4]]
    assert found["rows"][1]["steps_in_for"] == [found["rows"][0]["name"]]
    assert (found["left"], found["unfit"]) == (5, {"title": 1})
    assert found["conditions"] == [
        ("size", {"n": 3}), ("title", {}), ("training", {"dates": ["2026-05-11"]}),
        ("conflict", {"operators": ["云川市质量技术服务中心"]}), ("employer", {"n": 1}),
        ("excluded", {"n": 1}),
    ]  # fmt: skip


def test_record_of_a_self_evaluation_names_fixed_members_and_no_conflict():
    people = [expert(n, experience=True, fields=["law"]) for n in range(4)]
    law = rules(operators=[], fixed=["E0001"], experience=1, fields={"law": 2}, per_region=3)
    found = record(law, people, draw(law, people, SEED))
    assert [code for code, _ in found["conditions"]] == [
        "size", "title", "training", "experience", "law", "region", "fixed",
    ]  # fmt: skip


def test_two_thousand_experts_are_drawn_in_a_fifth_of_a_second():
    people = pool(2000, random.Random(1), employers=300, regions=103, experienced=0.2, unfit=0.2)
    law = rules(
        seats=5,
        substitutes=3,
        experience=1,
        fields={"metrology": 1, "testing": 1},
        per_employer=1,
        per_region=2,
    )
    spent = []
    for number in range(9):
        began = time.process_time()
        draw(law, people, seed(number))
        spent.append(time.process_time() - began)
    assert min(spent) <= (1 if sys.gettrace() else 0.2)  # tracing (coverage) slows the run down several times


def test_conditions_and_the_operators_of_a_visit_are_the_rules_of_a_draw():
    conditions = draws.Conditions(seats=3, substitutes=1, excluded={"E0001": "出差"}, fixed=("E0002",))
    assert conditions.rules(operators=["甲"], dates=["2026-05-11"]) == rules(
        substitutes=1, experience=1, operators=["甲"], excluded={"E0001": "出差"}, fixed=["E0002"]
    )


def test_fields_are_the_eight_fields_of_knowledge():
    assert set(draws.FIELDS) == {
        "metrology", "standards", "certification", "testing", "quality", "information", "service", "law",
    }  # fmt: skip
