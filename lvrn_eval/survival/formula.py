"""From a formula to covariates, so that the same formula can be worked out again on other people.

A formula is the right-hand side only: ``"fin + age + site"``. Formulaic reads it and runs the functions in it, so what
may stand in it is a closed list (columns, numbers, arithmetic, and ``FUNCTIONS``): a formula can then also come from a
file, such as ``outcomes_framework.yaml``, and cannot do anything but arithmetic.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from lvrn_eval.errors import AnalysisError, Fault, suggestion
from lvrn_eval.survival.inputs import labels, refuse

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from lvrn_eval.survival.kernels.tally import Floats, Numbers

FUNCTIONS = ("C", "I", "bs", "center", "cr", "exp", "log", "log10", "log2", "poly", "scale")
"""Formulaic's own functions that a formula may call; ``np.`` and ``contr.`` come with ``MEMBERS``."""

MEMBERS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "np": ("abs", "clip", "exp", "floor", "log", "log1p", "maximum", "minimum", "sqrt"),
        "contr": ("diff", "helmert", "poly", "sum", "treatment"),
    },
)

NODES = (
    ast.Expression,
    ast.Call,
    ast.keyword,
    ast.Name,
    ast.Attribute,
    ast.Constant,
    ast.Load,
    ast.UnaryOp,
    ast.USub,
    ast.UAdd,
    ast.Not,
    ast.Invert,
    ast.BinOp,
    ast.operator,
    ast.Compare,
    ast.cmpop,
    ast.BoolOp,
    ast.boolop,
    ast.List,
    ast.Tuple,
)

INTERCEPT = "Intercept"


@dataclass(frozen=True)
class Column:
    """One column of covariates, and so one coefficient.

    Attributes
    ----------
    name
        As formulaic calls it: ``age``, ``site[T.Burnley]``, ``log(age)``.
    term
        The part of the formula it belongs to: ``age``, ``site``.
    label
        For a reader: ``site: Burnley``.
    level, reference
        Of a category, else empty.
    """

    name: str
    term: str
    label: str
    level: str = ""
    reference: str = ""


@dataclass(frozen=True)
class Design:
    """A formula with everything learnt from the data it was first worked out on (levels, knots), but none of its rows.

    Attributes
    ----------
    formula
        As given.
    columns
        In order of the coefficients.
    variables
        The columns of the data that it reads.
    levels
        The levels of every variable that is a category, in order, the reference first.
    spec
        Formulaic's frozen specification.
    """

    formula: str
    columns: tuple[Column, ...]
    variables: tuple[str, ...]
    levels: Mapping[str, tuple[Any, ...]]
    spec: Any

    @property
    def names(self) -> tuple[str, ...]:
        """The columns' names."""
        return tuple(column.name for column in self.columns)

    @property
    def terms(self) -> dict[str, tuple[int, ...]]:
        """The positions of the columns of each part of the formula."""
        found: dict[str, tuple[int, ...]] = {}
        for place, column in enumerate(self.columns):
            found[column.term] = (*found.get(column.term, ()), place)
        return found

    def work_out(self, function: str, frame: pd.DataFrame) -> Floats:
        """Return the covariates of other people, shape ``(n_people, n_columns)``.

        Raises
        ------
        AnalysisError
            When a variable is not there, is missing for someone, or holds a category the fit has not seen.
        """
        refuse(function, _variable_faults(frame, self.formula, self.variables))
        refuse(function, self._unknown_levels(frame))
        made = _materialised(function, self.formula, self.spec, _plain(frame, self.variables))
        return np.column_stack([made[name].to_numpy(dtype=np.float64) for name in self.names])

    def _unknown_levels(self, frame: pd.DataFrame) -> Iterator[Fault]:
        for variable, levels in self.levels.items():
            if unknown := int((~frame[variable].isin(levels)).sum()):
                what = (
                    f"column {variable!r} holds a category that the fit has not seen, in {unknown} of {len(frame)} rows"
                )
                yield Fault(f"formula={self.formula!r}", what, f"known: {', '.join(map(str, levels))}")


def variables_of(function: str, formula: str) -> tuple[str, ...]:
    """Return the columns of the data that a formula names, in order.

    Raises
    ------
    AnalysisError
        When the formula cannot be read, or holds what it may not.
    """
    named: dict[str, None] = {}
    for term in _parsed(function, formula):
        for factor in term.factors:
            found = [factor.expr] if factor.eval_method.value == "lookup" else _names(function, formula, factor)
            named |= dict.fromkeys(found)
    return tuple(named)


def design(function: str, frame: pd.DataFrame, formula: str) -> tuple[Design, list[Numbers]]:
    """Work a formula out on people.

    Returns
    -------
    Design, list of arrays
        The design, and its columns, each of shape ``(n_rows,)``.

    Raises
    ------
    AnalysisError
        When the formula cannot be read, names an unknown column or one with missing values, or leads to values that are
        not numbers; all faults of a kind at once.
    """
    variables = variables_of(function, formula)
    refuse(function, _variable_faults(frame, formula, variables))
    parsed = _parsed(function, formula)
    known = {name: _plain_column(frame[name]) for name in variables}
    plain = _all_numbers(parsed, known)
    # of plain numbers there is nothing to learn from the rows, so the columns need not be copied
    used = _framed(known, frame.index, slice(0, 1) if plain else slice(None))
    made = _materialised(function, formula, parsed, used)
    columns = {name: known[name] for name in plain} or {str(name): made[name].to_numpy() for name in made.columns}
    described = _described(formula, made.model_spec, variables, used)
    if not described.columns:
        raise AnalysisError(f"{function}: formula {formula!r} has no terms; name at least one column")
    arrays = [columns[name] for name in described.names]
    refuse(function, _not_finite(described, arrays))
    return described, arrays


def _parsed(function: str, formula: str) -> Any:
    from formulaic import Formula

    if not isinstance(formula, str) or "~" in formula:
        raise AnalysisError(f"{function}: a formula names covariates only, such as 'age + site', without '~'")
    try:
        parsed = Formula(f"1 + {formula}")
    except Exception as error:  # noqa: BLE001 - the parser has many ways to fail
        raise AnalysisError(f"{function}: formula {formula!r} cannot be read: {type(error).__name__}") from None
    if "1" not in [str(term) for term in parsed]:
        raise AnalysisError(
            f"{function}: formula {formula!r} takes the intercept away; a Cox model has none to take, the baseline "
            "stands in its place: leave out '0 +' or '- 1'",
        )
    return parsed


def _names(function: str, formula: str, factor: Any) -> list[str]:
    """Return the columns a factor reads; refuse it when it holds more than arithmetic and known functions."""
    if factor.eval_method.value == "literal":
        return []
    try:
        tree = ast.parse(factor.expr, mode="eval")
    except SyntaxError:
        raise AnalysisError(f"{function}: formula {formula!r} cannot be read: SyntaxError") from None
    called: set[ast.AST] = set()
    for node in ast.walk(tree):
        if not isinstance(node, NODES):
            raise _refused(function, formula, f"{type(node).__name__} is not allowed")
        if isinstance(node, ast.Attribute):
            owner = node.value.id if isinstance(node.value, ast.Name) else ""
            if node.attr not in MEMBERS.get(owner, ()):
                raise _refused(function, formula, f"{ast.unparse(node)} is not a known function")
            called.add(node.value)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            if node.func.id not in FUNCTIONS:
                raise _refused(function, formula, f"{node.func.id} is not a known function")
            called.add(node.func)
    return [node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and node not in called]


def _refused(function: str, formula: str, what: str) -> AnalysisError:
    known = [*FUNCTIONS, *(f"{owner}.{member}" for owner, members in MEMBERS.items() for member in members)]
    return AnalysisError(
        f"{function}: formula {formula!r} may hold columns, numbers, arithmetic and known functions only; {what}; "
        f"known functions: {', '.join(known)}",
    )


def _variable_faults(frame: pd.DataFrame, formula: str, variables: Iterable[str]) -> Iterator[Fault]:
    """Yield a fault for every column that is not there, is there twice, or has missing values."""
    known = [str(name) for name in frame.columns]
    where = f"formula={formula!r}"
    for name in variables:
        if name not in known:
            yield Fault(where, f"the data has no column {name!r}", suggestion(name, dict.fromkeys(known)))
        elif known.count(name) > 1:
            yield Fault(where, f"{known.count(name)} columns are called {name!r}", "rename all but one")
        elif missing := int(frame[name].isna().sum()):
            what = f"column {name!r} is missing in {missing} of {len(frame)} rows"
            yield Fault(where, what, "leave these rows out and say so, or make 'not recorded' a category of its own")
        elif frame[name].dtype.kind in "mM":
            yield Fault(where, f"column {name!r} holds dates", "give days since a stated date, as numbers")


def _plain(frame: pd.DataFrame, variables: tuple[str, ...]) -> pd.DataFrame:
    """Return the variables as formulaic knows them, whatever pandas, Polars or Arrow hold them in."""
    return _framed({name: _plain_column(frame[name]) for name in variables}, frame.index, slice(None))


def _framed(columns: Mapping[str, Any], index: pd.Index, rows: slice) -> pd.DataFrame:
    """Return some rows of plain columns as a frame."""
    import pandas as pd

    return pd.DataFrame({name: values[rows] for name, values in columns.items()}, index=index[rows])


def _plain_column(values: pd.Series) -> Any:
    """Return numbers as an array, true and false as 1 and 0, categories that somebody has, else text."""
    import pandas as pd

    from lvrn_eval.survival.frames import numbers

    if isinstance(values.dtype, pd.CategoricalDtype):
        return values.cat.remove_unused_categories()
    if values.dtype == object:
        values = values.convert_dtypes()
    if pd.api.types.is_bool_dtype(values.dtype):
        return values.astype(np.int64)
    found = numbers(values, "formula")
    return values.astype(object) if found is None else found


def _all_numbers(parsed: Any, columns: Mapping[str, Any]) -> list[str]:
    """Return the formula's columns when it is a plain sum of columns of numbers, else nothing."""
    names = []
    for term in parsed:
        if str(term) == "1":
            continue
        factors = list(term.factors)
        simple = len(factors) == 1 and factors[0].eval_method.value == "lookup"
        dtype = columns[factors[0].expr].dtype if simple else None
        if not (isinstance(dtype, np.dtype) and dtype.kind in "iuf"):
            return []
        names.append(str(factors[0].expr))
    return names


def _materialised(function: str, formula: str, parsed: Any, frame: pd.DataFrame) -> Any:
    from formulaic.errors import DataMismatchWarning

    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            # values that are not finite are counted afterwards; a category never seen must not become the reference
            warnings.simplefilter("ignore", RuntimeWarning)
            warnings.simplefilter("error", DataMismatchWarning)
            made = parsed.get_model_matrix(frame, context={"np": np}, na_action="ignore", output="pandas")
    except DataMismatchWarning:
        raise AnalysisError(
            f"{function}: formula {formula!r} meets a category that the fit has not seen",
        ) from None
    except Exception as error:  # noqa: BLE001 - a function of a formula can fail in any way
        raise AnalysisError(
            f"{function}: formula {formula!r} cannot be worked out on this data: {type(error).__name__}",
        ) from None
    return made


def _described(formula: str, spec: Any, variables: tuple[str, ...], frame: pd.DataFrame) -> Design:
    contrasts = {factor.expr: state.levels for factor, state in spec.factor_contrasts.items()}
    levels = {name: tuple(contrasts[name]) for name in variables if name in contrasts}
    levels |= {
        name: tuple(frame[name].unique()) for name in variables if name not in levels and not _numeric(frame[name])
    }
    columns = [
        _column(str(name), str(part.term), contrasts.get(str(part.term)))
        for part in spec.structure
        for name in part.columns
        if name != INTERCEPT
    ]
    return Design(formula, tuple(columns), variables, MappingProxyType(levels), spec)


def _numeric(values: pd.Series) -> bool:
    import pandas as pd

    return bool(pd.api.types.is_numeric_dtype(values.dtype))


def _column(name: str, term: str, levels: list[Any] | None) -> Column:
    """Describe a column; of a treatment-coded category, say which level it stands for and against which."""
    if levels is None:
        return Column(name, term, name)
    import pandas as pd

    shown = labels(pd.Index(levels))
    base = next((text for level, text in zip(levels, shown, strict=True) if _is_base(term, level, levels)), shown[0])
    for level, text in zip(levels, shown, strict=True):
        if name == f"{term}[T.{level}]":
            return Column(name, term, f"{term}: {text}", text, base)
    return Column(name, term, name)


def _is_base(term: str, level: Any, levels: list[Any]) -> bool:
    """Say whether a level is the reference: named in ``contr.treatment``, else the first."""
    named = [one for one in levels if f"contr.treatment({one!r})" in term or f"base={one!r}" in term]
    return bool(level == (named[0] if named else levels[0]))


def _not_finite(found: Design, arrays: list[NDArray[Any]]) -> Iterator[Fault]:
    for column, values in zip(found.columns, arrays, strict=True):
        # a sum of finite numbers is finite, and one pass is enough to know
        with np.errstate(over="ignore", invalid="ignore"):
            suspect = values.dtype.kind == "f" and not np.isfinite(values.sum())
        if suspect and (bad := int(values.size - np.isfinite(values).sum())):
            what = f"term {column.name!r} is not a finite number in {bad} of {values.size} rows"
            yield Fault(f"formula={found.formula!r}", what, "check what the formula makes of these rows")
