-- How many people cannot be followed, and how many events cannot be placed.
select *
from (
    select
        count(*) as people,
        count(*) filter (where people.person_id is null) as unnamed,
        count(people.person_id) - count(distinct people.person_id) as repeated,
        count(*) filter (where $start is null) as no_start,
        count(*) filter (where cast($start as date) > $end) as start_after_end
    from people
) as counted_people
cross join (
    select
        count(*) as events,
        count(*) filter (where events.kind is null) as no_kind,
        count(*) filter (where $wanted and events."on" is null) as no_day,
        count(*) filter (where $wanted and events.person_id is null) as nobodys
    from events
) as counted_events
