import pytest
from network_world import KEY, network


@pytest.fixture(scope="session")
def world(tmp_path_factory):
    return network(tmp_path_factory)


@pytest.fixture(scope="session")
def released(world):
    """Return a function that runs an analysis of the project, releases it, and opens the release; each only once."""
    from lvrn_eval.release import open_release

    made = {}

    def of(name):
        if name not in made:
            analysis = world.project.analysis(name)
            own = analysis.programmes
            records = world.records[own[0]] if len(own) == 1 else world.project.all_records(own, key=KEY)
            made[name] = open_release(world.project.release(name, analysis(records), records))
        return made[name]

    return of
