-- People whose dates do not allow windows.
select
    count(*) as people,
    count(*) filter (where person_id is null) as unnamed,
    count(person_id) - count(distinct person_id) as repeated,
    count(*) filter (where $before_anchor is null) as no_before,
    count(*) filter (where $after_anchor is null) as no_after,
    count(*) filter (where cast($before_anchor as date) > cast($after_anchor as date)) as reversed,
    count(*) filter (where cast($before_anchor as date) > $as_of or cast($after_anchor as date) > $as_of) as too_late
from people
