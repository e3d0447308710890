"""The normal form of a text: what is written in several ways and means the same is written in one.

For finding by words only; never used for encoding, where case and script carry meaning.
"""

import re
import unicodedata

from index.numerals import arabic
from index.scripts import simplified

HAN = "\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_MARKS = re.compile("[\u0300-\u036f]+")
_QUOTES = re.compile("(?<=[\\w¥])[\"'“”„‘’「」『』]+(?=[\\w¥])")
_HYPHEN = re.compile("(?<=[a-z])[-\u2010-\u2013](?=[a-z])")
_POSSESSIVE = re.compile("(?<=[a-z])['’]+s?(?![\\w¥])")
_AMPERSAND = re.compile("(?<![a-z0-9])([a-z]) ?& ?([a-z])(?![a-z0-9])")
_PLURAL = re.compile("(?<![a-z0-9])([a-z]+?)(ies|(?:ss|x|ch|sh)es|(?<![sui])s)(?![a-z0-9])")
_OPEN, _CLOSE = r"[〔\[(【{〖《〈「『]", r"[〕\])】}〗》〉」』]"
_YEAR = "((?:19|20)[0-9]{2})"
_DOCUMENT_NUMBER = re.compile(
    rf"{_OPEN} ?{_YEAR}年? ?{_CLOSE} ?第? ?0*([1-9][0-9]{{0,4}}) ?号"
    rf"|(?<![0-9a-z]){_YEAR}(?:年第?|第| ) ?0*([1-9][0-9]{{0,4}})号"
)


def normalise(text: str) -> str:
    """Half width, lower case, Simplified, without accents, plural or quotation marks inside; numbers in
    full (500万 is 5000000元), 文号 as 〔2016〕32号. The normal form is its own normal form."""
    text = _MARKS.sub("", unicodedata.normalize("NFKD", text)).lower()
    text = unicodedata.normalize("NFKC", text)
    text = _QUOTES.sub("", _POSSESSIVE.sub("", text))
    if not text.isascii():
        text = simplified(text)
    text = _PLURAL.sub(_singular, _HYPHEN.sub(" ", text))
    text = arabic(_AMPERSAND.sub(r"\1&\2", text))
    return _DOCUMENT_NUMBER.sub(_bracketed, text)


def _singular(match: re.Match[str]) -> str:
    """The word without its plural ending; short words keep theirs."""
    stem, ending = match.groups()
    if len(match.group()) < 4:
        return match.group()
    return stem + {"ies": "y", "s": ""}.get(ending, ending.removesuffix("es"))


def _bracketed(match: re.Match[str]) -> str:
    return f"〔{match[1] or match[3]}〕{match[2] or match[4]}号"
