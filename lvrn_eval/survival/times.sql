-- When each person's time ends and how: the first thing that ends it, or the end of the records.
-- An ending is days * 1000 + its place in the order of precedence, so that one minimum finds both.
with happened as (
    select
        events.person_id,
        min(date_diff('day', $origin, cast(events."on" as date)) * 1000 + $place) as ending
    from events
    inner join people on events.person_id = people.person_id
    where $place is not null and cast(events."on" as date) > $origin and cast(events."on" as date) <= $end
    group by events.person_id
)

select
    people.person_id,
    people.site,
    0 as entry,
    cast(floor(people.ended_as / 1000) as bigint) as days,
    case when people.ended_as % 1000 < 900 then cast(people.ended_as % 1000 as integer) else 0 end as event,
    $cause as cause
from (
    select people.*, $ending as ended_as
    from people
    left join happened on people.person_id = happened.person_id
) as people
order by people.person_id
