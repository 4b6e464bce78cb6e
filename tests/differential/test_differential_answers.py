"""Frames by hand, DuckDB, PostgreSQL and Spark give the same answer to every question about the same records."""

import pytest
from differential_answers import asked, assert_same
from differential_questions import ON_POSTGRESQL, ON_SPARK, QUESTIONS


def each_of(asked_of):
    """Return every pair of records and a question asked of them."""
    return [(records, question) for records, questions in asked_of.items() for question in questions]


@pytest.fixture(scope="session")
def by_hand(frames):
    """Return the answers from plain frames, worked out once."""
    answers = {}

    def answer(records, question):
        if (records, question) not in answers:
            answers[records, question] = asked(QUESTIONS[question], frames[records])
        return answers[records, question]

    return answer


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_answer_is_the_same_from_tables(by_hand, on_duckdb, question):
    assert_same(by_hand("awkward", question), asked(QUESTIONS[question], on_duckdb["awkward"]))


@pytest.mark.parametrize(("records", "question"), each_of(ON_POSTGRESQL))
def test_the_answer_is_the_same_on_postgresql(by_hand, on_postgres, records, question):
    assert_same(by_hand(records, question), asked(QUESTIONS[question], on_postgres[records]))


@pytest.mark.spark
@pytest.mark.parametrize(("records", "question"), each_of(ON_SPARK))
def test_the_answer_is_the_same_on_spark(by_hand, on_spark, records, question):
    assert_same(by_hand(records, question), asked(QUESTIONS[question], on_spark[records]))


def test_awkward_records_are_answered(by_hand):
    # two engines that refuse in the same words agree, but prove little
    assert [name for name in QUESTIONS if isinstance(by_hand("awkward", name), str)] == []
