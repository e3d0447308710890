"""A report's own page as a piece of ours: its text, tables and drawings, wide ones scrolling by themselves.

Keeps a list of elements and attributes and drops all else: no style, no script, no form, no address.
"""

from html import escape
from html.parser import HTMLParser

from markupsafe import Markup

_KEPT = frozenset(
    (
        "p", "ul", "ol", "li", "strong", "em", "code", "h4", "table", "thead", "tbody", "tr", "th", "td",
        "svg", "g", "text", "rect", "line", "circle", "polyline", "path",
    )
)  # fmt: skip
_AS = {"h1": "h2", "h2": "h3", "h3": "h4"}  # the page around it has the first heading
_DROPPED = frozenset(("head", "script", "style", "title", "iframe", "object", "template"))
_WIDE = frozenset(("table", "svg"))
_ATTRIBUTES = frozenset(
    (
        "x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "r", "d", "points", "width", "height", "viewbox",
        "fill", "stroke", "stroke-width", "stroke-dasharray", "font-size", "text-anchor", "transform", "role",
        "opacity", "colspan", "rowspan", "scope",
    )
)  # fmt: skip


def framed(whole: str, label: str) -> Markup:
    """The body of a whole page; `label` names what scrolls sideways."""
    piece = _Piece(label)
    piece.feed(whole)
    piece.close()
    return Markup("".join(piece.parts))  # noqa: S704  # made of the lists above, everything else escaped


class _Piece(HTMLParser):
    def __init__(self, label: str) -> None:
        super().__init__()
        self.parts: list[str] = []
        self._around = f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(label)}">'
        self._dropping: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _DROPPED:
            self._dropping.append(tag)
        elif self._shown(tag):
            kept = "".join(f' {name}="{escape(value or "")}"' for name, value in attrs if name in _ATTRIBUTES)
            around = self._around if tag in _WIDE else ""
            self.parts.append(f"{around}<{_AS.get(tag, tag)}{kept}>")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._dropping:
            if tag == self._dropping[-1]:
                self._dropping.pop()
        elif self._shown(tag):
            self.parts.append(f"</{_AS.get(tag, tag)}>{'</div>' if tag in _WIDE else ''}")

    def handle_data(self, data: str) -> None:
        if not self._dropping:
            self.parts.append(escape(data))

    def _shown(self, tag: str) -> bool:
        return not self._dropping and (tag in _KEPT or tag in _AS)
