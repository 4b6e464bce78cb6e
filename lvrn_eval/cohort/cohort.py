"""Who is evaluated: rules in words and in one small language, applied in order, with everyone accounted for."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

from lvrn_eval.cohort.features import Features, as_date, check_people
from lvrn_eval.engine import Table, as_table, build, literal, parse_rule, quoted
from lvrn_eval.errors import CohortError, RuleError, suggestion

if TYPE_CHECKING:
    from sqlglot import exp

    from lvrn_eval.engine import Engine, Frame, Rule, Value
    from lvrn_eval.result import Choice, Result


ADDED = ("failed_at", "undecided", "place")
"""The columns that ``Cohort.decided`` adds to the features'."""


@dataclass(frozen=True)
class Requirement:
    """One eligibility rule: its name in words and the expression that ran."""

    label: str
    rule: Rule

    @property
    def described(self) -> dict[str, Choice]:
        """The rule for the record, with the values of the parameters it uses."""
        used = {name: str(value) if isinstance(value, date) else value for name, value in self.rule.parameters.items()}
        return {"label": self.label, "rule": self.rule.text, "parameters": dict(used)}


@dataclass(frozen=True)
class Sample:
    """How many were wanted, from each what, chosen by which seed."""

    n: int
    per: str | None
    seed: int


@dataclass(frozen=True)
class Cohort:
    """The people an evaluation is about.

    A cohort never changes: ``require`` and ``sample`` return a new one.

    Parameters
    ----------
    features
        One row per person: what ``engagement_features`` returns, a table of the project, or a pandas, Polars or Arrow
        frame with ``person_id`` and whatever the rules name.
    name
        What the cohort is called in tables and reports.
    as_of
        The review date, a parameter every rule may use; taken from the features where they have one.

    Examples
    --------
    >>> import pandas as pd
    >>> people = pd.DataFrame({"person_id": ["a", "b"], "site": ["x", "x"], "mentor_contacts": [3, 1]})
    >>> cohort = Cohort(people, name="Two people").require("Met a mentor at least twice", "mentor_contacts >= 2")
    >>> len(cohort)
    1
    """

    features: Features | Table | Frame
    name: str
    as_of: date | None = None
    requirements: tuple[Requirement, ...] = field(default=(), kw_only=True)
    sampled: Sample | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        features = self.features
        as_of = None if self.as_of is None else as_date(self.as_of, "as_of")
        if not isinstance(features, Features):
            features = Features(as_table(features, "features"), as_of)
            check_people(features.table, "features")
        elif as_of not in {None, features.as_of}:
            raise CohortError(f"cohort {self.name!r}: as_of is set by its features, to {features.as_of}; leave it out")
        if taken := sorted({name.lower() for name in features.table.columns} & set(ADDED)):
            raise CohortError(
                f"features: the name {', '.join(taken)} is used by the cohort itself; rename the column",
            )
        object.__setattr__(self, "features", features)
        object.__setattr__(self, "as_of", features.as_of)

    @property
    def engine(self) -> Engine:
        """Where the cohort's tables live."""
        return self._features.table.engine

    @property
    def observed_from(self) -> date | None:
        """The day from which recorded events are known, where it was stated."""
        return self._features.observed_from

    @property
    def method(self) -> dict[str, Choice]:
        """Every choice that made this cohort."""
        choices: dict[str, Choice] = dict(self._features.method)
        if self.as_of is not None:
            choices["as_of"] = self.as_of.isoformat()
        choices["rules"] = [step.described for step in self.requirements]
        choices["unknown_counts_as"] = "not met"
        if self.sampled is not None:
            choices["sample"] = {
                "n": self.sampled.n,
                "per": self.sampled.per,
                "seed": self.sampled.seed,
                "order": "md5 of person_id and seed",
            }
        return choices

    def require(self, label: str, rule: str, **parameters: Value) -> Cohort:
        """Return the cohort narrowed to people who meet a rule.

        Parameters
        ----------
        label
            The rule in words, as a reader of the report will see it.
        rule
            The rule as an expression over the features' columns, ``as_of`` and ``parameters``.
        **parameters
            Named values the rule may use.

        Raises
        ------
        CohortError
            When the cohort has been sampled, or a label is used twice.
        RuleError
            When the rule is not an allowed expression, names an unknown column, does not use a parameter it was given,
            or is not true or false of a person.
        """
        if self.sampled is not None:
            raise CohortError(f"cohort {self.name!r}: a rule after .sample() would spoil the sample; put it before")
        if label in [step.label for step in self.requirements]:
            raise CohortError(f"cohort {self.name!r}: two rules are called {label!r}")
        known = {**({} if self.as_of is None else {"as_of": self.as_of}), **parameters}
        columns = self._features.table.columns
        parsed = parse_rule(rule, list(columns), known)
        if unused := [name for name in parameters if name not in parsed.parameters]:
            raise RuleError(f"the rule {label!r} does not use the parameter {unused[0]!r}")
        if not parsed.is_condition([name for name, kind in columns.items() if kind.upper() == "BOOLEAN"]):
            raise RuleError(f"the rule {label!r} is not true or false of a person; compare it with something")
        return replace(self, requirements=(*self.requirements, Requirement(label, parsed)))

    def sample(self, n: int, *, per: str | None = None, seed: int) -> Cohort:
        """Return the cohort narrowed to at most ``n`` people, or ``n`` for each value of ``per``.

        Who is taken depends on the person's id and the seed alone, through md5, so it is the same whatever the order
        of rows and whatever the engine.

        Raises
        ------
        CohortError
            When the cohort has been sampled, ``n`` is not positive, or there is no column ``per``.
        """
        if self.sampled is not None:
            raise CohortError(f"cohort {self.name!r} has been sampled once; sample the unsampled cohort instead")
        if not isinstance(n, int) or n < 1:
            raise CohortError("a sample takes a whole number of people, at least one")
        columns = list(self._features.table.columns)
        if per is not None and per not in columns:
            raise CohortError(f"cohort {self.name!r}: there is no column {per!r}; {suggestion(per, columns)}")
        return replace(self, sampled=Sample(n, per, seed))

    @cached_property
    def decided(self) -> Table:
        """Everyone, with the first rule each person failed and whether that rule could be decided.

        The features' columns and ``failed_at`` (1 for the first rule; null for people who met all), ``undecided``
        (True when a value the failed rule needs is missing), and ``place`` (the person's place in the order of
        sampling within ``per``; null for people who failed a rule or when nothing is sampled).
        """
        return self.engine.run(build("cohort/decided", self._decisions()), tables={"features": self._features.table})

    @cached_property
    def people(self) -> Table:
        """The selected people, one row each, with the features' columns."""
        from sqlglot import exp, select

        chosen = select(*(quoted(column) for column in self._features.table.columns)).from_("decided")
        chosen = chosen.where(quoted("failed_at").is_(exp.null()))
        if self.sampled is not None:
            chosen = chosen.where(quoted("place") <= literal(self.sampled.n))
        return self.engine.run(build("cohort/selected", chosen), tables={"decided": self.decided})

    def __len__(self) -> int:
        return len(self.people)

    def attrition(self) -> Result:
        """Return how many people and records each rule left and removed, overall and per site. It always adds up."""
        from lvrn_eval.cohort.attrition import attrition

        return attrition(self)

    def sampling(self) -> Result:
        """Return how many people were wanted, eligible and reached, and the shortfall, per group and overall."""
        from lvrn_eval.cohort.sampling import sampling

        return sampling(self)

    def balance(self) -> Result:
        """Return how the sampled people differ from all who were eligible, as standardised mean differences."""
        from lvrn_eval.cohort.sampling import balance

        return balance(self)

    @property
    def _features(self) -> Features:
        if not isinstance(self.features, Features):  # pragma: no cover - __post_init__ made it so
            raise CohortError("a cohort was built without its features")
        return self.features

    @property
    def sites(self) -> tuple[str, ...]:
        """Every site that takes part, as the records declare them."""
        return self._features.sites

    def _decisions(self) -> exp.Expr:
        from sqlglot import exp, select

        rules = [step.rule.expression for step in self.requirements]
        failed_at = exp.Case()
        undecided: exp.Expr = exp.false()
        for number, rule in enumerate(rules, start=1):
            met = exp.Coalesce(this=exp.paren(rule.copy()), expressions=[exp.false()])
            failed_at = failed_at.when(exp.not_(met), literal(number))
        for rule in reversed(rules):
            met = exp.Coalesce(this=exp.paren(rule.copy()), expressions=[exp.false()])
            unknown = exp.Is(this=exp.paren(rule.copy()), expression=exp.null())
            undecided = exp.Case().when(exp.not_(met), unknown).else_(undecided)
        failed: exp.Expr = exp.cast(failed_at if rules else exp.null(), "int")
        decided = select("*", exp.alias_(failed, "failed_at"), exp.alias_(undecided, "undecided")).from_("features")
        return select("*", exp.alias_(self._place(), "place")).from_(decided.subquery("decided"))

    def _place(self) -> exp.Expr:
        from sqlglot import exp

        if self.sampled is None:
            return exp.cast(exp.null(), "int")
        key = exp.cast(quoted("person_id"), "text")
        order = exp.MD5(this=exp.DPipe(this=key, expression=literal(f":{self.sampled.seed}")))
        missed = quoted("failed_at").is_(exp.null()).not_()
        groups = [missed, *([group_of(self.sampled.per)] if self.sampled.per else [])]
        place = exp.Window(
            this=exp.RowNumber(),
            partition_by=groups,
            order=exp.Order(expressions=[exp.Ordered(this=order), exp.Ordered(this=quoted("person_id"))]),
        )
        return exp.Case().when(quoted("failed_at").is_(exp.null()), place)


def group_of(column: str) -> exp.Expr:
    """Return a column as the name of a group; those whose group nobody wrote down are one group."""
    from sqlglot import exp

    return exp.Coalesce(this=exp.cast(quoted(column), "text"), expressions=[literal("not_recorded")])
