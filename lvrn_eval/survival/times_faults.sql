-- How many people cannot be followed, and how many events cannot be placed.
select *
from (
    select
        count(*) as people,
        count(*) filter (where people.person_id is null) as unnamed,
        count(people.person_id) - count(distinct people.person_id) as repeated,
        count(*) filter (where $start is null) as no_start,
        count(*) filter (where $start > $end) as start_after_end,
        count(*) filter (where $death < $start) as dead_before_start,
        count(*) filter (where $moved < $start) as moved_before_start
    from people
) as counted_people
cross join (
    select
        count(*) as events,
        count(*) filter (where events.kind is null) as no_kind,
        count(*) filter (where $place is not null and events."on" is null) as no_day,
        count(*) filter (where $place is not null and events.person_id is null) as nobodys
    from events
) as counted_events
