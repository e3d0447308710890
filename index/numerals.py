"""Numbers of a text in one spelling: 五百万元, 5百万元, 500 万 and 5,000,000元 are 5000000元.

Works on lower-case half-width Simplified text; leaves alone what only looks like a number (一般, 十四五).
"""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from itertools import pairwise

_DIGITS: Mapping[str, int] = {
    "两": 2,
    **{letter: value for value, letter in enumerate("零一二三四五六七八九")},
}
_ONE_TO_NINE = "一二两三四五六七八九"
_ONES = frozenset(_ONE_TO_NINE + "123456789")
_WRITTEN = _ONE_TO_NINE + "十百千万亿零〇"
_CAPITALS = str.maketrans("壹贰叁肆伍陆柒捌玖拾佰仟圆", "一二三四五六七八九十百千元")
_ZEROS = str.maketrans("〇○o", "零零零")
_THOUSAND = "千(?![瓦克米伏卡帕赫])"  # 千瓦, 千克 … are units of their own
_SIGN = rf"(?:[{_ONE_TO_NINE}十百万亿零〇]|{_THOUSAND})"
_NUMBER = r"[0-9]+(?:\.[0-9]+)?"

# What is counted, after a number: only before these is a numeral below a hundred surely a number.
_COUNTED = (
    "元|块|角|亩|公顷|平方|平米|吨|公斤|千克|公里|千米|米|升|千瓦|度"
    "|个|家|名|人|位|户|项|件|次|种|类|档|批|期|轮|届|级|倍|折|年|月|日|天|周|季度|小时|分钟|岁|学时|课时"
    "|台|套|辆|艘|架|栋|层|间|座|篇|场|股|笔|单|份|条|款|号|阶段|工作日|等奖|美元|欧元|港元|日元|港币|美金"
)
# 一 is also “a” and part of words (一批, 一分为二, 一部分): fewer words make a number of it.
_COUNTED_BY_ONE = (
    "元|块钱|亩|公顷|吨|个|家|名|人|户|项|件|次(?!性)|级|倍|年|月|日|天|周|季度|小时|批|期|折|等奖"
)
_RANKED = "条|款|项|章|节|批|期|次|届|季度|年|轮|类|档|段|名|位|号|个|编|部分|阶段"
_AFTER = re.compile(rf"(?:{_COUNTED})|[至到~-](?:[{_ONE_TO_NINE}十]{{1,3}}|[0-9]+)(?:{_COUNTED})")
_AFTER_ONE = re.compile(rf"(?:{_COUNTED_BY_ONE})|[至到~-](?:[{_ONE_TO_NINE}十]{{1,3}}|[0-9]+)(?:{_COUNTED})")
_AFTER_RANK = re.compile(_RANKED)
_AFTER_AMOUNT = re.compile(rf"(?:{_COUNTED})|[%0-9a-z]|[千万亿十百]| ?(?:rmb|cny|yuan)")
_MONEY = re.compile("元|块钱?|人民币")
_NOT_HAN = re.compile(r"$|[^\w]")
_ENDS_A_WORD = frozenset("统唯惟单同逐合之不如划归专进择其万")  # 统一, 唯一 …: this 一 is no number
_ROUGHLY = frozenset("几数")  # 几十万, 数百家

_HAN = "\u3007\u3400-\u4dbf\u4e00-\u9fff"
_BLANK = re.compile(
    rf"(?<=[0-9])[ \t]+(?=[%{_HAN}])|(?<=[{_HAN}])[ \t]+(?=[0-9])|(?<=[万亿])[ \t]+(?=[元亿])"
)
_THOUSANDS = re.compile(r"(?<![0-9.])(?<![0-9],)[0-9]{1,3}(?:,[0-9]{3})+(?![0-9])(?!,[0-9])")
_YEAR = re.compile(rf"(?<![{_WRITTEN}])(?:一九|二[零〇○o])[{_ONE_TO_NINE}零〇○o]{{2}}(?![{_WRITTEN}])")
_BY_DIGIT = re.compile(
    rf"(?<![{_WRITTEN}])(?=[{_ONE_TO_NINE}]*[〇○])[{_ONE_TO_NINE}〇○]{{2,}}(?![{_WRITTEN}])"
)
_CAPITAL = re.compile(
    "(?<![壹贰叁肆伍陆柒捌玖拾佰仟万亿零])[壹贰叁肆伍陆柒捌玖][壹贰叁肆伍陆柒捌玖拾佰仟万亿零]*+"
    "(?:[元圆]|(?<=[拾佰仟万亿])整)"
)
_POINT = re.compile(
    rf"(?<![{_WRITTEN}])([零{_ONE_TO_NINE}十]{{1,3}})点([零{_ONE_TO_NINE}]+)(?=[万亿%]|(?:{_COUNTED}))"
)
_NUMERAL = re.compile(
    rf"(?<![0-9{_WRITTEN}])(?<![0-9]\.)(?>(?:{_NUMBER})?{_SIGN}(?:{_SIGN}|{_NUMBER})*+)(?!\.[0-9])"
)
_SMALL = re.compile(
    rf"(?:(?P<thousands>{_NUMBER}|[{_ONE_TO_NINE}])千)?零?(?:(?P<hundreds>{_NUMBER}|[{_ONE_TO_NINE}])百)?零?"
    rf"(?:(?P<tens>{_NUMBER}|[{_ONE_TO_NINE}])?(?P<ten>十))?零?(?P<ones>{_NUMBER}|[{_ONE_TO_NINE}])?"
)
_SHARE = re.compile(rf"(百|千|万)分之({_NUMBER}(?!\.?[0-9a-z])|[{_WRITTEN}点]+)")
_FRACTION = re.compile(rf"(?<![{_WRITTEN}])([{_ONE_TO_NINE}十]+)分之([{_ONE_TO_NINE}十]+)(?![{_WRITTEN}])")
_PERCENT = re.compile(rf"({_NUMBER})(?:[ ]?%|[ ]?(?:percent|per cent|pct)(?![a-z])|个点(?![位心评火儿子]))")
_PER_MILLE = re.compile(rf"({_NUMBER})[ ]?‰")
_RANGE = re.compile(rf"(?<![0-9.])({_NUMBER})([至到~-])(?={_NUMBER}([十百千]?[万亿]|[百千]元))")
_RANGE_ON = re.compile(rf"[至到~-][0-9.{_ONE_TO_NINE}十百千零]+([万亿])(?![{_WRITTEN}])")
_W = re.compile(rf"({_NUMBER})w(?![a-z0-9])")
_ENGLISH = re.compile(rf"({_NUMBER}) ?(thousand|million|mn|billion|bn|trillion)(?![a-z0-9])")
_ENGLISH_FACTORS = {"thousand": 3, "million": 6, "mn": 6, "billion": 9, "bn": 9, "trillion": 12}
_CURRENCY = ["人民币", "rmb", "cny", "¥"]
_NO_CURRENCY = "".join(f"(?<!{name})(?<!{name} )" for name in _CURRENCY)  # each run is tried once
_BEFORE_MONEY = re.compile(
    rf"(?<![0-9]){_NO_CURRENCY}(?:(?:{'|'.join(_CURRENCY)})[ ]?)++({_NUMBER})(?!\.?[0-9a-z])(?:元(?!素|件))?"
)
_AFTER_MONEY = re.compile(
    rf"({_NUMBER})(?:元整|圆整?|块钱|块(?=$|[^\w])|元?(?:人民币元?)+|元?(?:[ ]?(?:rmb|cny|yuan)(?![a-z]))+)"
)
_MEASURES = re.compile(rf"({_NUMBER}) ?(m2|sqm|平米|平方(?!米|公里|千米)|kg|千克|km|千米)(?![a-z0-9])")
_MEASURE_NAMES: Mapping[str, str] = {
    **dict.fromkeys(("m2", "sqm", "平米", "平方"), "平方米"),
    **dict.fromkeys(("kg", "千克"), "公斤"),
    **dict.fromkeys(("km", "千米"), "公里"),
}
_PASSES = 9  # more than any text that people write needs; a bound for those that they do not
_NOTHING_TO_DO = re.compile(rf"[^0-9{_WRITTEN}壹贰叁肆伍陆柒捌玖]*")


def arabic(text: str) -> str:
    """Every number that is surely one, in digits, in full, money as …元 and shares as …%."""
    return "\n".join(map(_settled, text.split("\n")))


def _settled(line: str) -> str:
    """What one step writes may be read by an earlier one: once more until nothing changes."""
    for _ in range(_PASSES):
        if _NOTHING_TO_DO.fullmatch(line) or (changed := _once(line)) == line:
            return line
        line = changed
    return line


def _once(text: str) -> str:
    letters = set(text)
    for needed, pattern, replacement in _STEPS:
        if not letters.isdisjoint(needed):
            changed = pattern.sub(replacement, text)
            if changed != text:
                text, letters = changed, set(changed)
    return text


def read(numeral: str) -> Decimal | None:
    """What a well-formed numeral means, 三万五 as people say it; None when it is none (十四五, 一二)."""
    return _joined(numeral.translate(_ZEROS), "亿", 10**8, _below_100_million)


def _below_100_million(numeral: str) -> Decimal | None:
    return _joined(numeral, "万", 10**4, _below_10_thousand)


def _joined(numeral: str, unit: str, factor: int, part: Callable[[str], Decimal | None]) -> Decimal | None:
    """`part` times the unit, and the rest after it."""
    head, found, tail = numeral.rpartition(unit)
    if not found:
        return part(numeral)
    high = part(head)
    if high is None or not tail:
        return high if high is None else high * factor
    if tail in _ONES:  # 三万五 is 35,000; 30,005 has a 零
        return high * factor + _value(tail) * factor / 10
    low = part(tail.removeprefix("零"))
    return None if low is None or low >= factor else high * factor + low


def _below_10_thousand(numeral: str) -> Decimal | None:
    match = _SMALL.fullmatch(numeral)
    if match is None or not numeral or numeral.startswith("零") or numeral.endswith("零"):
        return None
    asked = (("thousands", 1000), ("hundreds", 100), ("tens", 10), ("ones", 1))
    parts = [(_value(match[name]), factor) for name, factor in asked if match[name]]
    if match["ten"] and not match["tens"]:
        parts.append((Decimal(1), 10))
        parts.sort(key=lambda part: -part[1])
    if any(value * factor >= before for (_, before), (value, factor) in pairwise(parts)):
        return None
    last_but_one = parts[-2][1] if len(parts) > 1 else 0
    if last_but_one >= 100 and match["ones"] in _ONES and numeral[-2] != "零":
        parts[-1] = (parts[-1][0], last_but_one // 10)  # 两千三 is 2,300
    return sum((value * factor for value, factor in parts), Decimal(0))


def _value(digits: str) -> Decimal:
    return Decimal(_DIGITS[digits]) if digits in _DIGITS else Decimal(digits)


def plain(number: Decimal) -> str:
    """In full, without an exponent and without zeros at the end of a fraction."""
    written = format(number, "f")
    return written.rstrip("0").rstrip(".") if "." in written else written


def _numeral(match: re.Match[str]) -> str:
    """The numeral in digits where what stands around it says that it is one, else as written."""
    run, text, end = match.group(), match.string, match.end()
    before = text[match.start() - 1] if match.start() else ""
    large = "万" in run or "亿" in run
    value = read(run)
    if value is None and run[0] in "百千" and len(run) > 1 and _MONEY.match(text, end):
        value = read("一" + run)  # 百万元
    if value is None or not _is_number(run, before, text, end):
        return run
    ranged = None if large else _RANGE_ON.match(text, end)
    if ranged:
        value, large = value * (10**4 if ranged[1] == "万" else 10**8), True
    unit = "元" if large and not _AFTER_AMOUNT.match(text, end) else ""
    return plain(value) + unit


def _is_number(run: str, before: str, text: str, end: int) -> bool:
    if run[0] in "十百千" and before in _ROUGHLY and before:
        return False
    if before == "第":
        return _AFTER_RANK.match(text, end) is not None
    if run[0] == "一" and before and before in _ENDS_A_WORD:
        return False
    if "万" in run or "亿" in run:
        return True
    counted = (_AFTER_ONE if run == "一" else _AFTER).match(text, end) or _RANGE_ON.match(text, end)
    if counted:
        return True
    if run[0].isdecimal():  # 5百 and nothing after it
        return _NOT_HAN.match(text, end) is not None
    return "百" in run or "千" in run


def _digit_by_digit(match: re.Match[str]) -> str:
    written = match.group().translate(_ZEROS)
    return "".join(str(_DIGITS[letter]) for letter in written)


def _capital(match: re.Match[str]) -> str:
    return match.group().translate(_CAPITALS).removesuffix("整")


def _with_point(match: re.Match[str]) -> str:
    whole = Decimal(0) if match[1] == "零" else read(match[1])
    return match.group() if whole is None else f"{plain(whole)}.{_digits(match[2])}"


def _digits(written: str) -> str:
    return "".join(str(_DIGITS[letter]) for letter in written)


def _share(match: re.Match[str]) -> str:
    whole, point, fraction = match[2].partition("点")
    if match[2][0].isdecimal():
        number = Decimal(match[2])
    elif match[2] in {"百", "一百"}:
        number = Decimal(100)
    else:
        found = Decimal(0) if whole == "零" else read(whole)
        if found is None or bool(point) != bool(fraction) or not set(fraction) <= _DIGITS.keys():
            return match.group()
        number = found + (Decimal(f"0.{_digits(fraction)}") if fraction else 0)
    return f"{plain(number / {'百': 1, '千': 10, '万': 100}[match[1]])}%"


def _fraction(match: re.Match[str]) -> str:
    below, above = read(match[1]), read(match[2])
    return match.group() if below is None or above is None else f"{plain(above)}/{plain(below)}"


def _range(match: re.Match[str]) -> str:
    unit = match[3].removesuffix("元")
    return f"{match[1]}{unit}{match[2]}"


def _english(match: re.Match[str]) -> str:
    return plain(Decimal(match[1]).scaleb(_ENGLISH_FACTORS[match[2]]))


# Letters one of which a text has where the step may find something, the pattern, what takes its place.
_STEPS: tuple[tuple[str, re.Pattern[str], str | Callable[[re.Match[str]], str]], ...] = (
    (" \t", _BLANK, ""),
    (",", _THOUSANDS, lambda match: match.group().replace(",", "")),
    ("壹贰叁肆伍陆柒捌玖", _CAPITAL, _capital),
    ("一二", _YEAR, _digit_by_digit),
    ("〇○", _BY_DIGIT, _digit_by_digit),
    ("分", _SHARE, _share),
    ("分", _FRACTION, _fraction),
    ("w", _W, r"\1万"),
    ("n", _ENGLISH, _english),
    ("点", _POINT, _with_point),
    ("万亿元", _RANGE, _range),
    (_WRITTEN, _NUMERAL, _numeral),
    ("%pt点", _PERCENT, lambda match: f"{plain(Decimal(match[1]))}%"),
    ("‰", _PER_MILLE, lambda match: f"{plain(Decimal(match[1]) / 10)}%"),
    ("币by¥", _BEFORE_MONEY, r"\1元"),
    ("整币圆块byn", _AFTER_MONEY, r"\1元"),
    ("m平千k", _MEASURES, lambda match: match[1] + _MEASURE_NAMES[match[2]]),
)
