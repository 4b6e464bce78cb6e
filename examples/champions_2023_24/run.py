"""The published Champions sample through `pre_post`: reconstructed counts on made-up days (see README.md).

Run it: ``python examples/champions_2023_24/run.py`` prints the numbers; with the name of a folder, it also writes a
release and renders the page there.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pandas as pd

import lvrn_eval as lv

HERE = Path(__file__).parent
LABEL = "RECONSTRUCTED from published counts; single counts partly invented, all dates made up"

# made up: the report gives no dates. Last contacts lie 6 to 12 months before the review, as its second rule asks
REVIEW = pd.Timestamp("2024-03-31")
FIRST_CONTACT = pd.Timestamp("2023-01-09")
LAST_CONTACT = pd.Timestamp("2023-07-03")


def sample() -> pd.DataFrame:
    """Return the reconstructed sample, one row per client."""
    return pd.read_csv(HERE / "sample_reconstructed.csv", dtype={"client": str})


def people_and_events(clients: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return frames `pre_post` takes, with made-up days: one event a week, away from the programme on both sides."""
    people = pd.DataFrame(
        {
            "person_id": clients["client"],
            "site": "not published",
            "first_contact": FIRST_CONTACT,
            "last_contact": LAST_CONTACT,
        },
    )
    sides = []
    for column, contact, week in (("before", FIRST_CONTACT, -7), ("after", LAST_CONTACT, 7)):
        rows = clients[["client"]].loc[clients.index.repeat(clients[column])]
        weeks = rows.groupby("client").cumcount() + 1
        sides.append(
            pd.DataFrame({"person_id": rows["client"], "on": contact + pd.to_timedelta(week * weeks, unit="D")}),
        )
    return people, pd.concat(sides, ignore_index=True).assign(kind="suspect")


def labelled(result: lv.Result) -> lv.Result:
    """Return the result and its parts with the label in every title, and a check that says so."""
    check = lv.Check("data_status", passed=False, text=f"{LABEL}.")
    return replace(
        result,
        title=f"{result.title} ({LABEL})",
        method={**result.method, "data_status": LABEL},
        checks=(check, *result.checks),
        parts={name: labelled(part) for name, part in result.parts.items()},
    )


def main() -> lv.Result:
    """Return the labelled result of the published design."""
    people, events = people_and_events(sample())
    return labelled(lv.pre_post(people, events, kinds=["suspect"], before="all", after="all", as_of=REVIEW))


def show(result: lv.Result) -> None:
    """Print what a reader needs."""
    print(result.title, end="\n\n")
    print(result.parts["classes"].table[["class", "people"]].to_string(index=False), end="\n\n")
    columns = ["term", "estimate", "conf_low", "conf_high", "p_value", "n", "n_events"]
    given = result.table[result.table["estimate"].notna()]
    print(given[columns].to_string(index=False, float_format="{:.4f}".format, na_rep="-"), end="\n\n")
    for sentence in result.text:
        print(sentence)


def page(folder: Path) -> Path:
    """Write the release, render the page from it, and return it."""
    release = lv.write_release(folder / "releases", "champions_2023_24", [main()], data="reconstructed", policy="open")
    (page,) = lv.build_report(HERE / "champions_2023_24.qmd", folder / "releases", folder, release=release)
    return page


if __name__ == "__main__":
    show(main())
    if sys.argv[1:]:
        print(page(Path(sys.argv[1])))
