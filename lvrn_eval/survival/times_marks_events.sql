-- The days with an event; two on one day are one.
select distinct
    follow.person_id,
    date_diff('day', follow.origin, cast(events."on" as date)) as day,
    0 as away,
    1 as happened,
    0 as changed
from events
inner join follow on events.person_id = follow.person_id
where $wanted and cast(events."on" as date) > follow.origin and cast(events."on" as date) <= follow.origin + cast(follow.days as integer)
