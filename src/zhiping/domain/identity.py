"""Normal forms of names, user names, telephone numbers and unified social credit codes (GB 32100)."""

import re
import unicodedata
from functools import lru_cache

from zhiping.domain.errors import Invalid, Problem

CODE_DIGITS = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # GB 32100-2015, table 2: without I, O, S, V, Z
USERNAME = re.compile(r"[\w.@-]{2,60}")
PHONE = re.compile(r"\+?[0-9]{5,15}(?:转[0-9]{1,6})?")
EXTENSION = re.compile(r"(?:转|ext\.?|x|#)(?=[0-9]+$)", re.IGNORECASE)
LEAST_CONTAINED = 4  # characters: a shorter name is part of too many others
BLANK = frozenset(map(chr, (*range(0xFE00, 0xFE10), 0x034F, 0x115F, 0x1160, 0x2800, 0x3164, 0xFFA0)))
ALIKE = str.maketrans({
    **dict.fromkeys("[{<〈《【〔〖〘〚﹝", "("),
    **dict.fromkeys("]}>〉》】〕〗〙〛﹞", ")"),
    **dict.fromkeys("“”„‟‘’‚‛'`´「」『』〝〞〟«»‹›", '"'),
    **dict.fromkeys("‐‑‒–—―−─━﹘", "-"),
    **dict.fromkeys("・•‧∙⋅●", "·"),
    **dict.fromkeys("、，﹐､", ","),
    **dict.fromkeys("。｡", "."),
})  # fmt: skip


@lru_cache(maxsize=4096)
def folded(text: str) -> str:
    """Return a name, id, header or choice in the form in which two are compared.

    Half-width (NFKC), lower case, without spaces and invisible characters; brackets, quotation marks, dashes,
    dots and commas of all kinds are one kind each. Never shown or stored instead of what was written.
    """
    plain = unicodedata.normalize("NFKC", visible(text)).translate(ALIKE)
    return unicodedata.normalize("NFKC", "".join(plain.split()).casefold())  # what was apart may now compose


def searchable(text: str) -> str:
    """Return a text in the form in which one looks for words in it: half-width (NFKC), without case."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def visible(text: str) -> str:
    """Return a text without the characters that have neither ink nor width; line breaks and tabs stay."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(c for c in text if c not in BLANK and (unicodedata.category(c) != "Cf"))


def same(one: str, other: str) -> bool:
    """Return whether two names are the same name, written alike or not; an empty name is no name."""
    return bool(folded(one)) and folded(one) == folded(other)


def contains(one: str, other: str) -> bool:
    """Return whether one of two names contains the other: perhaps a department, a branch or a parent."""
    short, long = sorted((folded(one), folded(other)), key=len)
    return len(short) >= LEAST_CONTAINED and short != long and short in long


def credit_code(text: str) -> str:
    """Normalise a unified social credit code: 18 characters, the last of them a check character.

    Accepts full-width and lower-case characters, ignores spaces. Raises Invalid `accounts.code_length`,
    `accounts.code_character` or `accounts.code_check` (GB 32100-2015, 5.5: weights 3^i mod 31).
    """
    code = folded(text).upper()
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


def login(text: str) -> str:
    """Return what was typed to sign in as user names are compared, whether it is one or not."""
    return unicodedata.normalize("NFKC", visible(text)).strip().casefold()


def username(text: str) -> str:
    """Normalise a user name: NFKC, lower case, stripped; an invisible character is refused.

    Allows letters of any script, digits and . _ @ -, with at least one letter, so that no user name can be
    mistaken for a telephone number. Raises Invalid `accounts.username`.
    """
    name = unicodedata.normalize("NFKC", text).strip().casefold()
    if not USERNAME.fullmatch(name) or not any(c.isalpha() for c in name):
        raise Invalid([Problem("accounts.username", {"found": name}, ("username",))])
    return name


def phone(text: str) -> str:
    """Normalise a telephone number to its digits: 138 0013-8000 and +86 138… become 13800138000.

    An extension follows as 转801. Raises Invalid `accounts.phone`.
    """
    number = re.sub(r"[().-]", "", folded(text)).removeprefix("+86").removeprefix("0086")
    number = EXTENSION.sub("转", number)
    if not PHONE.fullmatch(number):
        raise Invalid([Problem("accounts.phone", {"found": text.strip()}, ("phone",))])
    return number


def masked(number: str) -> str:
    """Mask a telephone number or an e-mail address, so that only its owner recognises it: 138****000."""
    shown = min(4, len(number) // 3)
    return f"{number[:shown]}****{number[len(number) - shown :]}" if number else ""
