"""docs/gru-report.md: what the models were worth on dates they had not seen, told whether it is good or not."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import Optional

import numpy as np

from .dataset import HORIZON, MIN_PRESENT, MIN_STOCKS, WINDOW, Samples, make_samples
from .evaluation import (
    MIN_INDUSTRIES,
    MOMENTUM_DAYS,
    QUANTILES,
    REVERSAL_DAYS,
    DayResult,
    known,
    mean,
    newey_west_t,
    non_overlapping_t,
    summarise,
)
from .manifest import Model, load_models
from .model import DROPOUT, HIDDEN
from .out_of_sample import Method, baseline_methods, gru_method, mean_rank_correlation
from .panel import load_panel
from .train import folds_of
from .walk_forward import Fold

SIGNIFICANT = 2.0
"""|t| from which a mean is called different from zero, at about the 5 % level."""


def write_report(data: Path, models: Path, other_seeds: list[Path], out: Path) -> None:
    """Scores every unseen day again from the ONNX files and writes the Markdown page."""
    samples = make_samples(load_panel(data))
    folds = folds_of(samples)
    committed = load_models(models)
    gru = gru_method(samples, folds, committed)
    methods = [gru, *baseline_methods(samples, folds)]
    seeds = [(committed, gru)]
    for directory in other_seeds:
        others = load_models(directory)
        seeds.append((others, gru_method(samples, folds, others)))
    sections = [
        _head(samples, committed, gru),
        _verdict(methods),
        _models(samples, folds, committed),
        _months("Stocks, month by month", [(method.name, method.stocks) for method in methods]),
        _months("Industries, month by month", [(method.name, method.industries) for method in methods]),
        _totals(methods),
        _comparison(methods),
        _seeds(seeds),
        _limits(samples, gru),
    ]
    out.write_text("\n".join(sections), encoding="utf8")


def _head(samples: Samples, models: list[Model], gru: Method) -> str:
    panel, one = samples.panel, models[0].manifest
    total = summarise(gru.stocks)
    known = [industry for industry in panel.industries if industry is not None]
    notes = "".join(f"- {note}\n" for note in panel.notes)
    return f"""# What the GRU models were worth on dates they had not seen

Written by `python3 -m training report`; do not edit. The method, and why it is so, is in
[training/README.md](../training/README.md). That these figures chose nothing in it is our word: no file can show it.

- Panel: {len(panel.codes)} stocks of {len(set(known))} {panel.scheme} industries, {panel.dates[0]} to {panel.dates[-1]}
  ({len(panel.dates)} trading days), features `{one["featureSpec"]}`, data version {panel.data_version} of the exporting workspace.
- A stock is scored on a day with bars on it and on {MIN_PRESENT} of its {WINDOW} window days; a day needs {MIN_STOCKS} stocks.
- Return: from the close of the scored day to the close {HORIZON} trading days later, dividends included as far as the
  panel's price chain knows them; no cost, no delay. A suspended stock keeps its last price.
- Unseen: {total.days} days, {gru.stocks[0].date} to {gru.stocks[-1].date}, {total.observations} stock-days. The last {HORIZON} days
  of the panel are scored but have no return yet.
- Networks: one GRU layer of {HIDDEN}, dropout {DROPOUT}, seed {one["seed"]}; {one["framework"]}.
{notes}"""


def _verdict(methods: list[Method]) -> str:
    lines = ["## In short", ""]
    gru = methods[0]
    for level, of in (("stocks", _stocks), ("industries", _industries)):
        daily = _rank_ics(of(gru))
        series = known(daily)
        if len(series) == 0:
            lines.append(f"- **{level.capitalize()}**: no figures; fewer than {MIN_INDUSTRIES} are known on any day.")
            continue
        t = newey_west_t(series)
        spread = summarise(of(gru)).spread
        if abs(t) < SIGNIFICANT:
            says = "not distinguishable from zero: these dates give no evidence that the ranking is worth anything"
        elif np.isnan(t):
            says = f"of too few days to be told from zero: it takes more than {HORIZON}"
        elif t > 0:
            says = "above zero by the usual measure, on one stretch of one market"
        else:
            says = "below zero: the ranking was wrong more than chance explains"
        lines.append(
            f"- **{level.capitalize()}**: mean Rank IC {series.mean():+.4f}, t = {_number(t, 2)}, {says}. "
            f"Highest minus lowest fifth: {_percent(spread)} in {HORIZON} days."
        )
        for other in methods[1:]:
            difference = known(daily - _rank_ics(of(other)))
            t_difference = newey_west_t(difference)
            clear = "" if abs(t_difference) >= SIGNIFICANT else ", no clear difference"
            lines.append(
                f"  - against {other.name}: {difference.mean():+.4f} Rank IC a day, t = {_number(t_difference, 2)}{clear}."
            )
    days = len(gru.stocks)
    lines += [
        f"- {days} days hold about {days // HORIZON} returns of {HORIZON} days that share nothing. No figure here could be firm.",
        "",
    ]
    return "\n".join(lines)


def _models(samples: Samples, folds: list[Fold], models: list[Model]) -> str:
    """Months, not results: what each model was trained on, and what it said of itself before it met the unseen."""
    by_name = {model.manifest["name"]: model.manifest for model in models}
    rows = []
    for fold in folds:
        manifest = by_name[fold.name]
        metrics = manifest["metrics"]
        dates = samples.panel.dates
        unseen = metrics["outOfSample"]["months"]
        rows.append(
            [
                fold.name,
                f"{len(fold.training)}",
                f"{len(fold.validation)}",
                f"{dates[fold.training[0]]} … {dates[fold.validation[-1]]}",
                manifest["labelsTo"],
                f"{manifest['validFrom']} … {manifest['validTo']}",
                f"{metrics['training']['bestRound']} of {metrics['training']['rounds']}",
                _number(metrics["validation"]["rankIc"], 3),
                _number(unseen[0]["rankIc"], 3) if unseen else "–",
            ]
        )
    head = ["model", "training days", "validation days", "days", "labels to", "valid", "best round"]
    table = _table([*head, "validation Rank IC", "unseen Rank IC"], rows)
    return f"""## Models

Between training and validation, and between validation and the month, {HORIZON} days are left out: no label reaches into
what comes next. Validation chose the round, so its Rank IC flatters; only the last column is of unseen days.

{table}
"""


def _months(title: str, methods: list[tuple[str, list[DayResult]]]) -> str:
    rows = []
    by_month = [
        {month: summarise(days) for month, days in groupby(results, key=lambda one: one.date[:7])}
        for _, results in methods
    ]
    for month, gru in by_month[0].items():
        rows.append(
            [
                month,
                f"{gru.days}",
                f"{gru.observations}",
                _number(gru.ic, 3),
                _number(gru.rank_ic, 3),
                _number(gru.icir, 2),
                _number(gru.rank_icir, 2),
                _percent(gru.spread),
                *(f"{_number(one[month].rank_ic, 3)} / {_percent(one[month].spread)}" for one in by_month[1:]),
            ]
        )
    unit = "stock-days" if "Stocks" in title else "industry-days"
    head = ["month", "days", unit, "IC", "Rank IC", "ICIR", "Rank ICIR", "spread", *(f"{name}: Rank IC / spread" for name, _ in methods[1:])]
    what = (
        f"Over the stocks of a day, mean over the days of the month. IC is Pearson's, Rank IC Spearman's correlation of score and "
        f"return; ICIR and Rank ICIR are the mean of the daily figure over its standard deviation, not annualised. Spread: equal mean return of "
        f"the highest fifth minus that of the lowest ({QUANTILES} quantiles), over {HORIZON} days."
        if unit == "stock-days"
        else "Equal mean of the scores over an industry's stocks of the panel, against the equal mean of their returns: with so few "
        "stocks it stands in for the industry, it is not the published index. The spread is of a fifth of the industries again."
    )
    return f"## {title}\n\n{what}\n\n{_table(head, rows)}\n"


def _totals(methods: list[Method]) -> str:
    rows = []
    for level, of in (("stocks", _stocks), ("industries", _industries)):
        for method in methods:
            total, series = summarise(of(method)), known(_rank_ics(of(method)))
            spreads = known(np.array([result.spread for result in of(method)]))
            count, every_tenth, t = non_overlapping_t(series)
            rows.append(
                [
                    level,
                    method.name,
                    f"{total.days}",
                    f"{total.observations}",
                    _number(total.ic, 4),
                    _number(total.rank_ic, 4),
                    _number(total.icir, 2),
                    _number(total.rank_icir, 2),
                    f"{100 * (series > 0).mean():.0f} %" if len(series) > 0 else "–",
                    _number(newey_west_t(series), 2),
                    f"{_number(every_tenth, 4)} ({count} days, t {_number(t, 2)})",
                    _percent(total.spread),
                    _number(newey_west_t(spreads), 2),
                ]
            )
    head = ["level", "ranked by", "days", "observations", "IC", "Rank IC", "ICIR", "Rank ICIR", "Rank IC above 0", "t of Rank IC"]
    table = _table([*head, f"every {HORIZON}th day", "spread", "t of spread"], rows)
    return f"""## All unseen days

Returns of neighbouring days share {HORIZON - 1} of their {HORIZON} days, so daily figures repeat one another, and a plain t-statistic would be
about {np.sqrt(HORIZON):.1f} times too large. t is Newey and West's (Bartlett weights, {HORIZON} lags); beside it the plain one over every {HORIZON}th day,
the first included, whose returns share nothing.

{table}
"""


def _comparison(methods: list[Method]) -> str:
    rows = [[other.name, f"{mean_rank_correlation(methods[0], other):+.3f}"] for other in methods[1:]]
    return f"""## Is it something else in disguise?

Rank correlation of the GRU scores with each baseline over the stocks of a day, mean over all unseen days. The baselines are minus
the return of the last {REVERSAL_DAYS} days and the return of the last {MOMENTUM_DAYS}, on exactly the same days and stocks.

{_table(["baseline", "rank correlation with the GRU scores"], rows)}
"""


def _seeds(seeds: list[tuple[list[Model], Method]]) -> str:
    rows = []
    for models, method in seeds:
        stocks, industries = (known(_rank_ics(of(method))) for of in (_stocks, _industries))
        validation = np.mean([model.manifest["metrics"]["validation"]["rankIc"] for model in models])
        rows.append(
            [
                f"{models[0].manifest['seed']}",
                f"{validation:+.4f}",
                f"{stocks.mean():+.4f}",
                _number(newey_west_t(stocks), 2),
                _percent(summarise(method.stocks).spread),
                _number(mean(industries), 4),
                _number(newey_west_t(industries), 2),
                f"{mean_rank_correlation(seeds[0][1], method):.2f}",
            ]
        )
    head = ["seed", "validation Rank IC", "Rank IC, stocks", "t", "spread, stocks", "Rank IC, industries", "t"]
    return f"""## Chance in the training

The same run from other seeds, changing first weights, order of days and dropout. The first row is what lies in `models/`; its
seed was fixed beforehand. The last column says how far another seed ranks the stocks as the first does.

{_table([*head, "rank correlation with the first"], rows)}
"""


def _limits(samples: Samples, gru: Method) -> str:
    panel = samples.panel
    exchanges = sorted({code.split(".")[-1] for code in panel.codes})
    known_of = [one for one in panel.industries if one is not None]
    to_an_industry = f", {len(known_of) / len(set(known_of)):.1f} to an industry" if known_of else ""
    alive = int(panel.present[-1].sum())
    return f"""## What this cannot show

- {alive} of the {len(panel.codes)} stocks traded on the last day, and the list is the same on all days: it knows who would
  still be there. Returns of all stocks are flattered by that; how far rankings are is not known.
- All are listed in {" and ".join(exchanges)}{to_an_industry}. Nothing is said of other stocks.
- Industries are as the export gives them, one for the whole range, not as they were on each date.
- {len({result.date[:7] for result in gru.stocks})} months of one market; {len(panel.dates)} days are little for a network, and t-statistics over so few returns are themselves
  rough: Newey and West's runs high in short series.
- No cost, no limit-up days on which nothing could be bought, no delay between the close that scores and the close that buys.
"""


def _stocks(method: Method) -> list[DayResult]:
    return method.stocks


def _industries(method: Method) -> list[DayResult]:
    return method.industries


def _rank_ics(results: list[DayResult]) -> np.ndarray:
    return np.array([result.rank_ic for result in results])


def _number(value: Optional[float], digits: int) -> str:
    return "–" if value is None or np.isnan(value) else f"{value:+.{digits}f}"


def _percent(fraction: Optional[float]) -> str:
    return "–" if fraction is None else f"{100 * fraction:+.2f} %"


def _table(head: list[str], rows: list[list[str]]) -> str:
    """Padded as the repository's formatter does it."""
    widths = [max(len(cell) for cell in column) for column in zip(head, *rows)]
    lines = [head, ["-" * width for width in widths], *rows]
    return "\n".join(f"| {' | '.join(cell.ljust(width) for cell, width in zip(cells, widths))} |" for cells in lines)
