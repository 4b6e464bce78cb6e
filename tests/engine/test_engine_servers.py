"""What a machine lacks is a reason to skip, and a failure where everything is required."""

import engine_servers
import pytest


@pytest.mark.parametrize(
    ("start", "what"),
    [
        ("postgres_server", "PostgreSQL's server"),
        ("spark_session", "Java"),
    ],
)
@pytest.mark.parametrize(("required", "outcome"), [("", pytest.skip.Exception), ("1", pytest.fail.Exception)])
def test_a_missing_server_skips_or_fails(monkeypatch, start, what, required, outcome):
    monkeypatch.setenv("LVRN_REQUIRE_ALL", required)
    monkeypatch.setattr(engine_servers, "postgres_program", lambda _: None)
    monkeypatch.setattr(engine_servers, "find_spec", lambda _: True)
    monkeypatch.setattr(engine_servers.shutil, "which", lambda _: None)
    with pytest.raises(outcome, match=f"needs {what}, which this machine lacks"), getattr(engine_servers, start)():
        pass
