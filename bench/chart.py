"""The charts: requests a second as ratios to the limit, and how the whole school grows, in one SVG."""

import re
from typing import Any

import pygal
from pygal.style import Style

from .queries import QUERIES

COLOURS = {
    "limit": "#9aa0a6",
    "classbook": "#1a73e8",
    "classbook-off": "#8ab4f8",
    "mercurius": "#e8710a",
    "postgraphile": "#a142f4",
    "strawberry": "#d93025",
}
WIDTH, HEIGHT = 1000, 460
STEPS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1)
FONT = "DejaVu Sans, Verdana, Arial, sans-serif"


def _style(names: list[str]) -> Style:
    return Style(
        background="#ffffff",
        plot_background="#ffffff",
        foreground="#3c4043",
        foreground_strong="#202124",
        foreground_subtle="#bdc1c6",
        opacity="1",
        opacity_hover="1",
        transition="0s",
        guide_stroke_color="#dadce0",
        major_guide_stroke_color="#dadce0",
        guide_stroke_dasharray="0",
        major_guide_stroke_dasharray="0",
        font_family=FONT,
        title_font_size=18,
        label_font_size=13,
        major_label_font_size=13,
        legend_font_size=13,
        value_font_size=11,
        value_colors=("#202124",) * len(names),
        colors=tuple(COLOURS[name] for name in names),
    )


def _options(names: list[str], title: str) -> dict[str, Any]:
    return {
        "style": _style(names),
        "title": title,
        "js": [],
        "width": WIDTH,
        "height": HEIGHT,
        "margin": 16,
        "margin_bottom": 40,
        "margin_right": 28,
        "truncate_label": -1,
        "truncate_legend": -1,
        "legend_at_bottom": True,
        "legend_at_bottom_columns": 6,
        "show_y_guides": True,
        "disable_xml_declaration": True,
        "no_prefix": False,
    }


def _short(value: float) -> str:
    return f"{value:.2g}" if value < 1 else f"{value:.1f}"


def ratios(results: dict[str, Any]) -> str:
    """Requests a second of each contestant and query, over those of the limit."""
    queries = results["queries"]
    names = list(next(iter(queries.values())))
    low = (
        min(own["per_second"] / found["limit"]["per_second"] for found in queries.values() for own in found.values())
        / 2
    )
    chart = pygal.Bar(
        **_options(names, "Requests a second, as a ratio to the hand-written limit (logarithmic)"),
        logarithmic=True,
        print_values=True,
        print_values_position="top",
        value_formatter=_short,
        range=(low, 1.5),
        zero=low,
        spacing=24,
    )
    chart.uuid = "ratios"
    chart.y_labels = [step for step in STEPS if step >= low]
    chart.x_labels = [
        f"{QUERIES[name].title} (1 = {found['limit']['per_second']:,.0f}/s)" for name, found in queries.items()
    ]
    for name in names:
        chart.add(
            name,
            [
                found[name]["per_second"] / found["limit"]["per_second"] if name in found else None
                for found in queries.values()
            ],
        )
    return chart.render(is_unicode=True)


def growth(results: dict[str, Any], key: str, title: str) -> str:
    """One line a contestant over the number of marks in the answer."""
    names = list(results["growth"])
    chart = pygal.XY(
        **{**_options(names, title), "width": WIDTH // 2},
        dots_size=4,
        stroke_style={"width": 2.5},
        range=(0, max(point[key] for points in results["growth"].values() for point in points) * 1.05),
    )
    chart.uuid = f"growth-{key.replace('_', '-')}"
    for name in names:
        chart.add(name, [(point["marks"] / 1000, point[key]) for point in results["growth"][name]])
    return chart.render(is_unicode=True)


def _placed(svg: str, x: int, y: int, width: int) -> str:
    """A chart as a part of the whole."""
    part = re.sub(r"<!--.*?-->", "", svg, flags=re.DOTALL).strip()
    return part.replace("<svg ", f'<svg x="{x}" y="{y}" width="{width}" height="{HEIGHT}" ', 1)


def svg(results: dict[str, Any]) -> str:
    """The whole picture."""
    parts, height = [], 0
    if all("limit" in found for found in results["queries"].values()):
        parts.append(_placed(ratios(results), 0, 0, WIDTH))
        height += HEIGHT
    if results.get("growth"):
        half = WIDTH // 2
        parts.append(_placed(growth(results, "ms", "ms a request, by thousands of marks"), 0, height, half))
        parts.append(_placed(growth(results, "peak_mib", "peak MiB, by thousands of marks"), half, height, half))
        height += HEIGHT
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}">'
    return "\n".join([head, '<rect width="100%" height="100%" fill="#ffffff"/>', *parts, "</svg>"]) + "\n"
