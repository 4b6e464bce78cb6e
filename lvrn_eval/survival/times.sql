-- Days from each person's start to the first event of the wanted kinds after that day, or to the end of the records.
with first_event as (
    select events.person_id, min(cast(events."on" as date)) as happened
    from events
    inner join people on events.person_id = people.person_id
    where
        $wanted
        and cast(events."on" as date) > cast($start as date)
        and cast(events."on" as date) <= $end
    group by events.person_id
)

select
    people.person_id,
    people.site,
    0 as entry,
    date_diff('day', cast($start as date), coalesce(first_event.happened, $end)) as days,
    case when first_event.happened is null then 0 else 1 end as event
from people
left join first_event on people.person_id = first_event.person_id
order by people.person_id
