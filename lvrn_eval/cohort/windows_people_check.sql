-- People whose dates do not allow windows.
select
    count(*) as people,
    count(*) filter (where person_id is null) as unnamed,
    count(person_id) - count(distinct person_id) as repeated,
    count(*) filter (where first_contact is null) as no_first,
    count(*) filter (where last_contact is null) as no_last,
    count(*) filter (where cast(first_contact as date) > cast(last_contact as date)) as reversed,
    count(*) filter (where cast(first_contact as date) > $as_of or cast(last_contact as date) > $as_of) as too_late
from people
