-- Events of these people on the day they start, and in the time that they are followed for.
select
    count(*) filter (where cast(events."on" as date) = $start) as on_start_day,
    count(*) filter (where cast(events."on" as date) > $origin and cast(events."on" as date) <= $end) as placed
from events
inner join people on events.person_id = people.person_id
where $place is not null
