"""Recomputes a draw from its record, by brute force and with none of the product's code.

Reads {"commitment", "rules", "pool", "result"} as JSON from standard input; prints OK or what differs.
"""

import hashlib
import itertools
import json
import sys
import unicodedata


def sha256(text):
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def composed(value):
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    if isinstance(value, list):
        return [composed(item) for item in value]
    return {composed(k): composed(v) for k, v in value.items()} if isinstance(value, dict) else value


def hash_of(value):
    return sha256(json.dumps(composed(value), ensure_ascii=False, sort_keys=True, separators=(",", ":")))


def legal(rules, people):
    """Every rule, read straight from the record."""
    if len(people) != rules["seats"]:
        return False
    if sum(p["experience"] for p in people) < rules["experience"]:
        return False
    if any(sum(field in p["fields"] for p in people) < n for field, n in rules["fields"].items()):
        return False
    for key in ("employer", "region"):
        stated = ["".join(unicodedata.normalize("NFKC", p[key]).split()).casefold() for p in people]
        stated = [name for name in stated if name]
        most = rules["per_" + key]
        if most and any(stated.count(one) > most for one in stated):
            return False
    return True


def first_panel(rules, fixed, order):
    """The first of all combinations, which come in the order of their members' places."""
    size = rules["seats"] - len(fixed)
    return next((c for c in itertools.combinations(order, size) if legal(rules, [*fixed, *c])), None)


def differences(record):
    rules, pool, result = record["rules"], record["pool"], record["result"]
    seed, words = result["seed"], result["words"]
    hashes = {p["id"]: hash_of(p) for p in pool}
    sealed = f"zhiping draw 1\nrules {hash_of(rules)}\npool {hash_of(sorted(hashes.values()))}\nseed {seed}\n"
    if sha256(sealed) != record["commitment"]:
        yield "commitment"
    people = {p["id"]: p for p in pool}
    fit = [p for p in pool if not p["reasons"] and p["id"] not in rules["excluded"]]
    order = sorted(fit, key=lambda p: sha256(f"{seed}\n{words}\n{p['id']}\n"))
    fixed = [people[one] for one in rules["fixed"]]
    panel = first_panel(rules, fixed, [p for p in order if p not in fixed])
    if panel is None:
        yield "no panel is possible"
        return
    members = [*fixed, *panel]
    if [p["id"] for p in members] != result["members"]:
        yield "members"
    substitutes = []
    for p in order:
        seats = [m["id"] for m in members if legal(rules, [p, *(x for x in members if x is not m)])]
        if p not in members and seats and len(substitutes) < rules["substitutes"]:
            substitutes.append({"id": p["id"], "steps_in_for": seats})
    if substitutes != result["substitutes"]:
        yield "substitutes"
    placed = [(p["id"], hashes[p["id"]]) for p in order]
    if placed != [(p["id"], p["hash"]) for p in result["places"] if p["order"]]:
        yield "order"
    if sorted(hashes.items()) != sorted((p["id"], p["hash"]) for p in result["places"]):
        yield "entries"


if __name__ == "__main__":
    found = list(differences(json.load(sys.stdin)))
    print("differs: " + ", ".join(found) if found else "OK")
    sys.exit(bool(found))
