"""Writing a text of its own into every text cell of a synthetic Lancashire, as its files are made."""

from pathlib import Path

import pandas as pd

from lvrn_eval.records.synthetic import exports, write_lancashire
from lvrn_eval.records.synthetic.network import writers


def write_planted(monkeypatch, sources, folder, planted, *, seed):
    """Write the exports of every programme, ``planted`` changing each text; return the ids of the records.

    Texts are in the columns that are mapped as text or ignored by every block of a table.
    """
    ids = set()

    def of(path, name, values):
        texts, keys = columns_of(sources, Path(path))
        if name in keys:
            ids.update(value for value in values if len(str(value)) > 6)
        if name not in texts:
            return values
        return [planted(value) if isinstance(value, str) and value else value for value in values]

    def within(path, frame, encoding="utf-8"):
        changed = {name: of(path, name, frame[name]) for name in frame}
        held = {
            name: [text.encode(encoding, "replace").decode(encoding) if isinstance(text, str) else text for text in new]
            for name, new in changed.items()
            if new is not frame[name]
        }
        return frame.assign(**{name: pd.Series(new, frame.index, frame[name].dtype) for name, new in held.items()})

    for name in ("text", "workbook", "opendocument", "spss", "stata", "parquet"):
        monkeypatch.setattr(writers, name, changing(getattr(writers, name), within))
    in_csv, in_workbook = exports._Clerk.csv, exports._Clerk.workbook
    monkeypatch.setattr(
        exports._Clerk,
        "csv",
        lambda self, name, frame, *, encoding, sep: in_csv(
            self, name, within(self.folder / name, frame, encoding), encoding=encoding, sep=sep
        ),
    )
    monkeypatch.setattr(
        exports._Clerk,
        "workbook",
        lambda self, name, sheet, columns, cover="": in_workbook(
            self, name, sheet, {title: of(self.folder / name, title, cells) for title, cells in columns.items()}, cover
        ),
    )
    write_lancashire(folder, seed=seed)
    return ids


def changing(write, within):
    """Return a writer that changes its frame before it is written."""

    def changed(path, *given, **named):
        encoding = named.get("encoding", "utf-8")
        parts = [within(path, part, encoding) if isinstance(part, pd.DataFrame) else part for part in given]
        return write(path, *parts, **named)

    return changed


def columns_of(sources, path):
    """Return the text columns of a file, and those of ids."""
    texts, keys, values, ignored = set(), set(), set(), set()
    for source in (one for tables in sources.programmes.values() for one in tables):
        if not any(path.match(pattern) for pattern in source.files):
            continue
        ignored.update(source.ignore)
        for column in (one for one in source.columns if one.from_file):
            kind = source.canonical.by_name[column.name].kind
            into = keys if kind in {"id", "key"} else texts if kind == "text" and not column.codes else values
            into.add(column.origin)
    return texts | (ignored - values - keys), keys
