"""Normal forms of user names, telephone numbers and unified social credit codes (GB 32100)."""

import re
import unicodedata

from zhiping.domain.errors import Invalid, Problem

CODE_DIGITS = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # GB 32100-2015, table 2: without I, O, S, V, Z
USERNAME = re.compile(r"[\w.@-]{2,60}")
PHONE = re.compile(r"\+?[0-9]{5,15}")


def credit_code(text: str) -> str:
    """Normalise a unified social credit code: 18 characters, the last of them a check character.

    Accepts full-width and lower-case characters, ignores spaces. Raises Invalid `accounts.code_length`,
    `accounts.code_character` or `accounts.code_check` (GB 32100-2015, 5.5: weights 3^i mod 31).
    """
    code = re.sub(r"\s", "", unicodedata.normalize("NFKC", text)).upper()
    if len(code) != 18:
        raise Invalid([Problem("accounts.code_length", {"found": code, "n": len(code)}, ("code",))])
    wrong = [c for c in code if c not in CODE_DIGITS]
    if wrong:
        raise Invalid([Problem("accounts.code_character", {"found": code, "wrong": wrong}, ("code",))])
    if check_character(code[:17]) != code[17]:
        raise Invalid([Problem("accounts.code_check", {"found": code}, ("code",))])
    return code


def check_character(body: str) -> str:
    """Return the check character for the first seventeen characters of a credit code."""
    total = sum(CODE_DIGITS.index(c) * pow(3, i, 31) for i, c in enumerate(body))
    return CODE_DIGITS[-total % 31]


def username(text: str) -> str:
    """Normalise a user name: NFKC, lower case, stripped.

    Allows letters of any script, digits and . _ @ -, with at least one letter, so that no user name can be
    mistaken for a telephone number. Raises Invalid `accounts.username`.
    """
    name = unicodedata.normalize("NFKC", text).strip().casefold()
    if not USERNAME.fullmatch(name) or not any(c.isalpha() for c in name):
        raise Invalid([Problem("accounts.username", {"found": name}, ("username",))])
    return name


def phone(text: str) -> str:
    """Normalise a telephone number to its digits: 138 0013-8000 and +86 138… become 13800138000.

    Raises Invalid `accounts.phone`.
    """
    number = re.sub(r"[\s()-]", "", unicodedata.normalize("NFKC", text)).removeprefix("+86")
    if not PHONE.fullmatch(number):
        raise Invalid([Problem("accounts.phone", {"found": text.strip()}, ("phone",))])
    return number


def masked(number: str) -> str:
    """Mask a telephone number or an e-mail address, so that only its owner recognises it: 138****000."""
    shown = min(4, len(number) // 3)
    return f"{number[:shown]}****{number[len(number) - shown :]}" if number else ""
