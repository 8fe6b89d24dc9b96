"""Charts as SVG, readable in black and white: bars differ in shade, lines in their dashes."""

import re
import sys
from collections.abc import Sequence
from itertools import pairwise
from uuid import NAMESPACE_OID, uuid5

import pygal  # type: ignore[import-untyped]
from pygal.style import Style  # type: ignore[import-untyped]

from .tables import Chart

# pygal hooks a finder of its plug-ins into every import, in a way that Python has dropped: it only causes warnings.
sys.meta_path[:] = [each for each in sys.meta_path if not type(each).__module__.startswith("pygal")]

_SHADES = ("#303030", "#8c8c8c", "#c9c9c9", "#5a5a5a")
_INKS = ("#101010", "#606060", "#303030", "#808080")
_DASHES = ("1, 0", "6, 3", "2, 3", "8, 3, 2, 3")
_FONT = "Libertinus Serif, PT Serif, serif"
_SIZE, _WIDE = (900, 370), (1350, 310)
"""Width and height, and those across a flipped page."""

_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
"""What people may have written and XML has no place for."""

_SCRIPT = re.compile("<script.*?</script>", re.DOTALL)

_LONGEST = 24
"""So many letters of a label are shown, and of a legend as many as there are."""

_LETTER, _GAP, _DIGIT, _MARGIN = 7, 6, 6.5, 100
"""How wide a letter of a label is, the gap between two labels, a digit of a value, and what stands beside the bars."""


def svg_of(chart: Chart, titled: bool = True, wide: bool = False) -> str:
    """The chart as an SVG document without scripts. titled: with its title in the picture. wide: for a flipped page."""
    kind = pygal.Line if chart.lines else pygal.Bar
    width, height = _WIDE if wide else _SIZE
    labels = [label if len(label) <= _LONGEST else f"{label[: _LONGEST - 1].rstrip()}…" for label in chart.labels]
    room = (width - _MARGIN) / max(1, len(labels))
    picture = kind(
        style=_style(_INKS if chart.lines else _SHADES),
        width=width,
        height=height,
        title=chart.title if titled else None,
        range=(chart.least, chart.most) if chart.least is not None and chart.most is not None else None,
        show_legend=len(chart.series) > 1,
        legend_at_bottom=True,
        legend_box_size=14,
        print_values=_apart(chart) if chart.lines else _widest(chart) * _DIGIT * len(chart.series) < 0.9 * room,
        print_values_position="top",
        value_formatter=_said,
        x_label_rotation=0 if max(map(len, labels), default=0) * _LETTER + _GAP < room else 30,
        truncate_label=-1,
        truncate_legend=-1,
        js=(),
        disable_xml_declaration=True,
        pretty_print=False,
        no_data_text="Нет данных",
        dots_size=4,
        margin=16,
        margin_right=44,
        margin_bottom=0,
        spacing=12,
    )
    # The same chart is the same text: of a number of its own, which scopes its style.
    picture.uuid = str(uuid5(NAMESPACE_OID, repr(chart)))
    picture.x_labels = labels
    for at, (name, values) in enumerate(chart.series):
        numbers = [None if value is None else float(value) for value in values]
        dashes = {"stroke_style": {"width": 2.4, "dasharray": _DASHES[at % len(_DASHES)]}} if chart.lines else {}
        picture.add(name, numbers, **dashes)
    # Its settings stand in a script even where no script uses them; whatever is in it is escaped.
    text = _NO_XML.sub("", _SCRIPT.sub("", str(picture.render(is_unicode=True))))
    # Not every reader of SVG knows `:not`, without which the labels that are turned would lie across the chart.
    return text.replace(".axis.x:not(.web) text", ".axis.x text")


def svg_of_all(charts: Sequence[Chart], wide: bool = False) -> str:
    """The charts, one or more, as one SVG document, one below the other."""
    width, height = _WIDE if wide else _SIZE
    pictures = [svg_of(chart, wide=wide) for chart in charts]
    if len(pictures) == 1:
        return pictures[0]
    placed = [
        text.replace("<svg ", f'<svg y="{at * height}" width="{width}" height="{height}" ', 1).replace(
            _SERIES, f"{_SERIES}{at}-"
        )
        for at, text in enumerate(pictures)
    ]
    whole = f'viewBox="0 0 {width} {height * len(pictures)}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {whole}>{"".join(placed)}</svg>'


_SERIES = 'id="activate-serie-'
"""How pygal begins to name the series of each chart: two charts of one document must not both have the name."""


def _apart(chart: Chart) -> bool:
    """Whether the points above each label are so far apart that their values do not lie across one another."""
    known = [[float(value) for value in values if value is not None] for _, values in chart.series]
    least = min((min(each) for each in known if each), default=0.0) if chart.least is None else chart.least
    most = max((max(each) for each in known if each), default=1.0) if chart.most is None else chart.most
    for at in range(len(chart.labels)):
        here = sorted(float(value) for _, values in chart.series if (value := values[at]) is not None)
        if any(upper - lower < _STEP * (most - least) for lower, upper in pairwise(here)):
            return False
    return True


_STEP = 0.06
"""Of the scale: as much as a value is high."""


def _widest(chart: Chart) -> int:
    """The length of the longest value. Values that would lie across one another are not shown: the table has them."""
    said = (_said(float(value)) for _, values in chart.series for value in values if value is not None)
    return max(map(len, said), default=0)


def _said(value: float) -> str:
    """A value with a decimal comma, without zeros at its end."""
    return f"{value:.2f}".rstrip("0").rstrip(".").replace(".", ",")


def _style(colours: tuple[str, ...]) -> Style:
    return Style(
        background="#ffffff",
        plot_background="#ffffff",
        foreground="#303030",
        foreground_strong="#101010",
        foreground_subtle="#c0c0c0",
        opacity="1",
        opacity_hover="1",
        transition="0s",
        guide_stroke_color="#d8d8d8",
        major_guide_stroke_color="#d8d8d8",
        guide_stroke_dasharray="0",
        major_guide_stroke_dasharray="0",
        font_family=_FONT,
        title_font_size=18,
        label_font_size=14,
        major_label_font_size=14,
        legend_font_size=14,
        value_font_size=12,
        no_data_font_size=18,
        value_colors=("#101010",) * len(colours),
        colors=colours,
    )
