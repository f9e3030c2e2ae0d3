# SPDX-License-Identifier: Apache-2.0
"""The figures as pictures: SVG, with text as text. matplotlib draws them."""

import pathlib

import matplotlib

matplotlib.use("SVG")
from matplotlib import pyplot  # noqa: E402

from bars import NAMES  # noqa: E402
from measure import middle  # noqa: E402
from variants import NAME_CACHED, NAME_DBD, NAME_OPEN, NAME_UNCACHED  # noqa: E402

OURS, THEIRS = "#0c66e4", "#8590a2"
COLOURS = {"sqlite3": "#8590a2", "pgsql": "#0c66e4", "mysql": "#e56910"}
pyplot.rcParams.update({
    "svg.fonttype": "none", "svg.hashsalt": "mod_jiratoken", "font.family": "sans-serif",
    "font.size": 11, "axes.spines.top": False, "axes.spines.right": False,
    "axes.titlelocation": "left", "figure.facecolor": "white"})


class Figures:
    """What was measured, for the pictures at the end."""

    def __init__(self):
        self.checks = {}            # {kind of database: {place: [Taken]}}
        self.instructions = {}      # {kind: {name: number}}

    def draw(self, folder):
        folder = pathlib.Path(folder)
        folder.mkdir(exist_ok=True)
        if self.checks:
            save(rates(self.checks), folder / "bench-rates.svg")
        if len({place.rows for place in self.checks.get("pgsql", ())}) > 2:
            save(rows(self.checks["pgsql"]), folder / "bench-rows.svg")
        if self.instructions:
            save(costs(self.instructions), folder / "bench-instructions.svg")


def save(figure, path):
    figure.savefig(path, bbox_inches="tight", metadata={"Date": None, "Creator": None})
    pyplot.close(figure)
    # Lines that end in spaces are not what this tree has.
    path.write_text("\n".join(line.rstrip() for line in path.read_text().splitlines())
                    + "\n")


def fewest(found):
    """{name: [Taken]}, of the fewest rows."""
    named = {}
    for place, taken in found.items():
        named.setdefault(place.name, taken)
    return named


def bars_by_database(axes, named, number, labels):
    """named: {kind: {name: value}}; number: how it is written."""
    names = list(next(iter(named.values())))
    high = 0.8 / len(named)
    for nth, (kind, values) in enumerate(named.items()):
        places = [line + nth * high for line in range(len(names))]
        drawn = axes.barh(places, [values[name] for name in names], high * 0.92,
                          color=COLOURS[kind], label=NAMES[kind])
        axes.bar_label(drawn, [number(values[name]) for name in names], padding=3,
                       fontsize=8)
    axes.set_yticks([line + 0.4 - high / 2 for line in range(len(names))], names)
    for text in axes.get_yticklabels():
        text.set_fontweight("bold" if text.get_text().startswith("mod_jira") else "normal")
    axes.invert_yaxis()
    axes.tick_params(axis="y", length=0)
    axes.set_title(labels[0], pad=28)    # above the legend
    axes.set_xlabel(labels[1])
    axes.legend(frameon=False, loc="lower right", bbox_to_anchor=(1, 1), ncols=len(named))


def rates(checks):
    figure, axes = pyplot.subplots(figsize=(8, 5.5))
    axes.set_xscale("log")
    bars_by_database(axes, {
        kind: {name: middle(taken, "rate") for name, taken in fewest(found).items()}
        for kind, found in checks.items()}, "{:,.0f}".format,
        ("One small file, behind each check", "requests a second (logarithmic)"))
    axes.margins(x=0.12)
    return figure


def costs(instructions):
    figure, axes = pyplot.subplots(figsize=(8, 4.5))
    bars_by_database(axes, {
        kind: {name: number / named[NAME_OPEN] for name, number in named.items()
               if "bcrypt" not in name}
        for kind, named in instructions.items()}, "{:.2f}".format,
        ("What a request costs httpd", "instructions, times those of the unprotected file"))
    axes.margins(x=0.08)
    return figure


def rows(found):
    figure, axes = pyplot.subplots(figsize=(8, 4))
    styles = {NAME_CACHED: (OURS, "-"), NAME_UNCACHED: (OURS, "--"), NAME_DBD: (THEIRS, "-")}
    for name, (colour, line) in styles.items():
        points = [(place.rows, middle(taken, "rate")) for place, taken in found.items()
                  if place.name == name]
        axes.plot(*zip(*points, strict=True), color=colour, linestyle=line, marker="o",
                  label=name)
    axes.set_xscale("log")
    axes.set_xticks([place.rows for place in found if place.name == NAME_CACHED],
                    [f"{place.rows:,}" for place in found if place.name == NAME_CACHED])
    axes.minorticks_off()
    axes.set_ylim(bottom=0)
    axes.yaxis.set_major_formatter("{x:,.0f}")
    axes.set_title("A table that grows, PostgreSQL")
    axes.set_xlabel("rows in the table")
    axes.set_ylabel("requests a second")
    axes.legend(frameon=False, loc="lower right")
    return figure
