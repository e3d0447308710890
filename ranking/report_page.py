"""The report of a training run as one page: tables, and plots drawn as SVG, without a script or a font.

Shows what ranking/report.py found out, adds no figure and reads no file.
"""

from collections.abc import Mapping, Sequence
from html import escape
from math import isnan

from ranking.features import COLUMN, FEATURES
from ranking.metrics import Estimate
from ranking.report import ORDERS, TITLES, Bin, Report, about

_STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1c2530}"
    "table{border-collapse:collapse;margin:1rem 0}td,th{border-bottom:1px solid #d5dbe1;padding:.25rem .7rem;"
    "text-align:left}svg{max-width:100%;height:auto}h2{margin-top:2.5rem}"
)
_COLOURS: Mapping[str, str] = {"none": "#9aa5b1", "formula": "#d98a29", "trained": "#1f6fb2"}
_LEFT, _WIDE, _ROW = 230, 420, 20
_SEGMENTS: Mapping[str, str] = {"size": "size of the firm", "region": "region", "industry": "industry"}
Bars = Sequence[tuple[str, Mapping[str, Estimate]]]


def page_of(report: Report, model_id: str) -> str:
    """The page of one model, in English, whole and by itself."""
    parts = [
        f"<h1>Ranker {escape(model_id)}</h1>",
        *(f"<p>{_text(line)}</p>" for line in about(report) if line),
    ]
    for order in ORDERS:
        figures = report.orders[order].figures
        parts += [f"<h2>{escape(TITLES[order])}</h2>", _key(), _bars(list(figures.items()))]
        parts.append(_differences(report.orders[order].differences))
    for name, words in report.segments.items():
        bars = [(f"{word} ({_firms(row)})", row) for word, row in words.items()]
        parts += [f"<h2>nDCG@10 as served, by {_SEGMENTS.get(name, name)}</h2>", _key(), _bars(bars)]
    parts += ["<h2>Calibration</h2>", _CALIBRATION, _calibration(report.calibration)]
    parts += ["<h2>Importance</h2>", "<p>Mean size of a contribution on the unseen firms.</p>"]
    parts += [_importance(report.importance), "<h2>Choice of the plan, on seen firms only</h2>"]
    rows = [[trial.plan, f"{trial.ndcg:.4f}", str(trial.rounds)] for trial in report.trials]
    parts.append(_table(["plan", "nDCG@10, left out in turn", "rounds"], rows))
    title = f"<title>Ranker {escape(model_id)}</title><style>{_STYLE}</style>"
    view = '<meta name="viewport" content="width=device-width">'
    head = f'<!doctype html><html lang="en"><head><meta charset="utf-8">{view}{title}</head>'
    return f"{head}<body>{''.join(parts)}</body></html>\n"


_CALIBRATION = (
    "<p>Unseen pairs in ten bins by score: along, the mean score; up, the mean grade as a share of the best."
    " On the line a score means what it says; a listwise plan only orders.</p>"
)


def _text(line: str) -> str:
    return escape(line.replace("`", ""))


def _key() -> str:
    items = "".join(
        f'<rect x="{110 * n}" y="2" width="12" height="12" fill="{colour}"/>'
        f'<text x="{110 * n + 18}" y="13" font-size="13">{name}</text>'
        for n, (name, colour) in enumerate(_COLOURS.items())
    )
    return f'<svg width="360" height="18" viewBox="0 0 360 18" role="img">{items}</svg>'


def _firms(row: Mapping[str, Estimate]) -> int:
    return max(each.groups for each in row.values())


def _bars(bars: Bars) -> str:
    """Groups of bars from 0 to 1 with the interval of each as a line."""
    drawn, y = list[str](), 0
    for label, row in bars:
        middle = y + _ROW * len(row) / 2 + 5
        drawn.append(
            f'<text x="{_LEFT - 8}" y="{middle}" text-anchor="end" font-size="13">{escape(label)}</text>'
        )
        for system, each in row.items():
            drawn.append(_bar(y, system, each))
            y += _ROW
        y += 8
    return _svg(_LEFT + _WIDE + 150, y, drawn)


def _bar(y: int, system: str, each: Estimate) -> str:
    if isnan(each.value):
        return f'<text x="{_LEFT}" y="{y + 14}" font-size="12">no useful pair</text>'
    low, high, value = (_LEFT + _WIDE * end for end in (each.low, each.high, each.value))
    said = f"{each.value:.3f} [{each.low:.3f}, {each.high:.3f}]"
    middle = y + 9
    return (
        f'<rect x="{_LEFT}" y="{y + 2}" width="{value - _LEFT:.1f}" height="14" fill="{_COLOURS[system]}"/>'
        f'<line x1="{low:.1f}" y1="{middle}" x2="{high:.1f}" y2="{middle}" stroke="#1c2530"/>'
        f'<text x="{_LEFT + _WIDE + 8}" y="{y + 14}" font-size="12">{said}</text>'
    )


def _importance(importance: Sequence[tuple[str, float]]) -> str:
    most = max((weight for _, weight in importance), default=0.0) or 1.0
    drawn, edge = list[str](), _LEFT + 100
    for n, (name, weight) in enumerate(importance):
        label, y = f"{name} · {FEATURES[COLUMN[name]].label['en']}", _ROW * n + 14
        wide = f"{300 * weight / most:.1f}"
        drawn += [
            f'<text x="{edge - 8}" y="{y}" text-anchor="end" font-size="12">{escape(label)}</text>',
            f'<rect x="{edge}" y="{y - 12}" width="{wide}" height="14" fill="#1f6fb2"/>',
            f'<text x="{edge + 310}" y="{y}" font-size="12">{weight:.4f}</text>',
        ]
    return _svg(_LEFT + 470, _ROW * len(importance), drawn)


def _calibration(bins: Sequence[Bin]) -> str:
    side, edge = 300, 40
    drawn = [
        f'<rect x="{edge}" y="8" width="{side}" height="{side}" fill="none" stroke="#9aa5b1"/>',
        f'<line x1="{edge}" y1="{side + 8}" x2="{edge + side}" y2="8" stroke="#9aa5b1"/>',
    ]
    for each in bins:
        x, y = edge + side * each.score, 8 + side * (1 - each.grade)
        told = f"<title>score {each.score:.3f}, grade {each.grade:.3f}, {each.rows} pairs</title>"
        drawn.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="#1f6fb2">{told}</circle>')
    for share in (0, 1):
        along, up = edge + side * share, 8 + side * (1 - share)
        drawn.append(f'<text x="{along}" y="{side + 26}" text-anchor="middle" font-size="12">{share}</text>')
        drawn.append(f'<text x="{edge - 8}" y="{up + 4}" text-anchor="end" font-size="12">{share}</text>')
    return _svg(edge + side + 20, side + 34, drawn)


def _svg(wide: int, high: int, drawn: Sequence[str]) -> str:
    size = f'width="{wide}" height="{high}" viewBox="0 0 {wide} {high}"'
    return f'<svg {size} role="img" fill="#1c2530">{"".join(drawn)}</svg>'


def _differences(differences: Mapping[str, Mapping[str, Estimate]]) -> str:
    names = list(next(iter(differences.values())))
    rows = [[metric, *(_said(each) for each in row.values())] for metric, row in differences.items()]
    return _table(["paired difference", *names], rows)


def _said(each: Estimate) -> str:
    return "none" if isnan(each.value) else f"{each.value:+.3f} [{each.low:+.3f}, {each.high:+.3f}]"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    top = "".join(f"<th>{escape(cell)}</th>" for cell in head)
    body = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><tr>{top}</tr>{body}</table>"
